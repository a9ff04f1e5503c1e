"""The remote control of a fake that runs as a process of its own, for tests that kill the bot."""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from tests.fake_gitlab.faults import Fault, Kind
from tests.fake_gitlab.server import FakeGitLab
from tests.fake_gitlab.world import IssueRow


def routes(gitlab: FakeGitLab) -> web.RouteTableDef:
    """`/control/…`: POST project, role, issue, note, edit, hook, fault, late; GET notes, log, state. JSON."""
    table = web.RouteTableDef()
    world = gitlab.world

    def issue_of(values: dict[str, object]) -> IssueRow:
        project = world.projects[int(str(values.pop("project")))]
        issue = world.issue(project, int(str(values.pop("iid"))))
        assert issue is not None
        return issue

    @table.post("/control/project")
    async def project(request: web.Request) -> web.Response:
        made = world.add_project((await request.json())["path"])
        return web.json_response({"id": made.id})

    @table.post("/control/role")
    async def role(request: web.Request) -> web.Response:
        values = await request.json()
        world.projects[values["project"]].level = values["level"]
        return web.json_response({})

    @table.post("/control/issue")
    async def issue(request: web.Request) -> web.Response:
        values = await request.json()
        made = world.add_issue(world.projects[values.pop("project")], **values)
        return web.json_response({"id": made.id, "iid": made.iid, "url": world.issue_json(made)["web_url"]})

    @table.post("/control/note")
    async def note(request: web.Request) -> web.Response:
        values = await request.json()
        name = values.get("author")
        author = next((person for person in world.people if person.username == name), None) if name else None
        if name and author is None:
            author = world.add_person(name)
        made = world.add_note(issue_of(values), values["body"], author)
        return web.json_response({"id": made.id})

    @table.post("/control/edit")
    async def edit(request: web.Request) -> web.Response:
        values = await request.json()
        world.edit(issue_of(values), **values)
        return web.json_response({})

    @table.post("/control/hook")
    async def hook(request: web.Request) -> web.Response:
        values = await request.json()
        made = world.add_hook(values.pop("project"), **values)
        return web.json_response({"id": made.id})

    @table.post("/control/fault")
    async def fault(request: web.Request) -> web.Response:
        values = await request.json()
        gitlab.fault(Fault(**{**values, "kind": Kind(values["kind"])}))
        return web.json_response({})

    @table.post("/control/late")
    async def late(request: web.Request) -> web.Response:
        values = await request.json()
        gitlab.late.every, gitlab.late.seconds = values["every"], values["seconds"]
        return web.json_response({})

    @table.get("/control/notes")
    async def notes(_: web.Request) -> web.Response:
        return web.json_response(
            [
                {
                    "project": row.project.id,
                    "iid": row.iid,
                    "id": one.id,
                    "body": one.body,
                    "author": one.author.username,
                }
                for row in world.issues
                for one in row.notes
            ]
        )

    @table.get("/control/log")
    async def log(_: web.Request) -> web.Response:
        return web.json_response([{**asdict(seen), "token": seen.token == gitlab.token} for seen in gitlab.log])

    @table.get("/control/state")
    async def state(_: web.Request) -> web.Response:
        return web.json_response(
            {
                "executed": world.executed,
                "problems": gitlab.problems,
                "late_running": len(gitlab.late.running),
                "delivered": gitlab.sender.statuses,
            }
        )

    return table
