"""Near copies stand together, whatever the order; others do not."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.training.similar import ALIKE, groups, shingles

LONG = "open the settings choose the tab network switch the relay server on and restart the application after that"


def test_near_copies_stand_together_by_way_of_others_too() -> None:
    texts = [LONG, LONG + " please", LONG + " please do", "something else entirely is said here", LONG.upper(), "", ""]
    assert groups(texts) == [0, 0, 0, 3, 0, 5, 6]


def test_rows_that_are_alike_in_any_column_stand_together() -> None:
    assert groups([LONG, "a b", "c d"], ["x y", LONG, LONG + " now"]) == [0, 1, 1]


words = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]), max_size=14).map(" ".join)


@given(st.lists(words, max_size=14))
def test_no_pair_of_near_copies_is_missed(texts: list[str]) -> None:
    found = groups(texts) if texts else []
    sets = [shingles(text) for text in texts]
    for one, other in combinations(range(len(texts)), 2):
        if sets[one] and len(sets[one] & sets[other]) >= ALIKE * len(sets[one] | sets[other]):
            assert found[one] == found[other]
