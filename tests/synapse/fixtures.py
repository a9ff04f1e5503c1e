"""Fixtures: one server for the whole run, started when the first test asks for it."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.conftest import IN_CI
from tests.synapse.homeserver import Homeserver
from tests.synapse.server import PYTHON, Synapse


@pytest.fixture(scope="session")
def synapse_folder() -> Iterator[Path]:
    """An empty folder for a server; skips where Synapse is not installed, fails in CI."""
    if not PYTHON.exists():
        message = "Synapse is not installed here; run `make synapse`"
        pytest.fail(message) if IN_CI else pytest.skip(message)
    with tempfile.TemporaryDirectory(prefix="synapse") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def synapse(synapse_folder: Path) -> Iterator[Synapse]:
    server = Synapse(synapse_folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def homeserver(synapse: Synapse) -> AsyncIterator[Homeserver]:
    """The server as a test uses it; up again afterwards, whatever the test did."""
    async with ClientSession() as session:
        yield Homeserver(synapse, session)
    synapse.start()
