"""Encrypted rooms: who the bot is there, who gets its keys, and what is kept. Needs the extra `gepettto[e2ee]`.

`connection.connect` gives an `Encrypted`, whose `client` is used like any other of the library: sending to an encrypted
room encrypts, a sync decrypts. This file alone can be imported without the extra: ask `installed` first.

- `signing`, `cross_signing`, `withheld`, `backup_format`: what is signed, by whom, and how it is written (pure)
- `folder`: what is kept on disk; `requests`: what the library has no function for
- `hardened`: the library's client, mended; `client`: who reads and who is heard
- `backup`: the copy on the server; `unreadable`: events without a key
- `account`: makes the bot known to the server and checks what the server says; `connection`: all of it together
"""

from __future__ import annotations

from importlib.util import find_spec


def installed() -> bool:
    return find_spec("vodozemac") is not None


def refusal(room: str) -> str:
    """Why an encrypted room is not served without the extra."""
    return f"The room {room} is encrypted; install gepettto[e2ee], or name a room that is not encrypted."
