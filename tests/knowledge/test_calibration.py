"""Confidences are moved towards what turned out to be right, and no further than the outcomes carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.calibration import Calibration, calibrate


def test_without_outcomes_nothing_changes() -> None:
    assert calibrate([])(0.7) == pytest.approx(0.7)


def test_shown_too_high_becomes_lower() -> None:
    outcomes = [(0.9, n % 2 == 0) for n in range(200)]
    assert calibrate(outcomes)(0.9) == pytest.approx(0.5, abs=0.06)


def test_one_outcome_moves_little() -> None:
    assert calibrate([(0.9, False)])(0.9) == pytest.approx(0.8, abs=0.06)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60), st.floats(0, 1))
def test_it_always_ends_with_a_confidence(outcomes: list[tuple[float, bool]], confidence: float) -> None:
    assert 0 <= calibrate(outcomes)(confidence) <= 1


def test_a_calibration_keeps_the_order() -> None:
    assert Calibration(slope=0.5, shift=-1)(0.6) < Calibration(slope=0.5, shift=-1)(0.9)
