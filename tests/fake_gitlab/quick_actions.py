"""Which lines of a note GitLab executes: those that begin with a slash and a word, outside code fences.

Stricter than GitLab: any word counts, because its list of actions grows with every release.
"""

from __future__ import annotations

import re

_ACTION = re.compile(r"\s*/[A-Za-z_]+(\s.*)?")


def split(body: str) -> tuple[str, list[str]]:
    """The text that stays, and the actions that ran."""
    kept: list[str] = []
    ran: list[str] = []
    fenced = False
    for line in body.replace("\r", "").split("\n"):
        if line.startswith("```"):
            fenced = not fenced
        if not fenced and _ACTION.fullmatch(line):
            ran.append(line.strip())
        else:
            kept.append(line)
    return ("\n".join(kept), ran) if ran else (body, [])
