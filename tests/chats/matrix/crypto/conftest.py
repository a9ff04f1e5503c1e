"""Clients for a test, closed after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.chats.matrix.crypto.connection import Encrypted, connect
from tests.chats.matrix.crypto.sides import CONFIG, Side, access, bare, close
from tests.synapse.person import Person


class Clients:
    """Opens clients, each on a folder of its own unless the test names one."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self._folder = folder
        self._stack = stack

    def folder(self, person: Person) -> Path:
        """Where a client of ours keeps its keys."""
        return self._folder / person.user_id[1:].partition(":")[0]

    async def connect(self, person: Person, **options: Any) -> tuple[Encrypted, Side]:
        """A client with our identity, in step with the server, and what it reads."""
        encrypted = await connect(access(person), options.pop("folder", self.folder(person)), config=CONFIG, **options)
        self._stack.push_async_callback(encrypted.close)
        side = Side(encrypted.client, encrypted.after_sync)
        encrypted.watch(side.was_late, side.was_lost)
        await side.sync()
        return encrypted, side

    async def ours(self, person: Person, **options: Any) -> Side:
        """A client with our identity."""
        _, side = await self.connect(person, **options)
        return side

    async def bare(self, person: Person) -> Side:
        """A client of the library as it comes."""
        side = await bare(person, self._folder / f"bare_{person.device_id}")
        self._stack.push_async_callback(close, side.client)
        return side


@pytest.fixture
async def clients(tmp_path: Path) -> AsyncIterator[Clients]:
    async with AsyncExitStack() as stack:
        yield Clients(tmp_path, stack)
