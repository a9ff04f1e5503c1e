"""Whether a model's text repeats what only we told it. Pure."""

from __future__ import annotations

import re

_RUN = 10
"""So many words of the rules in a row are no coincidence."""


def repeats(text: str, rules: str) -> bool:
    """Whatever the spelling, the line breaks and the marks between the words."""
    words = _words(rules)
    told = {words[here : here + _RUN] for here in range(len(words) - _RUN + 1)}
    said = _words(text)
    return any(said[here : here + _RUN] in told for here in range(len(said) - _RUN + 1))


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.casefold()))
