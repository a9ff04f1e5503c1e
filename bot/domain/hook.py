"""What a tracker's webhook delivers, as far as it is believed: that something happened to an issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.issue import IssueKey


@dataclass(frozen=True, slots=True, kw_only=True)
class HookDelivery:
    """One call of a webhook. `key` is the same however often the same event is delivered."""

    key: str
    issue: IssueKey
    received_at: datetime
