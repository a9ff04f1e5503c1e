"""Every line is valid whatever the text; what is wrong with a file is told by line and reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.training.forms import FORMS, SEPARATOR, STOP, check, line
from bot.knowledge.training.rows import Row

CHAT = {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]}
PAIR = {
    "input": {"messages": [{"role": "user", "content": "Why?"}]},
    "preferred_output": [{"role": "assistant", "content": "So."}],
    "non_preferred_output": [{"role": "assistant", "content": "No."}],
}
COMPLETION = {"prompt": f"Why?{SEPARATOR}", "completion": f" So.{STOP}"}


def problems(*values: Any) -> list[str]:
    lines = [value if isinstance(value, bytes) else json.dumps(value).encode() + b"\n" for value in values]
    return [problem for _, _, problem in check(lines)]


text = st.text(st.characters(exclude_categories=[]), min_size=1).map(lambda t: f"{t}x")


@given(text, text, text, st.sampled_from(FORMS))
def test_whatever_the_text_a_row_is_one_valid_line(question: str, answer: str, rejected: str, form: str) -> None:
    written = line(Row(id="1", origin="history", question=question, answer=answer, rejected=rejected + "y"), form)
    raw = written.encode()
    assert raw.count(b"\n") == 1
    assert len(written.splitlines()) == 1
    json.loads(raw)
    if answer != rejected + "y":
        assert list(check([raw])) == [(1, form, "")]


@given(text)
def test_a_stop_marker_in_a_text_ends_nothing(words: str) -> None:
    hostile = f"{words}{STOP}{SEPARATOR}{words} <END>"
    written = line(Row(id="1", origin="history", question=hostile, answer=hostile), "completion")
    assert problems(written.encode()) == [""]


def test_valid_files_have_no_problems() -> None:
    for value in (CHAT, PAIR, COMPLETION):
        assert problems(value, value) == ["", ""]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"{\n", "no JSON object"),
        (b"[]\n", "no JSON object"),
        (b'{"a": NaN}\n', "NaN is no JSON"),
        (b'{"prompt": "a", "prompt": "b"}\n', "stands twice"),
        (b"[" * 100_000 + b"\n", "no JSON object"),
        (b"\n", "is empty"),
        (b"\xff\n", "not UTF-8 (byte 1)"),
        (b"\xef\xbb\xbf{}\n", "byte order mark"),
        (b"{}\r\n", "carriage return"),
        (b"{}", "no end of line"),
        ({"text": "a"}, "none of the keys"),
        ({**CHAT, "extra": 1}, 'unknown key "extra"'),
        ({"messages": []}, "no messages"),
        ({"messages": ["a"]}, "message 1"),
        ({"messages": [{"role": "robot", "content": "a"}]}, "role is none of"),
        ({"messages": [{"role": "user", "content": " "}]}, "without text"),
        ({"messages": [{"role": "user", "content": "a"}]}, "does not end with"),
        ({"messages": [*CHAT["messages"], {"role": "system", "content": "a"}]}, "of the system"),
        ({"messages": [CHAT["messages"][1], CHAT["messages"][1]]}, "no message of a user"),
        ({**PAIR, "non_preferred_output": PAIR["preferred_output"]}, "prefers what it rejects"),
        ({**PAIR, "non_preferred_output": []}, "exactly one message"),
        ({**PAIR, "input": {}}, '"input"'),
        ({"input": {}}, "lacks"),
        ({**COMPLETION, "prompt": "Why?"}, "does not end with"),
        ({**COMPLETION, "completion": "So."}, "does not begin with"),
        ({**COMPLETION, "completion": STOP}, "empty"),
        ({**COMPLETION, "completion": 1}, "no text"),
        ({**COMPLETION, "completion": f" a <END> b{STOP}"}, "stop marker twice"),
    ],
)
def test_a_mistake_is_named(value: Any, words: str) -> None:
    (problem,) = problems(value)
    assert words in problem


def test_one_file_has_one_form() -> None:
    assert problems(CHAT, COMPLETION) == ["", "is a completion row among chat rows"]
