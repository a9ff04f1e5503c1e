"""Every card true, whole, safe, and only once, whatever the homeserver answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession

from bot.chats.matrix.people import person_of
from bot.domain.gesture import Decide
from bot.domain.review import Review, State, Verdict
from bot.domain.routing import Pace
from bot.errors import Limited, Refused, Temporary
from bot.services.hiding import hide
from bot.services.posting import Posting
from tests.chats.matrix.conftest import Team, team_on
from tests.factories import make_decide
from tests.fakes import FakeChat
from tests.synapse.homeserver import Homeserver
from tests.world import World

pytestmark = pytest.mark.synapse

SEND = "PUT .*/send/m.room.message/"
LIMIT = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests"}


@pytest.mark.parametrize(
    ("body", "headers"), [({**LIMIT, "retry_after_ms": 1500}, {}), (LIMIT, {"Retry-After": "2"}), (LIMIT, {})]
)
async def test_5_a_short_limit_is_sat_out(team: Team, body: dict[str, Any], headers: dict[str, str]) -> None:
    team.proxy.fail(SEND, 429, body=body, headers=headers, times=2)
    await team.card()
    assert len(await team.cards()) == 1


async def test_5_a_limit_for_ever_is_told_and_not_hammered(team: Team) -> None:
    review = await team.world.review_in(State.PENDING)
    fault = team.proxy.fail(SEND, 429, body={**LIMIT, "retry_after_ms": 4000}, times=10**6)
    with pytest.raises(Limited) as caught:
        await team.world.posting(review.id)
    assert caught.value.retry_after == 4
    assert team.proxy.count(SEND) <= 4
    fault.times = 0
    await team.world.posting(review.id)
    assert len(await team.cards()) == 1


async def test_5_a_limit_on_the_stream_itself_is_waited_out(team: Team) -> None:
    _, card = await team.card()
    team.proxy.fail("GET .*/sync", 429, body=LIMIT, headers={"Retry-After": "20"}, times=3)
    assert "Approved" in await team.told(await team.alice.react(team.room, card, "✅"))


async def test_answers_that_are_no_json_are_faults_of_the_server(team: Team) -> None:
    review = await team.world.review_in(State.PENDING)
    team.proxy.fail(SEND, 200, body={})
    with pytest.raises(Temporary):
        await team.world.posting(review.id)
    await team.world.posting(review.id)
    assert len(await team.cards()) == 1


async def test_17_a_long_draft_is_a_file_that_holds_exactly_what_would_be_sent(team: Team) -> None:
    long = "\n\n".join(f"Paragraph {number} tells <how> & why to restart the service." for number in range(700))
    review, card = await team.card(text=long)
    draft = await team.draft(review)
    assert len(draft.body) > 15_000
    (file,) = [e["content"] for e in await team.alice.relations(team.room, card, "m.thread")]
    assert (file["msgtype"], file["filename"]) == ("m.file", "reply.md")
    assert await download(team, file["url"]) == draft.body.encode()
    content = await team.shown(card)
    assert "reply.md" in content["body"]
    assert draft.body not in content["body"]
    assert "Approved" in await team.told(await team.alice.react(team.room, card, "✅"))
    await team.work()
    assert team.sent() == [draft.body]
    for event in await team.alice.messages(team.room):
        assert len(json.dumps(event).encode()) < 50_000


async def test_17_nothing_can_be_approved_before_all_of_it_can_be_read(team: Team) -> None:
    review = await team.world.review_in(State.PENDING, text="word " * 5000)
    team.proxy.fail("POST .*/upload", 503, times=10**6)
    with pytest.raises(Temporary):
        await team.world.posting(review.id)
    (card,) = await team.cards()
    assert "being attached" in card["content"]["body"]
    assert "not attached yet" in await team.told(await team.alice.react(team.room, card["event_id"], "✅"))
    assert await team.state(review) is State.PENDING


async def test_17_a_draft_with_characters_that_cannot_be_seen_is_a_file_too(team: Team) -> None:
    review, card = await team.card()
    hidden = "Restart\u2066it\u2069 now: e" + "\u0301" * 40
    await team.world.deciding.decide(
        make_decide(Verdict.EDIT, id="elsewhere", review_id=review.id, draft=1, text=hidden), FakeChat()
    )
    await team.work()
    draft = await team.draft(review)
    (file,) = [e["content"] for e in await team.alice.relations(team.room, card, "m.thread") if "url" in e["content"]]
    assert await download(team, file["url"]) == draft.body.encode()
    assert "reply.md" in (await team.shown(card))["body"]


async def download(team: Team, mxc: str) -> bytes:
    """Files are read over the same interface as everything else, but are no JSON."""
    url = f"{team.homeserver.url}/_matrix/client/v1/media/download/{mxc.removeprefix('mxc://')}"
    async with (
        ClientSession() as session,
        session.get(url, headers={"Authorization": f"Bearer {team.alice.token}"}) as answer,
    ):
        return await answer.read()


async def test_18_19_hostile_text_stays_text_and_mentions_nobody(team: Team) -> None:
    evil = (
        '<script>alert(1)</script><img src="http://evil.example/x.png" onerror=x><mx-reply>gone</mx-reply> @room '
        "[click](javascript:alert(1)) https://matrix.to/#/@admin:example.org \u202egnp.exe"
    )
    users = " ".join(f"@user{number}:localhost" for number in range(500))
    review, card = await team.card(title=f"@room 😀{'😀' * 10_000}{evil}", body=f"{evil}\n{users}", text=f"Try {evil}")
    content = await team.shown(card)
    assert content["m.mentions"] == {}
    html = content["formatted_body"]
    assert all(tag not in html for tag in ("<script", "<img", "<mx-reply", 'javascript:alert(1)"'))
    assert "\u202e" not in content["body"]
    assert '<a href="https://matrix.to' not in html
    unread = await team.alice.request("GET", "/v3/sync")
    counts = unread["rooms"]["join"][team.room]["unread_notifications"]
    assert counts["highlight_count"] == 0
    assert await team.state(review) is State.PENDING


async def test_a_new_card_mentions_whom_the_configuration_names_and_an_edit_nobody(
    homeserver: Homeserver, world: World
) -> None:
    async with team_on(homeserver, world) as first:
        user = first.alice.user_id
    async with team_on(homeserver, world, reviewers=[user], ping=[user]) as team:
        review, card = await team.card()
        assert (await team.alice.event(team.room, card))["content"]["m.mentions"] == {"user_ids": [user]}
        await team.world.deciding.decide(
            make_decide(Verdict.DISMISS, id="elsewhere", review_id=review.id, draft=1), FakeChat()
        )
        await team.work()
        (edit,) = await team.alice.relations(team.room, card, "m.replace")
        assert edit["content"]["m.mentions"] == {}
        assert edit["content"]["m.new_content"]["m.mentions"] == {}


async def test_held_cards_are_listed_in_one_message_that_is_kept_up_to_date(team: Team) -> None:
    pace = Pace(at_once=1, window=timedelta(minutes=10))
    team.world.use_chats(team.chat, pace=pace)
    reviews = [await team.world.review_in(State.PENDING, number=number) for number in range(1, 5)]
    for review in reviews:
        await team.world.posting(review.id)
    await team.world.pacing()
    assert len(await team.cards()) == 1
    (digest,) = [e for e in await team.alice.messages(team.room) if "3 reviews wait" in str(e["content"].get("body"))]
    assert f"!gpt show {reviews[1].id}" in digest["content"]["body"]
    await team.told(await team.alice.say(team.room, f"!gpt show {reviews[1].id}"))
    await team.work()
    await team.world.pacing()
    shown = await team.shown(digest["event_id"])
    assert "2 reviews wait" in shown["body"]
    assert len(await team.cards()) == 2


async def test_the_same_card_stands_in_two_chats_and_the_first_decision_wins(team: Team) -> None:
    other = FakeChat("discord", reviewers=["discord:7"])
    team.world.posting = Posting(
        team.world.store, team.world.trackers, [team.chat, other], team.world.clock, team.world.new_name
    )
    review, card = await team.card()
    assert len(other.cards) == 1
    assert "Approved" in await team.told(await team.alice.react(team.room, card, "✅"))
    await team.work()
    assert len(team.sent()) == 1
    (elsewhere,) = other.cards.values()
    assert elsewhere.state is State.SENT
    assert elsewhere.decision is not None
    assert (elsewhere.decision.reviewer_name, elsewhere.decision.chat) == (team.alice.user_id, "matrix")
    late = make_decide(Verdict.DISMISS, id="click", review_id=review.id, draft=1)
    with pytest.raises(Refused, match=team.alice.user_id):
        await team.world.deciding.decide(late, FakeChat())


async def test_a_decision_elsewhere_shows_who_where_and_when(team: Team) -> None:
    review, card = await team.card()
    decide = make_decide(Verdict.DISMISS, id="click", review_id=review.id, draft=1, chat="discord")
    await team.world.deciding.decide(decide, FakeChat())
    await team.work()
    body = (await team.shown(card))["body"]
    assert "Alice: dismissed in discord, 2026-03-02 12:00 UTC" in body
    assert f"!gpt undo {review.id}" in body


async def test_what_turned_confidential_is_taken_back_with_all_its_versions(team: Team) -> None:
    """gitlab 29: an edit would leave the first words in the room for everybody to read."""
    review, card = await team.card(title="A private matter")
    await team.world.deciding.decide(_edit(team, review), team.chat)
    await team.work()
    async with team.world.store.begin() as tx:
        await hide(tx, review.key, by="test", at=team.world.clock.now())
        await tx.refresh(await tx.review(review.id), replace(review.issue, confidential=True))
    await team.work()
    assert team.failures == []
    left = json.dumps(await team.alice.messages(team.room))
    assert "A private matter" not in left
    assert "Quite other words" not in left
    assert (await team.alice.event(team.room, card))["content"] == {}


async def test_a_card_says_something_else_although_its_review_did_not_move(team: Team) -> None:
    review, card = await team.card()
    await team.world.move(review, State.APPROVED)
    await team.world.posting(review.id)
    moved = await team.world.reload(review)
    due = team.world.clock.now() + timedelta(minutes=1)
    async with team.world.store.begin() as tx:
        await tx.postpone(moved, due, failures=1, problem="GitLab is down.")
        await tx.mark_unposted(review.id)
    await team.world.posting(review.id)
    assert "GitLab is down." in (await team.shown(card))["body"]


async def test_what_needs_a_person_is_told_once(team: Team) -> None:
    for _ in range(2):
        await team.chat.alert(team.room, "GitLab refuses the token.", "key-1")
    told = [e for e in await team.alice.messages(team.room) if "refuses the token" in str(e["content"].get("body"))]
    assert [e["content"]["msgtype"] for e in told] == ["m.text"], "a notice would notify nobody"


def _edit(team: Team, review: Review) -> Decide:
    person = person_of(team.alice.user_id, team.room)
    return make_decide(
        Verdict.EDIT, id="edit-1", review_id=review.id, draft=1, text="Quite other words.", person=person,
        chat="matrix", channel=team.room,
    )  # fmt: skip
