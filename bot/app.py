"""The one place that chooses real parts and wires them; tests call the same function with their own.

Everything an adapter needs is imported here and only when it is configured, so that a command pays
for what it uses.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.clock import SystemClock
from bot.domain.prompt import Answer
from bot.errors import BotError, ConfigError, Limited, Refused, Unauthorised
from bot.log import secrets as masked
from bot.ports import Chat, Clock, Drafter, Finding, JobKind, Tracker
from bot.services.answering import Answering, Policy
from bot.services.deciding import Deciding
from bot.services.delivery import Delivery
from bot.services.desk import Desk, locate
from bot.services.drafting import Drafting
from bot.services.intake import Intake, reason_to_leave
from bot.services.posting import Posting
from bot.services.retry import Patience
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.engine import Engine
    from bot.services.learning import LearnReport
    from bot.store.passages import SqlStock
    from bot.store.reviews import SqlStore

log = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long things may take; tests shorten them. `grace` must exceed any tracker request's total limit."""

    lease: timedelta = timedelta(seconds=60)
    drafting_lease: timedelta = timedelta(minutes=10)
    grace: timedelta | None = None  # None: three times the tracker's limit for one request
    heartbeat: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The wired parts of one running bot."""

    settings: Settings
    clock: Clock
    store: SqlStore
    stock: SqlStock
    engine: Engine
    trackers: Mapping[str, Tracker]
    chats: Sequence[Chat]
    intakes: Sequence[Intake]
    answering: Answering
    desk: Desk


def _policy(settings: Settings) -> Policy:
    hosts = frozenset(settings.reply.allowed_hosts)
    style = settings.model.style if settings.model else ""
    return Policy(hosts=hosts, footers=tuple(settings.reply.footer.items()), style=style)


def _secret(settings: Settings, name: str) -> str | None:
    value = getattr(settings.secrets, name)
    return None if value is None else str(value.get_secret_value())


def trackers_of(settings: Settings, clock: Clock) -> dict[str, Tracker]:
    """Every tracker that is configured, and the one for single files, which needs no configuration."""
    from bot.trackers.folder import FileTracker, FolderTracker

    trackers: dict[str, Tracker] = {"file": FileTracker(clock=clock)}
    if settings.folder is not None:
        trackers["folder"] = FolderTracker(settings.folder, clock=clock)
    if settings.gitlab is not None:
        from bot.trackers.gitlab import GitLabTracker

        token = _secret(settings, "gitlab_token")
        if token is None:
            raise ConfigError(f"{settings.path}: [gitlab] needs a token; set GEPETTTO_GITLAB_TOKEN.")
        trackers["gitlab"] = GitLabTracker(settings.gitlab, token, clock=clock)
    return trackers


def drafters_of(settings: Settings, clock: Clock) -> list[Drafter]:
    """The model first, if one is configured; quoting always stands behind it."""
    from bot.drafters.quoting import QuotingDrafter

    drafters: list[Drafter] = [QuotingDrafter()]
    if settings.model is not None:
        from bot.drafters.openai import OpenAIDrafter

        drafters.insert(0, OpenAIDrafter(settings.model, _secret(settings, "model_key"), clock=clock))
    return drafters
