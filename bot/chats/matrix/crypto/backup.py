"""Keeps the room keys on the server, sealed, so that a new device of the bot can read what an old one could."""

from __future__ import annotations

import json
from pathlib import Path

from nio.crypto import Olm

from bot.chats.matrix.crypto.backup_format import packed, unpacked
from bot.chats.matrix.crypto.folder import Identity
from bot.chats.matrix.crypto.requests import Requests


class Backup:
    """`note` is a file that says which sessions were uploaded to which version."""

    def __init__(self, requests: Requests, identity: Identity, note: Path) -> None:
        self._requests = requests
        self._identity = identity
        self._note = note
        self._version = ""
        self._held: set[str] = set()

    async def open(self, user_id: str) -> None:
        """Use the server's backup if it is ours; else begin one, which leaves another's as it is."""
        status, answer = await self._requests.call("GET", "/room_keys/version", also={404})
        key = self._identity.backup
        if status == 404 or answer.get("auth_data", {}).get("public_key") != key.public:
            body = key.version(user_id, self._identity.cross_signing.master)
            _, answer = await self._requests.call("POST", "/room_keys/version", body)
        self._version = answer["version"]
        self._held = self._noted()

    def _noted(self) -> set[str]:
        try:
            content = json.loads(self._note.read_text())
        except (FileNotFoundError, ValueError):
            return set()  # then everything is uploaded again, which changes nothing
        return set(content["sessions"]) if content["version"] == self._version else set()

    async def restore(self, olm: Olm) -> int:
        """Put what the backup holds into the store of this device; how many sessions that were."""
        _, answer = await self._requests.call("GET", f"/room_keys/keys?version={self._version}")
        sessions = unpacked(answer, self._identity.backup)
        for session in sessions:
            if olm.inbound_group_store.get(session.room_id, session.sender_key, session.id) is None:
                olm.inbound_group_store.add(session)
                olm.save_inbound_group_session(session)
        return len(sessions)

    async def upload(self, olm: Olm) -> None:
        """Add the sessions it does not hold yet."""
        new = [session for session in olm.inbound_group_store if session.id not in self._held]
        if not new:
            return
        body = packed(new, self._identity.backup)
        await self._requests.call("PUT", f"/room_keys/keys?version={self._version}", body)
        self._held |= {session.id for session in new}
        self._note.write_text(json.dumps({"version": self._version, "sessions": sorted(self._held)}))
