"""The commands about training sets and training."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.app.commands import Progress
from bot.app.parts import secret_of
from bot.clock import SystemClock
from bot.errors import ConfigError
from bot.ports import Clock
from bot.services.dataset import Export, Wish, check, export
from bot.services.tuning import Tuning
from bot.settings import Settings
from bot.store.database import SqlStore
from bot.store.material import SqlMaterial
from bot.store.migrate import migrate
from bot.store.trainings import SqlTrainings

check_dataset = check


async def export_dataset(
    settings: Settings, out: Path, progress: Progress, *, label: str, faq: bool, form: str
) -> Export:
    """`gepettto dataset export`: from what was learned; nothing is asked for anew."""
    async with _store(settings) as store:
        wish = Wish(label=label, faq=faq, form=form)
        return await export(SqlMaterial(store.engine), out, wish, progress)


@asynccontextmanager
async def open_tuning(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Tuning]:
    """`gepettto finetune`: at the server of [model]."""
    if settings.model is None:
        raise ConfigError(f"{settings.path}: training needs a server; add a [model] section.")
    from bot.drafters.openai.trainer import OpenAITrainer

    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(_store(settings))
        trainer = OpenAITrainer(settings.model, secret_of(settings, "model_key"), clock)
        stack.push_async_callback(trainer.close)
        yield Tuning(trainer, SqlTrainings(store.engine), clock, settings.model.model)


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[SqlStore]:
    await migrate(settings.store.url)
    store = SqlStore(settings.store.url)
    try:
        yield store
    finally:
        await store.close()
