"""The listener: started with the bot when `web.listen` is set, and the first to stop, so that nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.app.parts import Parts, hook_secrets
from bot.app.vitals import Vitals
from bot.app.watching import Watch
from bot.engine import Engine
from bot.ports import Caller
from bot.services.calling import Calling
from bot.services.inbox import Inbox
from bot.settings import WebSettings
from bot.settings.kinds import host_and_port
from bot.trackers.gitlab.hook_payload import PATH
from bot.trackers.gitlab.hook_proof import Proof
from bot.web.hooks import GitLabHooks
from bot.web.pages import health_page, metrics_page
from bot.web.server import Listener


@asynccontextmanager
async def listening(
    parts: Parts, settings: WebSettings, engine: Engine, watches: Sequence[Watch]
) -> AsyncIterator[Calling | None]:
    """Listens within the block; what is given looks at the issues that GitLab names, if a GitLab is configured."""
    calling = calling_of(parts, watches)
    hooks = None
    if calling is not None:
        hooks = GitLabHooks(Proof.of(*hook_secrets(parts.settings)), Inbox(parts.store, calling.wake), parts.clock)
    vitals = Vitals(parts.store, engine, watches, hooks, parts.clock)
    host, port = host_and_port(settings.listen)
    listener = Listener(
        host,
        port,
        posts={} if hooks is None else {PATH: hooks.handle},
        gets={"/health": health_page(vitals.health), "/metrics": metrics_page(vitals.metrics)},
    )
    await listener.start()
    try:
        yield calling
    finally:
        await listener.stop()


def calling_of(parts: Parts, watches: Sequence[Watch]) -> Calling | None:
    """For GitLab, the one tracker that has webhooks, if it is watched."""
    for watch in watches:
        tracker = parts.trackers[watch.name]
        if isinstance(tracker, Caller):
            return Calling(parts.store, watch.intake, tracker, parts.clock)
    return None
