"""The commands that do one thing and end."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.app.parts import (
    Parts,
    chats_of,
    histories_of,
    login_file,
    matrix_keys,
    open_parts,
    open_store,
    secret_of,
)
from bot.clock import SystemClock
from bot.domain.figures import Event
from bot.domain.issue import IssueKey, Thread
from bot.domain.prompt import Answer
from bot.errors import ConfigError, Refused
from bot.ports import Finding
from bot.services.desk import locate
from bot.services.evaluating import Figures
from bot.services.evaluating import evaluate as evaluate_sets
from bot.services.history import Importer
from bot.services.intake import reason_to_leave
from bot.services.judged import read_sets
from bot.services.learning import LearnReport
from bot.services.learning import learn as learn_files
from bot.services.lessons import Lessons
from bot.services.report import Report
from bot.services.report import audit as audit_of
from bot.services.report import report as report_of
from bot.settings import Settings
from bot.store.database import SqlStore
from bot.store.migrate import migrate as migrate_store
from bot.store.passages import SqlStock

Progress = Callable[[int, int, str], None]


async def refresh_knowledge(parts: Parts, progress: Progress) -> LearnReport:
    """Read what has changed in the configured files."""
    return await learn_files(parts.settings.knowledge, parts.stock, progress)


def nothing_shown(done: int, total: int, what: str) -> None:
    """No progress to show."""


async def learn(settings: Settings, progress: Progress) -> LearnReport:
    """`gepettto learn`: the configured files, then the past of the configured projects."""
    async with open_parts(settings) as parts:
        report = await refresh_knowledge(parts, progress)
        for history in histories_of(settings, parts.clock):
            rules = " ".join(sorted(map(str, settings.knowledge.learn_from)))
            try:
                report.history = await Importer(history, parts.archive, progress, rules=rules).run()
            finally:
                await history.close()
        report.replies = await lessons_of(parts)()
        return report


def lessons_of(parts: Parts) -> Lessons:
    """What turns sent replies into knowledge."""
    return Lessons(parts.store, parts.trackers, parts.archive, parts.clock)


async def answer(settings: Settings, target: str, stdin: bytes | None) -> Answer:
    """`gepettto answer`: a draft for one issue; nothing is posted."""
    async with open_parts(settings) as parts:
        return await answer_with(parts, target, stdin)


async def answer_with(parts: Parts, target: str, stdin: bytes | None) -> Answer:
    """The same on parts that are open."""
    await refresh_knowledge(parts, nothing_shown)
    thread = await _read(parts, target, stdin)
    if reason_to_leave(thread.issue) in {"confidential", "service_desk"}:
        raise Refused(f"{thread.issue.url} is not public; its text is given to no drafter.")
    composed = await parts.answering.compose(thread, marker="none")
    return parts.answering.answer(composed, marker="none")


async def _read(parts: Parts, target: str, stdin: bytes | None) -> Thread:
    if stdin is not None:
        from bot.trackers.folder_payload import parse_issue_file

        key = IssueKey(tracker="file", project="standard input", number=0)
        return Thread(issue=parse_issue_file(stdin, "standard input", key=key, at=parts.clock.now()))
    _, thread = await locate(parts.trackers, target)
    return thread


async def ask(settings: Settings, question: str) -> Answer:
    """`gepettto ask`: a freeform question."""
    async with open_parts(settings) as parts:
        await refresh_knowledge(parts, nothing_shown)
        return await parts.answering.ask(question)


async def check(settings: Settings, create_hook: str | None = None) -> list[Finding]:
    """`gepettto check`: every configured edge proves itself, one after the other.

    `create_hook` is the public address that webhooks shall be made for or mended; "" = that of the configuration.
    """
    async with open_parts(settings) as parts:
        findings = await parts.store.check()
        for part in (*parts.trackers.values(), *parts.drafters):
            findings += await part.check()
        if settings.web is not None or create_hook is not None:
            from bot.app.webhooks import check_webhooks

            findings += await check_webhooks(parts, create_hook)
        findings += await _check_chats(parts)
        report = await refresh_knowledge(parts, nothing_shown)
        size = await parts.stock.size()
        remedy = "name Markdown files or folders in knowledge.paths" if not size else ""
        findings.append(Finding(item="knowledge", ok=True, detail=f"{size} passages", remedy=remedy, warning=not size))
        findings += [
            Finding(item="knowledge", ok=False, detail=f"{path}: {why}", remedy="mend or remove the file")
            for path, why in report.unreadable
        ]
        return findings


async def evaluate(folder: Path, progress: Progress) -> dict[str, Figures]:
    """`gepettto evaluate`: in a store of its own, which is gone afterwards."""
    sets = read_sets(folder)
    with tempfile.TemporaryDirectory() as place:
        url = f"sqlite:///{place}/store.db"
        await migrate_store(url)
        store = SqlStore(url)
        try:
            return await evaluate_sets(sets, SqlStock(store.engine), progress)
        finally:
            await store.close()


async def _check_chats(parts: Parts) -> list[Finding]:
    async def settled() -> None:
        """Nothing is under way: no engine runs."""

    chats = chats_of(parts.settings, parts.clock, parts.store, settled)
    if not chats:
        remedy = "add a [discord], a [matrix] or a [terminal] section: without a chat nobody can decide"
        return [Finding(item="chats", ok=True, warning=True, detail="none is configured", remedy=remedy)]
    return [finding for chat in chats for finding in await chat.check()]


async def matrix_login(settings: Settings, user: str, password: str) -> Path:
    """`gepettto matrix login`: the file that the login is kept in, for its owner alone."""
    from bot.chats.matrix import adopt, log_in, read_device, write_device

    if settings.matrix is None:
        raise ConfigError(f"{settings.path}: add a [matrix] section first; docs/matrix.md tells how.")
    path = login_file(settings)
    known = read_device(path)
    again = known.device_id if known is not None and known.user_id == user else ""
    homeserver, device_id = settings.matrix.homeserver, settings.matrix.device_id or again
    device = await log_in(homeserver, user, password, SystemClock(), device_id)
    write_device(path, device)
    await adopt(homeserver, device, matrix_keys(settings), password, secret_of(settings, "matrix_pickle_key"))
    return path


async def report(settings: Settings, *, days: int, project: str) -> Report:
    """`gepettto report`."""
    async with open_store(settings) as store:
        return await report_of(store, SystemClock(), days=days, project=project)


async def audit(settings: Settings, target: str) -> list[Event]:
    """`gepettto report --audit`."""
    async with open_store(settings) as store:
        return await audit_of(store, target)


async def migrate(settings: Settings) -> tuple[str, str]:
    """`gepettto migrate`: the store's revision before and after."""
    return await migrate_store(settings.store.url)
