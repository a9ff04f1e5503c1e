"""What can go wrong between Discord and a bot, on order: which request, which time, and what happens."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

KINDS = {
    "500_before": "500, nothing done",
    "500_after": "500, and yet it is done",
    "503": "503, nothing done",
    "drop_before": "the connection breaks, nothing done",
    "drop_after": "the connection breaks after it is done",
    "slow": "waits for `gate` before doing it",
    "429": "a rate limit of `retry_after` seconds",
    "429_global": "the same for all routes",
    "429_no_via": "refused by the guard before Discord, in HTML and without a `Via` header",
    "403": "Missing Permissions",
    "404": "not found, with the general code",
    "30046": "too many edits of a message older than an hour",
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """Strikes matching requests number `nth` to `nth + times - 1`; `reached` is set when it does."""

    route: str
    kind: str
    nth: int = 1
    times: int = 1
    retry_after: float = 0.05
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    seen: int = 0

    def strikes(self) -> bool:
        """Whether this request is one of those meant; counts it."""
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


class Faults:
    """By route, written as in the log of requests: "POST /channels/{}/messages"."""

    def __init__(self) -> None:
        self._faults: dict[str, list[Fault]] = {}

    def add(self, *, route: str, kind: str, nth: int = 1, times: int = 1, retry_after: float = 0.05) -> Fault:
        assert kind in KINDS, f"no such fault: {kind}"
        fault = Fault(route=route, kind=kind, nth=nth, times=times, retry_after=retry_after)
        self._faults.setdefault(route, []).append(fault)
        return fault

    def striking(self, route: str) -> Fault | None:
        # Each counts the request, so that two faults with different `nth` do not shift each other.
        struck = [fault for fault in self._faults.get(route, ()) if fault.strikes()]
        return struck[0] if struck else None

    def open_gates(self) -> None:
        for faults in self._faults.values():
            for fault in faults:
                fault.gate.set()
