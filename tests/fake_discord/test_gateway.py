"""The gateway, by a bare WebSocket: sessions, intents, and what is told to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fake_discord.conftest import Here, button, row
from tests.fake_discord.gateway import Intent

ALL = Intent.GUILDS | Intent.GUILD_MESSAGES | Intent.GUILD_MESSAGE_REACTIONS


class Socket:
    """What a client does, one step at a time."""

    def __init__(self, here: Here) -> None:
        self._here = here
        self.number = 0
        self.session = ""

    async def open(self) -> None:
        self._ws = await self._here.http.ws_connect(f"{self._here.discord.url}/gateway?v=10&encoding=json")
        assert (await self.heard())["op"] == 10

    async def heard(self) -> Any:
        message = await self._ws.receive_json(timeout=5)
        self.number = message["s"] or self.number
        return message

    async def event(self) -> tuple[str, Any]:
        message = await self.heard()
        return message["t"], message["d"]

    async def say(self, op: int, data: Any) -> None:
        await self._ws.send_json({"op": op, "d": data})

    async def identify(self, intents: int = ALL, **fields: Any) -> None:
        token = fields.pop("token", self._here.discord.token)
        await self.say(2, {"token": token, "intents": intents, "properties": {}, **fields})

    async def begin(self, intents: int = ALL) -> None:
        await self.open()
        await self.identify(intents)
        name, ready = await self.event()
        assert name == "READY"
        self.session = ready["session_id"]
        if intents & Intent.GUILDS:
            for _ in ready["guilds"]:
                assert (await self.event())[0] == "GUILD_CREATE"

    async def resume(self, token: str = "") -> None:
        await self.open()
        token = token or self._here.discord.token
        await self.say(6, {"token": token, "session_id": self.session, "seq": self.number})

    async def closed(self) -> int | None:
        message = await self._ws.receive(timeout=5)
        assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
        return self._ws.close_code

    async def close(self, code: int = 1000) -> None:
        await self._ws.close(code=code)

    async def nothing_more(self) -> bool:
        """Whether no event is under way: a heartbeat's answer comes after all of them."""
        await self.say(1, self.number)
        return bool((await self.heard())["op"] == 11)


@pytest.fixture
async def socket(here: Here) -> AsyncIterator[Socket]:
    made = Socket(here)
    yield made
    await made.close()


async def test_ready_tells_who_and_where(here: Here, socket: Socket) -> None:
    await socket.open()
    await socket.identify()
    _, ready = await socket.event()
    assert ready["resume_gateway_url"].startswith("ws://127.0.0.1:")
    assert ready["user"]["id"] == str(here.discord.bot_user.id)
    assert ready["guilds"] == [{"id": str(here.guild.id), "unavailable": True}]
    _, guild = await socket.event()
    assert [one["name"] for one in guild["channels"]] == ["issues"]
    assert [one["user"]["username"] for one in guild["members"]] == ["gepettto"]
    assert here.discord.connections == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"token": "wrong"}, 4004), ({"intents": ALL | Intent.MESSAGE_CONTENT}, 4014), ({"intents": 1 << 1}, 4014)],
)
async def test_what_identifying_may_not_say(socket: Socket, fields: Any, code: int) -> None:
    await socket.open()
    await socket.identify(**fields)
    assert await socket.closed() == code


async def test_an_intent_that_was_granted_is_granted(here: Here, socket: Socket) -> None:
    here.discord.grant(Intent.MESSAGE_CONTENT)
    await socket.begin(ALL | Intent.MESSAGE_CONTENT)
    assert (await here.call("GET", "/applications/@me"))[1]["flags"] == 1 << 19
    await here.discord.say(here.alice, here.channel, "to all")
    assert (await socket.event())[1]["content"] == "to all"
    assert (await here.call("GET", f"/channels/{here.channel.id}/messages"))[1][0]["content"] == "to all"


@pytest.mark.parametrize(("said", "code"), [((4, {}), 4001), ((3, {}), 4003)])
async def test_other_mistakes_close_the_connection(socket: Socket, said: tuple[int, Any], code: int) -> None:
    await socket.open()
    await socket.say(*said)
    assert await socket.closed() == code


async def test_identifying_twice_and_talking_nonsense(socket: Socket) -> None:
    await socket.begin()
    await socket.identify()
    assert await socket.closed() == 4005
    await socket.open()
    await socket._ws.send_str("{")
    assert await socket.closed() == 4002


async def test_heartbeats_are_answered_unless_told_otherwise(here: Here, socket: Socket) -> None:
    await socket.open()
    await socket.say(1, None)
    assert (await socket.heard())["op"] == 11
    here.discord.gateway.acknowledges = False
    await socket.say(1, None)
    await socket.identify()
    assert (await socket.event())[0] == "READY", "the heartbeat before it was passed over"


async def test_missed_events_come_with_the_resumption_once_and_in_order(here: Here, socket: Socket) -> None:
    await socket.begin()
    await here.post({"content": "heard"})
    await socket.event()
    await here.discord.drop_gateway(4000)
    assert await socket.closed() == 4000
    for content in ("one", "two"):
        await here.post({"content": content})
    await socket.resume()
    assert [(await socket.event())[1]["content"] for _ in range(2)] == ["one", "two"]
    assert (await socket.event())[0] == "RESUMED"
    assert here.discord.connections == 2
    await here.post({"content": "three"})
    assert (await socket.event())[1]["content"] == "three"


async def test_a_resumption_needs_the_token(here: Here, socket: Socket) -> None:
    await socket.begin()
    await here.discord.drop_gateway(4000)
    await socket.resume("wrong")
    assert await socket.closed() == 4004


async def test_a_click_between_two_connections_is_not_lost(here: Here, socket: Socket) -> None:
    await socket.begin()
    await here.discord.drop_gateway(4000)
    await here.click()
    await socket.resume()
    assert [(await socket.event())[0] for _ in range(3)] == ["MESSAGE_CREATE", "INTERACTION_CREATE", "RESUMED"]


@pytest.mark.parametrize("code", [1000, 1001])
async def test_a_session_that_its_client_closed_cannot_be_resumed(socket: Socket, code: int) -> None:
    await socket.begin()
    await socket.close(code)
    await socket.resume()
    assert await socket.heard() == {"op": 9, "d": False, "s": None, "t": None}


async def test_a_session_ended_for_good_cannot_be_resumed(here: Here, socket: Socket) -> None:
    await socket.begin()
    await here.discord.drop_gateway(4004)
    await socket.closed()
    await socket.resume()
    assert (await socket.heard())["op"] == 9


async def test_invalidated_sessions_are_told_and_forgotten(here: Here, socket: Socket) -> None:
    await socket.begin()
    await here.discord.invalidate_sessions()
    assert (await socket.heard())["op"] == 9
    await socket.resume()
    assert (await socket.heard())["op"] == 9


async def test_events_that_are_too_old_cannot_be_replayed(here: Here, socket: Socket) -> None:
    await socket.begin()
    await here.discord.drop_gateway(4000)
    (session,) = here.discord.gateway._sessions.values()
    for number in range(5001):
        session.tell("X", str(number))
    await socket.resume()
    assert (await socket.heard())["op"] == 9


async def test_a_resumption_takes_over_from_a_connection_that_is_dead(here: Here, socket: Socket) -> None:
    await socket.begin()
    other = Socket(here)
    other.session, other.number = socket.session, socket.number
    await other.resume()
    assert (await other.event())[0] == "RESUMED"
    assert await socket.closed() == 4000
    await here.post()
    assert (await other.event())[0] == "MESSAGE_CREATE"
    await other.close()


@pytest.mark.parametrize("intents", [0, Intent.GUILDS, Intent.GUILDS | Intent.GUILD_MESSAGES, ALL])
async def test_events_go_by_intents(here: Here, socket: Socket, intents: int) -> None:
    await socket.begin(intents)
    here.guild.add_channel("another")
    message = await here.discord.say(here.alice, here.channel, "hello")
    await here.discord.react(here.alice, message, "✅")
    await here.discord.set_roles(here.alice, [])
    await here.discord.dm(here.alice, "psst")
    wanted = {
        Intent.GUILDS: "CHANNEL_CREATE",
        Intent.GUILD_MESSAGES: "MESSAGE_CREATE",
        Intent.GUILD_MESSAGE_REACTIONS: "MESSAGE_REACTION_ADD",
    }
    for intent, name in wanted.items():
        if intents & intent:
            assert (await socket.event())[0] == name
    assert await socket.nothing_more()


async def test_direct_messages_have_an_intent_and_no_server(here: Here, socket: Socket) -> None:
    await socket.begin(Intent.DIRECT_MESSAGES)
    await here.discord.dm(here.alice, "psst")
    name, message = await socket.event()
    assert (name, message["content"]) == ("MESSAGE_CREATE", "psst")
    assert "guild_id" not in message


async def test_others_messages_come_empty_unless_they_mention_the_bot(here: Here, socket: Socket) -> None:
    await socket.begin()
    await here.discord.say(here.alice, here.channel, "secret", files=[("a.md", b"x")])
    _, message = await socket.event()
    assert (message["content"], message["attachments"]) == ("", [])
    await here.discord.say(here.alice, here.channel, "to you", mentions=[here.discord.bot_user])
    assert (await socket.event())[1]["content"] == "to you"
    await here.post({"content": "my own", "components": [row(button("a"))]})
    _, own = await socket.event()
    assert own["content"] == "my own"
    assert own["components"]
    reply = await here.discord.say(here.alice, here.channel, "re", reply_to=here.channel.last())
    assert (await socket.event())[1]["referenced_message"]["content"] == "my own"
    await here.discord.say(here.alice, here.channel, "re re", reply_to=reply)
    assert (await socket.event())[1]["referenced_message"]["content"] == ""


async def test_channels_that_the_bot_cannot_see_are_silent(here: Here, socket: Socket) -> None:
    await socket.begin()
    here.channel.deny("view_channel")
    assert (await socket.event())[0] == "CHANNEL_UPDATE"
    message = await here.discord.say(here.alice, here.channel, "hello")
    await here.discord.react(here.alice, message, "✅")
    await here.discord.delete_message(message)
    assert await socket.nothing_more()


async def test_a_reaction_names_the_person_and_the_author(here: Here, socket: Socket) -> None:
    await socket.begin(Intent.GUILDS | Intent.GUILD_MESSAGE_REACTIONS)
    message = here.channel.messages[await here.card()]
    await here.discord.react(here.alice, message, "✅")
    _, told = await socket.event()
    assert told["member"]["user"]["id"] == str(here.alice.id)
    assert told["message_author_id"] == str(here.discord.bot_user.id)
    assert (told["emoji"], told["type"], told["burst"]) == ({"id": None, "name": "✅"}, 0, False)
    await here.discord.react(here.alice, message, "✅")
    await here.discord.unreact(here.alice, message, "✅")
    name, told = await socket.event()
    assert (name, told["user_id"]) == ("MESSAGE_REACTION_REMOVE", str(here.alice.id))
    assert "member" not in told


async def test_what_moderators_do_is_told(here: Here, socket: Socket) -> None:
    number = await here.card()
    await here.call("POST", f"/channels/{here.channel.id}/messages/{number}/threads", {"name": "talk"})
    await socket.begin()
    here.guild.add_role("New")
    await here.discord.delete_message(here.channel.messages[number])
    await here.discord.delete_channel(here.guild.threads[number])
    await here.discord.delete_channel(here.channel)
    await here.discord.kick_bot(here.guild)
    await here.discord.invite_bot(here.guild)
    names = ["GUILD_ROLE_CREATE", "MESSAGE_DELETE", "THREAD_DELETE", "CHANNEL_DELETE", "GUILD_DELETE", "GUILD_CREATE"]
    assert [(await socket.event())[0] for _ in names] == names


async def test_anything_can_be_sent_raw(here: Here, socket: Socket) -> None:
    await socket.begin()
    await here.discord.send_raw("MESSAGE_CREATE", {"id": None})
    assert await socket.event() == ("MESSAGE_CREATE", {"id": None})
