"""A closer fit of shown confidences to what turned out to be right (Platt's method). Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = 50
_PRIOR = 5.0
"""Keeps slope and shift near "as it was" while little is known."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Confidence as a logistic of the shown one's log-odds."""

    slope: float = 1.0
    shift: float = 0.0

    def __call__(self, confidence: float) -> float:
        return _sigmoid(self.slope * _log_odds(confidence) + self.shift)


def calibrate(judged: Sequence[tuple[float, bool]]) -> Calibration:
    """The calibration that makes these outcomes most likely; Newton's method on two numbers."""
    points = [(_log_odds(confidence), float(good)) for confidence, good in judged]
    slope, shift = 1.0, 0.0
    for _ in range(_STEPS):
        g0, g1 = _PRIOR * (slope - 1.0), _PRIOR * shift
        h00, h01, h11 = _PRIOR, 0.0, _PRIOR
        for x, good in points:
            p = _sigmoid(slope * x + shift)
            w = p * (1 - p)
            g0, g1 = g0 + (p - good) * x, g1 + (p - good)
            h00, h01, h11 = h00 + w * x * x, h01 + w * x, h11 + w
        det = h00 * h11 - h01 * h01
        step = (h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det
        slope, shift = slope - step[0], shift - step[1]
        if abs(step[0]) + abs(step[1]) < 1e-9:
            break
    return Calibration(slope, shift)


def _log_odds(confidence: float) -> float:
    p = min(max(confidence, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def _sigmoid(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))
