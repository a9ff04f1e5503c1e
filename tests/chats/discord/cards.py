"""Cards to draw, and what of a drawn one a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import discord

from bot.chats.discord.card import Rendered, renderer_of
from bot.chats.discord.limits import (
    BUTTON_LABEL,
    BUTTONS_IN_A_ROW,
    CONTENT,
    CUSTOM_ID,
    EMBED_DESCRIPTION,
    EMBEDS_TEXT,
    LAYOUT_PARTS,
    LAYOUT_TEXT,
    OPTION_TEXT,
    OPTIONS,
    size,
)
from bot.domain.card import Card, Post
from bot.domain.passage import Citation, MatchWord
from bot.domain.review import Draft, DraftStatus, Review, State
from tests.factories import NOON, make_issue

LAYOUTS = ("components", "embed")
NOW = NOON + timedelta(hours=3)
MARKER = "<!-- gepettto:5d0f6c1e-8a43-4b6f-9f5e-2f4b8d1c7a90 -->"
SOURCE = Citation(
    id="faq.md#restart",
    title="How do I restart the service?",
    url="https://docs.example/faq#restart",
    word=MatchWord.STRONG,
)

Payload = dict[str, Any]


def make_draft(body: str = f"Please restart it.\n\n{MARKER}", **changes: Any) -> Draft:
    values: dict[str, Any] = {
        "review_id": 1,
        "number": 1,
        "body": body,
        "text": body,
        "status": DraftStatus.ANSWER,
        "author": "quoting",
        "at": NOON,
        "citations": (SOURCE,),
    }
    return Draft(**{**values, **changes})


def make_card(
    state: State = State.PENDING,
    *,
    number: int = 1,
    body: str | None = None,
    draft: Draft | None = None,
    **changes: Any,
) -> Card:
    """`changes` are those of the issue; those of the card are named in it."""
    of_card = {
        name: changes.pop(name) for name in ("posts", "decision", "reply", "receipt", "no_replies") if name in changes
    }
    of_review = {name: changes.pop(name) for name in ("problem",) if name in changes}
    if "body_of_issue" in changes:
        changes["body"] = changes.pop("body_of_issue")
    review = Review(
        id=number,
        issue=make_issue(number, **changes),
        round=1,
        state=state,
        rev=1,
        draft=1,
        marker="m",
        created_at=NOON,
        updated_at=NOON,
        **of_review,
    )
    made = draft or (make_draft() if body is None else make_draft(body))
    return Card(review=review, draft=made, **of_card)


def post_of(card: Card, number: int = 77, **changes: Any) -> Post:
    values = {"review_id": card.review.id, "chat": "discord", "channel": "22", "key": "k", "id": str(number)}
    return Post(**{**values, **changes})


def rendered(card: Card, layout: str = "components", language: str = "en", **changes: Any) -> Rendered:
    return renderer_of(layout).render(card, language=language, now=NOW, **changes)


def parts_of(shown: Rendered) -> Iterator[Payload]:
    """Every component that would be sent, however deep."""
    view = shown.for_post().get("view")
    yield from _walk(view.to_components() if view is not None else [])


def _walk(components: list[Payload]) -> Iterator[Payload]:
    for component in components:
        yield component
        yield from _walk(component.get("components", []))


def texts_of(shown: Rendered) -> list[str]:
    """Every text that would be sent, in order."""
    arguments = shown.for_post()
    content = [arguments["content"]] if "content" in arguments else []
    embeds = [embed.description or "" for embed in arguments.get("embeds", [])]
    return [*content, *embeds, *(part["content"] for part in parts_of(shown) if part["type"] == 10)]


def text_of(shown: Rendered) -> str:
    return "\n".join(texts_of(shown))


def labels_of(shown: Rendered) -> list[str]:
    return [part["label"] for part in parts_of(shown) if part["type"] == 2]


def menu_of(shown: Rendered) -> Payload | None:
    return next((part for part in parts_of(shown) if part["type"] == 3), None)


def files_of(shown: Rendered) -> dict[str, bytes]:
    return {file.filename: file.fp.read() for file in shown.for_post().get("files", [])}


def unescaped(shown: str) -> str:
    """What Discord draws of a text in which everything that could act is escaped."""
    return re.sub(r"\\([^0-9A-Za-z\s])", r"\1", shown)


def check_limits(shown: Rendered) -> None:
    """What Discord would refuse, it would refuse for good: the card would stand nowhere."""
    arguments, parts = shown.for_post(), list(parts_of(shown))
    assert arguments.keys() >= {"allowed_mentions"}
    assert all(texts_of(shown)), "an empty text"
    assert size(arguments.get("content", "")) <= CONTENT
    embeds: list[discord.Embed] = arguments.get("embeds", [])
    assert all(size(embed.description or "") <= EMBED_DESCRIPTION for embed in embeds)
    assert sum(size(embed.description or "") for embed in embeds) <= EMBEDS_TEXT
    assert sum(size(part["content"]) for part in parts if part["type"] == 10) <= LAYOUT_TEXT
    assert len(parts) <= LAYOUT_PARTS
    for part in parts:
        assert len(part.get("components", [])) <= (BUTTONS_IN_A_ROW if part["type"] == 1 else 25)
        assert size(part.get("label", "")) <= BUTTON_LABEL
        assert size(part.get("custom_id", "")) <= CUSTOM_ID
        assert len(part.get("options", [])) <= OPTIONS
        for option in part.get("options", []):
            assert 0 < size(option["label"]) <= OPTION_TEXT
            assert size(option.get("description") or "") <= OPTION_TEXT
