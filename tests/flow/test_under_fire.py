"""One approval is one note, whatever GitLab does meanwhile; numbers are those of the list of hostile servers."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from bot.domain.review import Review, State
from tests.attacks.obedient import in_terminal, on_discord
from tests.fake_gitlab import Kind
from tests.flow.conftest import Fire

DAY = 24 * 3600


async def state_of(fire: Fire, review: Review) -> State:
    return (await fire.world.reload(review)).state


async def card_shows(fire: Fire, review: Review) -> str:
    await fire.world.posting(review.id)
    card = next(card for card in fire.world.chat.cards.values() if card.review.id == review.id)
    return on_discord(card) + in_terminal(card)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Kind.STATUS, 500),
        (Kind.STATUS, 502),
        (Kind.STATUS_AFTER_COMMIT, 500),
        (Kind.STATUS_AFTER_COMMIT, 502),
        (Kind.STATUS_AFTER_COMMIT, 504),
        (Kind.DROP, 0),
        (Kind.DROP_AFTER_COMMIT, 0),
        (Kind.RESET_AFTER_HEADERS, 0),
        (Kind.HOLD_AFTER_COMMIT, 0),
        (Kind.TRUNCATED, 0),
        (Kind.HTML, 200),
    ],
)
async def test_20_a_lost_answer_is_one_note(fire: Fire, kind: Kind, status: int) -> None:
    """gitlab 20: before and after the commit."""
    review, _ = await fire.approved()
    fire.fault(kind, status=status)
    await fire.run()
    assert await state_of(fire, review) is State.SENT
    assert [note.body for note in fire.gitlab.world.bot_notes()] == [(await fire.world.draft(review)).body]


@pytest.mark.parametrize("seconds", [0, 5, 20, 38])
async def test_21_a_note_that_shows_late_is_waited_for(fire: Fire, seconds: float) -> None:
    """gitlab 21: the replica that answers us lags behind; counted from the end of the grace period."""
    review, row = await fire.approved()
    fire.fault(Kind.STATUS_AFTER_COMMIT, status=502)
    await fire.run(1)
    (note,) = row.notes
    note.hidden = True
    await fire.run(90 + seconds)
    note.hidden = False
    await fire.run()
    assert await state_of(fire, review) is State.SENT
    assert len(fire.gitlab.requests("POST")) == 1


async def test_21_the_looks_come_at_growing_intervals(fire: Fire) -> None:
    """gitlab 21"""
    await fire.approved()
    fire.fault(Kind.DROP)
    await fire.run()
    assert len(fire.gitlab.world.bot_notes()) == 1
    looks = [seen for seen in fire.gitlab.requests("GET", "/notes") if "activity_filter" in seen.query]
    assert len(looks) == 4


async def test_23_another_text_than_ours_is_recorded_and_shown(fire: Fire) -> None:
    """gitlab 23"""
    review, _ = await fire.approved()
    fire.fault(Kind.BODY, status=201, text='{"id": 9, "body": "tamed"}')
    await fire.run()
    assert await state_of(fire, review) is State.SENT
    (sent,) = [event for event in await fire.world.events(review.id) if event.detail.get("to") == "sent"]
    assert sent.detail["as_shown"] is False
    assert "stored another text" in await card_shows(fire, review)


async def test_23_an_ordinary_reply_says_nothing_of_the_kind(fire: Fire) -> None:
    review, _ = await fire.approved()
    await fire.run()
    assert "stored another text" not in await card_shows(fire, review)


@pytest.mark.parametrize("text", ["{}", '{"id": null}', "[]"])
async def test_23_an_acceptance_without_an_id_is_looked_for(fire: Fire, text: str) -> None:
    """gitlab 23"""
    review, _ = await fire.approved()
    fire.fault(Kind.BODY, status=201, text=text)
    await fire.run()
    assert await state_of(fire, review) is State.SENT
    assert len(fire.gitlab.world.bot_notes()) == 1


async def test_23_a_reply_taken_for_a_command_is_an_incident(fire: Fire) -> None:
    """gitlab 23: 202, commands only."""
    review, _ = await fire.approved()
    fire.fault(Kind.STATUS, status=202, text="")
    fire.gitlab.faults[-1].kind = Kind.BODY
    fire.gitlab.faults[-1].text = '{"commands_changes": {"close": true}, "summary": ["Closed."]}'
    await fire.run()
    assert await state_of(fire, review) is State.UNSENT
    assert "quick action" in await card_shows(fire, review)
    assert len(fire.gitlab.requests("POST")) == 1


@pytest.mark.parametrize(
    ("what", "status", "text", "said"),
    [
        ("locked", 403, "403 Forbidden", "locked"),
        ("archived", 403, "403 Forbidden", "archived"),
        ("full", 400, "Maximum number of comments exceeded", "Maximum number of comments exceeded"),
    ],
)
async def test_27_what_cannot_be_written_says_so_and_is_kept(
    fire: Fire, what: str, status: int, text: str, said: str
) -> None:
    """gitlab 27"""
    review, _ = await fire.approved()
    fire.fault(Kind.STATUS, status=status, text=text, times=0)
    await fire.run()
    assert await state_of(fire, review) is State.UNSENT
    assert said in await card_shows(fire, review)
    assert (await fire.world.draft(review)).body
    assert len(fire.gitlab.requests("POST")) == 1


@pytest.mark.parametrize("asked", ["30", "date", "", "-5", "1000000000", "nonsense"])
async def test_34_a_storm_of_limits_ends_in_one_note(fire: Fire, asked: str) -> None:
    """gitlab 34: an hour of them, however the server says for how long."""
    review, _ = await fire.approved()
    value = format_datetime(fire.clock.now() + timedelta(seconds=30), usegmt=True) if asked == "date" else asked
    fault = fire.fault(Kind.STATUS, status=429, times=0, headers={"Retry-After": value} if value else {})
    await fire.run()
    assert await state_of(fire, review) is State.APPROVED
    assert 5 <= len(fire.gitlab.requests("POST")) <= 130
    fire.gitlab.faults.remove(fault)
    await fire.run()
    assert await state_of(fire, review) is State.SENT
    assert len(fire.gitlab.world.bot_notes()) == 1


@pytest.mark.parametrize("readable", [True, False])
async def test_35_after_a_day_of_maintenance_the_replies_go_out_in_order(fire: Fire, readable: bool) -> None:
    """gitlab 35: all reviews of a project, oldest first, one after the other; none lost, none doubled."""
    reviews = [(await fire.approved())[0] for _ in range(4)]
    fire.fault(Kind.STATUS, status=503, times=0)
    if not readable:
        fire.fault(Kind.STATUS, route="{issue_iid}", method="GET", status=503, times=0)
    await fire.run(DAY)
    assert fire.gitlab.world.bot_notes() == []
    assert len(fire.gitlab.log) < 3_000
    first = await fire.world.reload(reviews[0])
    assert "503" in first.problem
    assert "503" in await card_shows(fire, first)
    fire.gitlab.faults.clear()
    await fire.run()
    assert fire.order() == [1, 2, 3, 4]
    assert {await state_of(fire, review) for review in reviews} == {State.SENT}


async def test_35_one_issue_that_always_fails_does_not_keep_the_others_for_ever(fire: Fire) -> None:
    first, _ = await fire.approved()
    second, _ = await fire.approved()
    fire.world.trackers["gitlab"] = fire.tracker
    fire.gitlab.world.issues[0].extra = {"iid": None}
    await fire.run(2 * 3600)
    assert await state_of(fire, first) is State.APPROVED
    assert await state_of(fire, second) is State.SENT


async def test_36_a_token_that_is_refused_stops_the_writing_and_loses_nothing(fire: Fire) -> None:
    """gitlab 36: the card says why; a new token sends the reply."""
    review, _ = await fire.approved()
    fresh = "glpat-" + "n" * 20
    fire.gitlab.token = fresh
    await fire.run()
    after = await fire.world.reload(review)
    assert (after.state, "GEPETTTO_GITLAB_TOKEN" in after.problem) == (State.APPROVED, True)
    assert "GEPETTTO_GITLAB_TOKEN" in await card_shows(fire, review)
    fire.tracker.use_token(fresh)
    await fire.run()
    assert await state_of(fire, review) is State.SENT
    assert "GEPETTTO_GITLAB_TOKEN" not in await card_shows(fire, review)


async def test_36_also_when_only_the_note_is_refused(fire: Fire) -> None:
    """gitlab 36: the token was good for reading a moment ago."""
    review, _ = await fire.approved()
    fire.fault(Kind.STATUS, status=401)
    await fire.run(60)
    assert await state_of(fire, review) is State.APPROVED
    await fire.run()
    assert await state_of(fire, review) is State.SENT
    assert len(fire.gitlab.world.bot_notes()) == 1
