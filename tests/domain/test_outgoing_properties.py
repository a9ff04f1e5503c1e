"""What holds for every text, as independent readers see it."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.domain.outgoing import LIMIT, Allowed, Outgoing, editable, make_safe, marker_line
from tests.domain.readers import Page, commands, unfenced

ALLOWED = Allowed(
    mentions=frozenset({"bob"}), hosts=frozenset({"good.example"}), references=frozenset({"#12", "group/proj#4"})
)
FOOTER = "Drafted by a machine, approved by a person."
MARKER = "0b2c7f1e-1111-4222-8333-944445555666"

PIECES = st.sampled_from(
    [
        *(
            "`",
            "``",
            "```",
            "````",
            "~~~",
            "~~~~",
            "\n",
            "\n",
            "\n\n",
            "\r",
            "\r\n",
            "\u2028",
            "\x85",
            "\x0b",
            " ",
            "  ",
        ),
        *("   ", "    ", "\t", "- ", "* ", "+ ", "1. ", "2. ", "10) ", "> ", ">", ">>>", "\n>>>\n", ": ", "[^1]: "),
        *("@all", "@bob", "@group/sub", "/close", "/assign @all", "@", "/", "x", "word", "é", "#12", "#13", "!3", "&5"),
        *("group/proj#4", "other/proj#4", "~label", "[", "]", "(", ")", "](", "![", "[a]", "[a]: ", "]:", "[["),
        *("https://good.example/x", "https://evil.example/x", "//evil.example", "www.evil.example", "javascript:x"),
        *("<!--", "-->", "<b", ">", "<img src=x>", "</details>", "<https://evil.example>", "<", "$", "$$", "\n$$\n"),
        *(
            "|",
            "| a | b |\n|---|---|\n",
            "\\",
            "\\\\",
            "&#64;",
            "&commat;",
            "&#96;",
            "&lt;",
            "\u200b",
            "\ufeff",
            "\u202e",
        ),
        *("\U000e0041", "\ud800", "\x1b[31m", "\xa0", "---", "\n---\n", "===", "***", "# ", "**", "_", "~~", "'", '"'),
        *(
            "a@b.cd",
            "1234abcd",
            "::include{file=x}",
            "::",
            "```mermaid",
            "```sh",
            "😀",
            ":tada:",
            "[ ] ",
            "foo\n- ```\n",
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=80)


def sent(text: str) -> Outgoing:
    return make_safe(text, allowed=ALLOWED, footer=FOOTER, marker=MARKER)


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
@example("`a\n- @all`")
@example("[a\nb]: //evil.example")
@example("https://good.example/` @all `")
@example("- a\n  ```\n@all\n  ```")
def test_no_reader_finds_anything_to_run_notify_load_or_follow(text: str) -> None:
    """field 4, 6, 7, 8, 9; gitlab 24."""
    out = sent(text)
    if not out.body:
        return
    assert commands(out.body) == []
    assert not [line for line in out.body.split("\n") if line.startswith("/")]
    assert not [line for line in unfenced(out.body) if re.match(r"\s*/", line)]
    page = Page(out.body)
    assert page.images == 0
    assert page.hosts <= {"good.example"}
    assert page.mentions() <= {"bob"}
    assert page.references() <= {"#12", "group/proj#4"}
    assert page.addresses() <= {"good.example"}
    assert page.comments == [f"gepettto:{MARKER}"]
    assert not page.elements & {"b", "img", "details", "script", "iframe"}


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
def test_its_own_output_passes_unchanged(text: str) -> None:
    """An edit starts from the text of the body, and an untouched edit must not be a new text."""
    body = sent(text).body
    if not sent(text).changes:
        written = editable(body, footer=FOOTER, marker=MARKER)
        assert written in re.sub("\r\n|[\r\x0b\x85\x0c\x1c-\x1e\u2028\u2029]", "\n", text)
    again = sent(editable(body, footer=FOOTER, marker=MARKER))
    assert again.body == body
    assert sent(body).body == body


@settings(max_examples=500, deadline=None)
@given(TEXTS)
def test_nothing_hidden_is_left_and_the_marker_is_the_last_line(text: str) -> None:
    """field 4; discord 23."""
    body = sent(text).body
    if not body:
        return
    assert body.endswith(f"\n\n---\n\n{FOOTER}\n\n{marker_line(MARKER)}")
    assert len(body) <= LIMIT
    body.encode("utf-8")
    seen = re.sub("(?<=[😀])[\u200d\ufe0f]", "", body)
    assert not [c for c in seen if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c not in "\n\t"]


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, min_size=200, max_size=400).map("".join))
def test_long_texts_too(text: str) -> None:
    body = sent(text).body
    assert sent(body).body == body
    if body:
        page = Page(body)
        assert (page.images, page.mentions() <= {"bob"}, page.hosts <= {"good.example"}) == (0, True, True)
        assert commands(body) == []
