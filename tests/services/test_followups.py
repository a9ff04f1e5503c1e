"""Caps, opt-outs, and further rounds after a reply. (field 28, 29; gitlab 9)"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.chats.phrases import receipt_line
from bot.domain.audience import Audience
from bot.domain.gesture import Fetch
from bot.domain.issue import ChangeKind
from bot.domain.receipt import Receipt, Thumbs
from bot.domain.review import Review, State
from bot.errors import Gone
from bot.ports import JobKind
from bot.services.report import report
from tests.factories import ALICE, make_author, make_issue, make_key, make_note, make_thread
from tests.world import World

REPORTER = make_issue().author


async def sent(world: World) -> Review:
    """Issue 1 with our reply under it."""
    review = await world.approved()
    await world.deliver(review.id)
    return await world.reload(review)


async def noted(world: World, body: str, *, author: Any = REPORTER) -> None:
    """Somebody writes a note; the next poll notices, and the job that it made runs."""
    thread = world.tracker.threads[make_key()]
    note = make_note(1000 + len(thread.notes), author=author, body=body)
    issue = replace(thread.issue, note_count=thread.issue.note_count + 1)
    world.tracker.add(replace(thread, issue=issue, notes=(*thread.notes, note)), ChangeKind.UPDATED)
    world.jobs.clear()
    await world.intake.poll()
    for job in list(world.jobs):
        if job.kind is JobKind.REVISIT:
            await world.revisiting(job.review_id)


async def watching(world: World, audience: Audience) -> None:
    """The first look is over."""
    world.use_audience(audience)
    await world.intake.poll()


async def add(world: World, number: int, author: str = "reporter", **fields: Any) -> Review:
    issue = world.tracker.add(make_thread(number, author=make_author(author), **fields))
    await world.intake.poll()
    return await world.latest(issue.key)


async def test_one_author_gets_so_many_drafts_a_day(world: World) -> None:
    """field 28: five hundred issues in a minute."""
    await watching(world, Audience(author_limit=2))
    states = [(await add(world, number)).state for number in range(1, 6)]
    assert states == [State.NEW, State.NEW, State.OBSOLETE, State.OBSOLETE, State.OBSOLETE]
    assert (await world.latest(make_key(5))).problem == "author_limit"
    assert (await add(world, 6, "somebody else")).state is State.NEW
    world.clock.advance(timedelta(hours=24))
    assert (await add(world, 7)).state is State.NEW
    assert sum(job.kind is JobKind.DRAFT for job in world.jobs) == 4


async def test_all_together_get_so_many_drafts_a_day(world: World) -> None:
    await watching(world, Audience(author_limit=1, daily_limit=2))
    for number in range(1, 4):
        await add(world, number, "flood")
    assert (await add(world, 4, "a")).state is State.NEW, "what was left out uses up nothing"
    assert (await add(world, 5, "b")).problem == "daily_limit"


@pytest.mark.parametrize("audience", [Audience(author_limit=1), Audience(daily_limit=1)])
async def test_what_was_left_out_is_told_once_and_can_be_fetched(world: World, audience: Audience) -> None:
    await watching(world, audience)
    await add(world, 1)
    left = await add(world, 2)
    await add(world, 2, title="Edited since")
    assert (await world.latest(left.key)).id == left.id
    fetch = Fetch(id="f", target=left.issue.url, person=ALICE, chat="fake", channel="team")
    await world.desk.handle(world.chat, fetch)
    again = await world.latest(left.key)
    assert (again.round, again.state) == (2, State.NEW)


async def test_what_the_operator_asked_for_at_the_first_look_is_not_limited(world: World) -> None:
    world.use_audience(Audience(author_limit=2, ignore_phrases=("[no bot]",)))
    for number in range(1, 5):
        world.tracker.add(make_thread(number))
    world.tracker.add(make_thread(5, body="[no bot]"))
    assert await world.intake.poll(backfill=100) == 4


async def test_a_left_out_issue_gets_no_card(world: World) -> None:
    world.use_audience(Audience(ignore_labels=frozenset({"human only"})))
    review = await add(world, 1, labels=("human only",))
    await world.posting(review.id)
    assert (review.problem, world.chat.cards) == ("opted_out", {})


async def test_a_label_that_comes_while_a_draft_waits_ends_it(world: World) -> None:
    world.use_audience(Audience(ignore_labels=frozenset({"human only"})))
    review = await world.review_in(State.PENDING)
    world.tracker.add(make_thread(labels=("human only",)))
    await world.intake.poll()
    assert (await world.reload(review)).problem == "opted_out"


async def test_a_reporter_who_asks_again_gets_another_round_and_nothing_is_sent(world: World) -> None:
    review = await sent(world)
    await noted(world, "It still fails after the restart. What now?")
    again = await world.latest(review.key)
    assert (again.round, again.state, again.marker != review.marker) == (2, State.NEW, True)
    await world.drafting(again.id)
    prompt = world.drafter.prompts[-1]
    assert [turn.role for turn in prompt.turns] == ["team", "reporter"]
    assert world.stock.queries[-1].body == "It still fails after the restart. What now?"
    draft = await world.draft(await world.reload(again))
    assert [difference.after for difference in draft.differences] == ["It still fails after the restart. What now?"]
    assert len(world.tracker.replies) == 1, "the second reply waits for a person"
    assert (await world.reload(review)).state is State.SENT


@pytest.mark.parametrize(
    ("author", "body"),
    [
        (REPORTER, "Thanks, that worked."),
        (REPORTER, "Never again. [no bot]"),
        (make_author("maintainer"), "I would rather do this."),
        (make_author("gepettto", me=True), "What now?"),
        (make_author("triage-bot", bot=True), "What now?"),
    ],
)
async def test_what_asks_nothing_of_us_begins_no_round(world: World, author: Any, body: str) -> None:
    """field 29"""
    world.use_audience(Audience(ignore_phrases=("[no bot]",)))
    review = await sent(world)
    await noted(world, body, author=author)
    assert (await world.latest(review.key)).id == review.id


async def test_two_who_never_stop_are_stopped(world: World) -> None:
    """field 29: an author that answers every reply at once, and an approver who never looks."""
    review = await sent(world)
    for _ in range(6):
        await noted(world, "And now?")
        latest = await world.latest(review.key)
        if latest.state is not State.NEW:
            break
        await world.drafting(latest.id)
        await world.deliver((await world.approve(await world.reload(latest))).id)
    assert len(world.tracker.replies) == 3
    await noted(world, "Let me look at this.", author=make_author("maintainer"))
    assert (await world.latest(review.key)).round == 3


async def test_our_own_issues_get_no_draft(world: World) -> None:
    """field 29: mirrored projects and bridged copies."""
    world.tracker.add(make_thread(author=make_author("gepettto", me=True)))
    assert await world.intake.poll() == 0


async def test_limits_hold_for_further_rounds_too(world: World) -> None:
    review = await sent(world)
    world.use_audience(Audience(author_limit=1))
    await noted(world, "And now?")
    assert (await world.latest(review.key)).id == review.id


async def landed(world: World, review: Review) -> Receipt | None:
    async with world.store.read() as tx:
        return await tx.receipt(review.id)


async def test_how_a_reply_landed_is_told_on_its_card(world: World) -> None:
    review = await sent(world)
    await world.posting(review.id)
    world.tracker.reactions["901"] = Thumbs(up=2)
    await noted(world, "Thanks!")
    assert world.jobs[-1].kind is JobKind.POST
    await world.posting(review.id)
    (card,) = world.chat.cards.values()
    assert card.receipt == Receipt(up=2, thanked=True)
    assert receipt_line("en", card.receipt) == "👍 2 · the reporter said thanks"
    assert receipt_line("fr", card.receipt) == "👍 2 · l'auteur a dit merci"
    assert "receipt" in [event.kind for event in await world.events(review.id)]


async def test_nothing_new_is_no_new_card(world: World) -> None:
    review = await sent(world)
    world.tracker.reactions["901"] = Thumbs(up=1)
    await world.revisiting(review.id)
    rev = (await world.reload(review)).rev
    await world.revisiting(review.id)
    assert (await world.reload(review)).rev == rev == review.rev + 1


async def test_a_reopened_issue_is_told(world: World) -> None:
    """gitlab 29"""
    review = await sent(world)
    thread = world.tracker.threads[review.key]
    for is_open in (False, True):
        world.tracker.add(replace(thread, issue=replace(thread.issue, open=is_open)))
        await world.revisiting(review.id)
    receipt = await landed(world, review)
    assert receipt is not None
    assert receipt.reopened
    assert (await world.reload(review)).state is State.SENT


async def test_a_maintainer_s_correction_is_told(world: World) -> None:
    review = await sent(world)
    await noted(world, "Not quite.", author=make_author("mia", name="Mia"))
    receipt = await landed(world, review)
    assert receipt is not None
    assert receipt.answered == "Mia"


async def test_a_note_that_was_deleted_has_no_thumbs(world: World) -> None:
    """gitlab 28"""
    review = await sent(world)
    world.tracker.fail("thumbs", Gone("404"))
    await world.revisiting(review.id)
    assert await landed(world, review) is None


async def test_after_two_weeks_nobody_looks_any_more(world: World) -> None:
    review = await sent(world)
    await world.revisiting(review.id)
    async with world.store.read() as tx:
        revisit = await tx.revisit(review.id)
    assert revisit is not None
    assert revisit.due_at == world.clock.now() + timedelta(hours=6)
    world.clock.advance(timedelta(days=14))
    await world.revisiting(review.id)
    async with world.store.read() as tx:
        assert await tx.revisit(review.id) is None


async def test_the_report_counts_how_replies_landed(world: World) -> None:
    review = await sent(world)
    world.tracker.reactions["901"] = Thumbs(up=3, down=1)
    await noted(world, "Thanks!")
    row = (await report(world.store, world.clock, days=30)).rows[0]
    assert (row.thumbs_up, row.thumbs_down, row.thanked, row.reopened, row.answered) == (3, 1, 1, 0, 0)
    assert (await world.reload(review)).state is State.SENT
