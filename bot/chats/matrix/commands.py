"""What is typed becomes a command: pure. The names are the terminal's where it has them."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from enum import StrEnum

from bot.chats.matrix.phrases import say
from bot.domain.review import Verdict
from bot.errors import UsageError


class Name(StrEnum):
    """Every command; what it does stands in the phrases under `help_<name>`."""

    APPROVE = "approve"
    REGENERATE = "regenerate"
    EDIT = "edit"
    DISMISS = "dismiss"
    UNDO = "undo"
    ANSWER = "answer"
    ASK = "ask"
    DRAFTS = "drafts"
    SHOW = "show"
    STATUS = "status"
    PAUSE = "pause"
    RESUME = "resume"
    HELP = "help"


VERDICTS = {
    Name.APPROVE: Verdict.APPROVE,
    Name.REGENERATE: Verdict.REGENERATE,
    Name.EDIT: Verdict.EDIT,
    Name.DISMISS: Verdict.DISMISS,
    Name.UNDO: Verdict.UNDO,
}

_OTHERS = {
    Name.APPROVE: ("send", "approuver", "envoyer"),
    Name.REGENERATE: ("refaire",),
    Name.EDIT: ("modifier",),
    Name.DISMISS: ("écarter", "ecarter"),
    Name.UNDO: ("annuler",),
    Name.ANSWER: ("add", "répondre", "repondre"),
    Name.ASK: ("demander",),
    Name.DRAFTS: ("list", "brouillons", "liste"),
    Name.SHOW: ("montrer",),
    Name.STATUS: ("état", "etat"),
    Name.RESUME: ("reprendre",),
    Name.HELP: ("aide", "?"),
}
_NAMES = {word: name for name in Name for word in (name.value, *_OTHERS.get(name, ()))}
_NUMBER = re.compile(r"#?(\d{1,18})(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Command:
    """What was typed: the command, and the rest as it stands."""

    name: Name
    rest: str = ""

    def numbered(self) -> tuple[int, str]:
        """The review it names in front of the rest; 0 when it names none."""
        found = _NUMBER.match(self.rest)
        return (int(found[1]), self.rest[found.end() :].strip()) if found else (0, self.rest)


def addressed(text: str, prefix: str, names: tuple[str, ...] = ()) -> str | None:
    """What follows the prefix or, in a message that mentions the bot, one of its names; None when it is not for us."""
    head = text.lstrip()
    for name in (prefix, *names):
        if head[: len(name)].casefold() == name.casefold():
            rest = head[len(name) :]
            if not rest or rest[0].isspace() or (name != prefix and rest[0] in ":,"):
                return rest.lstrip(":,").strip()
    return None


def parse(text: str, language: str) -> Command:
    """No word at all is `help`; UsageError names the nearest command."""
    word, rest = [*re.split(r"\s+", text.strip(), maxsplit=1), ""][:2]
    wanted = word.casefold()
    if not wanted:
        return Command(Name.HELP)
    if wanted in _NAMES:
        return Command(_NAMES[wanted], rest)
    near = difflib.get_close_matches(wanted, _NAMES, n=1)
    shown = word[:40]
    if near:
        raise UsageError(say(language, "unknown_command_near", word=shown, near=near[0]))
    raise UsageError(say(language, "unknown_command", word=shown))
