"""Commands that destroy, or that run what they download. A signal for whoever reads a draft, never a defence."""

from __future__ import annotations

import re

_DESTRUCTIVE = re.compile(
    r"""(?ix)
    \b(?:curl|wget|fetch|iwr|irm|invoke-webrequest|base64) \b [^\n|]{0,300} \\?\| \s* (?:sudo\s+(?:-\w+\s+)*)?
        (?:/[\w/]{1,40}/)? (?:(?:ba|z|da|k|fi)?sh|python[\d.]*|perl|ruby|node|php|iex|invoke-expression)\b
    | \b(?:(?:ba|z|da|k|fi)?sh|eval|source|iex) \b [^\n]{0,40}? (?:\\?<\(|\\?\$\(|\\?`) \s* (?:curl|wget)\b
    | \brm \s+ (?=[^\n;|&]{0,120}?(?:\s|\A)?-(?:-recursive|\w*[rR])) (?=[^\n;|&]{0,120}?-(?:-force|\w*f)) [^\n]
    | \bremove-item\b (?=[^\n]{0,200}-recurse) | \bdel\s+/[sq]\b | \brd\s+/s\b | \bformat\s+[a-z]:(?!\w)
    | \bmkfs(?:\.\w+)?\s | \bdd\s[^\n]{0,200}\bof=/dev/ | \\?>\s*/dev/(?:sd|nvme|disk) | \bshred\s+-
    | :\(\)\s*\{ | \bchmod\s+(?:-\w+\s+)*0?777\b | \bchown\s+-\w*R\w*\s+\S+\s+/(?:\s|$)
    | \bdrop\s+(?:table|database|schema)\b | \btruncate\s+table\b
    | \bgit\s+(?:push\s+[^\n]{0,100}(?:--force\b|-f\b)|reset\s+--hard|clean\s+-\w*f|filter-branch)
    | \bdocker\s+(?:system|volume)\s+prune\b | \bkubectl\s+delete\b | \bterraform\s+destroy\b
    """
)


def has_dangerous_command(text: str) -> bool:
    """Whether the text, as it would be sent, holds one: whoever approves it should have read it twice."""
    return _DESTRUCTIVE.search(text) is not None
