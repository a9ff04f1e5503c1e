"""Wishes for trained models, with what the server has given us for them so far."""

from __future__ import annotations

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.training import Training
from bot.store.rows import pack, unpack
from bot.store.tables import trainings


class SqlTrainings:
    """Implements `ports.Trainings` on the engine of the store."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def training(self, key: str) -> Training | None:
        async with self._engine.connect() as conn:
            value = (await conn.execute(select(trainings.c.value).where(trainings.c.key == key))).scalar_one_or_none()
        return None if value is None else unpack(Training, value)

    async def latest(self, endpoint: str) -> Training | None:
        async with self._engine.connect() as conn:
            values = (await conn.execute(select(trainings.c.value).order_by(trainings.c.id.desc()))).scalars().all()
        found = (unpack(Training, value) for value in values)
        return next((training for training in found if training.endpoint == endpoint and training.job), None)

    async def save(self, training: Training) -> None:
        same = trainings.c.key == training.key
        async with self._engine.begin() as conn:
            if (await conn.execute(select(trainings.c.id).where(same))).first() is None:
                await conn.execute(insert(trainings).values(key=training.key, value=pack(training)))
            else:
                await conn.execute(update(trainings).where(same).values(value=pack(training)))
