"""What does not work and needs a person: told once, and told again when it works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """`name` is "tracker:gitlab", "model" or "chat:discord"; `told` once a channel took the alert."""

    name: str
    sentence: str
    since: datetime
    told: bool = False
    over: bool = False

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]

    @property
    def part(self) -> str:
        return self.name.partition(":")[2]
