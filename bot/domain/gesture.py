"""What people ask of the bot in a chat, platform-free, and what they are told back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.card import Card
from bot.domain.prompt import Answer
from bot.domain.review import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who acts. `id` is permanent and starts with the platform ("discord:123"); the name is only shown."""

    id: str
    name: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gesture:
    """A reaction, button, command or reply. `id` is unique per platform event: repeated delivery is harmless.

    `post` is the platform's id of the card it was made on; empty for a command.
    """

    id: str
    person: Person
    chat: str
    channel: str
    language: str = "en"
    post: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide(Gesture):
    """A verdict on the draft that was shown; `text` is the edit, the instruction or the reason.

    A reaction or a reply knows only the post: then `review_id` and `draft` are 0, and what stands there counts.
    """

    verdict: Verdict
    review_id: int = 0
    draft: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch(Gesture):
    """Bring this issue (address or file) and draft a reply to it now."""

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Gesture):
    """A freeform question; the answer goes to the person who asked."""

    question: str


class View(StrEnum):
    """What somebody wants to look at."""

    WAITING = "waiting"  # all reviews that wait for a person, in brief
    NEXT = "next"  # the oldest waiting review after `review_id`, whole
    ONE = "one"  # the review `review_id`, whole
    ISSUES = "issues"  # open issues without a reply whose number, title or project holds `text`
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Gesture):
    """Show something; changes nothing."""

    view: View
    review_id: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Gesture):
    """Show no new cards of `project`, or in this channel when it is empty; `on=False` resumes."""

    on: bool
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bring(Gesture):
    """Show the card of `review_id` in its channels now, whatever holds it back."""

    review_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing(Gesture):
    """The platform's own word: the card `post` was deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Gesture):
    """The platform's own question after a downtime: which reviews after `after` wait for a person?"""

    after: int = 0


class Tone(StrEnum):
    """How a notice is meant, so that a chat can show it with a sign beside the words."""

    DONE = "done"
    REFUSED = "refused"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the person is told: one sentence in their language, and what belongs to it."""

    text: str
    tone: Tone = Tone.INFO
    cards: tuple[Card, ...] = ()
    brief: bool = False  # cards as lines of a list, not in full
    answer: Answer | None = None
