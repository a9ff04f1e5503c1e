from __future__ import annotations
from dataclasses import dataclass
@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    mentions: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
