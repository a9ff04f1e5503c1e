"""What the team sees of a review, without a platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.issue import Issue, Reply
from bot.domain.receipt import Receipt
from bot.domain.review import VERDICTS, Decision, Draft, Review, State, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A review with what belongs to it, ready to be rendered.

    `draft.body` is byte for byte what an approval would send. `verdicts` are the actions that make
    sense now: renderers offer these and no others. `no_replies` says why nothing can be sent, if so.
    """

    review: Review
    draft: Draft | None = None
    decision: Decision | None = None
    reply: Reply | None = None
    receipt: Receipt | None = None
    no_replies: str = ""
    posts: tuple[Post, ...] = ()  # where it stands

    @property
    def issue(self) -> Issue:
        return self.review.issue

    @property
    def state(self) -> State:
        return self.review.state

    @property
    def stored_otherwise(self) -> bool:
        """The tracker holds another text than the one that was approved; line ends and the last blanks may differ."""
        if self.reply is None or self.draft is None:
            return False
        return self.reply.body.replace("\r", "").rstrip() != self.draft.body.replace("\r", "").rstrip()

    @property
    def verdicts(self) -> frozenset[Verdict]:
        allowed = VERDICTS.get(self.review.state, frozenset())
        if self.no_replies or self.draft is None or not self.draft.body:
            allowed -= {Verdict.APPROVE}
        return allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A card as it stands in a channel.

    `key` is the idempotency key, stored before the first request; `id` is the platform's, empty until
    the platform confirmed. `rev` is the review's revision that is shown there, and `draft` the number
    of the draft that stands on it: a reaction or a reply, which name none, are about that one.
    """

    review_id: int
    chat: str
    channel: str
    key: str
    id: str = ""
    rev: int = 0
    draft: int = 0
    held: bool = False  # not shown yet: quiet hours, a pause, or too many at once
    losses: int = 0  # how often somebody deleted it
    due_at: datetime | None = None  # when its turn came: the cards of the last minutes are counted by it
    attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The one message of a channel that lists which reviews wait there without a card.

    `key` and `id` are as those of a post. `shown` says what it lists, so that it is edited only when that changed.
    """

    chat: str
    channel: str
    key: str
    id: str = ""
    shown: str = ""
    attempt_at: datetime | None = None
