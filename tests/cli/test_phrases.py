"""Both languages say the same."""

from __future__ import annotations

import re

import pytest

from bot.cli.options import language
from bot.cli.phrases import PHRASES


@pytest.mark.parametrize("name", PHRASES.entries)
def test_both_languages_have_the_same_fields(name: str) -> None:
    english, french = (set(re.findall(r"{(\w+)}", text)) for text in PHRASES.entries[name])
    assert english == french


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "fr_CA.UTF-8"}, "fr"),
        ({"LANG": "fr_FR", "LC_ALL": "de_DE"}, "de"),
        ({"LANG": "fr_FR", "LC_MESSAGES": "en_US"}, "en"),
    ],
)
def test_the_language_is_the_terminal_s(environ: dict[str, str], spoken: str) -> None:
    assert language(environ) == spoken
