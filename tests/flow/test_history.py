"""The past of a GitLab becomes knowledge: read once, kept up with, and forgotten when people take it back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.history import Home, Lesson
from bot.domain.issue import IssueKey, Reply, Thread
from bot.domain.passage import Match, PassageKind
from bot.errors import ConfigError, Unauthorised
from bot.knowledge.history import past_reply
from bot.ports import Query
from bot.services.history import HistoryReport, Importer
from bot.services.learning import learn
from bot.settings import GitLabSettings, KnowledgeSettings
from bot.store.database import SqlStore
from bot.store.history import SqlArchive
from bot.store.passages import SqlStock
from bot.trackers.gitlab.history import BOUNDS, GitLabHistory
from bot.trackers.gitlab.payload import visibility
from tests.factories import make_issue
from tests.fake_gitlab import TOKEN, FakeGitLab, Fault, IssueRow, Kind, Project, World
from tests.trackers.clock import StillClock

ANSWER = "Open the settings, choose the tab Network and switch the relay server on; then restart the application."
TRIVIAL = "Je ferme."


@dataclass
class Past:
    """A GitLab with one project, whose maintainer is Marie, and a store that learns from it."""

    gitlab: FakeGitLab
    store: SqlStore
    clock: StillClock
    project: Project
    page_size: int = 100
    max_pages: int = 600

    def __post_init__(self) -> None:
        self.marie = self.world.add_person("marie")
        self.project.members[self.marie.id] = 40
        self.stock = SqlStock(self.store.engine)

    @property
    def world(self) -> World:
        return self.gitlab.world

    def asked(self, title: str, *answers: str, project: Project | None = None, **fields: Any) -> IssueRow:
        self.clock.advance(60)
        issue = self.world.add_issue(project or self.project, title, description="It worked yesterday.", **fields)
        for answer in answers:
            self.clock.advance(1)
            self.world.add_note(issue, answer, self.marie)
        return issue

    def edit(self, issue: IssueRow, **fields: Any) -> None:
        self.clock.advance(60)
        self.world.edit(issue, **fields)

    def touch(self) -> None:
        self.clock.advance(60)

    async def learn(self, *learn_from: str | int, **settings: object) -> HistoryReport:
        values = {"url": self.gitlab.url, "projects": [self.project.id], **settings}
        history = GitLabHistory(
            GitLabSettings.model_validate(values), TOKEN, self.clock, learn_from=learn_from,
            bounds=replace(BOUNDS, workers=4, page_size=self.page_size, max_pages=self.max_pages, jitter=lambda: 0.0),
        )  # fmt: skip
        archive = SqlArchive(self.store.engine, self.stock)
        rules = " ".join(map(str, learn_from))
        self.gitlab.log.clear()
        try:
            return await Importer(history, archive, lambda *_: None, rules=rules).run()
        finally:
            await history.close()

    async def found(self, title: str, **query: Any) -> list[Match]:
        values: dict[str, Any] = {
            "title": title,
            "language": "en",
            "project": str(self.project.id),
            "visibility": "private",
            **query,
        }
        return list(await self.stock.search(Query(**values)))


@pytest.fixture
async def past(store: SqlStore) -> AsyncIterator[Past]:
    clock = StillClock()
    async with FakeGitLab(World(now=clock.now)) as gitlab:
        yield Past(gitlab, store, clock, gitlab.world.add_project("team/app"))
        assert gitlab.problems == [], "requests that GitLab's own document does not allow"


async def test_an_answer_becomes_a_passage_with_all_that_belongs_to_it(past: Past) -> None:
    issue = past.asked("How do I use a relay server?", TRIVIAL, ANSWER)
    past.world.add_note(issue, "I have the same question about the relay server, please help me out.")
    report = await past.learn()
    assert (report.issues, report.read, report.added) == (1, 1, 1)
    assert dict(report.left_out) == {"closing": 1, "outsider": 1}
    (match,) = await past.found("relay server")
    passage, note = match.passage, issue.notes[1]
    assert passage.title == "How do I use a relay server?"
    assert passage.question == "It worked yesterday."
    assert passage.body == ANSWER
    assert passage.url == f"{past.gitlab.url}/team/app/-/work_items/1#note_{note.id}"
    assert (passage.written_at, passage.author) == (note.created_at.replace(microsecond=0), "marie")
    assert (passage.visibility, passage.kind) == (str(past.project.id), PassageKind.ANSWER)


async def test_what_must_never_be_learned_is_not(past: Past) -> None:
    issue = past.asked("Something public")
    robot = past.world.add_person("answers-bot", bot=True)
    past.project.members[robot.id] = 50
    guest = past.world.add_person("guest")
    past.project.members[guest.id] = 20
    past.world.add_note(issue, ANSWER, past.marie, internal=True)
    past.world.add_note(issue, ANSWER, past.marie, system=True)
    past.world.add_note(issue, ANSWER, robot)
    past.world.add_note(issue, ANSWER, guest)
    past.asked("Something confidential", ANSWER, confidential=True)
    past.asked("Something by mail", ANSWER, extra={"service_desk_reply_to": "somebody@example.org"})
    past.asked("Something moved", ANSWER, moved_to_id=7)
    past.asked("Marie's own", ANSWER, author=past.marie)
    report = await past.learn()
    assert await past.stock.size() == 0
    assert dict(report.left_out) == {
        "internal": 1, "bot": 1, "outsider": 1, "confidential": 1, "service_desk": 1, "moved": 1, "own": 1,
    }  # fmt: skip
    asked = {seen.path for seen in past.gitlab.requests("GET", "/notes")}
    assert asked == {f"/api/v4/projects/{past.project.id}/issues/{iid}/notes" for iid in (1, 5)}


async def test_named_people_are_found_by_id_or_by_name_and_nobody_else_counts(past: Past) -> None:
    issue = past.asked("How do I use a relay server?", ANSWER)
    guest = past.world.add_person("Guest")
    past.world.add_note(issue, "Without a relay it works too: open the port 5222 in the firewall of the router.", guest)
    assert (await past.learn("@guest")).added == 1
    assert [match.passage.author for match in await past.found("relay")] == ["Guest"]
    assert (await past.learn(past.marie.id, str(guest.id))).added == 1
    assert not past.gitlab.requests("GET", "/members/all")


async def test_a_name_that_nobody_has_is_a_sentence(past: Past) -> None:
    past.asked("How do I use a relay server?", ANSWER)
    with pytest.raises(ConfigError, match=r"knowledge\.learn_from names nobody"):
        await past.learn("nobody")


async def test_the_second_run_reads_only_what_changed(past: Past) -> None:
    past.page_size = 5
    issues = [past.asked(f"How do I use relay server {n}?", ANSWER + f" Variant {'x' * n}.") for n in range(12)]
    past.asked("Nobody answered")
    report = await past.learn()
    assert (report.issues, report.read, report.added) == (13, 13, 12)
    assert len(past.gitlab.log) == 3 + 12 + 2
    report = await past.learn()
    assert (report.issues, report.read, report.added) == (13, 0, 0)
    assert len(past.gitlab.log) == 3 + 1
    past.touch()
    past.world.add_note(
        issues[3], "The relay server can also be set by the environment variable RELAY, if you like.", past.marie
    )
    report = await past.learn()
    assert (report.read, report.added, report.unchanged) == (1, 1, 1)


async def test_what_people_take_back_leaves_the_knowledge(past: Past) -> None:
    hidden, deleted, emptied, edited, kept = (
        past.asked(f"How do I use the {word} server?", f"The {word} server: {ANSWER}")
        for word in ("alpha", "beta", "gamma", "delta", "epsilon")
    )
    assert (await past.learn()).added == 5
    past.edit(hidden, confidential=True)
    deleted.gone = True
    emptied.notes.clear()  # GitLab does not touch the issue for that
    past.touch()
    edited.notes[0].body = "The delta server is gone; use the epsilon server, as described in the settings, instead."
    past.world.edit(edited)
    report = await past.learn()
    assert (report.added, report.unchanged, report.removed) == (1, 0, 3)
    sources = await past.stock.sources()
    assert sources == {f"issue:gitlab:{past.project.id}#{issue.iid}" for issue in (edited, kept)}
    assert "gone" in (await past.found("delta server"))[0].passage.body


async def test_an_issue_that_only_slipped_off_a_page_is_asked_for_and_stays(past: Past) -> None:
    issue = past.asked("How do I use a relay server?", ANSWER)
    past.asked("Another question")
    await past.learn()
    issue.hidden = True
    report = await past.learn()
    assert (report.removed, await past.stock.size()) == (0, 1)


async def test_a_project_that_is_gone_or_no_longer_watched_is_forgotten(past: Past) -> None:
    other = past.world.add_project("team/other")
    other.members[past.marie.id] = 30
    past.asked("How do I use a relay server?", ANSWER)
    past.asked("How do I use a relay server there?", ANSWER + " There.", project=other)
    assert (await past.learn(projects=[past.project.id, "team/other"])).added == 2
    assert (await past.learn()).removed == 1
    past.project.gone = True
    report = await past.learn(projects=[past.project.id, other.id])
    assert (report.added, report.removed, len(report.unreadable)) == (1, 1, 1)


async def test_one_failing_project_keeps_no_other_from_being_read_and_forgets_nothing(past: Past) -> None:
    other = past.world.add_project("team/other")
    other.members[past.marie.id] = 30
    past.asked("How do I use a relay server?", ANSWER)
    there = past.asked("How do I use a relay server there?", ANSWER + " There.", project=other)
    refused = Fault(kind=Kind.STATUS, status=403, route="/members/all")
    past.gitlab.fault(refused)
    report = await past.learn(projects=[past.project.id, other.id])
    assert (report.read, report.added, len(report.unreadable)) == (1, 1, 1)
    assert (await past.learn(projects=[past.project.id, other.id])).added == 1
    there.gone = True
    past.edit(past.world.issues[0], title="Changed")
    refused.nth, refused.times = refused.seen + 1, 1
    report = await past.learn(projects=[past.project.id, other.id])
    assert (len(report.unreadable), report.removed, await past.stock.size()) == (1, 0, 2)


async def test_groups_with_their_projects(past: Past) -> None:
    group = past.world.add_group("team")
    past.project.group = group
    past.asked("How do I use a relay server?", ANSWER)
    assert (await past.learn(projects=[], groups=["team"])).added == 1


async def test_a_killed_run_goes_on_where_it_stood(past: Past) -> None:
    past.page_size = 2
    for n in range(6):
        past.asked(f"How do I use relay server {n}?", ANSWER + f" Variant {'x' * n}.")
    past.gitlab.fault(Fault(kind=Kind.STATUS, status=401, route="/issues", nth=3, times=1))
    with pytest.raises(Unauthorised):
        await past.learn()
    assert await past.stock.size() == 4
    past.gitlab.faults.clear()
    report = await past.learn()
    assert (report.read, report.added, await past.stock.size()) == (2, 2, 6)


async def test_a_limit_is_waited_out(past: Past) -> None:
    past.asked("How do I use a relay server?", ANSWER)
    past.gitlab.fault(Fault(kind=Kind.STATUS, status=429, route="/notes", times=2, headers={"Retry-After": "120"}))
    before = past.clock.now()
    assert (await past.learn()).added == 1
    assert past.clock.now() - before >= timedelta(seconds=240)


async def test_a_canned_line_is_no_answer_however_long_it_is(past: Past) -> None:
    canned = "Hello {}, please try again with the newest version and send the complete output of the settings page."
    for n in range(3):
        past.asked(f"It fails in way {n}", canned.format(f"@user{n}"))
    assert (await past.learn()).added == 3
    past.asked("It fails in another way", canned.format("@ada"), ANSWER)
    report = await past.learn()
    assert (report.added, report.left_out["canned"]) == (1, 1)
    assert [m.passage.body for m in await past.found("It fails in settings")] == [ANSWER]


async def test_knowledge_never_answers_where_more_people_read(past: Past) -> None:
    visibilities = ("public", "internal", "private")
    projects = {name: past.world.add_project(f"team/{name}") for name in visibilities}
    for name, project in projects.items():
        project.visibility = name
        project.members[past.marie.id] = 40
        past.asked("How do I use a relay server?", f"{name}: {ANSWER}", project=project)
    await past.learn(projects=[project.id for project in projects.values()])
    other = {"project": "99"}
    for asking, seen in (
        ({"visibility": "public", **other}, {"public"}),
        ({"visibility": "internal", **other}, {"public", "internal"}),
        ({"visibility": "private", **other}, {"public", "internal"}),
        ({"visibility": "private", "project": str(projects["private"].id)}, {"public", "internal", "private"}),
        ({"visibility": "public", "project": str(projects["internal"].id)}, {"public"}),
    ):
        assert {m.passage.body.partition(":")[0] for m in await past.found("relay server", **asking)} == seen
    past.touch()
    projects["public"].visibility = "private"
    await past.learn(projects=[project.id for project in projects.values()])
    assert await past.found("relay server", visibility="public", **other) == []


async def test_issues_of_a_public_project_may_be_for_members_only(past: Past) -> None:
    assert visibility({"visibility": "public", "issues_access_level": "enabled"}, "private") == "public"
    assert visibility({"visibility": "public", "issues_access_level": "private"}, "private") == "private"
    assert visibility({"visibility": None}, "private") == "private"


async def test_learning_from_files_leaves_the_past_alone(past: Past) -> None:
    past.asked("How do I use a relay server?", ANSWER)
    await past.learn()
    await learn(KnowledgeSettings(), past.stock, lambda *_: None)
    assert await past.stock.size() == 1


async def test_a_reply_that_was_approved_here_stays_an_answer_as_long_as_it_stands(past: Past) -> None:
    issue = past.asked("How do I use a relay server?")
    key = IssueKey(tracker="gitlab", project=str(past.project.id), number=1)
    body = f"{ANSWER}\n\n---\n\n_Drafted by a machine._\n\n<!-- gepettto:m1 -->"
    note = past.world.add_note(issue, body, past.world.bot)
    await past.learn()
    assert await past.stock.size() == 0
    thread = Thread(issue=make_issue(1, key=key, title=issue.title), visibility="private")
    home = Home(project=key.project, visibility="private")
    lesson = past_reply(thread, home, str(note.id), body, past.clock.now())
    async with past.store.begin() as tx:
        review = await tx.add_review(thread.issue, marker="m1", by="test", at=past.clock.now())
        reply = Reply(note_id=str(note.id), url="", body=body, at=past.clock.now())
        await tx.add_reply(review.id, reply)
    archive = SqlArchive(past.store.engine, past.stock)
    assert await archive.teach(Lesson(review_id=review.id, at=past.clock.now(), past=lesson))
    assert [match.passage.body for match in await past.found("relay server")] == [ANSWER]
    past.edit(issue, title="How do I use a relay server again?")
    assert (await past.learn()).read == 1
    assert [match.passage.body for match in await past.found("relay server")] == [ANSWER]
    issue.notes.clear()
    assert (await past.learn()).removed == 1


@pytest.mark.parametrize("keyset", [False, True])
async def test_very_long_lists_are_read_in_stretches(past: Past, keyset: bool) -> None:
    past.gitlab.keyset = keyset
    past.page_size, past.max_pages = 2, 4
    for n in range(11):
        past.asked(f"How do I use relay server {n}?", ANSWER + f" Variant {'x' * n}.")
    report = await past.learn()
    assert (report.issues, report.read, report.added) == (11, 11, 11)
    assert (await past.learn()).read == 0


async def test_members_that_cannot_be_seen_are_no_reason_to_forget(past: Past) -> None:
    past.asked("How do I use a relay server?", ANSWER)
    await past.learn()
    past.asked("How do I stop the relay server?", ANSWER + " Stop.")
    past.gitlab.fault(Fault(kind=Kind.STATUS, status=404, route="/members/all"))
    report = await past.learn()
    assert (report.removed, await past.stock.size()) == (0, 1)
    assert "knowledge.learn_from" in report.unreadable[0][1]
