"""The judge as Python sees it: people who read and write with Element's engine."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.synapse.person import Person

FOLDER = Path(__file__).parent
NODE = FOLDER.parents[1] / ".judge" / "bin" / "node"
"""Both it and `node_modules` come from `make judge`."""

_SECONDS = 60


@dataclass(frozen=True)
class Seen:
    """What a person sees of one event: `shield` NONE, GREY or RED; `failure` says why it could not be read."""

    id: str
    encrypted: bool
    decrypted: bool
    failure: str | None
    body: str | None
    shield: str | None
    reason: str | None


class Reader:
    """One person on one device."""

    def __init__(self, judge: Judge, person: Person) -> None:
        self._judge = judge
        self._name = f"{person.user_id} {person.device_id}"

    async def open(self, person: Person, *, signed: bool, strict: bool) -> None:
        where = {"server": person.server, "user": person.user_id, "device": person.device_id, "token": person.token}
        await self._ask("open", **where, signed=signed, strict=strict)

    async def read(self, room: str, *events: str) -> list[Seen]:
        answer = await self._ask("read", room=room, events=events)
        return [Seen(**one) for one in answer["seen"]]

    async def say(self, room: str, body: str) -> str:
        return str((await self._ask("say", room=room, body=body))["event"])

    async def restore(self, key: str) -> int:
        """Read the account's backup with this key; how many room keys were in it."""
        return int((await self._ask("restore", key=key))["imported"])

    async def _ask(self, deed: str, **request: Any) -> dict[str, Any]:
        return await self._judge.ask({"do": deed, "as": self._name, **request})


class Judge:
    """One process, which can be many people."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def person(self, person: Person, *, signed: bool = True, strict: bool = False) -> Reader:
        """`signed`: the person has cross-signing; `strict`: leaves out everything from devices that have not."""
        reader = Reader(self, person)
        await reader.open(person, signed=signed, strict=strict)
        return reader

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        async with asyncio.timeout(_SECONDS):
            line = await self._process.stdout.readline()
        assert line, "the judge ended"
        answer: dict[str, Any] = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer
