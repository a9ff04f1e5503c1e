"""The truth, on both databases: swapped or refused, together or not at all, append-only."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from bot.domain.card import Digest, Post
from bot.domain.changes import Difference, What, seen_of
from bot.domain.issue import Reply
from bot.domain.outgoing import Allowed
from bot.domain.passage import Citation, MatchWord
from bot.domain.receipt import Receipt
from bot.domain.review import Decision, Draft, DraftStatus, Review, Revisit, State, Usage, Verdict
from bot.domain.trouble import Trouble
from bot.errors import ConfigError, Gone, IllegalMove, Overtaken, Temporary
from bot.ports import Job, JobKind
from bot.store.database import SqlStore, address
from bot.store.tables import events
from tests.doubles import ManualClock, RecordedJobs
from tests.factories import NOON, make_issue, make_key, make_note, make_thread

DRAFT = Draft(
    review_id=1,
    number=1,
    body="Use `x`.\n\né ✓",
    status=DraftStatus.ANSWER,
    author="quoting",
    at=NOON,
    match=MatchWord.STRONG,
    confidence=0.75,
    citations=(Citation(id="a", title="A", quote="x", word=MatchWord.POSSIBLE),),
    usage=Usage(prompt_tokens=3, cost=0.5),
    warnings=("link",),
    seen=seen_of(make_thread(notes=(make_note(),))),
    differences=(Difference(what=What.TITLE, before="a", after="b"),),
    allowed=Allowed(mentions=frozenset({"ann"}), hosts=frozenset({"a.example"})),
)


async def add(store: SqlStore, number: int = 1, at: datetime = NOON, due_at: datetime | None = None) -> Review:
    async with store.begin() as tx:
        return await tx.add_review(make_issue(number), marker=f"marker-{number}-{at}", by="test", at=at, due_at=due_at)


async def move(store: SqlStore, review: Review, to: State) -> Review:
    async with store.begin() as tx:
        return await tx.move(review, to, by="test", at=NOON)


async def test_a_review_comes_back_as_it_was_stored(store: SqlStore) -> None:
    added = await add(store, due_at=NOON + timedelta(microseconds=1))
    async with store.read() as tx:
        assert await tx.review(added.id) == added
        assert await tx.latest(make_key()) == added
        assert await tx.latest(make_key(2)) is None
    assert (added.state, added.rev, added.round, added.issue) == (State.NEW, 1, 1, make_issue())


async def test_an_unknown_review_is_gone(store: SqlStore) -> None:
    async with store.read() as tx:
        with pytest.raises(Gone, match="no review 7"):
            await tx.review(7)


@pytest.mark.parametrize("body", ["nul \0 byte", "lone \ud800 surrogate", "emoji 🎉 and é", "quote ' \" \\ \\u0000"])
async def test_hostile_text_can_be_stored(store: SqlStore, body: str) -> None:
    """gitlab 15"""
    async with store.begin() as tx:
        await tx.add_review(make_issue(body=body), marker="m", by="test", at=NOON)
    async with store.read() as tx:
        review = await tx.latest(make_key())
    assert review is not None
    assert review.issue.body == body.replace("\0", "").encode("utf-8", "replace").decode()


async def test_rounds_count_up(store: SqlStore) -> None:
    await add(store)
    assert (await add(store, at=NOON + timedelta(seconds=1))).round == 2


async def test_two_at_once_never_share_a_round(store: SqlStore) -> None:
    both = [add(store, at=NOON + timedelta(seconds=n)) for n in range(2)]
    results = await asyncio.gather(*both, return_exceptions=True)
    rounds = sorted(r.round for r in results if isinstance(r, Review))
    lost = [r for r in results if isinstance(r, Overtaken)]
    assert (rounds, len(lost)) in [([1, 2], 0), ([1], 1)]


async def test_a_move_swaps_once(store: SqlStore) -> None:
    review = await add(store)
    moved = await move(store, review, State.DRAFTING)
    assert (moved.state, moved.rev, moved.due_at) == (State.DRAFTING, 2, None)
    with pytest.raises(Overtaken):
        await move(store, review, State.DRAFTING)


async def test_of_two_moves_at_once_one_wins(store: SqlStore) -> None:
    review = await add(store)
    results = await asyncio.gather(
        move(store, review, State.DRAFTING), move(store, review, State.OBSOLETE), return_exceptions=True
    )
    assert sorted(type(r).__name__ for r in results) == ["Overtaken", "Review"]


async def test_an_arrow_that_is_not_in_the_table_is_refused(store: SqlStore) -> None:
    review = await add(store)
    with pytest.raises(IllegalMove):
        await move(store, review, State.SENT)


async def test_a_move_and_its_event_are_written_together(store: SqlStore) -> None:
    review = await add(store)

    async def fail() -> None:
        async with store.begin() as tx:
            await tx.move(review, State.DRAFTING, by="test", at=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with store.read() as tx:
        assert (await tx.review(review.id)).state is State.NEW
    async with store.engine.connect() as conn:
        assert list((await conn.execute(select(events.c.kind))).scalars()) == ["new"]


async def test_postpone_and_refresh_are_no_moves(store: SqlStore) -> None:
    review = await add(store)
    later = NOON + timedelta(minutes=5)
    async with store.begin() as tx:
        await tx.postpone(review, later, failures=2, problem="down")
        await tx.refresh(review, make_issue(title="Other"))
    async with store.read() as tx:
        after = await tx.review(review.id)
    assert (after.rev, after.due_at, after.failures, after.problem) == (1, later, 2, "down")
    assert after.issue.title == "Other"
    moved = await move(store, after, State.DRAFTING)
    assert (moved.due_at, moved.failures, moved.problem) == (None, 0, "")
    async with store.begin() as tx:
        with pytest.raises(Overtaken):
            await tx.postpone(review, later, failures=0)


@pytest.mark.parametrize("verb", ["update", "delete"])
async def test_events_can_only_be_appended(store: SqlStore, verb: str) -> None:
    await add(store)
    statement = update(events).values(kind="forged") if verb == "update" else delete(events)
    with pytest.raises(DBAPIError, match="append-only"):
        async with store.engine.begin() as conn:
            await conn.execute(statement)


async def test_who_waits_in_order(store: SqlStore) -> None:
    reviews = [await add(store, number) for number in (1, 2, 3)]
    for review in reviews[1:]:
        await move(store, await move(store, review, State.DRAFTING), State.STUCK)
    async with store.read() as tx:
        assert [r.id for r in await tx.waiting()] == [reviews[1].id, reviews[2].id]
        assert [r.id for r in await tx.waiting(after=reviews[1].id)] == [reviews[2].id]
        assert len(await tx.waiting(limit=1)) == 1
        assert await tx.counts() == {State.NEW: 1, State.STUCK: 2}


async def test_only_rows_in_motion_are_due(store: SqlStore) -> None:
    first = await add(store, 1, due_at=NOON)
    await add(store, 2, due_at=NOON + timedelta(seconds=1))
    await add(store, 3)
    async with store.read() as tx:
        assert [r.id for r in await tx.due(NOON)] == [first.id]


async def test_unposted_until_marked(store: SqlStore) -> None:
    review = await add(store)
    async with store.begin() as tx:
        assert [r.id for r in await tx.unposted(NOON + timedelta(seconds=1))] == [review.id]
        assert await tx.unposted(NOON) == []
        await tx.mark_posted(review.id, 1)
        await tx.mark_posted(review.id, 0)  # an older job never takes it back
        assert await tx.unposted(NOON + timedelta(seconds=1)) == []


async def test_a_draft_comes_back_whole_and_is_written_once(store: SqlStore) -> None:
    await add(store)
    async with store.begin() as tx:
        await tx.add_draft(DRAFT)
        assert await tx.draft(1, 1) == DRAFT
        assert await tx.draft(1, 2) is None
    with pytest.raises(Overtaken):
        async with store.begin() as tx:
            await tx.add_draft(replace(DRAFT, body="other"))


async def test_a_gesture_is_recorded_once(store: SqlStore) -> None:
    await add(store)
    first = Decision(
        gesture="g1", review_id=1, draft=1, verdict=Verdict.REGENERATE, reviewer="a", reviewer_name="A",
        chat="c", at=NOON, text="shorter",
    )  # fmt: skip
    async with store.begin() as tx:
        assert await tx.last_decision(1) is None
        assert await tx.add_decision(first)
        assert not await tx.add_decision(first)
        assert await tx.add_decision(replace(first, gesture="g2", text=""))
        assert await tx.instructions(1) == ["shorter"]
        last = await tx.last_decision(1)
    assert last is not None
    assert last.gesture == "g2"


async def test_an_attempt_belongs_to_one(store: SqlStore) -> None:
    await add(store)
    async with store.begin() as tx:
        assert await tx.attempt(1) is None
        claimed = await tx.claim_attempt(1, number=1, at=NOON)
        assert await tx.attempt(1) == claimed
    with pytest.raises(Overtaken):
        async with store.begin() as tx:
            await tx.claim_attempt(1, number=1, at=NOON)


async def test_revisits_are_kept_and_come_in_order(store: SqlStore) -> None:
    first, second = await add(store), await add(store, 2)
    early = Revisit(review_id=second.id, due_at=NOON)
    late = Revisit(review_id=first.id, due_at=NOON + timedelta(hours=1), missing_since=NOON, failures=2)
    async with store.begin() as tx:
        for revisit in (replace(late, due_at=NOON), late, early):
            await tx.save_revisit(revisit)
    async with store.begin() as tx:
        assert await tx.revisit(first.id) == late
        assert await tx.revisits_due(NOON) == [early]
        assert await tx.revisits_due(NOON + timedelta(hours=1)) == [early, late]
        await tx.forget_revisit(first.id)
        assert await tx.revisit(first.id) is None


async def test_a_receipt_is_replaced_and_a_card_renewed(store: SqlStore) -> None:
    review = await add(store)
    async with store.begin() as tx:
        assert await tx.receipt(review.id) is None
        await tx.save_receipt(review.id, Receipt(up=1))
        await tx.save_receipt(review.id, Receipt(up=2, answered="Mia"))
        renewed = await tx.renew(review)
    async with store.begin() as tx:
        assert await tx.receipt(review.id) == Receipt(up=2, answered="Mia")
        assert [case.receipt for case in await tx.cases(NOON)] == [Receipt(up=2, answered="Mia")]
        assert (renewed.rev, renewed.state) == (review.rev + 1, review.state)
        with pytest.raises(Overtaken):
            await tx.renew(review)


async def test_a_reply_comes_back(store: SqlStore) -> None:
    await add(store)
    reply = Reply(note_id="9", url="https://git.example/n", body="b", at=NOON)
    async with store.begin() as tx:
        assert await tx.reply(1) is None
        await tx.add_reply(1, reply)
        assert await tx.reply(1) == reply


async def test_posts_and_cursors_are_replaced(store: SqlStore) -> None:
    await add(store)
    post = Post(review_id=1, chat="c", channel="x", key="k", attempt_at=NOON)
    async with store.begin() as tx:
        await tx.add_post(post)
        await tx.save_post(replace(post, id="42", rev=3))
        assert await tx.posts(1) == [replace(post, id="42", rev=3)]
        assert await tx.post_at("c", "42") == replace(post, id="42", rev=3)
        assert await tx.post_at("c", "") is None
        assert await tx.post_at("d", "42") is None
        with pytest.raises(Overtaken):
            await tx.save_post(replace(post, key="another"))
        await tx.save_post(replace(post, key="another", held=True), key="k")
        assert await tx.posts(1) == [replace(post, key="another", held=True)]
        assert await tx.cursor("t") is None
        await tx.save_cursor("t", "a", NOON)
        await tx.save_cursor("t", "b", NOON)
        assert await tx.cursor("t") == "b"


async def test_times_come_back_aware_and_in_order(store: SqlStore) -> None:
    paris = timezone(timedelta(hours=1))
    async with store.begin() as tx:
        await tx.add_review(make_issue(), marker="m", by="t", at=datetime(2026, 1, 1, 1, tzinfo=paris))
        review = await tx.latest(make_key())
    assert review is not None
    assert review.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert review.created_at.utcoffset() == timedelta(0)
    with pytest.raises(Exception, match="without a zone"):
        async with store.begin() as tx:
            await tx.save_cursor("t", "v", datetime(2026, 1, 1))  # noqa: DTZ001


async def test_jobs_are_enqueued_in_the_transaction(store: SqlStore, jobs: RecordedJobs) -> None:
    job = Job(kind=JobKind.POST, review_id=1, rev=1)
    async with store.begin() as tx:
        await tx.enqueue(job)
    assert jobs == [job]


async def test_readers_do_not_wait_for_a_writer(store: SqlStore) -> None:
    review = await add(store)
    async with store.begin() as writing:
        await writing.move(review, State.DRAFTING, by="t", at=NOON)
        async with store.read() as reading:
            assert (await reading.review(review.id)).state is State.NEW


async def test_only_one_bot_runs_on_a_store(store: SqlStore, store_url: str) -> None:
    await store.lock_for_running()
    other = SqlStore(store_url)
    with pytest.raises(ConfigError, match="Another bot runs on this store"):
        await other.lock_for_running()
    await store.close()
    await other.lock_for_running()
    await other.close()


async def test_check_names_the_store_without_its_password(store: SqlStore, clock: ManualClock) -> None:
    (finding,) = await store.check()
    assert finding.ok
    assert "0 reviews" in finding.detail


async def test_check_of_a_store_without_tables_says_what_to_do(sqlite_url: str) -> None:
    store = SqlStore(sqlite_url)
    (finding,) = await store.check()
    await store.close()
    assert not finding.ok
    assert "gepettto migrate" in finding.remedy


@pytest.mark.parametrize("url", ["nonsense", "mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_keeps_nothing_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"store\.url"):
        address(url)


def test_a_file_that_cannot_be_opened_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match="cannot be opened"):
        SqlStore("sqlite:////dev/null/x/store.db")


async def test_a_server_that_is_down_is_waited_for() -> None:
    store = SqlStore("postgresql://nobody@127.0.0.1:1/none")

    async def use() -> None:
        async with store.begin() as tx:
            await tx.counts()

    with pytest.raises(Temporary, match="cannot be used now"):
        await use()
    await store.close()


async def test_what_is_tried_in_vain_goes_to_the_end_of_the_queue(store: SqlStore) -> None:
    """Otherwise a channel that refuses a hundred cards would keep all others from theirs."""
    async with store.begin() as tx:
        first = await tx.add_review(make_issue(1), marker="m1", by="t", at=NOON)
        second = await tx.add_review(make_issue(2), marker="m2", by="t", at=NOON + timedelta(seconds=1))
        await tx.mark_tried(first.id, NOON + timedelta(seconds=9))
        later = NOON + timedelta(minutes=1)
        assert [r.id for r in await tx.unposted(later, limit=1)] == [second.id]
        assert [r.id for r in await tx.unposted(later)] == [second.id, first.id]
        assert [r.id for r in await tx.unposted(NOON + timedelta(seconds=5))] == [second.id]
        await tx.mark_posted(second.id, 1)
        await tx.mark_unposted(second.id)
        assert [r.id for r in await tx.unposted(later)] == [second.id, first.id]


async def test_digests_and_pauses_are_kept(store: SqlStore) -> None:
    digest = Digest(chat="c", channel="x", key="k", attempt_at=NOON)
    async with store.begin() as tx:
        assert await tx.digest("c", "x") is None
        await tx.save_digest(digest)
        await tx.save_digest(replace(digest, id="7", shown="1: 2"))
        assert await tx.digest("c", "x") == replace(digest, id="7", shown="1: 2")
        assert await tx.save_pause("project:a", on=True, by="alice", at=NOON)
        assert not await tx.save_pause("project:a", on=True, by="bob", at=NOON)
        assert await tx.pauses() == {"project:a"}
        assert await tx.save_pause("project:a", on=False, by="bob", at=NOON)
        assert await tx.pauses() == frozenset()


async def test_troubles_are_kept_until_forgotten(store: SqlStore) -> None:
    first, second = (Trouble(name=name, sentence="s", since=NOON + timedelta(seconds=n)) for n, name in enumerate("ab"))
    async with store.begin() as tx:
        for trouble in (second, first, replace(first, told=True)):
            await tx.save_trouble(trouble)
    async with store.begin() as tx:
        assert await tx.troubles() == [replace(first, told=True), second]
        await tx.forget_trouble("a")
        assert await tx.troubles() == [second]
