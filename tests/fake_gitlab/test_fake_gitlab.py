"""The fake itself: it behaves as GitLab's documentation says, and it is strict."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fake_gitlab import TOKEN, FakeGitLab, Fault, Kind
from tests.fake_gitlab.quick_actions import split

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def gitlab() -> AsyncIterator[FakeGitLab]:
    async with FakeGitLab() as server:
        yield server


@pytest.fixture
async def http(gitlab: FakeGitLab) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"{gitlab.url}/api/v4/", headers={"PRIVATE-TOKEN": TOKEN}) as session:
        yield session


async def test_a_wrong_token_is_refused(gitlab: FakeGitLab) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{gitlab.url}/api/v4/user") as answer:
        assert answer.status == 401
        assert await answer.json() == {"message": "401 Unauthorized"}


async def test_unknown_routes_and_parameters_are_refused(gitlab: FakeGitLab, http: aiohttp.ClientSession) -> None:
    project = gitlab.world.add_project()
    assert (await http.get("todos")).status == 404
    assert (await http.delete(f"projects/{project.id}")).status == 405
    assert (await http.get(f"projects/{project.id}/issues", params={"colour": "red"})).status == 400


async def test_requests_are_checked_against_gitlabs_document(gitlab: FakeGitLab, http: aiohttp.ClientSession) -> None:
    if not gitlab.validates:
        pytest.skip("the reference folder beside the project is absent")
    project = gitlab.world.add_project()
    issue = gitlab.world.add_issue(project)
    await http.get(f"projects/{project.id}/issues", params={"scope": "all", "order_by": "updated_at"})
    assert gitlab.problems == []
    await http.get(f"projects/{project.id}/issues", params={"order_by": "mood"})
    await http.post(f"projects/{project.id}/issues/{issue.iid}/notes", json={"text": "x"})
    assert [problem.partition(":")[0] for problem in gitlab.problems] == ["query order_by", "body text", "body"]


async def test_issues_of_all_authors_need_the_scope_all(gitlab: FakeGitLab, http: aiohttp.ClientSession) -> None:
    project = gitlab.world.add_project()
    gitlab.world.add_issue(project)
    assert await (await http.get(f"projects/{project.id}/issues")).json() == []
    assert len(await (await http.get(f"projects/{project.id}/issues", params={"scope": "all"})).json()) == 1


async def test_old_paths_redirect_for_reading_only(gitlab: FakeGitLab, http: aiohttp.ClientSession) -> None:
    project = gitlab.world.add_project("old/path")
    issue = gitlab.world.add_issue(project)
    gitlab.world.rename(project, "new/path")
    answer = await http.get("projects/old%2Fpath/issues/1", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (301, f"{gitlab.url}/api/v4/projects/{project.id}/issues/1")
    assert (await http.post("projects/old%2Fpath/issues/1/notes", json={"body": "x"})).status == 405
    assert (await http.get("projects/new%2Fpath/issues/1")).status == 200
    assert issue.notes == []


@pytest.mark.parametrize(("body", "status", "kept"), [("/close", 202, None), ("Done.\n/close", 201, "Done.")])
async def test_quick_actions_run_and_are_recorded(
    gitlab: FakeGitLab, http: aiohttp.ClientSession, body: str, status: int, kept: str | None
) -> None:
    issue = gitlab.world.add_issue(gitlab.world.add_project())
    answer = await http.post(f"projects/{issue.project.id}/issues/1/notes", json={"body": body})
    assert answer.status == status
    assert (await answer.json())["commands_changes"] == {"close": True}
    assert gitlab.world.executed == ["/close"]
    assert [note.body for note in issue.notes] == ([kept] if kept else [])


def test_what_counts_as_a_quick_action() -> None:
    assert split("/label ~x\r\n /CLOSE\ntext /close\n```\n/close\n```\n/etc/hosts")[1] == ["/label ~x", "/CLOSE"]
    assert split("a\r\nb") == ("a\r\nb", [])


async def test_pages_by_number_and_by_cursor_hold_every_row_once(
    gitlab: FakeGitLab, http: aiohttp.ClientSession
) -> None:
    project = gitlab.world.add_project()
    for n in range(7):
        gitlab.world.add_issue(project, f"{n}")
    for gitlab.keyset in (False, True):
        url: Any = f"projects/{project.id}/issues?scope=all&per_page=3&sort=asc"
        found: list[str] = []
        while url is not None:
            async with http.get(url) as answer:
                found += [row["title"] for row in await answer.json()]
                following = answer.links.get("next")
                url = following["url"] if following else None
        assert found == [f"{n}" for n in range(7)]


@pytest.mark.parametrize(
    ("kind", "committed"),
    [
        (Kind.STATUS, 0),
        (Kind.DROP, 0),
        (Kind.STATUS_AFTER_COMMIT, 1),
        (Kind.DROP_AFTER_COMMIT, 1),
        (Kind.RESET_AFTER_HEADERS, 1),
    ],
)
async def test_faults_strike_once_where_they_are_meant(
    gitlab: FakeGitLab, http: aiohttp.ClientSession, kind: Kind, committed: int
) -> None:
    issue = gitlab.world.add_issue(gitlab.world.add_project())
    path = f"projects/{issue.project.id}/issues/1/notes"
    fault = gitlab.fault(Fault(kind=kind, method="POST", route="/notes", nth=2))
    assert (await http.post(path, json={"body": "one"})).status == 201
    try:
        async with http.post(path, json={"body": "two"}) as answer:
            await answer.read()
            assert answer.status == 500
    except aiohttp.ClientError:
        assert kind in {Kind.DROP, Kind.DROP_AFTER_COMMIT, Kind.RESET_AFTER_HEADERS}
    assert fault.reached.is_set()
    assert len(issue.notes) == 1 + committed
    assert (await http.post(path, json={"body": "three"})).status == 201


async def test_a_late_post_commits_even_when_the_client_has_gone(
    gitlab: FakeGitLab, http: aiohttp.ClientSession
) -> None:
    issue = gitlab.world.add_issue(gitlab.world.add_project())
    gitlab.late.every, gitlab.late.seconds = 2, 0.05
    path = f"projects/{issue.project.id}/issues/1/notes"
    assert (await http.post(path, json={"body": "at once"})).status == 201
    written = asyncio.Event()
    gitlab.world.on_note = written.set
    with pytest.raises(TimeoutError):
        await http.post(path, json={"body": "late"}, timeout=aiohttp.ClientTimeout(total=0.02))
    assert [note.body for note in issue.notes] == ["at once"]
    await asyncio.wait_for(written.wait(), 5)
    assert [note.body for note in issue.notes] == ["at once", "late"]


async def test_it_runs_as_a_process_of_its_own_with_a_remote_control() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fake_gitlab", "--late-every", "10", cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        told = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        async with aiohttp.ClientSession(told["url"], headers={"PRIVATE-TOKEN": told["token"]}) as http:
            values = {"project": told["project"], "title": "By remote control", "labels": ["x"]}
            made = await (await http.post("/control/issue", json=values)).json()
            where = {"project": told["project"], "iid": made["iid"]}
            await http.post("/control/edit", json={**where, "title": "Edited"})
            await http.post("/control/note", json={**where, "body": "from a person"})
            await http.post("/control/fault", json={"kind": "status", "method": "POST", "route": "/notes"})
            path = f"/api/v4/projects/{told['project']}/issues/{made['iid']}"
            assert (await (await http.get(path)).json())["title"] == "Edited"
            assert (await http.post(f"{path}/notes", json={"body": "x"})).status == 500
            assert (await http.post(f"{path}/notes", json={"body": "by the bot"})).status == 201
            notes = await (await http.get("/control/notes")).json()
            assert [(note["body"], note["author"]) for note in notes] == [
                ("from a person", "ada"),
                ("by the bot", "helpful-robot"),
            ]
            assert len(await (await http.get("/control/log")).json()) == 3
            state = await (await http.get("/control/state")).json()
            assert state == {"executed": [], "problems": [], "late_running": 0, "delivered": []}
    finally:
        process.terminate()
        await process.wait()
