"""Where cards stand: a message of a text channel, or a post of a forum whose tags tell the state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import discord

from bot.chats.discord.card import Rendered
from bot.chats.discord.errors import TOO_MANY_EDITS, Closed, translated
from bot.chats.discord.payload import controls_on
from bot.chats.discord.phrases import words
from bot.chats.discord.text import cut
from bot.chats.phrases import state_word
from bot.chats.render import one_line
from bot.domain.card import Card, Post
from bot.domain.review import State
from bot.domain.visibility import is_redacted
from bot.errors import Permanent

Place = discord.TextChannel | discord.ForumChannel

_NONCE_REMEMBERED = timedelta(minutes=2)
"""Discord honours a nonce "for a few minutes"; after this we look for the card ourselves."""
_CLOCKS_DIFFER = timedelta(minutes=2)
_LOOK_BACK = 1000
_TAGS = {
    State.SENT: "tag_sent",
    State.DISMISSED: "tag_dismissed",
    State.OBSOLETE: "tag_dismissed",
    State.STUCK: "tag_failed",
    State.UNSENT: "tag_failed",
}
_DONE = frozenset({State.SENT, State.DISMISSED, State.OBSOLETE})
_TITLE = 100


def place_of(client: discord.Client, channel: str) -> Place:
    """The configured channel; Closed when the bot cannot see it or nothing can be posted there."""
    found = client.get_channel(int(channel))
    if isinstance(found, discord.TextChannel | discord.ForumChannel):
        return found
    raise Closed(
        f"Discord shows no text or forum channel {channel} to the bot; invite it there (`gepettto check` tells how)."
    )


def address_of(client: discord.Client, guild: int, post: Post) -> str:
    """Where a person reads a card: a message of a channel, or a post of a forum, which is a channel of its own."""
    forum = isinstance(client.get_channel(int(post.channel)), discord.ForumChannel)
    return f"https://discord.com/channels/{guild}/{post.id if forum else f'{post.channel}/{post.id}'}"


async def post_card(place: Place, card: Card, shown: Rendered, key: str, language: str) -> int:
    """A new message, or a new post; the nonce makes a repetition within minutes harmless."""
    with translated("post a card"):
        if isinstance(place, discord.ForumChannel):
            tags = await _tags(place, card.state, language)
            created = await place.create_thread(name=title_of(card), applied_tags=tags, **shown.for_post())
            return created.thread.id
        return (await place.send(nonce=key, **shown.for_post())).id


async def find_card(place: Place, review: int, since: datetime, now: datetime) -> int | None:
    """The card of a review that an earlier attempt may have posted; None when it certainly stands nowhere."""
    if isinstance(place, discord.TextChannel) and now - since < _NONCE_REMEMBERED:
        return None  # posting it again with the same nonce finds it
    with translated("read the channel's history"):
        async for message in _own(place, since - _CLOCKS_DIFFER):
            if any(control.review == review for control in controls_on(message)):
                return message.id
    return None


async def _own(place: Place, after: datetime) -> AsyncIterator[discord.Message]:
    me = place.guild.me.id
    if isinstance(place, discord.TextChannel):
        async for message in place.history(after=after, limit=_LOOK_BACK):
            if message.author.id == me:
                yield message
        return
    for thread in await place.guild.active_threads():
        if thread.parent_id == place.id and thread.owner_id == me and (thread.created_at or after) >= after:
            yield await thread.fetch_message(thread.id)


async def edit_card(place: Place, message_id: int, card: Card, shown: Rendered, language: str) -> bool:
    """Bring a card up to date; whether people can talk about it in a thread. Gone when it was deleted."""
    with translated("edit a card"):
        if isinstance(place, discord.ForumChannel):
            await _edit_post(place, message_id, card, shown, language)
            return True
        message = place.get_partial_message(message_id)
        has_thread = await _edit(message, card, shown, language) or place.guild.get_thread(message_id) is not None
        if has_thread and is_redacted(card.issue):
            await _rename(place.guild.get_thread(message_id) or await _fetched(place, message_id), card)
        return has_thread


async def clear_reactions(place: Place, message_id: int) -> None:
    """A reaction belongs to the draft it was given to; without the right to remove it, it is at least never heard."""
    if isinstance(place, discord.TextChannel) and place.permissions_for(place.guild.me).manage_messages:
        with translated("clear reactions"):
            await place.get_partial_message(message_id).clear_reactions()


async def post_digest(place: Place, shown: Rendered, key: str, message_id: str, language: str) -> str:
    """The one message that lists what waits without a card; in a forum a post of its own."""
    with translated("post the digest"):
        if message_id:
            channel = place if isinstance(place, discord.TextChannel) else await _fetched(place, int(message_id))
            await channel.get_partial_message(int(message_id)).edit(**shown.for_edit())
            return message_id
        if isinstance(place, discord.ForumChannel):
            tags = await _tags(place, State.PENDING, language)
            name = words(language, "digest_title")
            created = await place.create_thread(name=name, applied_tags=tags, **shown.for_post())
            return str(created.thread.id)
        return str((await place.send(nonce=key, **shown.for_post())).id)


async def post_alert(place: Place, shown: Rendered, key: str, language: str) -> None:
    """A message of its own; in a forum a post."""
    with translated("tell an alert"):
        if isinstance(place, discord.ForumChannel):
            tags = await _tags(place, State.UNSENT, language)
            await place.create_thread(name=words(language, "alert_title"), applied_tags=tags, **shown.for_post())
        else:
            await place.send(nonce=key, **shown.for_post())


async def _edit_post(forum: discord.ForumChannel, post_id: int, card: Card, shown: Rendered, language: str) -> None:
    """A post of a forum is a thread with the id of its first message; an archived one cannot be edited."""
    thread = forum.guild.get_thread(post_id) or await _fetched(forum, post_id)
    tags = await _tags(forum, card.state, language)
    if thread.archived or thread.applied_tags != tags:
        await thread.edit(archived=False, applied_tags=tags)
    await _edit(thread.get_partial_message(post_id), card, shown, language)
    if is_redacted(card.issue):
        await _rename(thread, card)
    if card.state in _DONE:
        await thread.edit(archived=True)


async def _edit(message: discord.PartialMessage, card: Card, shown: Rendered, language: str) -> bool:
    try:
        return (await message.edit(**shown.for_edit())).flags.has_thread
    except discord.HTTPException as error:
        if error.code != TOO_MANY_EDITS:
            raise
    # A message older than an hour may be edited only so often: say it below instead.
    state = state_word(language, card.state)
    await message.reply(words(language, "edited_too_often", state=state), mention_author=False)
    return False


async def _rename(thread: discord.Thread, card: Card) -> None:
    """Its name holds the issue's title, which nobody may read there any more."""
    if thread.name != title_of(card):
        await thread.edit(name=title_of(card))


async def _fetched(place: Place, thread_id: int) -> discord.Thread:
    found = await place.guild.fetch_channel(thread_id)
    if not isinstance(found, discord.Thread):
        raise Permanent(f"Discord's {thread_id} is no post of a forum any more.")
    return found


async def _tags(forum: discord.ForumChannel, state: State, language: str) -> list[discord.ForumTag]:
    """The tag for a state, by its name in either language; created where the bot may, absent where it may not."""
    phrase = _TAGS.get(state, "tag_waiting")
    names = {words(each, phrase).casefold() for each in ("en", "fr")}
    known = [tag for tag in forum.available_tags if tag.name.casefold() in names]
    if not known and forum.permissions_for(forum.guild.me).manage_channels:
        known = [await forum.create_tag(name=words(language, phrase))]
    if not known and forum.flags.require_tag:
        known = list(forum.available_tags)
    return known[:1]


def title_of(card: Card) -> str:
    """The name of a card's thread or post; such names know no Markdown."""
    issue = card.issue
    return cut(f"{one_line(issue.project_name, 50)}#{issue.key.number} {one_line(issue.title)}", _TITLE)
