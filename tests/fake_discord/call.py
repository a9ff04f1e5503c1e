"""One request as the handlers see it, and as the log keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fake_discord.errors import Refusal


@dataclass(slots=True, kw_only=True)
class Call:
    """`route` is "POST /channels/{}/messages"; `status` is 0 until it is answered, and when it never is.

    `body` is what was sent as JSON, whether alone or as the first part of a form with files.
    """

    method: str
    route: str
    path: str
    query: Mapping[str, str]
    values: Mapping[str, str]
    body: Any
    uploads: list[tuple[str, bytes]]
    status: int = 0

    def number(self, name: str) -> int:
        """An id out of the path."""
        value = self.values[name]
        if not value.isdecimal():
            raise Refusal(50035, f"{value!r} is no snowflake")
        return int(value)

    def text(self, name: str) -> str:
        return self.values[name]

    def raw(self, name: str) -> str:
        """Empty where the route has no such place."""
        return self.values.get(name, "")

    def count(self, name: str, usual: int, most: int) -> int:
        """A number out of the query, such as a limit."""
        value = self.query.get(name, str(usual))
        if not value.isdecimal() or not 1 <= int(value) <= most:
            raise Refusal(50035, f"{name}={value} is not 1 to {most}")
        return int(value)


Handler = Callable[[Call], Any]
"""Handlers do their work at once, so that no two requests see each other half done."""
Route = tuple[str, str, Handler]
