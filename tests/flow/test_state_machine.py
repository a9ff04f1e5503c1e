"""No sequence of gestures, changes, faults, restarts and time sends what nobody approved, or sends it twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.domain.gesture import Fetch
from bot.domain.issue import IssueKey
from bot.domain.review import Review, State, Verdict
from bot.engine import Handler
from bot.errors import BotError, InDoubt, Limited, Permanent, Refused, Temporary, Unauthorised
from bot.store.database import SqlStore
from bot.store.migrate import migrate
from tests.doubles import ManualClock, RecordedJobs
from tests.factories import ALICE, MALLORY, make_decide, make_key, make_note, make_thread
from tests.fakes import FakeChat
from tests.world import World

T = TypeVar("T")

BOB = replace(ALICE, id="other:bob", name="Bob")
PEOPLE = {"fake": (ALICE, MALLORY), "other": (BOB, MALLORY)}
FAULTS: dict[str, BotError] = {
    "down": Temporary("down"),
    "slow down": Limited("slow down", retry_after=5),
    "in doubt": InDoubt("no answer"),
    "refused": Permanent("locked"),
    "token": Unauthorised("token"),
}
ISSUES = st.integers(1, 2)


class Approvals(RuleBasedStateMachine):
    """`approved` holds what the model of this test knows: (review, text) that an allowed person approved."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = TemporaryDirectory()
        self.url = f"sqlite:///{Path(self.folder.name)}/store.db"
        self.gestures = 0
        self.approved: set[tuple[int, str]] = set()
        self.run(migrate(self.url))
        self.clock, self.jobs = ManualClock(), RecordedJobs()
        self.world = World(SqlStore(self.url, self.jobs.enqueue), self.clock, self.jobs)
        self.chats = {name: FakeChat(name, [people[0].id]) for name, people in PEOPLE.items()}
        self.world.use_chats(*self.chats.values())

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return self.loop.run_until_complete(awaited())

    def teardown(self) -> None:
        self.run(self.world.store.close())
        self.loop.close()
        self.folder.cleanup()

    @initialize()
    def issues_come(self) -> None:
        for number in (1, 2):
            self.world.tracker.add(make_thread(number))
        self.run(self.world.intake.poll())
        self.work(30)

    @rule(steps=st.integers(1, 8))
    def work(self, steps: int) -> None:
        """The engine carries out what is enqueued, or what is due."""
        for _ in range(steps):
            if not self.jobs:
                return
            job = self.jobs.pop(0)
            with suppress(BotError):  # the engine records it, and the sweeper comes back to the row
                self.run(self.world.carry_out(job))

    @rule(
        number=ISSUES,
        chat=st.sampled_from(sorted(PEOPLE)),
        who=st.sampled_from([0, 0, 0, 1]),
        verdict=st.sampled_from([Verdict.APPROVE] * 8 + list(Verdict)),
        behind=st.sampled_from([0, 0, 0, 1]),
        text=st.sampled_from(["Do this.", "/close", "Do that."]),
        steps=st.integers(0, 4),
    )
    def gesture(self, number: int, chat: str, who: int, verdict: Verdict, behind: int, text: str, steps: int) -> None:
        """On the draft that stands there, or on an older one; the engine may be quick or slow."""
        review = self.run(self.world.latest(make_key(number)))
        draft = max(review.draft - behind, 0)
        self.gestures += 1
        person = PEOPLE[chat][who]
        act = make_decide(
            verdict, id=f"g{self.gestures}", person=person, chat=chat, review_id=review.id, draft=draft, text=text
        )
        try:
            self.run(self.world.deciding.decide(act, self.chats[chat]))
        except Refused:
            return
        assert who == 0, "a stranger's gesture was carried out"
        if verdict is Verdict.APPROVE:
            assert behind == 0, "an older draft was approved"
            self.approved.add((review.id, self.run(self.world.draft(review)).body))
        self.work(steps)

    @rule(number=ISSUES, change=st.sampled_from(["edited", "note", "opened", "closed", "confidential"]))
    def issue_changes(self, number: int, change: str) -> None:
        key = IssueKey(tracker="fake", project="7", number=number)
        thread = self.world.tracker.threads[key]
        if change == "note":
            note = make_note(100 + len(thread.notes), body="I see the same.")
            self.world.tracker.add(replace(thread, notes=(*thread.notes, note)))
            return
        fields: dict[str, dict[str, Any]] = {
            "edited": {"body": f"{thread.issue.body} More."},
            "closed": {"open": False},
            "confidential": {"confidential": True},
            "opened": {"open": True, "confidential": False},
        }
        self.world.tracker.add(replace(thread, issue=replace(thread.issue, **fields[change])))

    @rule(number=ISSUES)
    def answer_is_asked_for(self, number: int) -> None:
        """Another round of an issue that is over."""
        url = self.world.tracker.threads[make_key(number)].issue.url
        gesture = Fetch(id="f", target=url, person=ALICE, chat="fake", channel="team")
        with suppress(BotError):
            self.run(self.world.desk.handle(self.chats["fake"], gesture))
        self.work(4)

    @rule()
    def poll(self) -> None:
        self.run(self.world.intake.poll())

    @rule(
        method=st.sampled_from(["reply", "reply", "thread", "find_reply"]),
        fault=st.sampled_from(["in doubt"] * 4 + sorted(FAULTS)),
        committed=st.booleans(),
    )
    def fault(self, method: str, fault: str, committed: bool) -> None:
        """The next call fails; a doubt may be about a note that stands there."""
        self.world.tracker.commits_anyway = committed
        if fault != "in doubt" or method == "reply":
            self.world.tracker.fail(method, FAULTS[fault])

    @rule(
        number=ISSUES,
        chat=st.sampled_from(sorted(PEOPLE)),
        fault=st.sampled_from(["in doubt"] * 6 + sorted(FAULTS)),
        committed=st.sampled_from([True, True, False]),
    )
    def approval_meets_trouble(self, number: int, chat: str, fault: str, committed: bool) -> None:
        """What matters most, and would otherwise come together rarely."""
        self.fault("reply", fault, committed)
        self.gesture(number, chat, who=0, verdict=Verdict.APPROVE, behind=0, text="", steps=8)

    @rule(seconds=st.sampled_from([1, 120, 700]), times=st.sampled_from([5, 5, 1]))
    def time_passes(self, seconds: int, times: int) -> None:
        """The sweeper wakes what is due."""
        for _ in range(times):
            self.clock.advance(timedelta(seconds=seconds))
            self.sweep()

    def sweep(self) -> None:

        async def due() -> list[Review]:
            async with self.world.store.read() as tx:
                return await tx.due(self.clock.now())

        for review in self.run(due()):
            drafting = review.state in {State.NEW, State.DRAFTING}
            handler: Handler = self.world.drafting if drafting else self.world.delivery
            with suppress(BotError):
                self.run(handler(review.id))

    @rule()
    def restart(self) -> None:
        """New services on the same file; what was enqueued but not begun is lost, and the sweeper's to find."""
        self.run(self.world.store.close())
        self.jobs.clear()
        self.world = World(SqlStore(self.url, self.jobs.enqueue), self.clock, self.jobs, self.world.tracker)
        self.world.names_after(f"{self.gestures}-{self.clock.now():%H%M%S}")
        self.world.use_chats(*self.chats.values())

    @invariant()
    def every_note_was_approved(self) -> None:
        bodies = [body for _, body in self.world.tracker.replies]
        assert len(bodies) == len(set(bodies)), "a note was posted twice"
        approved = {body for _, body in self.approved}
        assert set(bodies) <= approved, "a note that nobody approved"

    @invariant()
    def never_two_notes_for_one_round(self) -> None:
        markers = [body.rpartition("<!-- gepettto:")[2] for _, body in self.world.tracker.replies]
        assert len(markers) == len(set(markers))


Approvals.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestApprovals = Approvals.TestCase
