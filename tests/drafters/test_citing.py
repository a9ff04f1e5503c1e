from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drafters.citing import find, with_links
from tests.factories import make_passage

BODY = "Run `systemctl restart example` as **root** – the\nlog says “ready” when it is done.\n\n> Never use kill."


@pytest.mark.parametrize(
    ("quote", "there"),
    [
        ("the log says “ready”", "the\nlog says “ready"),
        ('THE LOG SAYS "READY"', "the\nlog says “ready"),
        ("systemctl restart example as root - the log", "systemctl restart example` as **root** – the\nlog"),
        ("…says “ready” when it is done…", "says “ready” when it is done"),
        ("log says  'ready'", ""),
        ("the log says nothing", ""),
        ("root", ""),
        ("", ""),
        ("*_*", ""),
    ],
)
def test_a_quote_is_found_as_it_stands_in_its_source(quote: str, there: str) -> None:
    assert find(quote, BODY) == there


def test_a_short_passage_may_be_quoted_whole() -> None:
    assert find("yes.", "Yes.") == "Yes."


@given(st.text(min_size=40, max_size=300), st.data())
def test_every_piece_of_a_text_is_found_in_it(body: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(body) - 30))
    found = find(body[start : start + 30], body)
    assert found in body


ONE = make_passage()
TWO = make_passage(title="Stop", url="https://docs.example/faq#stop")
LINK = "[How do I restart the service?](https://docs.example/faq#restart)"


@pytest.mark.parametrize(
    ("reply", "expected", "removed"),
    [
        ("Restart it [S1].", f"Restart it ({LINK}).", False),
        ("Restart it [S1](https://evil.example).", f"Restart it ({LINK}).", False),
        ("Do it [S1, S2].", f"Do it ({LINK}, [Stop](https://docs.example/faq#stop)).", False),
        ("Do it [S1][S9].", f"Do it ({LINK}).", True),
        ("Restart it [S1, S7].", f"Restart it ({LINK}).", True),
        ("See `a[S1]` [S2].", "See `a[S1]` ([Stop](https://docs.example/faq#stop)).", False),
        ("```\na = [S1]\n```\nas said [S1]", f"```\na = [S1]\n```\nas said ({LINK})", False),
        ("Nothing named.", f"Nothing named.\n\nSources: {LINK}, [Stop](https://docs.example/faq#stop)", False),
        ("", "", False),
    ],
)
def test_ids_become_links_and_unproven_ones_go(reply: str, expected: str, *, removed: bool) -> None:
    assert with_links(reply, {"S1": ONE, "S2": TWO}, "en") == (expected, removed)


def test_the_last_line_is_in_the_language_of_the_reply() -> None:
    assert with_links("Oui.", {"S1": ONE}, "fr")[0] == f"Oui.\n\nSource : {LINK}"
