"""Fixture: a judge for one test."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator

import pytest

from tests.conftest import IN_CI
from tests.judge.process import FOLDER, NODE, Judge


@pytest.fixture
async def judge() -> AsyncIterator[Judge]:
    """Skips where it is not installed, fails in CI."""
    if not NODE.exists() or not (FOLDER / "node_modules").exists():
        message = "the judge of encryption is not installed here; run `make judge`"
        pytest.fail(message) if IN_CI else pytest.skip(message)
    process = await asyncio.create_subprocess_exec(NODE, FOLDER / "judge.mjs", stdin=PIPE, stdout=PIPE)
    yield Judge(process)
    assert process.stdin
    process.stdin.close()
    await process.wait()
