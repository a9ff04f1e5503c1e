"""Buttons and menus on cards, and the forms they open.

The id of a control says all: review, draft, action. Nothing about a card is kept in memory, so the controls of a
month-old card work as those of a new one.
"""

from __future__ import annotations

import io
from typing import Any, cast

import discord

from bot.chats.discord.card import Action, button_id
from bot.chats.discord.errors import translated
from bot.chats.discord.front import Front, Interaction, acknowledge, answered, show, tell
from bot.chats.discord.modal import decode_upload, edit_modal, join_from_modal, reason_modal, split_for_modal
from bot.chats.discord.payload import (
    BRING,
    PUBLISH,
    VERDICT_OF,
    Control,
    Submission,
    control_of,
    first_text,
    submission_of,
)
from bot.chats.discord.people import language_of, may_decide
from bot.chats.discord.phrases import words
from bot.chats.discord.text import excerpt, literal
from bot.chats.discord.threads import open_thread, talk_in
from bot.domain.card import Card
from bot.domain.gesture import Bring, Decide, Look, Notice, Person, Tone, View
from bot.domain.review import Verdict
from bot.errors import BotError, Refused, UsageError

_MOST_UPLOAD = 1_048_576
_EXCERPT, _LINES = 1500, 40


class Controls:
    """Serves every interaction that is not a command."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def clicked(self, interaction: Interaction) -> None:
        """A button or a menu."""
        async with answered(interaction):
            data = cast(dict[str, Any], interaction.data)
            custom_id = str(data["custom_id"])
            control = control_of(custom_id)
            if custom_id == BRING:
                await self._bring(interaction, data.get("values", []))
            elif PUBLISH.fullmatch(custom_id):
                await self._publish(interaction, int(custom_id.removeprefix("p:")))
            elif control is None:
                raise Refused(words(language_of(interaction), "no_longer"))
            else:
                await self._act(interaction, control)

    async def _act(self, interaction: Interaction, control: Control) -> None:
        match control.action:
            case Action.APPROVE | Action.UNDO:
                gesture = self._decision(interaction, control)
                await acknowledge(interaction)
                await tell(interaction, await self._front.ask(gesture))
            case Action.EDIT:
                await self._open_editor(interaction, control)
            case Action.REGENERATE | Action.DISMISS:
                self._front.only_reviewers(interaction)
                custom_id = button_id(control.review, control.draft, control.action)
                await _open(interaction, reason_modal(control.action, language_of(interaction), custom_id))
            case Action.MORE:
                await self._show_issue(interaction, control)
            case Action.THREAD:
                await self._open_thread(interaction, control)
            case Action.USE:
                await self._use_thread(interaction, control)

    def _decision(self, interaction: Interaction, control: Control, text: str = "") -> Decide:
        fields = self._front.fields(interaction, post=_post_of(interaction))
        verdict = VERDICT_OF[control.action]
        return Decide(**fields, verdict=verdict, review_id=control.review, draft=control.draft, text=text)

    async def _card(self, interaction: Interaction, control: Control) -> Card:
        """The card as it is now; Refused when the control stands on another's. A command's form stands on none."""
        fields = self._front.fields(interaction)
        fields["id"] += ":look"
        notice = await self._front.ask(Look(**fields, view=View.ONE, review_id=control.review))
        card = notice.cards[0]
        post_id = _post_of(interaction)
        if post_id is not None and not any(post.id == str(post_id) for post in card.posts):
            raise Refused(words(language_of(interaction), "no_longer"))
        return card

    # --- edit

    async def _open_editor(self, interaction: Interaction, control: Control) -> None:
        """A form must be the first response, so the draft comes from the store, which is quick."""
        card = await self._card(interaction, control)
        if card.review.draft != control.draft:
            raise Refused(words(language_of(interaction), "no_longer"))
        await open_form(interaction, card)

    async def submitted(self, interaction: Interaction) -> None:
        """A form that came back; its text is never lost: what is refused is given back."""
        data = cast(dict[str, Any], interaction.data)
        control, submission = control_of(str(data["custom_id"])), submission_of(data)
        async with answered(interaction):
            if control is None or control.action not in VERDICT_OF:
                raise Refused(words(language_of(interaction), "no_longer"))
            try:
                text = await self._text_of(interaction, control, submission)
                gesture = self._decision(interaction, control, text)
                notice = await self._front.within_time(interaction, gesture)
            except BotError as error:
                await _give_back(interaction, submission, error)
            else:
                await (tell(interaction, notice) if notice.text else acknowledge(interaction))

    async def _text_of(self, interaction: Interaction, control: Control, submission: Submission) -> str:
        if control.action is not Action.EDIT:
            return submission.texts.get("text", "").strip()
        if submission.uploads:
            return await _uploaded(interaction, submission)
        parts = [submission.texts[name] for name in sorted(submission.texts) if name.startswith("part")]
        draft = (await self._card(interaction, control)).draft
        shown = split_for_modal(draft.text) if draft is not None and draft.number == control.draft else None
        return join_from_modal(shown or [], parts)

    # --- the rest of the card

    async def _show_issue(self, interaction: Interaction, control: Control) -> None:
        card = await self._card(interaction, control)
        body = card.issue.body
        file = discord.File(io.BytesIO(body.encode("utf-8", "replace")), filename="issue.md")
        await show(
            interaction, {"content": excerpt(body, _EXCERPT, _LINES) or "–", "files": [file], "suppress_embeds": True}
        )

    async def _open_thread(self, interaction: Interaction, control: Control) -> None:
        self._front.only_reviewers(interaction)
        card = await self._card(interaction, control)
        await acknowledge(interaction)
        if interaction.message is None:
            raise Refused(words(language_of(interaction), "no_longer"))
        thread_id = interaction.channel_id
        if not isinstance(interaction.channel, discord.Thread):  # in a forum the card's thread is around it
            thread_id = await open_thread(interaction.message, card, self._front.settings.language)
        await tell(interaction, Notice(text=f"<#{thread_id}>", tone=Tone.DONE))

    async def _use_thread(self, interaction: Interaction, control: Control) -> None:
        self._front.only_reviewers(interaction)
        await acknowledge(interaction)
        language = language_of(interaction)
        if not isinstance(interaction.channel, discord.Thread) or interaction.client.user is None:
            raise Refused(words(language, "no_longer"))
        talk = await talk_in(interaction.channel, self._may_decide, interaction.client.user.id)
        if not talk.text:
            raise Refused(words(language, "thread_nothing_readable"))
        fields = self._front.fields(interaction, post=interaction.channel.id)
        gesture = Decide(
            **fields, verdict=Verdict.REGENERATE, review_id=control.review, draft=control.draft, text=talk.text
        )
        await self._front.ask(gesture)
        names = ", ".join(literal(name) for name in talk.names)
        with translated("write into a thread"):
            await interaction.channel.send(
                words(self._front.settings.language, "thread_used", names=names),
                allowed_mentions=discord.AllowedMentions.none(),
            )

    async def _may_decide(self, person: Person) -> bool:
        return may_decide(person, self._front.settings)

    # --- lists and answers

    async def _bring(self, interaction: Interaction, values: list[str]) -> None:
        fields = self._front.fields(interaction)
        await acknowledge(interaction)
        for number in values:
            gesture = Bring(**{**fields, "id": f"{fields['id']}:{number}"}, review_id=int(number))
            await tell(interaction, await self._front.ask(gesture))

    async def _publish(self, interaction: Interaction, target: int) -> None:
        """Post literally what this person was shown; a second click finds the first one's message."""
        self._front.only_reviewers(interaction)
        await acknowledge(interaction)
        message, channel = interaction.message, interaction.channel
        if message is None or not isinstance(channel, discord.abc.Messageable):
            raise Refused(words(language_of(interaction), "no_longer"))
        arguments: dict[str, Any] = {}
        if target:
            arguments["reference"] = discord.MessageReference(
                message_id=target,
                channel_id=channel.id,
                fail_if_not_exists=False,
            )
        with translated("post the answer"):
            await channel.send(
                first_text(message),
                nonce=f"p{message.id}",
                suppress_embeds=True,
                mention_author=False,
                allowed_mentions=discord.AllowedMentions.none(),
                **arguments,
            )
        await tell(interaction, Notice(text=words(language_of(interaction), "posted_here"), tone=Tone.DONE))


def _post_of(interaction: Interaction) -> int | None:
    """The card's message: what was clicked, or in its thread the message the thread hangs on."""
    return interaction.message.id if interaction.message is not None else None


async def _open(interaction: Interaction, modal: discord.ui.Modal) -> None:
    modal.stop()  # the library keeps no memory of it: the id says everything, also after a restart
    await interaction.response.send_modal(modal)


async def open_form(interaction: Interaction, card: Card) -> None:
    """The form to edit the draft that stands on this card."""
    custom_id = button_id(card.review.id, card.review.draft, Action.EDIT)
    await _open(interaction, edit_modal(card, language_of(interaction), custom_id))


async def _uploaded(interaction: Interaction, submission: Submission) -> str:
    described = submission.uploads[0]
    attachment = discord.Attachment(data=cast(Any, described), state=interaction.client._connection)
    return await read_upload(attachment)


async def read_upload(attachment: discord.Attachment) -> str:
    """The text of an uploaded file; UsageError says what is wrong with it."""
    if attachment.size > _MOST_UPLOAD:
        raise UsageError(f"{attachment.filename} is larger than 1 MiB; a reply cannot be that long.")
    with translated("give the uploaded file"):
        return decode_upload(await attachment.read(), attachment.filename)


async def _give_back(interaction: Interaction, submission: Submission, error: BotError) -> None:
    """A refused form's text, as a file, so that nobody writes it twice."""
    text = "".join(submission.texts[name] for name in sorted(submission.texts))
    if not text.strip():
        raise error
    file = discord.File(io.BytesIO(text.encode("utf-8", "replace")), filename="your-text.md")
    reason = words(language_of(interaction), "kept_text", reason=str(error))
    await tell(interaction, Notice(text=reason, tone=Tone.REFUSED), [file])
