"""A listener on a free port, with a store behind it, and a webhook that knows the secret."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from bot.services.inbox import Inbox
from bot.store.database import SqlStore
from bot.trackers.gitlab.hook_payload import PATH
from bot.trackers.gitlab.hook_proof import Proof
from bot.web.hooks import GitLabHooks, Outcome
from bot.web.server import Listener
from tests.doubles import ManualClock
from tests.fake_gitlab import HookRow
from tests.fake_gitlab.webhooks import headers

SIGNING = "whsec_" + "c2lnbmluZyBrZXkgb2YgdGhpcnR5LXR3byBieXRlcw=="
TOKEN = "hook-" + "t" * 20
ISSUE = json.dumps({"object_kind": "issue", "object_attributes": {"project_id": 7, "iid": 3}}).encode()


@dataclass
class Desk:
    """Where deliveries arrive. `woken` counts how often somebody would have been told."""

    store: SqlStore
    clock: ManualClock
    woken: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hooks = GitLabHooks(
            Proof.of(TOKEN, None), Inbox(self.store, lambda: self.woken.append(1)), self.clock, body_seconds=0.2
        )
        self.listener = Listener("127.0.0.1", 0, posts={PATH: self.hooks.handle}, gets={})
        self.hook = HookRow(id=1, owner=7, token=TOKEN)

    def sign(self) -> None:
        """From now on a signature is what counts."""
        self.hooks.proof = Proof.of(None, SIGNING)
        self.hook.token, self.hook.signing_token = "", SIGNING

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.port}{PATH}"

    async def deliver(self, body: bytes = ISSUE, key: str = "", **changes: str | None) -> tuple[int, dict[str, Any]]:
        """Status and answer. `changes` are headers, with _ for -; None takes one away."""
        sent = headers(self.hook, "Issue Hook", body, seconds=int(self.clock.now().timestamp()), key=key)
        for name, value in changes.items():
            sent.pop(name.replace("_", "-"), None)
            if value is not None:
                sent[name.replace("_", "-")] = value
        async with aiohttp.ClientSession() as http, http.post(self.url, data=io.BytesIO(body), headers=sent) as answer:
            return answer.status, json.loads(await answer.text())

    async def outcome(self, body: bytes = ISSUE, key: str = "", **changes: str | None) -> str:
        return str((await self.deliver(body, key, **changes))[1]["outcome"])

    async def stored(self) -> int:
        async with self.store.read() as tx:
            return await tx.last_delivery()

    def counted(self) -> dict[str, int]:
        return {outcome.value: count for outcome, count in self.hooks.outcomes.items() if count}


@pytest.fixture
async def desk(sqlite_store: SqlStore, clock: ManualClock) -> AsyncIterator[Desk]:
    desk = Desk(sqlite_store, clock)
    await desk.listener.start()
    yield desk
    await desk.listener.stop()
    assert set(desk.hooks.outcomes) == set(Outcome)
    assert desk.hooks._held == 0, "bytes of bodies that are still counted"
