"""What may be kept and shown of an issue that not everybody may read. Pure."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.issue import Author, Issue, Reply
from bot.domain.outgoing import Allowed
from bot.domain.receipt import Receipt
from bot.domain.review import Decision, Draft

HIDDEN = "[confidential · confidentiel]"
"""Stands for a title on cards of every language."""

_NOBODY = Author(id="", username="", name="–")


def redacted_issue(issue: Issue) -> Issue:
    """Where the issue is, and nothing of what it says; its address asks GitLab who may read it."""
    return replace(issue, title=HIDDEN, body="", labels=(), author=_NOBODY, confidential=True)


def redacted_draft(draft: Draft) -> Draft:
    """That there was a draft, whose, and when."""
    return replace(
        draft, body="", text="", note_to_team="", instruction="", citations=(), related=(), warnings=(),
        allowed=Allowed(), differences=(), seen=None,
    )  # fmt: skip


def redacted_decision(decision: Decision) -> Decision:
    return replace(decision, text="")


def redacted_reply(reply: Reply) -> Reply:
    return replace(reply, body="")


def redacted_receipt(receipt: Receipt) -> Receipt:
    """The counts, and nobody's name."""
    return replace(receipt, answered="")


def is_redacted(issue: Issue) -> bool:
    return issue.title == HIDDEN
