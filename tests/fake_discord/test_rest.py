"""What the routes do and refuse, by plain HTTP."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.fake_discord.conftest import Here, button, row, text
from tests.fake_discord.model import Channel

V2 = 1 << 15


async def test_a_wrong_token_and_an_unknown_route(here: Here) -> None:
    assert await here.call("GET", "/users/@me", headers={"Authorization": "Bot wrong"}) == (401, 0)
    assert here.discord.problems == []
    assert await here.call("GET", "/nothing") == (404, 0)
    assert len(here.discord.problems) == 1


async def test_requests_are_logged_by_route(here: Here) -> None:
    await here.card()
    (request,) = here.discord.requests
    assert (request.route, request.method, request.status) == ("POST /channels/{}/messages", "POST", 200)
    assert request.body["content"] == "x"


async def test_limits_are_told_in_headers(here: Here) -> None:
    async with here.http.get("/api/v10/users/@me") as response:
        assert int(response.headers["X-RateLimit-Remaining"]) > 0
        assert response.headers["X-RateLimit-Bucket"]
        assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("denied", "body", "code"),
    [
        ("view_channel", {"content": "x"}, 50001),
        ("send_messages", {"content": "x"}, 50013),
    ],
)
async def test_permissions_to_write(here: Here, denied: str, body: Any, code: int) -> None:
    here.channel.deny(denied)
    assert await here.post(body) == (403, code)
    here.channel.allow(denied)
    assert (await here.post(body))[0] == 200
    assert here.discord.problems == []


async def test_embeds_without_permission_are_left_out_and_files_are_refused(here: Here) -> None:
    here.channel.deny("embed_links", "attach_files")
    assert (await here.post({"content": "x", "embeds": [{"title": "x"}]}))[0] == 200
    assert here.channel.last().embeds == []
    assert await _with_file(here, {"content": "x"}, "a.md") == (403, 50013)


async def test_roles_and_overwrites_count_in_their_order(here: Here) -> None:
    role = here.guild.add_role("Muted")
    here.channel.deny("send_messages", of=role)
    assert (await here.post())[0] == 200
    here.guild.bot.roles.append(role)
    assert await here.post() == (403, 50013)
    here.channel.allow("send_messages")
    assert (await here.post())[0] == 200, "what a member is allowed beats what a role is denied"
    here.channel.deny("send_messages")
    here.guild.bot.roles[0].permissions |= 1 << 3
    assert (await here.post())[0] == 200, "an administrator may all"


async def test_what_is_not_there(here: Here) -> None:
    assert await here.call("GET", "/channels/1") == (404, 10003)
    assert await here.call("GET", "/guilds/1") == (404, 10004)
    assert await here.call("GET", f"/channels/{here.channel.id}/messages/1") == (404, 10008)
    assert await here.call("PATCH", f"/channels/{here.channel.id}/messages/1", {"content": "x"}) == (404, 10008)
    assert await here.call("GET", f"/guilds/{here.guild.id}/members/1") == (404, 10013)
    stranger = here.discord.add_guild("Elsewhere").add_member("eve")
    assert await here.call("GET", f"/guilds/{here.guild.id}/members/{stranger.id}") == (404, 10007)
    assert await here.post(channel=here.guild.add_channel("forum", "forum")) == (400, 50008)


async def test_a_server_without_the_bot_is_closed_to_it(here: Here) -> None:
    await here.discord.kick_bot(here.guild)
    assert await here.call("GET", f"/guilds/{here.guild.id}") == (404, 10004)
    assert await here.post() == (403, 50001)
    await here.discord.invite_bot(here.guild)
    assert (await here.post())[0] == 200


async def test_a_nonce_is_remembered_for_minutes(here: Here) -> None:
    body = {"content": "x", "nonce": "n1", "enforce_nonce": True}
    _, first = await here.post(body)
    here.clock.advance(timedelta(minutes=4, seconds=59))
    _, second = await here.post(body)
    assert first["id"] == second["id"]
    assert len(here.channel.messages) == 1
    here.clock.advance(1)
    await here.post(body)
    assert len(here.channel.messages) == 2
    await here.post({**body, "enforce_nonce": False})
    assert len(here.channel.messages) == 3
    await here.discord.delete_message(here.channel.last())
    await here.post(body)
    assert len(here.channel.messages) == 3, "what was deleted is not what was asked for"


async def test_edits_keep_what_they_do_not_mention(here: Here) -> None:
    number = await here.card()
    path = f"/channels/{here.channel.id}/messages/{number}"
    assert (await here.call("PATCH", path, {"content": "y"}))[0] == 200
    message = here.channel.messages[number]
    assert message.content == "y"
    assert [each.label for each in message.buttons()] == ["Go"]
    assert message.edited_at == here.clock.now()
    assert await here.call("PATCH", path, {"content": ""}) == (400, 50006)
    assert message.content == "y"


async def test_only_own_messages_can_be_edited(here: Here) -> None:
    said = await here.discord.say(here.alice, here.channel, "mine")
    assert await here.call("PATCH", f"/channels/{here.channel.id}/messages/{said.id}", {"content": "x"}) == (403, 50005)


async def test_the_flag_of_v2_stays_for_ever(here: Here) -> None:
    _, told = await here.post({"flags": V2, "components": [text("x")]})
    path = f"/channels/{here.channel.id}/messages/{told['id']}"
    assert await here.call("PATCH", path, {"flags": 0}) == (400, 50035)
    assert await here.call("PATCH", path, {"flags": 0, "content": "x", "components": []}) == (400, 50035)
    assert await here.call("PATCH", path, {"content": "x"}) == (400, 50035)
    assert (await here.call("PATCH", path, {"components": [text("y")]}))[0] == 200
    assert here.channel.last().texts() == ["y"]


async def test_files_come_stay_and_go(here: Here) -> None:
    _, told = await _with_file(here, {"content": "x", "attachments": [{"id": "0", "filename": "a b.md"}]}, "a b.md")
    (file,) = here.channel.last().attachments
    assert (file.filename, file.content) == ("a_b.md", b"bytes")
    async with aiohttp.ClientSession() as anybody, anybody.get(told["attachments"][0]["url"]) as response:
        assert await response.read() == b"bytes"
    path = f"/channels/{here.channel.id}/messages/{told['id']}"
    await here.call("PATCH", path, {"content": "y"})
    assert here.channel.last().attachments == [file]
    await here.call("PATCH", path, {"attachments": []})
    assert here.channel.last().attachments == []
    assert await here.call("PATCH", path, {"attachments": [{"id": "5"}]}) == (400, 50035)


async def test_a_file_that_no_component_shows_is_a_mistake(here: Here) -> None:
    shown = {"flags": V2, "components": [text("x"), {"type": 13, "file": {"url": "attachment://a.md"}}]}
    assert (await _with_file(here, shown, "a.md"))[0] == 200
    assert (await _with_file(here, {"flags": V2, "components": [text("x")]}, "a.md")) == (400, 50035)


async def test_ten_files_at_most_and_none_too_large(here: Here) -> None:
    assert (await _with_file(here, {"content": "x"}, *(f"{n}.md" for n in range(10))))[0] == 200
    assert await _with_file(here, {"content": "x"}, *(f"{n}.md" for n in range(11))) == (400, 50035)
    assert await _with_file(here, {"content": "x"}, "a.md", content=b"x" * ((10 << 20) + 1)) == (413, 40005)


async def _with_file(here: Here, body: Any, *names: str, content: bytes = b"bytes") -> tuple[int, Any]:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", aiohttp.payload.JsonPayload(body))
    for index, name in enumerate(names):
        form.add_field(f"files[{index}]", io.BytesIO(content), filename=name)
    return await here.call("POST", f"/channels/{here.channel.id}/messages", data=form)


async def test_history_in_pages(here: Here) -> None:
    numbers = [int((await here.post({"content": f"{n}"}))[1]["id"]) for n in range(5)]
    path = f"/channels/{here.channel.id}/messages"

    async def contents(**query: Any) -> list[str]:
        return [one["content"] for one in (await here.call("GET", path, params=query))[1]]

    assert await contents(limit=2) == ["4", "3"]
    assert await contents(before=numbers[2]) == ["1", "0"]
    assert await contents(after=numbers[1], limit=2) == ["3", "2"], "the next ones, newest first"
    assert await here.call("GET", path, params={"limit": 101}) == (400, 50035)
    here.channel.deny("read_message_history")
    assert await contents() == []


async def test_ids_tell_their_time(here: Here) -> None:
    early = int((await here.post())[1]["id"])
    here.clock.advance(timedelta(hours=1))
    late = int((await here.post())[1]["id"])
    assert ((late >> 22) - (early >> 22)) == 3_600_000


async def test_others_messages_are_empty_without_the_intent(here: Here) -> None:
    said = await here.discord.say(here.alice, here.channel, "secret")
    asked = await here.discord.say(here.alice, here.channel, "to you", mentions=[here.discord.bot_user])
    path = f"/channels/{here.channel.id}/messages"
    contents = [one["content"] for one in (await here.call("GET", path))[1]]
    assert contents == ["to you", ""]
    assert (await here.call("GET", f"{path}/{said.id}"))[1]["content"] == ""
    assert (await here.call("GET", f"{path}/{asked.id}"))[1]["content"] == "to you"


# --- mentions


@pytest.mark.parametrize(
    ("allowed", "users", "roles", "everyone"),
    [
        (None, True, True, False),
        ({"parse": []}, False, False, False),
        ({"parse": ["users"]}, True, False, False),
        ({"parse": ["roles"]}, False, True, False),
        ({"parse": ["everyone"]}, False, False, False),
    ],
)
async def test_who_is_notified(here: Here, allowed: Any, users: bool, roles: bool, everyone: bool) -> None:
    role = here.guild.add_role("Maintainers")
    silent = here.guild.add_role("Silent", mentionable=False)
    content = f"<@{here.alice.id}> <@&{role.id}> <@&{silent.id}> @everyone"
    await here.post({"content": content, **({"allowed_mentions": allowed} if allowed is not None else {})})
    message = here.channel.last()
    assert message.mentions == [here.alice.user] * users
    assert message.mention_roles == [role.id] * roles
    assert message.mention_everyone is everyone
    assert message.allowed_mentions == allowed


async def test_everyone_needs_a_permission(here: Here) -> None:
    here.guild.bot.roles[0].permissions |= 1 << 17
    await here.post({"content": "@here"})
    assert here.channel.last().mention_everyone


async def test_a_reply_notifies_when_it_says_so(here: Here) -> None:
    said = await here.discord.say(here.alice, here.channel, "hello")
    reply = {"content": "x", "message_reference": {"message_id": str(said.id)}}
    await here.post({**reply, "allowed_mentions": {"parse": [], "replied_user": True}})
    assert here.channel.last().mentions == [here.alice.user]
    assert here.channel.last().referenced is said
    await here.post({**reply, "allowed_mentions": {"parse": [], "replied_user": False}})
    assert here.channel.last().mentions == []
    await here.discord.delete_message(said)
    gone = {"message_id": str(said.id), "fail_if_not_exists": False}
    assert (await here.post({"content": "x", "message_reference": gone}))[0] == 200
    assert here.channel.last().referenced is None
    elsewhere = {"message_id": str(here.channel.last().id), "channel_id": str(here.channel.id)}
    other = here.guild.add_channel("elsewhere")
    assert await here.post({"content": "x", "message_reference": elsewhere}, other) == (400, 50035)


# --- reactions


async def test_reactions(here: Here) -> None:
    number = await here.card()
    message = here.channel.messages[number]
    path = f"/channels/{here.channel.id}/messages/{number}/reactions"
    await here.discord.react(here.alice, message, "✅")
    assert (await here.call("PUT", f"{path}/✅/@me"))[0] == 204
    _, people = await here.call("GET", f"{path}/✅")
    assert {one["username"] for one in people} == {"alice", "gepettto"}
    assert (await here.call("DELETE", f"{path}/✅/{here.alice.id}"))[0] == 204
    assert list(message.reactions["✅"]) == [here.discord.bot_user.id]
    assert (await here.call("DELETE", f"{path}/✅/@me"))[0] == 204
    assert message.reactions == {}
    await here.discord.react(here.alice, message, "✅")
    here.channel.deny("manage_messages")
    assert await here.call("DELETE", f"{path}/✅/{here.alice.id}") == (403, 50013)
    assert await here.call("DELETE", path) == (403, 50013)
    here.channel.allow("manage_messages")
    assert (await here.call("DELETE", path))[0] == 204
    assert message.reactions == {}


async def test_a_new_reaction_needs_a_permission(here: Here) -> None:
    number = await here.card()
    here.channel.deny("add_reactions")
    path = f"/channels/{here.channel.id}/messages/{number}/reactions/✅/@me"
    assert await here.call("PUT", path) == (403, 50013)
    await here.discord.react(here.alice, here.channel.messages[number], "✅")
    assert (await here.call("PUT", path))[0] == 204


async def test_deleting_what_others_wrote_needs_a_permission(here: Here) -> None:
    said = await here.discord.say(here.alice, here.channel, "hello")
    path = f"/channels/{here.channel.id}/messages"
    here.channel.deny("manage_messages")
    assert await here.call("DELETE", f"{path}/{said.id}") == (403, 50013)
    assert (await here.call("DELETE", f"{path}/{await here.card()}"))[0] == 204
    here.channel.allow("manage_messages")
    assert (await here.call("DELETE", f"{path}/{said.id}"))[0] == 204


# --- threads and forums


async def test_one_thread_a_message(here: Here) -> None:
    number = await here.card()
    path = f"/channels/{here.channel.id}/messages/{number}/threads"
    here.channel.deny("create_public_threads")
    assert await here.call("POST", path, {"name": "talk"}) == (403, 50013)
    here.channel.allow("create_public_threads")
    status, told = await here.call("POST", path, {"name": "talk"})
    assert (status, told["id"]) == (200, str(number))
    assert await here.call("POST", path, {"name": "talk"}) == (400, 160004)
    assert list(here.guild.threads) == [number]
    assert (await here.call("GET", f"/channels/{here.channel.id}/messages/{number}"))[1]["flags"] & 1 << 5


async def _thread(here: Here) -> Channel:
    number = await here.card()
    await here.call("POST", f"/channels/{here.channel.id}/messages/{number}/threads", {"name": "talk"})
    return here.guild.threads[number]


async def test_writing_in_threads_is_a_permission_of_its_own(here: Here) -> None:
    thread = await _thread(here)
    here.channel.deny("send_messages")
    assert (await here.post(channel=thread))[0] == 200
    here.channel.deny("send_messages_in_threads")
    assert await here.post(channel=thread) == (403, 50013)


async def test_archived_threads(here: Here) -> None:
    thread = await _thread(here)
    _, told = await here.post(channel=thread)
    path = f"/channels/{thread.id}"
    assert (await here.call("PATCH", path, {"archived": True}))[0] == 200
    assert await here.call("PATCH", f"{path}/messages/{told['id']}", {"content": "y"}) == (400, 50083)
    assert await here.call("PATCH", path, {"name": "other"}) == (400, 50083)
    assert (await here.call("GET", f"/guilds/{here.guild.id}/threads/active"))[1]["threads"] == []
    assert (await here.post(channel=thread))[0] == 200
    assert not thread.archived, "a message brings it back to life"
    assert await here.call("PATCH", path, {"locked": True}) == (403, 50013), "not even one's own"
    thread.archived = thread.locked = True
    assert await here.call("PATCH", path, {"archived": False}) == (403, 50013)
    assert await here.post(channel=thread) == (403, 50013)
    here.guild.bot.roles[0].permissions |= 1 << 34
    assert (await here.call("PATCH", path, {"archived": False, "locked": False}))[0] == 200


async def test_posts_of_a_forum_and_their_tags(here: Here) -> None:
    forum = here.guild.add_channel("forum", "forum")
    path = f"/channels/{forum.id}"
    tags = {"available_tags": [{"name": "waiting"}, {"name": "moderated", "moderated": True}]}
    assert await here.call("PATCH", path, tags) == (403, 50013)
    here.guild.bot.roles[0].permissions |= 1 << 4
    assert (await here.call("PATCH", path, tags))[0] == 200
    waiting, moderated = forum.tags
    body = {"name": "post", "message": {"content": "first"}}
    status, told = await here.call("POST", f"{path}/threads", {**body, "applied_tags": [str(waiting.id)]})
    assert status == 200
    thread = here.guild.threads[int(told["id"])]
    assert thread.applied_tags == [waiting.id]
    assert thread.messages[thread.id].content == "first"
    assert await here.call("POST", f"{path}/threads", {**body, "applied_tags": ["1"]}) == (400, 50035)
    assert await here.call("POST", f"{path}/threads", {**body, "applied_tags": [str(moderated.id)]}) == (403, 50013)
    forum.require_tag = True
    assert await here.call("POST", f"{path}/threads", body) == (400, 40067)
    assert await here.call("POST", f"/channels/{here.channel.id}/threads", body) == (400, 50035)


async def test_commands_are_kept_and_translations_are_told_to_who_asks(here: Here) -> None:
    path = f"/applications/{here.discord.application_id}/guilds/{here.guild.id}/commands"
    command = {"name": "ask", "description": "x", "description_localizations": {"fr": "y"}}
    await here.call("PUT", path, [command])
    _, (plain,) = await here.call("GET", path)
    assert plain["description"] == "x"
    assert "description_localizations" not in plain
    _, (told,) = await here.call("GET", path, params={"with_localizations": "true"})
    assert told["description_localizations"] == {"fr": "y"}
    assert await here.call("GET", path.replace(str(here.discord.application_id), "1")) == (403, 50001)


async def test_buttons_are_seen_as_people_see_them(here: Here) -> None:
    link = {"type": 2, "style": 5, "label": "Open", "url": "https://example.org"}
    await here.post({"content": "x", "components": [row(button("a", "Go", disabled=True), link)]})
    go, opens = here.channel.last().buttons()
    assert (go.custom_id, go.disabled) == ("a", True)
    assert (opens.custom_id, opens.url) == (None, "https://example.org")
