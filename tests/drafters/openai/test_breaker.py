from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.drafters.openai.breaker import Breaker
from bot.errors import BotError, Limited, Temporary, Unauthorised
from tests.factories import NOON

DOWN = Temporary("It is down.")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def fail(breaker: Breaker, seconds: float, error: BotError = DOWN, *, hopeless: bool = False) -> None:
    breaker.failed(at(seconds), error, hopeless=hopeless, jitter=1.0)


def opened() -> Breaker:
    breaker = Breaker()
    for second in range(5):
        breaker.admit(at(second))
        fail(breaker, second)
    return breaker


def test_five_failures_in_a_minute_open_it() -> None:
    breaker = opened()
    with pytest.raises(Limited) as caught:
        breaker.admit(at(5))
    assert caught.value.retry_after == 14


def test_five_slow_failures_do_not() -> None:
    breaker = Breaker()
    for minute in range(10):
        breaker.admit(at(60 * minute))
        fail(breaker, 60 * minute)
    breaker.admit(at(601))


def test_a_success_in_between_counts_from_the_beginning() -> None:
    breaker = Breaker()
    for second in range(4):
        fail(breaker, second)
    breaker.succeeded()
    fail(breaker, 5)
    breaker.admit(at(6))


def test_one_probe_passes_when_the_wait_is_over() -> None:
    breaker = opened()
    breaker.admit(at(20))
    with pytest.raises(Limited):
        breaker.admit(at(20))


def test_a_good_probe_closes_it() -> None:
    breaker = opened()
    breaker.admit(at(20))
    breaker.succeeded()
    breaker.admit(at(20))
    breaker.admit(at(20))


def test_an_abandoned_probe_leaves_room_for_another() -> None:
    breaker = opened()
    breaker.admit(at(20))
    breaker.gave_up()
    breaker.admit(at(20))


def test_each_bad_probe_doubles_the_wait_up_to_ten_minutes() -> None:
    breaker, now, waits = opened(), 5.0, []
    for _ in range(9):
        with pytest.raises(Limited) as caught:
            breaker.admit(at(now))
        assert caught.value.retry_after is not None
        now += caught.value.retry_after
        breaker.admit(at(now))
        fail(breaker, now)
        waits.append(caught.value.retry_after)
    assert waits[1:4] == [30, 60, 120]
    assert waits[-1] == 600


def test_a_rejected_key_opens_it_at_once_and_is_told_again() -> None:
    breaker = Breaker()
    breaker.admit(NOON)
    fail(breaker, 0, Unauthorised("Set another key."), hopeless=True)
    with pytest.raises(Unauthorised, match="Set another key"):
        breaker.admit(at(1))
    breaker.admit(at(15))


def test_a_failure_that_was_not_the_probe_does_not_lengthen_the_wait() -> None:
    """A call that began before it opened may end after it."""
    breaker = opened()
    fail(breaker, 10)
    breaker.admit(at(4 + 15))
