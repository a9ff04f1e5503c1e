"""Where discord.py looks for Discord, changed from outside: the product has no option that could send a token away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.state import ConnectionState

_SETTLED = 0.1
"""Seconds without another server after which the library calls itself ready; it would wait for two."""


def point_at(url: str) -> Callable[[], None]:
    """For all clients of this process, from now on; the result undoes it."""
    original_init = ConnectionState.__init__
    former = [
        (Route, "BASE", Route.BASE),
        (DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY),
        (discord.Asset, "BASE", discord.Asset.BASE),
        (discord.Client, "before_identify_hook", discord.Client.before_identify_hook),
        (ConnectionState, "__init__", original_init),
    ]

    def hurried_init(self: Any, **options: Any) -> None:
        original_init(self, **{"guild_ready_timeout": _SETTLED, **options})

    async def no_pause(self: discord.Client, shard_id: int | None, *, initial: bool = False) -> None:
        """Five seconds between two sessions are a courtesy that this Discord does not need."""

    wanted = [f"{url}/api/v10", yarl.URL(f"ws{url.removeprefix('http')}/gateway"), url, no_pause, hurried_init]
    for (owner, name, _), value in zip(former, wanted, strict=True):
        setattr(owner, name, value)

    def undo() -> None:
        for owner, name, value in former:
            setattr(owner, name, value)

    return undo


@contextmanager
def pointed_at(url: str) -> Iterator[None]:
    undo = point_at(url)
    try:
        yield
    finally:
        undo()
