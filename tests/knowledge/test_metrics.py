"""The figures of the literature, against values worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.metrics import (
    auroc,
    calibration_error,
    coverage_at,
    ndcg,
    precision_at_1,
    recall,
    reciprocal_rank,
)


def test_the_first_result_is_right_or_not() -> None:
    assert precision_at_1(["a", "b"], {"a"}) == 1
    assert precision_at_1(["a", "b"], {"b"}) == 0
    assert precision_at_1([], {"b"}) == 0


def test_the_rank_of_the_first_right_result_counts() -> None:
    assert reciprocal_rank(["x", "a", "b"], {"a", "b"}) == 1 / 2
    assert reciprocal_rank(["x"] * 10 + ["a"], {"a"}) == 0


def test_recall_is_the_share_of_all_right_ids() -> None:
    assert recall(["a", "x", "x", "x", "x", "b"], {"a", "b"}) == 1 / 2
    assert recall(["b", "a"], {"a", "b"}) == 1


def test_gain_is_discounted_by_the_place() -> None:
    assert ndcg(["a", "b", "x"], {"a", "b"}) == pytest.approx(1)
    best = 1 + 1 / math.log2(3)
    assert ndcg(["x", "a", "b"], {"a", "b"}) == pytest.approx((1 / math.log2(3) + 1 / 2) / best)
    assert ndcg(["x"], {"a"}) == 0


def test_auroc_counts_pairs_in_order_and_ties_as_half() -> None:
    assert auroc([(0.9, True), (0.8, False), (0.7, True), (0.1, False)]) == 3 / 4
    assert auroc([(0.5, True), (0.5, False)]) == 1 / 2
    assert auroc([(0.5, True)]) is None


def test_coverage_is_the_largest_share_with_nine_of_ten_right() -> None:
    ten = [(1 - n / 20, n != 3) for n in range(10)]
    assert coverage_at(ten) == 1
    assert coverage_at([(0.9, True), (0.8, True), (0.7, False), (0.6, False)]) == 1 / 2
    assert coverage_at([(0.9, False)]) == 0
    assert coverage_at([]) == 0


def test_equal_confidences_are_answered_together() -> None:
    assert coverage_at([(0.9, True), (0.5, True), (0.5, False)]) == 1 / 3


def test_calibration_error_is_the_weighted_gap_of_the_bins() -> None:
    assert calibration_error([(0.85, True), (0.85, False), (0.15, False), (0.15, False)]) == pytest.approx(
        (2 * 0.35 + 2 * 0.15) / 4
    )
    assert calibration_error([(1.0, True)]) == 0
    assert calibration_error([]) == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_every_figure_is_a_share(judged: list[tuple[float, bool]]) -> None:
    area = auroc(judged)
    assert area is None or 0 <= area <= 1
    assert 0 <= coverage_at(judged) <= 1
    assert 0 <= calibration_error(judged) <= 1
