"""A line becomes a command: pure. The names are the seed tool's, with the verdicts beside them."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from bot.domain.phrases import Phrases
from bot.errors import UsageError

# name -> other names; a beginning that fits only one name is enough.
COMMANDS: dict[str, tuple[str, ...]] = {
    "start": ("commencer",),
    "next": ("suivant",),
    "list": ("liste",),
    "show": ("montrer",),
    "send": ("approve", "envoyer", "approuver"),
    "edit": ("modifier",),
    "regenerate": ("refaire",),
    "dismiss": ("écarter",),
    "undo": ("annuler",),
    "save": ("enregistrer",),
    "add": ("answer", "ajouter"),
    "ask": ("demander",),
    "status": ("état",),
    "help": ("aide", "?"),
    "exit": ("quit", "sortir"),
}

help_of = Phrases(
    start=(
        "start                   show the oldest waiting card",
        "start                   montrer la plus ancienne carte",
    ),
    next=("next                    show the next waiting card", "next                    montrer la carte suivante"),
    list=(
        "list                    all waiting cards, a line each",
        "list                    toutes les cartes, une par ligne",
    ),
    show=("show N                  one card, whole", "show N                  une carte, en entier"),
    send=(
        "send | approve          send the draft that is shown\nsend FILE               make the file's text the draft; "
        "`send` then sends it",
        "send | approve          envoyer le brouillon affiché\nsend FICHIER            le texte du fichier devient le "
        "brouillon ; `send` l'envoie",
    ),
    edit=(
        "edit [TEXT]             replace the draft's text; without TEXT in your editor",
        "edit [TEXTE]            remplacer le texte ; sans TEXTE dans votre éditeur",
    ),
    regenerate=(
        "regenerate [HOW]        have another draft written",
        "regenerate [COMMENT]    faire rédiger un autre brouillon",
    ),
    dismiss=("dismiss [REASON]        no reply from here", "dismiss [RAISON]        pas de réponse d'ici"),
    undo=(
        "undo                    bring a dismissed card back",
        "undo                    faire revenir une carte écartée",
    ),
    save=(
        "save [FILE]             write the draft into a file",
        "save [FICHIER]          écrire le brouillon dans un fichier",
    ),
    add=(
        "add URL | add FILE      draft a reply to this issue now",
        "add URL | add FICHIER   préparer une réponse à ce ticket",
    ),
    ask=("ask QUESTION            a freeform question", "ask QUESTION            une question libre"),
    status=(
        "status                  how many wait, move, are done",
        "status                  combien attendent, avancent, sont finies",
    ),
    help=("help                    this list", "help                    cette liste"),
    exit=(
        "exit                    leave; what waits, waits on",
        "exit                    sortir ; ce qui attend attend encore",
    ),
)


@dataclass(frozen=True, slots=True)
class Command:
    """What was typed: the command's own name, and the rest of the line as it stands."""

    name: str
    rest: str = ""


def parse(line: str) -> Command | None:
    """The command of a line, None for an empty one or a comment; UsageError names the nearest known command."""
    word, _, rest = line.strip().partition(" ")
    if not word or word.startswith("#"):
        return None
    wanted = word.lower()
    for name, others in COMMANDS.items():
        if wanted == name or wanted in others:
            return Command(name, rest.strip())
    begun = {name for name, others in COMMANDS.items() for known in (name, *others) if known.startswith(wanted)}
    if len(begun) == 1:
        return Command(begun.pop(), rest.strip())
    known = [word for name, others in COMMANDS.items() for word in (name, *others)]
    near = difflib.get_close_matches(wanted, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "; `help` lists them."
    raise UsageError(f"There is no command {word[:40]!r}{hint}")
