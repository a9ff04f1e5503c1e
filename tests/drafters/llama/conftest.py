from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import IN_CI
from tests.drafters.fake_openai import KEY

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if any(importlib.util.find_spec(name) is None for name in ("xllamacpp", "gguf")):
        message = "the extra realmodel (llama.cpp's server) is not installed"
        pytest.fail(message) if IN_CI else pytest.skip(message)
    path = tmp_path_factory.mktemp("model") / "tiny.gguf"
    subprocess.run([sys.executable, "-m", "tests.drafters.llama.tiny_model", path], check=True, cwd=ROOT)
    return path


@contextmanager
def serving(model: Path, context: int) -> Iterator[str]:
    """The address of a running server. It is a process of its own, which ends when we close its input."""
    command = [sys.executable, "-m", "tests.drafters.llama.serve", str(model), str(context), KEY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), "the server did not start"
        try:
            yield address
        finally:
            process.communicate()
    assert process.returncode == 0


@pytest.fixture(scope="session")
def llama(tiny_model: Path) -> Iterator[str]:
    with serving(tiny_model, 16_384) as address:
        yield address


@pytest.fixture(scope="session")
def small_llama(tiny_model: Path) -> Iterator[str]:
    """The same with a context into which our ordinary prompt does not fit: it counts nearly every byte."""
    with serving(tiny_model, 5_000) as address:
        yield address
