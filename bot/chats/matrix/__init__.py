"""The chat on Matrix: cards in a room, decided by reactions, replies and commands."""

from __future__ import annotations

from bot.chats.matrix.chat import MatrixChat
from bot.chats.matrix.connecting import adopt, connector
from bot.chats.matrix.device import Device, read_device, write_device
from bot.chats.matrix.login import log_in

__all__ = ["Device", "MatrixChat", "adopt", "connector", "log_in", "read_device", "write_device"]
