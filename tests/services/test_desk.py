"""What people ask in a chat is carried out, answered, and never stops the next request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.gesture import Ask, Fetch, Gesture, Look, Notice, Pause, Tone, View
from bot.domain.review import State
from bot.errors import NotAllowed, Refused, Temporary, UsageError
from bot.services.alerts import Troubles
from tests.factories import ALICE, MALLORY, make_decide, make_thread
from tests.world import World

WHO: dict[str, Any] = {"person": ALICE, "chat": "fake", "channel": "team"}


def look(view: View, review_id: int = 0, text: str = "") -> Look:
    return Look(id="look", view=view, review_id=review_id, text=text, **WHO)


async def handled(world: World, gesture: Gesture) -> Notice:
    return await world.desk.handle(world.chat, gesture)


async def test_fetch_begins_a_review(world: World) -> None:
    issue = world.tracker.add(make_thread())
    notice = await handled(world, Fetch(id="f", target=issue.url, **WHO))
    assert notice.tone is Tone.DONE
    assert (await world.latest(issue.key)).state is State.NEW


async def test_fetch_of_a_known_issue_shows_its_card(world: World) -> None:
    review = await world.review_in(State.PENDING)
    notice = await handled(world, Fetch(id="f", target=review.issue.url, **WHO))
    assert [card.review.id for card in notice.cards] == [review.id]


async def test_fetch_of_an_answered_issue_begins_another_round(world: World) -> None:
    review = await world.review_in(State.SENT)
    await handled(world, Fetch(id="f", target=review.issue.url, **WHO))
    assert (await world.latest(review.key)).round == 2


@pytest.mark.parametrize(("changes", "word"), [({"open": False}, "closed"), ({"confidential": True}, "not public")])
async def test_fetch_refuses_what_must_not_be_answered(world: World, changes: dict[str, Any], word: str) -> None:
    issue = world.tracker.add(make_thread(**changes))
    with pytest.raises(Refused, match=word):
        await handled(world, Fetch(id="f", target=issue.url, **WHO))


async def test_fetch_of_an_address_without_a_gitlab_says_what_to_do(world: World) -> None:
    del world.trackers["gitlab"]
    with pytest.raises(UsageError, match=r"\[gitlab\]"):
        await handled(world, Fetch(id="f", target="https://git.example/a/b/-/issues/1", **WHO))


async def test_ask_answers_the_person_only(world: World) -> None:
    notice = await handled(world, Ask(id="a", question="How do I restart?", **WHO))
    assert notice.answer is not None
    assert notice.answer.reply == "Please restart it."
    assert world.chat.cards == {}


async def test_an_empty_question_is_refused(world: World) -> None:
    with pytest.raises(UsageError, match="few words"):
        await handled(world, Ask(id="a", question="  ", **WHO))


async def test_the_list_holds_what_waits_and_nothing_else(world: World) -> None:
    pending = await world.review_in(State.PENDING)
    await world.review_in(State.DISMISSED, number=2)
    stuck = await world.review_in(State.STUCK, number=3)
    notice = await handled(world, look(View.WAITING))
    assert [card.review.id for card in notice.cards] == [pending.id, stuck.id]
    assert (notice.text, notice.brief) == ("2 waiting", True)


async def test_next_goes_round(world: World) -> None:
    first = await world.review_in(State.PENDING)
    second = await world.review_in(State.PENDING, number=2)
    seen = [(await handled(world, look(View.NEXT, at))).cards[0].review.id for at in (0, first.id, second.id)]
    assert seen == [first.id, second.id, first.id]


async def test_nothing_waits(world: World) -> None:
    assert (await handled(world, look(View.NEXT))).text == "Nothing waits for you."
    assert (await handled(world, look(View.WAITING))).text == "Nothing waits for you."


async def test_one_review_is_shown_or_refused(world: World) -> None:
    review = await world.review_in(State.PENDING)
    (card,) = (await handled(world, look(View.ONE, review.id))).cards
    assert card.draft is not None
    with pytest.raises(Refused, match="no review 9"):
        await handled(world, look(View.ONE, 9))


async def test_open_issues_without_a_reply_are_found_by_number_title_or_project(world: World) -> None:
    first = await world.review_in(State.PENDING, title="The café is closed")
    second = await world.review_in(State.DISMISSED, number=21, project_name="Other/Thing")
    await world.review_in(State.SENT, number=3)

    async def found(text: str) -> list[int]:
        return [card.review.id for card in (await handled(world, look(View.ISSUES, text=text))).cards]

    assert await found("") == [second.id, first.id]
    assert await found("café") == [first.id]
    assert await found("other/th") == [second.id]
    assert await found("#21") == [second.id]
    assert await found("service does not start") == [], "what stands in the text of an issue is no name"
    assert await found("100%_") == []


async def test_status_counts(world: World) -> None:
    await world.review_in(State.PENDING)
    assert (await handled(world, look(View.STATUS))).text.startswith("1 waiting, 0 in progress, 0 sent")


async def test_status_tells_how_things_stand(world: World) -> None:
    await world.review_in(State.PENDING)
    await world.intake.poll()
    world.trackers = {"fake": world.tracker, "other": world.tracker, "file": world.tracker}
    world.use_drafters(world.drafter)
    world.clock.advance(timedelta(hours=3))
    text = (await handled(world, look(View.STATUS))).text
    assert text.splitlines()[1:] == ["oldest: 3 h; fake read 3 h ago; other not read yet", "nothing is in trouble"]
    await handled(world, Pause(id="p", on=True, project="group/project", **WHO))
    await Troubles(world.store, world.clock).began("tracker:fake", "401.")
    text = (await handled(world, look(View.STATUS))).text
    assert text.splitlines()[1].endswith("paused: project:group/project")
    assert text.splitlines()[2:] == ["⚠ fake cannot be read: 401."]


async def test_a_look_that_fails_is_no_look(world: World) -> None:
    world.tracker.fail("changes", Temporary("down"))
    with pytest.raises(Temporary):
        await world.intake.poll()
    async with world.store.read() as tx:
        assert await tx.cursor("polled:fake") is None


@pytest.mark.parametrize("gesture", [Ask, Fetch, Look])
async def test_strangers_learn_nothing(world: World, gesture: type[Gesture]) -> None:
    extra = {Ask: {"question": "?"}, Fetch: {"target": "x"}, Look: {"view": View.WAITING}}[gesture]
    with pytest.raises(NotAllowed):
        await handled(world, gesture(id="x", **{**WHO, "person": MALLORY}, **extra))  # type: ignore[arg-type]


async def test_a_refusal_is_told_and_the_next_gesture_is_served(world: World) -> None:
    await world.review_in(State.PENDING)
    world.chat.make(make_decide(review_id=99))
    world.chat.make(make_decide(id="gesture-2"))
    world.chat.leave()
    await world.desk.attend(world.chat)
    assert {notice.tone for _, notice in world.chat.notices} == {Tone.REFUSED, Tone.DONE}


async def test_a_fault_of_ours_is_answered_and_recorded(world: World) -> None:
    world.stock.matches = (object(),)  # type: ignore[assignment]
    world.chat.make(Ask(id="a", question="How?", **WHO))
    world.chat.leave()
    await world.desk.attend(world.chat)
    ((_, notice),) = world.chat.notices
    assert (notice.tone, "recorded" in notice.text) == (Tone.REFUSED, True)
    assert "gesture_failed" in [event.kind for event in await world.events(None)]
