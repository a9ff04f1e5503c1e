"""The forms that buttons open."""

from __future__ import annotations

from collections.abc import Iterator

import discord

from bot.chats.discord.actions import Action
from bot.chats.discord.drafted import count
from bot.chats.discord.limits import INPUT_TEXT
from bot.chats.discord.phrases import words
from bot.chats.discord.pieces import decode_upload, join_from_modal, split_for_modal
from bot.domain.card import Card

__all__ = ["decode_upload", "edit_modal", "join_from_modal", "reason_modal", "split_for_modal"]

_REASON = 1000
_Input = discord.ui.TextInput[discord.ui.Modal]


def edit_modal(card: Card, language: str, custom_id: str) -> discord.ui.Modal:
    """The text as it was written, in as many inputs as it needs, and a file that counts instead of them."""
    draft = card.draft
    title = words(language, "form_edit", number=draft.number) if draft else words(language, "form_write")
    text = draft.text if draft else ""
    modal = discord.ui.Modal(title=title, custom_id=custom_id)
    pieces = split_for_modal(text)
    if pieces is None:
        modal.add_item(discord.ui.TextDisplay(words(language, "form_too_long", total=count(len(text)))))
    for label in _labels(pieces or [], language):
        modal.add_item(label)
    modal.add_item(_upload(language, required=pieces is None))
    return modal


def _labels(pieces: list[str], language: str) -> Iterator[discord.ui.Label[discord.ui.Modal]]:
    for part, piece in enumerate(pieces, 1):
        several = words(language, "form_part", part=part, parts=len(pieces))
        yield discord.ui.Label(
            text=several if len(pieces) > 1 else words(language, "form_text"),
            component=_Input(
                custom_id=f"part{part}",
                style=discord.TextStyle.paragraph,
                default=piece.strip("\n") or None,
                required=False,  # a part can be emptied, and a file makes all of them needless
                max_length=INPUT_TEXT,
            ),
        )


def _upload(language: str, *, required: bool) -> discord.ui.Label[discord.ui.Modal]:
    return discord.ui.Label(
        text=words(language, "form_upload"),
        description=words(language, "form_upload_why"),
        component=discord.ui.FileUpload(custom_id="upload", required=required, min_values=int(required), max_values=1),
    )


def reason_modal(action: Action, language: str, custom_id: str) -> discord.ui.Modal:
    """A few words, which may stay away: an instruction to write anew, or the reason for no reply."""
    title, question = ("form_dismiss", "form_reason")
    if action is Action.REGENERATE:
        title, question = ("form_regenerate", "form_instruction")
    modal = discord.ui.Modal(title=words(language, title), custom_id=custom_id)
    text = _Input(custom_id="text", style=discord.TextStyle.paragraph, required=False, max_length=_REASON)
    label = discord.ui.Label(
        text=words(language, question), description=words(language, "form_optional"), component=text
    )
    modal.add_item(label)
    return modal
