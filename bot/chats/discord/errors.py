"""What Discord says when it refuses, in the words of our own errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import discord

from bot.errors import BotError, Gone, Limited, Permanent, Temporary, Unauthorised

UNKNOWN_MESSAGE = 10008
UNKNOWN_INTERACTION = 10062
ALREADY_ACKNOWLEDGED = 40060
THREAD_EXISTS = 160004
TOO_MANY_EDITS = 30046
"""Codes of https://docs.discord.com/developers/topics/opcodes-and-status-codes#json."""

OUT_OF_TIME = frozenset({UNKNOWN_INTERACTION, ALREADY_ACKNOWLEDGED})
"""Normal life of an interaction: the person has been told, or has waited too long."""

_BANNED_SECONDS = 300.0
"""A 429 without `Via` comes from the guard before Discord, which names no time (discord.py gives up at once)."""

Troubles = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)
"""All that a request to Discord can raise."""


class Closed(Permanent):
    """The channel or the server is not ours to use; asking again at once would be in vain."""


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Errors of discord.py inside become ours; `doing` completes "Discord could not …"."""
    try:
        yield
    except Troubles as error:
        raise meaning(error, doing) from error


def meaning(error: BaseException, doing: str) -> BotError:
    """Gone only for a message that was deleted; a channel or server that is gone needs a person."""
    if isinstance(error, discord.RateLimited):
        return Limited(f"Discord is busy and could not {doing}; it asks for patience.", retry_after=error.retry_after)
    if isinstance(error, discord.LoginFailure):
        return Unauthorised("Discord refuses the token; copy it again from the developer portal.")
    if isinstance(error, discord.HTTPException):
        return _refused(error, doing)
    if isinstance(error, TimeoutError):
        return Temporary(f"Discord could not {doing}: no answer came.")
    return Temporary(f"Discord could not {doing}: the connection failed ({type(error).__name__}).")


def _refused(error: discord.HTTPException, doing: str) -> BotError:
    if error.code == UNKNOWN_MESSAGE:
        return Gone(f"Discord could not {doing}: the message was deleted.")
    if error.status == 404:
        return Closed(f"Discord could not {doing}: the channel is gone; configure another one.")
    if error.status == 403:
        return Closed(
            f"Discord did not let the bot {doing} ({error.text or 'Forbidden'}); `gepettto check` names the permission."
        )
    if error.status == 401:
        return Unauthorised(f"Discord refuses the token and could not {doing}; copy it again from the portal.")
    if error.status == 429:
        return Limited(f"Discord blocks requests and could not {doing}.", retry_after=_BANNED_SECONDS)
    if error.status >= 500:
        return Temporary(f"Discord could not {doing}: it answered {error.status}.")
    return Permanent(f"Discord refused to {doing}: {' '.join(error.text.split())[:300]} (code {error.code}).")
