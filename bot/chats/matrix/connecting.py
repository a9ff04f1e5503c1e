"""How encrypted rooms are served: only with the extra, whose code is imported only here and only then."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bot.chats.matrix import crypto
from bot.chats.matrix.device import Device
from bot.chats.matrix.encrypted import Connect, Encrypted
from bot.chats.matrix.session import CONFIG

Keys = Literal["cross_signed", "all"]


def connector(homeserver: str, folder: Path, keys: Keys, pickle_key: str | None) -> Connect | None:
    """What makes clients whose keys lie in `folder`; None without the extra."""
    if not crypto.installed():
        return None
    from bot.chats.matrix.crypto.account import Access
    from bot.chats.matrix.crypto.connection import connect

    async def connect_device(device: Device) -> Encrypted:
        access = Access(homeserver, device.user_id, device.device_id, device.token)
        return await connect(access, folder, pickle_key=pickle_key, trust=keys, config=CONFIG)

    return connect_device


async def adopt(homeserver: str, device: Device, folder: Path, password: str, pickle_key: str | None) -> None:
    """After a fresh login: an identity that the server has and we have not is replaced."""
    if not crypto.installed():
        return
    from bot.chats.matrix.crypto.account import Access
    from bot.chats.matrix.crypto.connection import adopt

    access = Access(homeserver, device.user_id, device.device_id, device.token)
    await adopt(access, folder, password=password, pickle_key=pickle_key)
