"""The slash commands and the menu on messages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, CommandTree, locale_str

from bot.chats.discord.controls import open_form, read_upload
from bot.chats.discord.front import Front, Interaction, acknowledge, answered, show, tell
from bot.chats.discord.listing import answer_view, waiting_list
from bot.chats.discord.people import language_of
from bot.chats.discord.phrases import words
from bot.chats.discord.places import address_of
from bot.chats.discord.text import cut
from bot.chats.phrases import state_word
from bot.chats.render import one_line
from bot.domain.card import Card
from bot.domain.gesture import Ask, Decide, Fetch, Look, Notice, Pause, View
from bot.domain.review import Verdict
from bot.errors import BotError, Refused

log = logging.getLogger(__name__)

_IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
_FOR_SERVERS = app_commands.AppInstallationType(guild=True, user=False)
_CHOICES = 25
_CHOICE = 100
_IN_TIME = 2.0
"""Seconds for suggestions; Discord drops them after three."""


class French(app_commands.Translator):
    """Descriptions in French, from the catalogue; names of commands stay English."""

    async def translate(
        self, string: locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        phrase = string.extras.get("phrase")
        return words("fr", phrase) if phrase and locale is discord.Locale.french else None


def _described(phrase: str) -> locale_str:
    return locale_str(words("en", phrase), phrase=phrase)


class Commands:
    """What can be typed; `add_to` registers it all."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def add_to(self, tree: CommandTree[discord.Client]) -> None:
        callbacks: dict[str, Any] = {
            "answer": self.answer,
            "ask": self.ask,
            "drafts": self.drafts,
            "edit": self.edit,
            "status": self.status,
            "pause": self.pause,
            "resume": self.resume,
        }
        commands: dict[str, Any] = {}
        for name, callback in callbacks.items():
            commands[name] = app_commands.Command(
                name=name,
                description=_described(f"command_{name}"),
                callback=callback,
                allowed_contexts=_IN_SERVERS,
                allowed_installs=_FOR_SERVERS,
            )
            tree.add_command(commands[name])
        commands["answer"].autocomplete("issue")(self._issues)
        commands["edit"].autocomplete("draft")(self._drafts)
        menu: Any = app_commands.ContextMenu(
            name=_described("menu_answer"),
            callback=self.answer_message,
            allowed_contexts=_IN_SERVERS,
            allowed_installs=_FOR_SERVERS,
        )
        tree.add_command(menu)

    @app_commands.describe(issue=_described("option_issue"))
    async def answer(self, interaction: Interaction, issue: str) -> None:
        async with answered(interaction):
            gesture = Fetch(**self._front.fields(interaction), target=issue)
            await acknowledge(interaction, thinking=True)
            notice = await self._front.ask(gesture)
            await self._tell_with_cards(interaction, notice)

    @app_commands.describe(question=_described("option_question"))
    async def ask(self, interaction: Interaction, question: str) -> None:
        await self._answer(interaction, question, target=0)

    async def answer_message(self, interaction: Interaction, message: discord.Message) -> None:
        """A forum-style post: the answer is shown to the caller, who may post it as a reply there."""
        await self._answer(interaction, message.content, target=message.id)

    async def _answer(self, interaction: Interaction, question: str, *, target: int) -> None:
        async with answered(interaction):
            gesture = Ask(**self._front.fields(interaction), question=question)
            await acknowledge(interaction, thinking=True)
            notice = await self._front.ask(gesture)
            if notice.answer is not None:
                language = language_of(interaction)
                await show(interaction, answer_view(notice.answer, language=language, publish_id=f"p:{target}"))

    async def drafts(self, interaction: Interaction) -> None:
        async with answered(interaction):
            gesture = Look(**self._front.fields(interaction), view=View.WAITING)
            await acknowledge(interaction, thinking=True)
            await self._tell_with_cards(interaction, await self._front.ask(gesture))

    async def status(self, interaction: Interaction) -> None:
        async with answered(interaction):
            gesture = Look(**self._front.fields(interaction), view=View.STATUS)
            await acknowledge(interaction, thinking=True)
            await tell(interaction, await self._front.ask(gesture))

    @app_commands.describe(project=_described("option_project"))
    async def pause(self, interaction: Interaction, project: str = "") -> None:
        await self._pause(interaction, project, on=True)

    @app_commands.describe(project=_described("option_project"))
    async def resume(self, interaction: Interaction, project: str = "") -> None:
        await self._pause(interaction, project, on=False)

    async def _pause(self, interaction: Interaction, project: str, *, on: bool) -> None:
        async with answered(interaction):
            gesture = Pause(**self._front.fields(interaction), on=on, project=project)
            await acknowledge(interaction, thinking=True)
            await tell(interaction, await self._front.ask(gesture))

    @app_commands.describe(
        draft=_described("option_draft"), text=_described("option_text"), file=_described("option_file")
    )
    async def edit(
        self, interaction: Interaction, draft: str, text: str = "", file: discord.Attachment | None = None
    ) -> None:
        """Write a reply anew: `draft` is "review:draft" as the suggestions give it, or a review's number."""
        async with answered(interaction):
            review, _, number = draft.partition(":")
            card = await self._card(interaction, review)
            seen = int(number) if number.isdecimal() and len(number) < 10 else card.review.draft
            if not text and file is None:
                await open_form(interaction, card)
                return
            await acknowledge(interaction, thinking=True)
            written = await read_upload(file) if file is not None else text
            fields = self._front.fields(interaction)
            gesture = Decide(**fields, verdict=Verdict.EDIT, review_id=card.review.id, draft=seen, text=written)
            await tell(interaction, await self._front.ask(gesture))

    async def _card(self, interaction: Interaction, review: str) -> Card:
        if not (review.isascii() and review.isdigit() and len(review) < 19):
            raise Refused(words(language_of(interaction), "edit_which"))
        fields = self._front.fields(interaction)
        fields["id"] += ":look"
        notice = await self._front.ask(Look(**fields, view=View.ONE, review_id=int(review)))
        return notice.cards[0]

    async def _tell_with_cards(self, interaction: Interaction, notice: Notice) -> None:
        if not notice.cards:
            await tell(interaction, notice)
            return
        language, now = language_of(interaction), self._front.clock.now()
        where = partial(address_of, interaction.client, self._front.settings.guild)
        await show(interaction, waiting_list(notice.cards, notice.text, language=language, where=where, now=now))

    # --- suggestions

    async def _issues(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        cards = await self._suggested(interaction, View.ISSUES, current)
        return [Choice(name=_name(card), value=_target(card)) for card in cards]

    async def _drafts(self, interaction: Interaction, current: str) -> list[Choice[str]]:
        language = language_of(interaction)
        cards = await self._suggested(interaction, View.WAITING, current)
        found = [card for card in cards if current.casefold() in f"{card.review.id} {_name(card)}".casefold()]
        return [
            Choice(
                name=cut(f"{card.review.id} · {state_word(language, card.state)} · {_name(card)}", _CHOICE),
                value=f"{card.review.id}:{card.review.draft}",
            )
            for card in found[:_CHOICES]
        ]

    async def _suggested(self, interaction: Interaction, view: View, current: str) -> tuple[Card, ...]:
        """From the store, in time; nothing at all when it is late, refused or broken."""
        try:
            gesture = Look(**self._front.fields(interaction), view=view, text=current[:_CHOICE])
            async with asyncio.timeout(_IN_TIME):
                return (await self._front.ask(gesture)).cards
        except (BotError, TimeoutError) as error:
            log.debug("no suggestions: %s", error)
            return ()


def _target(card: Card) -> str:
    """What names the issue to us; an address that is too long for a choice is named in short."""
    url, key = card.issue.url, card.issue.key
    return url if len(url) <= _CHOICE else f"{key.project}#{key.number}"


def _name(card: Card) -> str:
    issue = card.issue
    return cut(f"{one_line(issue.project_name, 40)}#{issue.key.number} {one_line(issue.title)}", _CHOICE)


async def sync(client: discord.Client, tree: CommandTree[discord.Client], guild: discord.abc.Snowflake) -> bool:
    """Make the server's commands be ours; whether anything had to change. Discord counts every change."""
    translator = tree.translator
    wanted = [
        await command.get_translated_payload(tree, translator) if translator else command.to_dict(tree)
        for command in tree.get_commands(type=None)
    ]
    route = discord.http.Route(
        "GET",
        "/applications/{application_id}/guilds/{guild_id}/commands",
        application_id=client.application_id,
        guild_id=guild.id,
    )
    standing = await client.http.request(route, params={"with_localizations": "true"})
    if _same(wanted, standing):
        return False
    tree.copy_global_to(guild=guild)
    await tree.sync(guild=guild)
    return True


def _same(wanted: list[dict[str, Any]], standing: list[dict[str, Any]]) -> bool:
    by_name = {(command["type"], command["name"]): command for command in standing}
    return len(wanted) == len(standing) and all(
        _covers(by_name.get((command["type"], command["name"])), command) for command in wanted
    )


def _covers(standing: Any, wanted: Any) -> bool:
    """Whether Discord holds all that we say; what it adds of its own, and emptiness in any form, counts for nothing."""
    if isinstance(wanted, Mapping):
        return isinstance(standing, Mapping) and all(_covers(standing.get(key), wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        if wanted and isinstance(standing, list) and len(wanted) == len(standing):
            return all(_covers(one, other) for one, other in zip(standing, wanted, strict=True))
        return not wanted and not standing
    return bool(standing == wanted) or (not standing and not wanted)
