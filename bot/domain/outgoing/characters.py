"""Characters that people cannot see, or that move what they see."""

from __future__ import annotations

import re

_PICTURE = "\u203c\u2049\u2122\u2139\u2190-\u27bf\u2901-\u2bff\u3030\u303d\u3297\u3299\xa9\xae\U0001f000-\U0001faff"

_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*+[ -/]*+[@-~]|\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?)")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Controls, format characters (zero-width, bidirectional, tags), fillers that look like nothing. Joiners and
# variation selectors stay only where they build an emoji: elsewhere they can carry hidden text.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U00013440\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    f"|(?<![{_PICTURE}])(?<![{_PICTURE}]\ufe0f)\u200d|\u200d(?![{_PICTURE}])"
    f"|(?<![{_PICTURE}0-9#*])[\ufe0e\ufe0f]"
)
_EMOJI = re.compile(rf"(?:[{_PICTURE}\u200d\ufe0e\ufe0f\u20e3\s]|[0-9#*](?=\ufe0f)|:[\w+-]+:)+")


def one_line_break(text: str) -> str:
    r"""Every kind of line end as `\n`, so that a line here is a line for whoever reads it next."""
    return _BREAKS.sub("\n", text)


def visible(text: str) -> str:
    """The text without what cannot be seen; halves of characters become U+FFFD."""
    return _HIDDEN.sub("", _SURROGATE.sub("\ufffd", _ANSI.sub("", text)))


def is_hidden(text: str) -> bool:
    return visible(text) != text


def only_emoji(text: str) -> bool:
    """GitLab counts such a note as an award, not as a reply."""
    return _EMOJI.fullmatch(text) is not None
