"""How the running bot is: what /health and /metrics show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.app.watching import Watch
from bot.domain.review import State
from bot.engine import Engine
from bot.errors import BotError
from bot.ports import Clock, Finding, Store
from bot.web.hooks import GitLabHooks
from bot.web.pages import Metric

_SWEPT_WITHIN = timedelta(minutes=1)
_POLLED_WITHIN = timedelta(minutes=5)
_POLLS_MISSED = 3


@dataclass(slots=True)
class Vitals:
    """Looks at the parts when it is asked; a part counts as well until it had the time to show it."""

    store: Store
    engine: Engine
    watches: Sequence[Watch]
    hooks: GitLabHooks | None
    clock: Clock
    _begun: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._begun = self.clock.now()

    async def health(self) -> list[Finding]:
        engine = self._within("engine", "jobs were looked after", self.engine.swept_at, _SWEPT_WITHIN)
        return [await self._store(), engine, *(self._tracker(watch) for watch in self.watches)]

    async def metrics(self) -> list[Metric]:
        async with self.store.read() as tx:
            counts = await tx.counts()
        found = [
            Metric(
                name="gepettto_reviews",
                kind="gauge",
                about="Reviews by state.",
                values={(("state", state.value),): counts.get(state, 0) for state in State},
            ),
            Metric(
                name="gepettto_jobs_failed_total",
                kind="counter",
                about="Jobs that failed, each try.",
                values={(): self.engine.failed},
            ),
            Metric(
                name="gepettto_polls_total",
                kind="counter",
                about="Looks at a tracker by outcome.",
                values={
                    (("tracker", watch.name), ("outcome", outcome)): count
                    for watch in self.watches
                    for outcome, count in watch.polls.items()
                },
            ),
        ]
        return found if self.hooks is None else [*found, _deliveries(self.hooks)]

    async def _store(self) -> Finding:
        try:
            async with self.store.read() as tx:
                await tx.counts()
        except BotError as error:
            return Finding(item="store", ok=False, detail=str(error))
        return Finding(item="store", ok=True, detail="it answers")

    def _tracker(self, watch: Watch) -> Finding:
        limit = max(_POLLED_WITHIN, timedelta(seconds=_POLLS_MISSED * watch.interval))
        return self._within(watch.name, "it was read", watch.polled_at, limit)

    def _within(self, item: str, what: str, last: datetime | None, limit: timedelta) -> Finding:
        ok = self.clock.now() - (last or self._begun) < limit
        when = f"last at {last:%Y-%m-%dT%H:%M:%SZ}" if last else "not yet"
        return Finding(item=item, ok=ok, detail=f"{what}: {when}")


def _deliveries(hooks: GitLabHooks) -> Metric:
    return Metric(
        name="gepettto_deliveries_total",
        kind="counter",
        about="Webhook deliveries by outcome.",
        values={(("outcome", outcome.value),): count for outcome, count in hooks.outcomes.items()},
    )
