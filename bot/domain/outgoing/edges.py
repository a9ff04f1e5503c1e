"""What has a meaning only at the edge of a line: quick actions, includes, fences that only GitLab knows."""

from __future__ import annotations

import re

_RULES = (
    # The list markers are for readers weaker than GitLab.
    ("quick_action", re.compile(r"\A((?:\s|>|[-*+](?=\s)|\d{1,9}[.)](?=\s)|\[[ xX]\](?=\s))*+)(?=/)")),
    ("quick_action", re.compile(r"\A(\s*+)(?=::include\{)")),
    ("fence", re.compile(r"\A(\s*+)(?=\$\$+\s*\Z)")),
    ("fence", re.compile(r"(?<![\\>])()(?=>{3,}[ \t]*\Z)")),
)
"""Where a backslash takes the meaning away."""


def clean(text: str) -> tuple[str, set[str]]:
    """The lines with such beginnings and ends escaped, and the names of what was changed."""
    changes: set[str] = set()
    lines = []
    for line in text.split("\n"):
        for change, rule in _RULES:
            escaped = rule.sub(r"\1\\", line, count=1)
            if escaped != line:
                line = escaped
                changes.add(change)
        lines.append(line)
    return "\n".join(lines), changes
