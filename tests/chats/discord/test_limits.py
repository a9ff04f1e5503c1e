"""Lengths are counted so that Discord never finds more, whichever way it counts."""

from __future__ import annotations

import pytest

from bot.chats.discord.limits import CONTENT, LAYOUT_TEXT, size
from bot.chats.discord.text import cut


def test_a_length_is_that_in_utf_16_which_is_never_less_than_the_code_points() -> None:
    assert size("déjà vu") == 7
    assert size("😀") == 2
    assert size("\ud83d") == 1


@pytest.mark.parametrize("letter", ["a", "é", "😀"])
@pytest.mark.parametrize("limit", [CONTENT, LAYOUT_TEXT])
def test_a_text_at_the_limit_stays_whole_and_one_more_is_cut(letter: str, limit: int) -> None:
    whole = letter * (limit // size(letter))
    assert cut(whole, limit) == whole
    longer = cut(f"{whole}a", limit)
    assert size(longer) <= limit
    assert len(longer.encode("utf-16-le")) // 2 <= limit
    assert longer.endswith("…")
