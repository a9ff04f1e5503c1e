"""What a device is told that does not get a room's keys. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bot.chats.matrix.crypto.signing import Json

KIND = "m.room_key.withheld"


def withheld(devices: Iterable[tuple[str, str]], room: str, session: str, sender_key: str) -> Json:
    """The body of one request that tells all of `devices` (user id, device id) why they cannot read."""
    notice = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "room_id": room,
        "session_id": session,
        "sender_key": sender_key,
        "code": "m.unverified",
        "reason": "This device is not verified by its owner",
    }
    messages: Json = {}
    for user_id, device_id in sorted(devices):
        messages.setdefault(user_id, {})[device_id] = notice
    return {"messages": messages}
