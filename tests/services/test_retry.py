"""When to try again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.services.retry import Patience


@pytest.mark.parametrize(("failures", "seconds"), [(0, 2), (1, 4), (4, 32)])
def test_waits_double(failures: int, seconds: int) -> None:
    assert Patience().wait(failures) == timedelta(seconds=seconds)


def test_waits_end_and_are_bounded() -> None:
    assert Patience(tries=3).wait(2) is None
    assert Patience(tries=0).wait(10**6) == timedelta(minutes=10)


def test_what_the_other_side_asks_is_the_least_but_not_without_bound() -> None:
    assert Patience().wait(0, 30) == timedelta(seconds=30)
    assert Patience().wait(0, 0.1) == timedelta(seconds=2)
    assert Patience().wait(0, 10**9) == timedelta(minutes=10)
