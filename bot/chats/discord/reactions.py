"""Verdicts without a button: reactions on a card, and replies to it that mention the bot."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from typing import Any

import discord

from bot.chats.discord.controls import read_upload
from bot.chats.discord.errors import Troubles, translated
from bot.chats.discord.front import NAME, Front
from bot.chats.discord.listing import notice_text
from bot.chats.discord.payload import controls_on, same_emoji
from bot.chats.discord.people import may_decide, person_of
from bot.chats.discord.phrases import words
from bot.chats.discord.places import place_of
from bot.chats.discord.shown import Shown
from bot.chats.discord.threads import without_mention
from bot.domain.gesture import Decide, Missing, Notice, Person, Standing, Tone
from bot.domain.review import Verdict
from bot.errors import BotError, NotAllowed, Refused

log = logging.getLogger(__name__)

_LOOK_BACK = 1000
_TOLD_SECONDS = 60.0
_ITSELF = Person(id=f"{NAME}:itself", name="GePeTTTo")


class Reactions:
    """A reaction names no draft: it counts for the one its card shows, and never right after a change of it."""

    def __init__(self, front: Front, shown: Shown) -> None:
        self._front = front
        self._shown = shown

    def verdict_of(self, emoji: discord.PartialEmoji) -> Verdict | None:
        for name, configured in self._front.settings.reactions.items():
            if same_emoji(configured, emoji):
                return Verdict(name)
        return None

    async def added(self, client: discord.Client, event: discord.RawReactionActionEvent) -> None:
        """Somebody reacted just now."""
        member, me = event.member, client.user
        if member is None or member.bot or me is None or event.message_author_id != me.id:
            return
        channel = client.get_partial_messageable(event.channel_id, guild_id=event.guild_id)
        home = self._front.home_of(event.guild_id, client.get_channel(event.channel_id) or channel)
        verdict = self.verdict_of(event.emoji)
        if home is None or verdict is None:
            return
        changing = self._shown.is_changing(str(event.message_id))
        message = channel.get_partial_message(event.message_id)
        await self._decide(message, home, member, verdict, event.emoji, changing=changing)

    async def _decide(
        self,
        message: discord.PartialMessage | discord.Message,
        home: str,
        member: discord.Member,
        verdict: Verdict,
        emoji: Any,
        *,
        changing: bool = False,
    ) -> None:
        language = self._front.language_in(home)
        try:
            if changing:
                raise Refused(words(language, "card_changing"))
            if verdict is Verdict.EDIT:
                raise Refused(words(language, "reaction_edit_hint"))
            gesture = Decide(**self._fields(home, person_of(member), message.id), verdict=verdict)
            await self._front.ask(gesture)
        except BotError as error:
            await self._tell(message, Notice(text=str(error), tone=Tone.REFUSED))
        await self._take_away(message, emoji, member)

    def _fields(self, home: str, person: Person, post: int | None = None) -> dict[str, Any]:
        return {
            "id": f"{NAME}:{uuid.uuid4()}",
            "person": person,
            "chat": NAME,
            "channel": home,
            "language": self._front.language_in(home),
            "post": "" if post is None else str(post),
        }

    async def _tell(self, message: discord.PartialMessage | discord.Message, notice: Notice) -> None:
        """Below the card, for a minute: a reaction has no private answer."""
        try:
            await message.reply(
                notice_text(notice),
                mention_author=False,
                delete_after=_TOLD_SECONDS,
                allowed_mentions=discord.AllowedMentions.none(),
            )
        except Troubles as error:
            log.warning("a reaction could not be answered: %s", error, extra={"action": "answer_failed"})

    async def _take_away(self, message: Any, emoji: Any, member: discord.abc.Snowflake) -> None:
        """A reaction that was heard goes: what still stands after a downtime was not."""
        try:
            await message.remove_reaction(emoji, member)
        except Troubles as error:
            log.debug("a reaction could not be removed: %s", error)

    # --- replies

    async def said(self, client: discord.Client, message: discord.Message) -> None:
        """A reply to a card that begins with the bot's name is the new text of its draft.

        Discord mentions whom one replies to by itself: a mere remark on a card must not become its text.
        """
        me, target = client.user, message.reference
        if me is None or message.author.bot or message.webhook_id or message.guild is None:
            return
        home = self._front.home_of(message.guild.id, message.channel)
        text = without_mention(message.content, me.id)
        if home is None or target is None or target.message_id is None or text == message.content:
            return
        fields = self._fields(home, person_of(message.author), target.message_id)
        try:
            if not may_decide(fields["person"], self._front.settings):
                raise NotAllowed(words(fields["language"], "not_allowed"))
            if message.attachments:
                text = await read_upload(message.attachments[0])
            notice = await self._front.ask(Decide(**fields, verdict=Verdict.EDIT, text=text))
        except BotError as error:
            notice = Notice(text=str(error), tone=Tone.REFUSED)
        await self._tell(message, notice)

    # --- after a downtime

    async def reconcile(self, client: discord.Client) -> None:
        """Hear the reactions that nobody heard, and see which cards are gone."""
        for channel in sorted(self._front.channels):
            try:
                await self._reconcile(client, channel)
            except BotError as error:
                log.warning("%s could not be looked through: %s", channel, error, extra={"action": "reconcile_failed"})

    async def _reconcile(self, client: discord.Client, channel: str) -> None:
        place = place_of(client, channel)
        expected = await self._expected(channel)
        if not isinstance(place, discord.TextChannel) or not expected or client.user is None:
            return
        seen = await _history_down_to(place, min(expected))
        if place.permissions_for(place.guild.me).manage_messages:
            for number in sorted(expected & seen.keys()):
                await self._hear(place, channel, seen[number])
        oldest = min(seen) if len(seen) == _LOOK_BACK else 0
        for number in sorted(expected - seen.keys()):
            if number > oldest:  # what is older was not looked at
                await self.gone(channel, number)

    async def _expected(self, channel: str) -> set[int]:
        """The messages in which cards of this channel wait for a person."""
        found: set[int] = set()
        after = 0
        while True:
            notice = await self._front.ask(Standing(**self._fields(channel, _ITSELF), after=after))
            if not notice.cards:
                return found
            for card in notice.cards:
                found |= {int(p.id) for p in card.posts if p.chat == NAME and p.channel == channel and p.id}
            after = notice.cards[-1].review.id

    async def _hear(self, place: discord.TextChannel, home: str, message: discord.Message) -> None:
        """Without the right to remove reactions nobody could tell the heard from the unheard; then none is heard."""
        for reaction in message.reactions:
            emoji = reaction.emoji
            partial = emoji if isinstance(emoji, discord.PartialEmoji) else discord.PartialEmoji.from_str(str(emoji))
            verdict = self.verdict_of(partial)
            if verdict is None or not any(True for _ in controls_on(message)):
                continue
            async for user in reaction.users():
                member = None if user.bot else await _member(place.guild, user)
                if member is not None:
                    await self._decide(message, home, member, verdict, emoji)

    async def deleted(self, client: discord.Client, guild: int | None, channel_id: int, ids: Iterable[int]) -> None:
        """Messages were deleted; the desk knows which of them were cards."""
        channel = client.get_channel(channel_id) or client.get_partial_messageable(channel_id, guild_id=guild)
        home = self._front.home_of(guild, channel)
        if home is not None:
            for number in ids:
                await self.gone(home, number)

    async def gone(self, home: str, message_id: int) -> None:
        await self._front.ask(Missing(**self._fields(home, _ITSELF, message_id)))


async def _history_down_to(place: discord.TextChannel, oldest: int) -> dict[int, discord.Message]:
    """The channel's messages by their ids, newest first, back to the one that is wanted or as far as we look."""
    seen: dict[int, discord.Message] = {}
    with translated("read the channel's history"):
        async for message in place.history(limit=_LOOK_BACK):
            seen[message.id] = message
            if message.id <= oldest:
                break
    return seen


async def _member(guild: discord.Guild, user: discord.abc.Snowflake) -> discord.Member | None:
    try:
        return await guild.fetch_member(user.id)
    except discord.NotFound:
        return None
