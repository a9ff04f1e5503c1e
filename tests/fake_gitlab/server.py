"""The HTTP face of the fake GitLab."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any, Self

from aiohttp import web
from multidict import MultiDict

from bot.trackers.gitlab.payload import moment
from tests.fake_gitlab.faults import Fault
from tests.fake_gitlab.misbehaviour import misbehave
from tests.fake_gitlab.webhooks import HookRow, Sender, issue_event
from tests.fake_gitlab.world import IssueRow, NoteRow, Person, Project, World
from tests.openapi import Document

TOKEN = "glpat-" + "f" * 20
API = "/api/v4"

# In GitLab, but not in the trimmed document.
_UNDOCUMENTED = re.compile(rf"{API}/groups/[^/]+(/hooks(/[0-9]+(/test/issues_events)?)?)?")

_ISSUE_QUERY = {"scope", "state", "order_by", "sort", "updated_after", "created_after", "per_page", "page", "cursor"}
_NOTE_QUERY = {"order_by", "sort", "activity_filter", "per_page", "page"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    token: str


@dataclass(slots=True, kw_only=True)
class Late:
    """Of every `every` posts one commits `seconds` later, even if the client is gone; 0 = none."""

    every: int = 0
    seconds: float = 0.0
    count: int = 0
    running: set[asyncio.Task[Any]] = field(default_factory=set)

    def due(self) -> bool:
        self.count += 1
        return bool(self.every) and self.count % self.every == 0


class Refusal(Exception):
    """An answer other than 2xx, as GitLab words it."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.response = web.json_response({"message": message}, status=status, headers=headers)


class FakeGitLab:
    """`async with FakeGitLab(world) as gitlab:` — its address is `gitlab.url`."""

    def __init__(self, world: World | None = None, *, token: str = TOKEN, keyset: bool = False, root: str = "") -> None:
        self.world = world or World()
        self.token = token
        self.keyset = keyset
        self.url = ""
        self.log: list[Seen] = []
        self.problems: list[str] = []
        self.faults: list[Fault] = []
        self.late = Late()
        self.sender = Sender(self.world)
        self.on_page: Callable[[web.Request], None] = lambda _: None
        """Called when a page has been read, before it is sent: the place to change the world meanwhile."""
        self._root = root
        self._document = Document.load("gitlab-openapi.json", prefix=API)
        self._runner: web.AppRunner | None = None

    @property
    def validates(self) -> bool:
        """Whether requests are checked against GitLab's document."""
        return self._document is not None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0, control: web.RouteTableDef | None = None) -> None:
        app = web.Application(middlewares=[self._guard], client_max_size=8 << 20)
        for method, path, handler in self._routes():
            app.router.add_route(method, f"{self._root}{API}{path}", handler)
        if control is not None:
            app.add_routes(control)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{self._root}"
        self.world.base = self.url
        self.world.on_event = self.sender.tell

    async def stop(self) -> None:
        """Opens every gate, so that nothing is left waiting."""
        await self.sender.settled()
        for fault in self.faults:
            fault.gate.set()
        for task in list(self.late.running):
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    def fault(self, fault: Fault) -> Fault:
        self.faults.append(fault)
        return fault

    def requests(self, method: str, ending: str = "") -> list[Seen]:
        return [seen for seen in self.log if seen.method == method and seen.path.endswith(ending)]

    def _routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "/user", self._user),
            ("GET", "/metadata", self._metadata),
            ("GET", "/version", self._metadata),
            ("GET", "/personal_access_tokens/self", self._own_token),
            ("GET", "/projects/{id}", self._project),
            ("GET", "/projects/{id}/members/all", self._members),
            ("GET", "/users", self._users),
            ("GET", "/groups/{id}", self._group),
            ("GET", "/projects/{id}/issues", self._project_issues),
            ("GET", "/groups/{id}/issues", self._group_issues),
            ("GET", "/projects/{id}/issues/{issue_iid}", self._issue),
            ("GET", "/projects/{id}/issues/{noteable_id}/notes", self._notes),
            ("POST", "/projects/{id}/issues/{noteable_id}/notes", self._post_note),
            ("GET", "/projects/{id}/hooks", self._hooks),
            ("POST", "/projects/{id}/hooks", self._add_hook),
            ("PUT", "/projects/{id}/hooks/{hook_id}", self._edit_hook),
            ("POST", "/projects/{id}/hooks/{hook_id}/test/{trigger}", self._test_hook),
            ("GET", "/groups/{id}/hooks", self._hooks),
            ("POST", "/groups/{id}/hooks", self._add_hook),
            ("PUT", "/groups/{id}/hooks/{hook_id}", self._edit_hook),
            ("POST", "/groups/{id}/hooks/{hook_id}/test/{trigger}", self._test_hook),
            ("GET", "/projects/{id}/issues/{issue_iid}/notes/{note_id}/award_emoji", self._awards),
        ]

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/control"):
            return await handler(request)
        body = await request.json() if request.can_read_body and request.content_type == "application/json" else None
        token = request.headers.get("PRIVATE-TOKEN", "")
        self.log.append(
            Seen(method=request.method, path=request.path, query=dict(request.query), body=body, token=token)
        )
        self._validate(request, body)
        resource = request.match_info.route.resource
        template = resource.canonical if resource is not None else ""
        fault = next((one for one in self.faults if one.strikes(request.method, template)), None)
        try:
            if token != self.token:
                response: web.StreamResponse = Refusal(401, "401 Unauthorized").response
            elif fault is not None:
                fault.reached.set()
                response = await misbehave(fault, request, handler)
            else:
                response = await handler(request)
        except Refusal as error:
            response = error.response
        except web.HTTPException as error:
            response = web.json_response({"error": f"{error.status} {error.reason}"}, status=error.status)
        if not response.prepared:
            response.headers["Date"] = format_datetime(self.world.now(), usegmt=True)
        return response

    def _validate(self, request: web.Request, body: Any) -> None:
        """GET requests carry an empty JSON content type and no body; anything else undocumented is a problem."""
        path = request.rel_url.raw_path.removeprefix(self._root)
        if self._document is None or _UNDOCUMENTED.fullmatch(path):
            return
        query = {name: request.query.getall(name) for name in request.query}
        sent = body if request.method != "GET" else None
        self.problems += self._document.problems(request.method, path, query, sent)

    async def _user(self, request: web.Request) -> web.Response:
        return web.json_response({**self.world.bot.json(), "email": "robot@example.invalid"})

    async def _metadata(self, request: web.Request) -> web.Response:
        if self.world.version is None:
            raise Refusal(404, "404 Not Found")
        return web.json_response({"version": self.world.version, "revision": "abc"})

    async def _own_token(self, request: web.Request) -> web.Response:
        world = self.world
        return web.json_response({"id": 1, "name": "bot", "scopes": world.scopes, "expires_at": world.expires_at})

    async def _project(self, request: web.Request) -> web.Response:
        _allow(request, set())
        return web.json_response(self.world.project_json(self._found_project(request)))

    async def _members(self, request: web.Request) -> web.Response:
        _allow(request, {"per_page", "page"})
        levels = self._found_project(request).members
        rows = [person for person in self.world.people if person.id in levels]
        return self._page(request, rows, lambda row: {**row.json(), "access_level": levels[row.id]})

    async def _users(self, request: web.Request) -> web.Response:
        _allow(request, {"per_page", "page", "username"})
        name = request.query["username"].lower()
        return self._page(request, [p for p in self.world.people if p.username.lower() == name], Person.json)

    async def _group(self, request: web.Request) -> web.Response:
        for identity, path in self.world.groups.items():
            if request.match_info["id"] in {str(identity), path}:
                return web.json_response({"id": identity, "full_path": path})
        raise Refusal(404, "404 Group Not Found")

    async def _project_issues(self, request: web.Request) -> web.Response:
        project = self._found_project(request)
        return self._issue_list(request, [issue for issue in self.world.issues if issue.project is project])

    async def _group_issues(self, request: web.Request) -> web.Response:
        group = int(request.match_info["id"])
        if group not in self.world.groups:
            raise Refusal(404, "404 Group Not Found")
        return self._issue_list(request, [issue for issue in self.world.issues if issue.project.group == group])

    def _issue_list(self, request: web.Request, rows: list[IssueRow]) -> web.Response:
        _allow(request, _ISSUE_QUERY)
        query = request.query
        if query.get("scope") != "all":
            rows = []  # GitLab's default shows only what the token's own user created
        rows = [issue for issue in rows if not issue.gone]
        if query.get("state", "all") != "all":
            rows = [issue for issue in rows if issue.state == query["state"]]
        for name in ("updated", "created"):
            if f"{name}_after" in query:
                after = moment(query[f"{name}_after"])
                assert after is not None, query
                rows = [issue for issue in rows if getattr(issue, f"{name}_at") >= after]
        order = query.get("order_by", "created_at")
        rows.sort(key=lambda issue: (getattr(issue, order), issue.id), reverse=query.get("sort", "desc") == "desc")
        return self._page(request, rows, self.world.issue_json)

    async def _issue(self, request: web.Request) -> web.Response:
        return web.json_response(self.world.issue_json(self._found_issue(request, "issue_iid")))

    async def _notes(self, request: web.Request) -> web.Response:
        _allow(request, _NOTE_QUERY)
        issue = self._found_issue(request, "noteable_id")
        rows = issue.notes
        if request.query.get("activity_filter") == "only_comments":
            rows = [note for note in rows if not note.system]
        rows = sorted(
            rows, key=lambda note: (note.created_at, note.id), reverse=request.query.get("sort", "desc") == "desc"
        )
        return self._page(request, rows, lambda note: self.world.note_json(issue, note))

    async def _awards(self, request: web.Request) -> web.Response:
        _allow(request, {"per_page", "page"})
        issue = self._found_issue(request, "issue_iid")
        note = next((note for note in issue.notes if str(note.id) == request.match_info["note_id"]), None)
        if note is None:
            raise Refusal(404, "404 Note Not Found")
        return web.json_response([{"id": 1, "name": name, "user": person.json()} for name, person in note.awards])

    async def _post_note(self, request: web.Request) -> web.Response:
        issue = self._found_issue(request, "noteable_id")
        body = (await request.json()).get("body")
        if not isinstance(body, str) or not body.strip() or len(body.encode()) > 1 << 20:
            raise Refusal(400, '400 (Bad request) "Note {:note=>["can\'t be blank"]}" not given')
        if issue.locked or issue.project.archived:
            raise Refusal(403, "403 Forbidden")
        if self.late.due():
            task = asyncio.create_task(self._post_late(issue, body))
            self.late.running.add(task)
            task.add_done_callback(self.late.running.discard)
            status, answer = await asyncio.shield(task)
        else:
            status, answer = self.world.post_note(issue, body)
        return web.json_response(answer, status=status)

    async def _post_late(self, issue: IssueRow, body: str) -> tuple[int, dict[str, Any]]:
        await asyncio.sleep(self.late.seconds)
        return self.world.post_note(issue, body)

    async def _hooks(self, request: web.Request) -> web.Response:
        _allow(request, {"per_page", "page"})
        owner = self._owner(request)
        return self._page(request, [hook for hook in self.world.hooks if hook.owner == owner], HookRow.json)

    async def _add_hook(self, request: web.Request) -> web.Response:
        hook = self.world.add_hook(self._owner(request), **await request.json())
        return web.json_response(hook.json(), status=201)

    async def _edit_hook(self, request: web.Request) -> web.Response:
        hook = self._found_hook(request)
        hook.take(await request.json())
        return web.json_response(hook.json())

    async def _test_hook(self, request: web.Request) -> web.Response:
        hook = self._found_hook(request)
        issue = next((one for one in self.world.issues if hook.owner in {one.project.id, one.project.group}), None)
        if issue is None:
            raise Refusal(422, "Ensure the project has issues.")
        if not 200 <= await self.sender.deliver(hook, issue_event(self.world, issue, "open")) < 300:
            raise Refusal(422, "The webhook failed.")
        return web.json_response({"message": "201 Created"}, status=201)

    def _owner(self, request: web.Request) -> int:
        """Webhooks are for maintainers of the project, and owners of the group."""
        if "/groups/" in request.path:
            wanted = request.match_info["id"]
            identity = next((one for one, path in self.world.groups.items() if wanted in {str(one), path}), 0)
            if not identity:
                raise Refusal(404, "404 Group Not Found")
            if identity not in self.world.owned_groups:
                raise Refusal(403, "403 Forbidden")
            return identity
        project = self._found_project(request)
        if project.level < 40:
            raise Refusal(403, "403 Forbidden")
        return project.id

    def _found_hook(self, request: web.Request) -> HookRow:
        owner, identity = self._owner(request), int(request.match_info["hook_id"])
        for hook in self.world.hooks:
            if (hook.owner, hook.id) == (owner, identity):
                return hook
        raise Refusal(404, "404 Not found")

    def _found_project(self, request: web.Request) -> Project:
        """By a former path: a redirect to the id for GET, 405 for anything else, as GitLab does."""
        reference = request.match_info["id"]
        project = self.world.project(reference)
        if project is not None:
            return project
        renamed = self.world.renamed(reference)
        if renamed is None:
            raise Refusal(404, "404 Project Not Found")
        if request.method != "GET":
            raise Refusal(405, "405 Method Not Allowed")
        rest = request.rel_url.raw_path.split("/projects/", 1)[1].partition("/")[2]
        there = f"{self.url}{API}/projects/{renamed.id}" + (f"/{rest}" if rest else "")
        raise Refusal(301, "301 Moved Permanently", Location=there)

    def _found_issue(self, request: web.Request, name: str) -> IssueRow:
        project = self._found_project(request)
        issue = self.world.issue(project, int(request.match_info[name]))
        if issue is None:
            raise Refusal(404, "404 Issue Not Found")
        return issue

    def _page(self, request: web.Request, rows: list[Any], shown: Callable[[Any], dict[str, Any]]) -> web.Response:
        """A page by number, or by cursor when `keyset` is on; rows that are hidden leave a gap."""
        size = min(int(request.query.get("per_page", "20")), 100)
        begin = (
            int(request.query["cursor"])
            if "cursor" in request.query
            else (int(request.query.get("page", "1")) - 1) * size
        )
        page: list[IssueRow | NoteRow | HookRow] = rows[begin : begin + size]
        more = begin + size < len(rows)
        response = web.json_response([shown(row) for row in page if not getattr(row, "hidden", False)])
        self.on_page(request)
        there = {**request.query, "per_page": str(size)}
        if self.keyset:
            there.pop("page", None)
            if more:
                response.headers["Link"] = _link(self.url, request, {**there, "cursor": str(begin + size)})
            return response
        number = begin // size + 1
        response.headers["X-Page"] = str(number)
        response.headers["X-Next-Page"] = str(number + 1) if more else ""
        if more:
            response.headers["Link"] = _link(self.url, request, {**there, "page": str(number + 1)})
        return response


def _allow(request: web.Request, names: set[str]) -> None:
    unknown = set(request.query) - names
    if unknown:
        raise Refusal(400, f"unknown parameters: {sorted(unknown)}")


def _link(base: str, request: web.Request, query: dict[str, str]) -> str:
    address = request.url.with_query(MultiDict(query))
    return f'<{address}>; rel="next", <{base}/first>; rel="first"'
