"""How things stand, for whoever asks in a chat: queues, the oldest that waits, trackers, pauses, troubles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from bot.domain.review import IN_MOTION, State
from bot.ports import Clock, Stock, Store, Tracker, Transaction
from bot.services.alerts import sentence_of
from bot.services.phrases import say

_WAITING = (State.PENDING, State.STUCK, State.UNSENT)


def polled(tracker: str) -> str:
    """The cursor under which the time of the last complete look is kept."""
    return f"polled:{tracker}"


async def status(store: Store, stock: Stock, trackers: Mapping[str, Tracker], clock: Clock, language: str) -> str:
    """A sentence of counts, and a line of health."""
    now = clock.now()
    async with store.read() as tx:
        counts = await tx.counts()
        health = [*await _oldest(tx, language, now), *await _read(tx, sorted(trackers), language, now)]
        if pauses := await tx.pauses():
            health.append(say(language, "status_paused", names=", ".join(sorted(pauses))))
        troubles = [sentence_of(trouble, language) for trouble in await tx.troubles() if not trouble.over]
    return "\n".join([_counted(counts, await stock.size(), language), "; ".join(health), *_told(troubles, language)])


def _counted(counts: Mapping[State, int], passages: int, language: str) -> str:
    return say(
        language,
        "status",
        waiting=sum(counts.get(state, 0) for state in _WAITING),
        moving=sum(counts.get(state, 0) for state in IN_MOTION),
        sent=counts.get(State.SENT, 0),
        dismissed=counts.get(State.DISMISSED, 0),
        obsolete=counts.get(State.OBSOLETE, 0),
        passages=passages,
    )


async def _oldest(tx: Transaction, language: str, now: datetime) -> list[str]:
    oldest = await tx.waiting(limit=1)
    return [say(language, "status_oldest", age=_age(language, now - one.created_at)) for one in oldest]


async def _read(tx: Transaction, names: Iterable[str], language: str, now: datetime) -> list[str]:
    lines = []
    for name in names:
        if name != "file":  # single files are not watched
            at = await tx.cursor(polled(name))
            age = _age(language, now - datetime.fromisoformat(at)) if at else ""
            lines.append(say(language, "status_read" if at else "status_unread", name=name, age=age))
    return lines


def _told(troubles: list[str], language: str) -> list[str]:
    return [f"⚠ {sentence}" for sentence in troubles] or [say(language, "status_works")]


def _age(language: str, since: timedelta) -> str:
    minutes = max(0, int(since.total_seconds() // 60))
    if minutes < 60:
        return say(language, "minutes", count=minutes)
    return (
        say(language, "hours", count=minutes // 60)
        if minutes < 48 * 60
        else say(language, "days", count=minutes // 1440)
    )
