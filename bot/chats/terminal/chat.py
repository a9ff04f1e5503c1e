"""Implements `ports.Chat` on a terminal.

It holds no truth: it remembers which card it showed last (`_current`), and every verdict is about that card and
the draft that stood on it. One command is answered before the next is read; from a pipe its effects are waited
for too, so that a transcript reads in order.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import platformdirs
from rich.console import Console, RenderableType
from rich.text import Text

from bot import __version__
from bot.chats.phrases import problem_of, state_word
from bot.chats.render import one_line
from bot.chats.terminal.commands import COMMANDS, Command, help_of, parse
from bot.chats.terminal.editor import edited, editor_command, write_new
from bot.chats.terminal.lines import Lines, lines_of
from bot.chats.terminal.phrases import say
from bot.chats.terminal.screen import answer_view, card_view, list_view, width_of
from bot.domain.card import Card, Post
from bot.domain.gesture import Ask, Decide, Fetch, Gesture, Look, Notice, Person, Tone, View
from bot.domain.review import Draft, State, Verdict
from bot.errors import BotError, UsageError
from bot.ports import Clock, Finding, Limits
from bot.settings import TerminalSettings

_SIGNS = {Tone.DONE: ("✔ ", "green"), Tone.REFUSED: ("✘ ", "red"), Tone.INFO: ("", "")}
_QUIET = frozenset({State.NEW, State.DRAFTING, State.APPROVED, State.SENDING})
_MOST_FILE = 1_048_576
_FIRST_LOOK = 1.0
"""Seconds to wait for first drafts, so that a person is shown the oldest card and not the quickest."""

Settled = Callable[[], Awaitable[None]]
Editor = Callable[[str], Awaitable[str | None]]


class TerminalChat:
    """`settled` returns when nothing is under way; `lines`, `console` and `editor` are injected by tests."""

    name = "terminal"
    home = "terminal"
    channels = frozenset({home})
    limits = Limits(text=10**9, buttons=False, durable=False)

    def __init__(
        self,
        settings: TerminalSettings,
        *,
        clock: Clock,
        settled: Settled,
        lines: Lines | None = None,
        console: Console | None = None,
        editor: Editor = edited,
    ) -> None:
        self._clock = clock
        self._settled = settled
        self._lines = lines
        self._console = console
        self._editor = editor
        account = _account()
        self.person = Person(id=f"terminal:{account}", name=settings.reviewer or account)
        self.language = _language(settings.language)
        self._current: Card | None = None
        self._last: Decide | None = None
        self._answered = asyncio.Event()
        self._accepted = False
        self._held: list[RenderableType] | None = None
        self._hush = False
        self._starting = False

    # --- the port

    async def open(self) -> None:
        state = Path(platformdirs.user_state_dir("gepettto"))
        self._lines = self._lines or lines_of(state / "history")
        self._console = self._console or Console(width=width_of(Console()), highlight=False)

    async def close(self) -> None:
        """Nothing is held open: the reading thread ends with the process."""

    async def may_decide(self, person: Person) -> bool:
        return person.id == self.person.id

    async def check(self) -> list[Finding]:
        return [Finding(item="terminal", ok=True, detail=f"{self.person.name} decides, in {self.language}")]

    async def post(self, channel: str, card: Card, key: str, since: datetime | None = None) -> str:
        current = self._current
        if self._starting:
            pass  # `_begin` shows the oldest when it has looked round
        elif current.review.id == card.review.id if current else self._reader.interactive:
            self._show(card)
        else:
            title = one_line(card.issue.title, 70)
            self._print(Text(say(self.language, "new_card", number=card.review.id, title=title), "dim"))
        return f"terminal-{card.review.id}"

    async def edit(self, post: Post, card: Card) -> None:
        before = self._current
        if before is None or before.review.id != card.review.id:
            if card.state is State.UNSENT:
                self._print(self._line(card))
            return
        if card.state in {State.PENDING, State.STUCK} or card.review.draft != before.review.draft:
            self._show(card)
        else:
            self._current = card
            if card.state not in _QUIET:
                self._print(self._line(card))

    async def alert(self, channel: str, text: str, key: str) -> None:
        self._print(Text(f"⚠ {one_line(text)}", "bold red"))

    async def acknowledge(self, gesture: Gesture, notice: Notice) -> None:
        self._accepted = notice.tone is not Tone.REFUSED
        if notice.text and not (self._hush and not notice.cards):
            sign, colour = _SIGNS[notice.tone]
            self._print(Text(f"{sign}{notice.text}", colour))
        if notice.brief and notice.cards:
            self._print(list_view(notice.cards, self.language, self._clock.now(), width=self._width))
        elif notice.cards:
            whole = isinstance(gesture, Look) and gesture.view is View.ONE
            self._show(notice.cards[-1], whole=whole)
        if notice.answer is not None:
            self._print(answer_view(notice.answer, self.language))
        self._answered.set()

    async def gestures(self) -> AsyncIterator[Gesture]:
        """The commands until the person leaves."""
        with self._reader.screen():
            async for gesture in self._begin():
                yield await self._about_to(gesture)
                await self._answered.wait()
            while (line := await self._next_line()) is not None:
                async for gesture in self._meant(line):
                    yield await self._about_to(gesture)
                    await self._answered.wait()
                    await self._calm()
                if self._left(line):
                    break
            self._print(Text(say(self.language, "goodbye"), "dim"))

    # --- lines to gestures

    async def _begin(self) -> AsyncIterator[Gesture]:
        self._print(Text(say(self.language, "welcome", version=__version__), "dim"))
        if not self._reader.interactive:
            await self._settled()
            return
        self._starting = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_FIRST_LOOK):
                await self._settled()
        self._starting = False
        self._hush = True
        yield self._look(View.NEXT)
        self._hush = False

    async def _next_line(self) -> str | None:
        number = f" {self._current.review.id}" if self._current else ""
        line = await self._reader.read(f"gepettto{number}> ")
        if line is not None and not self._reader.interactive and line.strip():
            self._print(Text(f"> {line.strip()}", "bold"))
        return line

    def _left(self, line: str) -> bool:
        try:
            command = parse(line)
        except UsageError:
            return False
        return command is not None and command.name == "exit"

    async def _calm(self) -> None:
        if not self._reader.interactive:
            await self._settled()

    async def _about_to(self, gesture: Gesture) -> Gesture:
        self._answered.clear()
        if isinstance(gesture, Decide):
            self._last = gesture
        return gesture

    async def _meant(self, line: str) -> AsyncIterator[Gesture]:
        """The gestures that a line stands for; what needs nobody else is done here."""
        try:
            command = parse(line)
            if command is None or command.name == "exit":
                return
            if command.name in {"help", "save"}:
                self._help() if command.name == "help" else self._save(command.rest)
                return
            gesture = await self._gesture(command)
        except BotError as error:
            self._print(Text(f"✘ {error}", "red"))
            return
        yield gesture
        if command.name == "send" and command.rest and self._accepted:
            async for confirmed in self._confirm():
                yield confirmed

    async def _gesture(self, command: Command) -> Gesture:
        match command.name:
            case "start":
                return self._look(View.NEXT)
            case "next":
                return self._look(View.NEXT, self._current.review.id if self._current else 0)
            case "list":
                return self._look(View.WAITING)
            case "status":
                return self._look(View.STATUS)
            case "show":
                return self._look(View.ONE, self._number(command.rest))
            case "ask":
                return Ask(**self._who(), question=command.rest)
            case "add":
                if not command.rest:
                    raise UsageError(say(self.language, "no_target"))
                return Fetch(**self._who(), target=_unquoted(command.rest))
            case "undo":
                return self._undo()
            case _:
                return await self._verdict(command)

    async def _verdict(self, command: Command) -> Decide:
        card = self._card()
        match command.name:
            case "send" if command.rest:
                return self._decide(card, Verdict.EDIT, self._read_file(command.rest))
            case "send":
                return self._decide(card, Verdict.APPROVE)
            case "regenerate":
                return self._decide(card, Verdict.REGENERATE, command.rest)
            case "dismiss":
                return self._decide(card, Verdict.DISMISS, command.rest)
            case _:
                return self._decide(card, Verdict.EDIT, command.rest or await self._edit(card.draft))

    async def _confirm(self) -> AsyncIterator[Gesture]:
        """After `send FILE`: the new draft is on the screen, and sending it is a second act."""
        if not self._reader.interactive:
            return
        await self._settled()
        reply = await self._reader.read(say(self.language, "confirm"))
        if (reply or "").strip().lower() in {"y", "yes", "o", "oui"}:
            yield self._decide(self._card(), Verdict.APPROVE)

    async def _edit(self, draft: Draft | None) -> str:
        text = draft.text if draft else ""
        self._held = []
        try:
            after = await self._editor(text)
        finally:
            held, self._held = self._held, None
            for thing in held:
                self._print(thing)
        if after is None:
            raise UsageError(say(self.language, "no_editor", editor=editor_command()[0]))
        if after.strip() == text.strip():
            raise UsageError(say(self.language, "unchanged"))
        return after

    def _undo(self) -> Decide:
        last = self._last
        if last is None or last.verdict is not Verdict.DISMISS:
            raise UsageError(say(self.language, "nothing_to_undo"))
        return Decide(**self._who(), verdict=Verdict.UNDO, review_id=last.review_id, draft=last.draft)

    def _decide(self, card: Card, verdict: Verdict, text: str = "") -> Decide:
        return Decide(**self._who(), verdict=verdict, review_id=card.review.id, draft=card.review.draft, text=text)

    def _look(self, view: View, review_id: int = 0) -> Look:
        return Look(**self._who(), view=view, review_id=review_id)

    def _who(self) -> dict[str, Any]:
        return {
            "id": f"terminal-{uuid.uuid4()}",
            "person": self.person,
            "chat": self.name,
            "channel": self.home,
            "language": self.language,
        }

    def _card(self) -> Card:
        if self._current is None:
            raise UsageError(say(self.language, "no_card"))
        return self._current

    def _number(self, rest: str) -> int:
        if not rest and self._current is not None:
            return self._current.review.id
        if not (rest.isascii() and rest.isdigit() and len(rest) < 15):
            raise UsageError(say(self.language, "no_number"))
        return int(rest)

    # --- files and the screen

    def _read_file(self, name: str) -> str:
        path = Path(_unquoted(name)).expanduser()
        try:
            with path.open("rb") as file:
                return file.read(_MOST_FILE).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "UTF-8"
            raise UsageError(say(self.language, "unreadable", path=path, reason=reason)) from None

    def _save(self, name: str) -> None:
        card = self._card()
        if card.draft is None or not card.draft.body:
            raise UsageError(say(self.language, "no_draft", what="save"))
        path = Path(_unquoted(name) if name else f"reply-{card.issue.key.number}.md").expanduser()
        try:
            write_new(path, card.draft.body)
        except FileExistsError:
            raise UsageError(say(self.language, "exists", path=path)) from None
        except OSError as error:
            raise UsageError(say(self.language, "unwritable", path=path, reason=error.strerror)) from None
        self._print(Text(f"✔ {say(self.language, 'saved', path=path)}", "green"))

    def _help(self) -> None:
        self._print(Text("\n".join(help_of(self.language, name) for name in COMMANDS)))

    def _show(self, card: Card, *, whole: bool = False) -> None:
        self._current = card
        links = self._reader.interactive
        self._print(card_view(card, self.language, self._clock.now(), whole=whole, links=links))

    def _line(self, card: Card) -> Text:
        words = f"{card.review.id}: {state_word(self.language, card.state)}"
        if problem := problem_of(self.language, card):
            words += f" – {one_line(problem, 300)}"
        if card.reply is not None:
            words += f" – {one_line(card.reply.url)}"
        sign, colour = ("✔", "green") if card.state is State.SENT else ("!", "red") if problem else ("·", "")
        return Text(f"{sign} {words}", colour)

    def _print(self, thing: RenderableType) -> None:
        if self._held is not None:
            self._held.append(thing)
        elif self._console is not None:
            self._console.print(thing, markup=False, soft_wrap=False)

    @property
    def _width(self) -> int:
        return self._console.width if self._console is not None else 80

    @property
    def _reader(self) -> Lines:
        if self._lines is None:
            raise RuntimeError("the terminal is not open")
        return self._lines


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid{os.getuid()}"


def _language(chosen: str) -> str:
    if chosen != "auto":
        return chosen
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "fr" if spoken.lower().startswith("fr") else "en"
