from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.budget import Block, Factor, estimate, pack, room, shorten

BACKTRACE = """\
#0  0x00007f3a1c2b4d1e in __GI_raise (sig=sig@entry=6) at ../sysdeps/unix/sysv/linux/raise.c:50
#1  0x00007f3a1c29f859 in __GI_abort () at abort.c:79
#2  0x000055d0c8a1b3f7 in Worker::run(std::shared_ptr<Job> const&) (this=0x55d0c9f3e2a0) at src/worker.cpp:214
#3  0x000055d0c8a1c002 in main (argc=3, argv=0x7ffd5b1a9c48) at src/main.cpp:31
"""


def test_costs_by_kind_of_character() -> None:
    assert estimate("") == 0
    assert estimate("a cat sat") == 3
    assert estimate("internationalisation") == round(20 / 4.2)
    assert estimate("1234567") == 3
    assert estimate("\n\n\n") == 3
    assert estimate("Привет") == round(6 * 0.45)
    assert estimate("安装软件") == round(4 * 1.15)
    assert estimate("🎉🎉") == 6
    assert estimate("((((") == 3


# How far four characters a token is from the truth, as measured with OpenAI's vocabularies; the
# estimator promised between 0.9 and 1.8 of the truth there.
@pytest.mark.parametrize(
    ("text", "naive_share"),
    [
        (BACKTRACE * 5, 0.62),
        ("aGVsbG8gd29ybGQgdGhpcyBpcyBhIHRlc3Q0NTY3ODkwYWJj" * 10, 0.35),
        ("如何在没有管理员权限的情况下安装软件" * 10, 0.29),
        ("😀🎉🚀" * 30, 0.12),
    ],
    ids=["backtrace", "base64", "chinese", "emoji"],
)
def test_is_near_the_truth_where_four_characters_a_token_is_not(text: str, naive_share: float) -> None:
    truth = len(text) / 4 / naive_share
    assert 0.9 <= estimate(text) / truth <= 1.8


@given(st.text(max_size=400), st.text(max_size=400))
def test_more_text_is_never_fewer_tokens(one: str, more: str) -> None:
    assert estimate(f"{one}\n{more}") >= estimate(one)


@given(st.text(max_size=2000), st.integers(min_value=0, max_value=300))
def test_a_shortened_text_fits(text: str, tokens: int) -> None:
    assert estimate(shorten(text, tokens)) <= tokens


def test_a_shortened_text_keeps_head_and_end_and_says_what_went() -> None:
    text = "\n".join(f"line {i} of the log" for i in range(500))
    cut = shorten(text, 300)
    lines = cut.split("\n")
    assert lines[0] == "line 0 of the log"
    assert lines[-1] == "line 499 of the log"
    gone = 500 - (len(lines) - 1)
    assert f"[… {gone} lines removed]" in lines


def test_one_endless_line_is_shortened_too() -> None:
    cut = shorten("word " * 10_000, 100)
    assert cut.startswith("word word")
    assert "[…]" in cut


def block(name: str, words: int, floor: int = 10, cap: int = 1000) -> Block:
    return Block(name=name, text="word " * words, floor=floor, cap=cap)


def test_everything_is_whole_where_there_is_room() -> None:
    packed = pack([block("issue", 100), block("S1", 100)], 1000)
    assert packed.texts == ("word " * 100, "word " * 100)
    assert (packed.left_out, packed.shortened) == ((), ())


def test_the_important_grow_first_and_the_others_keep_their_floor() -> None:
    packed = pack([block("issue", 500, floor=50), block("S1", 500, floor=50), block("S2", 500, floor=50)], 700)
    issue, first, second = (estimate(text) for text in packed.texts)
    assert issue == 500
    assert 50 <= first <= 150
    assert 0 < second <= 50
    assert packed.shortened == ("S1", "S2")


def test_what_does_not_even_get_its_floor_is_left_out_and_named() -> None:
    packed = pack([block("issue", 100, floor=100), block("S1", 100, floor=60), block("S2", 20, floor=20)], 130)
    assert packed.texts[1] == ""
    assert packed.texts[2] == "word " * 20
    assert packed.left_out == ("S1",)


def test_no_block_gets_more_than_its_cap() -> None:
    packed = pack([block("issue", 1000, cap=200)], 5000)
    assert estimate(packed.texts[0]) <= 200
    assert packed.shortened == ("issue",)


def test_an_empty_block_is_not_missed() -> None:
    assert pack([block("issue", 10), block("instructions", 0)], 100).left_out == ()


@given(st.lists(st.integers(min_value=0, max_value=400), max_size=8), st.integers(min_value=0, max_value=1500))
def test_a_packing_fits_its_budget(sizes: list[int], budget: int) -> None:
    packed = pack([block(str(i), size) for i, size in enumerate(sizes)], budget)
    assert sum(estimate(text) for text in packed.texts) <= budget


def test_the_factor_learns_what_the_server_counts() -> None:
    factor = Factor()
    assert factor.value == 1.0
    for _ in range(3):
        factor.learn(1000, 1300)
    assert factor.value == pytest.approx(1.3)


def test_the_factor_stays_within_reason() -> None:
    factor = Factor()
    factor.learn(1000, 9000)
    assert factor.value == 1.6
    for _ in range(200):
        factor.learn(1000, 10)
    assert factor.value == 0.7
    factor.learn(0, 10)
    assert factor.value == 0.7


def test_room_keeps_the_answer_and_a_reserve_free() -> None:
    assert room(8192, 1024, 1.0) == int((8192 - 1024) * 0.9)
    assert room(8192, 1024, 1.5) < room(8192, 1024, 1.0)
