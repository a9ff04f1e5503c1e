"""A server with one channel, people, and three ways to speak to it: HTTP, a bare socket, and discord.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.doubles import ManualClock
from tests.fake_discord import Channel, FakeDiscord, Guild, Interaction, Member

Answer = tuple[int, Any]


@dataclass
class Here:
    """The fake and what most tests need of it; `call` speaks HTTP as the bot."""

    discord: FakeDiscord
    clock: ManualClock
    guild: Guild
    channel: Channel
    alice: Member
    http: aiohttp.ClientSession

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """The status, and the code of a refusal or the whole answer."""
        if body is not None:
            options["json"] = body
        async with self.http.request(method, f"/api/v10{path}", **options) as response:
            told = await response.json() if response.content_type == "application/json" else await response.text()
            return response.status, told.get("code") if response.status >= 400 and isinstance(told, dict) else told

    async def post(self, body: Any = None, channel: Channel | None = None) -> Answer:
        return await self.call("POST", f"/channels/{(channel or self.channel).id}/messages", body or {"content": "x"})

    async def card(self) -> int:
        """A message with a button "Go"; its id."""
        status, told = await self.post({"content": "x", "components": [row(button("go", "Go"))]})
        assert status == 200
        return int(told["id"])

    async def click(self) -> Interaction:
        message = self.channel.messages[await self.card()]
        return await self.discord.click(self.alice, message, "Go")

    async def respond(self, interaction: Interaction, kind: int, data: Any = None) -> Answer:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        return await self.call("POST", path, {"type": kind, **({"data": data} if data is not None else {})})

    async def follow(self, interaction: Interaction, body: Any) -> Answer:
        return await self.call("POST", f"/webhooks/{self.discord.application_id}/{interaction.token}", body)

    async def original(self, interaction: Interaction, method: str, body: Any = None) -> Answer:
        path = f"/webhooks/{self.discord.application_id}/{interaction.token}/messages/@original"
        return await self.call(method, path, body)


def row(*controls: Any) -> dict[str, Any]:
    return {"type": 1, "components": list(controls)}


def button(custom_id: str, label: str = "Go", **fields: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": label, "custom_id": custom_id, **fields}


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


@pytest.fixture
async def here(clock: ManualClock) -> AsyncIterator[Here]:
    async with FakeDiscord.start(clock=clock) as discord:
        guild = discord.add_guild("Team")
        headers = {"Authorization": f"Bot {discord.token}"}
        async with aiohttp.ClientSession(discord.url, headers=headers) as http:
            yield Here(
                discord=discord,
                clock=clock,
                guild=guild,
                channel=guild.add_channel("issues"),
                alice=guild.add_member("alice"),
                http=http,
            )
