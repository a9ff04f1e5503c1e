"""README.md names a test for every attack, and every test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROWS = re.findall(r"(?m)^\| (\d+) \| .* \| (.*) \|$", (HERE / "README.md").read_text())


def test_all_thirty_are_there() -> None:
    assert [int(number) for number, _ in ROWS] == list(range(1, 31))


@pytest.mark.parametrize(("number", "tests"), ROWS)
def test_what_is_named_exists(number: str, tests: str) -> None:
    for path, _, name in (one.partition("::") for one in re.findall(r"`([\w/]+\.py(?:::\w+)?)`", tests)):
        text = (HERE.parent / path).read_text()
        assert re.search(rf"(?:def|class) {name}", text), f"{number}: {path} has no {name}"
