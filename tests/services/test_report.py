"""The trail tells everything, and the figures follow from it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.review import State, Verdict
from bot.errors import UsageError
from bot.services.report import audit, report
from tests.factories import ALICE, make_decide
from tests.world import World


async def test_figures_of_a_time_and_a_project(world: World) -> None:
    await world.review_in(State.PENDING, number=3)
    world.clock.advance(timedelta(days=40))
    await world.approved()
    await world.review_in(State.PENDING, number=2, project_name="Other/Thing")

    async def begun(days: int, project: str = "") -> int:
        return (await report(world.store, world.clock, days=days, project=project)).rows[0].begun

    assert [await begun(30), await begun(60), await begun(30, "other/thing"), await begun(60, "7")] == [2, 3, 1, 3]
    rows = (await report(world.store, world.clock, days=30)).rows
    assert (rows[0].approved, rows[0].acceptance) == (1, 1.0)


async def test_the_trail_holds_every_step(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.decide(make_decide(Verdict.EDIT, id="e", text="Please restart it now.\n\nThen wait."))
    await world.deliver((await world.approve(await world.reload(review))).id)
    trail = await audit(world.store, str(review.id))
    steps = [(event.detail.get("from"), event.detail.get("to")) for event in trail]
    assert steps == [
        (None, None),
        ("new", "drafting"),
        ("drafting", "pending"),
        ("pending", "pending"),
        ("pending", "approved"),
        ("approved", "sending"),
        ("sending", "sent"),
    ]
    drafted, edited, approved, sent = (trail[n] for n in (2, 3, 4, 6))
    assert len(drafted.detail["prompt_sha256"]) == 64
    assert (drafted.detail["model"], drafted.detail["sources"]) == ("fake-1", ["faq.md#restart"])
    assert "warnings" in drafted.detail
    assert (edited.by, edited.detail["verdict"], edited.detail["decided_on"]) == (ALICE.id, "edit", 1)
    assert (edited.detail["lines_gone"], edited.detail["lines_new"]) == (1, 3)
    assert (approved.by, approved.detail["decided_on"], approved.detail["chat"]) == (ALICE.id, 2, "fake")
    assert approved.detail["sha256"] == sent.detail["sha256"] == edited.detail["sha256"]
    assert sent.detail["note"] == "901"


@pytest.mark.parametrize(
    "target",
    [
        "1",
        "group/project#1",
        "Group/Project#1",
        "7#1",
        "https://git.example/group/project/-/issues/1",
        "https://git.example/group/project/-/work_items/1?a=b#note_3",
    ],
)
async def test_an_issue_is_named_as_people_name_it(world: World, target: str) -> None:
    review = await world.review_in(State.PENDING)
    await world.review_in(State.PENDING, number=2)
    assert {event.review_id for event in await audit(world.store, target)} == {review.id}
    assert world.tracker.asked.count("locate") == 0


async def test_all_rounds_belong_to_an_issue(world: World) -> None:
    first = await world.review_in(State.DISMISSED)
    second = await world.review_in(State.PENDING)
    trail = await audit(world.store, "group/project#1")
    assert {event.review_id for event in trail} == {first.id, second.id}


@pytest.mark.parametrize("target", ["99", "group/project#99", "other/project#1", "nonsense", ""])
async def test_what_is_not_known_says_how_to_name_it(world: World, target: str) -> None:
    await world.review_in(State.PENDING)
    with pytest.raises(UsageError, match="group/project#7"):
        await audit(world.store, target)
