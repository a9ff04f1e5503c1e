"""Sentences for people, in English and in French; every room keeps its own catalogue."""

from __future__ import annotations

LANGUAGES = ("en", "fr")


class Phrases:
    """A catalogue: each entry is (English, French), with the same `{fields}` in both."""

    def __init__(self, **entries: tuple[str, str]) -> None:
        self.entries = entries

    def __call__(self, language: str, name: str, /, **fields: object) -> str:
        """The sentence `name` in `language` (English when we do not speak it); KeyError when there is none."""
        english, french = self.entries[name]
        return (french if language.startswith("fr") else english).format(**fields)
