"""Files and fine-tuning jobs of the fake model server; its requests and its answers are held to the document."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from bot.knowledge.training.forms import check
from tests.openapi import Document

Step = Callable[[web.Request], Awaitable[web.StreamResponse]]

BASE = "some-base-model"


class FakeTraining:
    """A job moves on only when a test says so. `faults` strike the next calls, by method and end of the path.

    `commits_anyway`: a call that is struck is carried out all the same, and only its answer is lost.
    """

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[str]] = {}
        self.faults: list[tuple[str, str, Step]] = []
        self.commits_anyway = False
        self.calls: list[str] = []
        self.asked = asyncio.Event()
        self._document = Document.load("openai-openapi.json", prefix="/v1")

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v1/files", self._guarded(self._list_files)),
            web.post("/v1/files", self._guarded(self._upload)),
            web.post("/v1/fine_tuning/jobs", self._guarded(self._create)),
            web.get("/v1/fine_tuning/jobs", self._guarded(self._list_jobs)),
            web.get("/v1/fine_tuning/jobs/{id}", self._guarded(self._job)),
            web.get("/v1/fine_tuning/jobs/{id}/events", self._guarded(self._events)),
            web.post("/v1/fine_tuning/jobs/{id}/cancel", self._guarded(self._cancel)),
        ]

    def move(self, job: str, status: str, *, says: str = "", **fields: Any) -> None:
        self.jobs[job] |= {"status": status, **fields}
        self.events[job].append(says or f"It is {status}.")

    def fail(self, method: str, ending: str, step: Step) -> None:
        self.faults.append((method, ending, step))

    def _guarded(self, handler: Step) -> Step:
        async def guarded(request: web.Request) -> web.StreamResponse:
            self.calls.append(f"{request.method} {request.path.removeprefix('/v1')}")
            self.asked.set()
            if not request.headers.get("Authorization"):
                self.mistakes.append("a call without a key")
            await self._validate(request)
            for fault in self.faults:
                method, ending, step = fault
                if request.method == method and request.path.endswith(ending):
                    self.faults.remove(fault)
                    if self.commits_anyway:
                        await handler(request)
                    return await step(request)
            return await handler(request)

        return guarded

    async def _validate(self, request: web.Request) -> None:
        if self._document is None or request.content_type == "multipart/form-data":
            return
        body = await request.json() if request.can_read_body else None
        query = {name: request.query.getall(name) for name in request.query}
        self.mistakes += self._document.problems(request.method, request.rel_url.raw_path, query, body)

    def _answer(self, schema: str, value: dict[str, Any]) -> web.Response:
        """The fake's own words are held to the document too."""
        if self._document is not None:
            whole = {"$ref": f"#/components/schemas/{schema}", "components": self._document.components}
            self.mistakes += [
                f"our {schema}: {e.message[:200]}" for e in Draft202012Validator(whole).iter_errors(value)
            ]
        return web.json_response(value)

    async def _list_files(self, request: web.Request) -> web.StreamResponse:
        found = list(self.files.values())[::-1]
        edges = {"first_id": found[0]["id"] if found else "", "last_id": found[-1]["id"] if found else ""}
        return self._answer("ListFilesResponse", {"object": "list", "data": found, "has_more": False, **edges})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        if set(form) != {"file", "purpose"} or form["purpose"] != "fine-tune":
            self.mistakes.append(f"an upload with {sorted(form)}")
        part = form["file"]
        assert isinstance(part, web.FileField)
        with part.file:
            content = part.file.read()
        self.mistakes += [
            f"line {n} {problem}" for n, _, problem in check(content.splitlines(keepends=True)) if problem
        ]
        identity = f"file-{len(self.files) + 1}"
        self.contents[identity] = content
        self.files[identity] = {
            "id": identity, "object": "file", "bytes": len(content), "created_at": 1, "filename": part.filename,
            "purpose": "fine-tune", "status": "processed",
        }  # fmt: skip
        return self._answer("OpenAIFile", self.files[identity])

    async def _create(self, request: web.Request) -> web.StreamResponse:
        wish = await request.json()
        for name in ("training_file", "validation_file"):
            if wish.get(name) and wish[name] not in self.files:
                return web.json_response({"error": {"message": f"no such {name}", "code": None}}, status=400)
        identity = f"ftjob-{len(self.jobs) + 1}"
        self.jobs[identity] = {
            "id": identity, "object": "fine_tuning.job", "created_at": 1, "error": None, "finished_at": None,
            "fine_tuned_model": None, "hyperparameters": {"n_epochs": "auto"}, "model": wish["model"],
            "organization_id": "org", "result_files": [], "status": "validating_files", "trained_tokens": None,
            "training_file": wish["training_file"], "validation_file": wish.get("validation_file"), "seed": 1,
            **({"method": wish["method"]} if "method" in wish else {}),
        }  # fmt: skip
        self.events[identity] = ["It was created."]
        return self._answer("FineTuningJob", self.jobs[identity])

    async def _list_jobs(self, request: web.Request) -> web.StreamResponse:
        found = list(self.jobs.values())[::-1]
        return self._answer("ListPaginatedFineTuningJobsResponse", {"object": "list", "data": found, "has_more": False})

    async def _job(self, request: web.Request) -> web.StreamResponse:
        job = self.jobs.get(request.match_info["id"])
        return web.json_response({"error": None}, status=404) if job is None else self._answer("FineTuningJob", job)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        said = self.events[request.match_info["id"]]
        listed = [
            {"object": "fine_tuning.job.event", "id": f"e{n}", "created_at": n, "level": "info", "message": message}
            for n, message in enumerate(said)
        ][::-1]
        listed = listed[: int(request.query["limit"])]
        return self._answer("ListFineTuningJobEventsResponse", {"object": "list", "data": listed, "has_more": False})

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        self.move(request.match_info["id"], "cancelled")
        return await self._job(request)
