"""The same in an encrypted room: who may read is the keys' business, who decides is ours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nio import Event, MatrixRoom, RoomMessageNotice

from bot.chats.matrix import connector
from bot.chats.matrix.content import CARD
from bot.domain.review import State
from tests.chats.matrix.conftest import Team, team_on
from tests.chats.matrix.crypto.conftest import Clients
from tests.chats.matrix.crypto.sides import Side
from tests.synapse.homeserver import Homeserver
from tests.world import World

pytestmark = pytest.mark.synapse


@pytest.fixture
async def clients(tmp_path: Path) -> AsyncIterator[Clients]:
    async with AsyncExitStack() as stack:
        yield Clients(tmp_path, stack)


async def encrypted(team: Team, folder: Path, clients: Clients) -> Side:
    """The room becomes an encrypted one, the bot one with keys, and Alice one who reads it."""
    await team.stop()
    alice = await clients.ours(team.alice)

    async def read(room: MatrixRoom, event: Event) -> None:
        alice.texts.append(event.source["content"]["body"])

    alice.client.add_event_callback(read, RoomMessageNotice)
    await team.alice.set_state(team.room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    await alice.sync()
    team.connect = connector(team.settings.homeserver, folder / "keys", "cross_signed", None)
    await team.start()
    await alice.sync()
    return alice


async def test_cards_replies_and_commands_are_encrypted_and_work(
    homeserver: Homeserver, world: World, clients: Clients, tmp_path: Path
) -> None:
    async with team_on(homeserver, world) as team:
        alice = await encrypted(team, tmp_path, clients)
        review, card = await team.card()
        assert (await team.alice.event(team.room, card))["type"] == "m.room.encrypted"
        await alice.until(lambda: any("Please restart it." in text for text in alice.texts))
        reply: dict[str, Any] = {"m.relates_to": {"m.in_reply_to": {"event_id": card}}}
        await say(alice, team, "My own words.", **reply)
        await alice.until(lambda: any("Draft 2 holds your text" in text for text in alice.texts))
        await team.work()
        await say(alice, team, "!gpt status")
        await alice.until(lambda: any("1 waiting" in text for text in alice.texts))
        await team.alice.react(team.room, card, "✅")
        await alice.until(lambda: any("Approved: draft 2" in text for text in alice.texts))
        await team.work()
        assert "My own words." in team.sent()[0]
        assert await team.state(review) is State.SENT
        for event in await team.alice.messages(team.room):
            assert CARD not in event["content"]
            assert "own words" not in str(event)


async def test_16_what_happened_while_away_is_decrypted_too(
    homeserver: Homeserver, world: World, clients: Clients, tmp_path: Path
) -> None:
    async with team_on(homeserver, world) as team:
        alice = await encrypted(team, tmp_path, clients)
        review, card = await team.card()
        await team.stop()
        await say(alice, team, f"!gpt dismiss {review.id} off topic")
        await team.start()
        await alice.until(lambda: any("Dismissed" in text for text in alice.texts))
        await team.work()
        assert await team.state(review) is State.DISMISSED
        assert team.settling == timedelta()
        del card


async def say(side: Side, team: Team, body: str, **content: Any) -> None:
    message = {"msgtype": "m.text", "body": body, **content}
    await side.client.room_send(team.room, "m.room.message", message, ignore_unverified_devices=True)
