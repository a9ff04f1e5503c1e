"""A password becomes a device: done once, by hand."""

from __future__ import annotations

from nio import AsyncClient

from bot.chats.matrix.device import Device
from bot.chats.matrix.session import CONFIG
from bot.chats.matrix.wire import Wire, path_of
from bot.errors import Permanent, Unauthorised
from bot.ports import Clock

_NAME = "GePeTTTo"


async def log_in(homeserver: str, user: str, password: str, clock: Clock, device_id: str = "") -> Device:
    """A new device, or a new token for the one that is named; the password is not kept."""
    client = AsyncClient(homeserver, config=CONFIG)
    wire = Wire(client, clock)
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
        "initial_device_display_name": _NAME,
        **({"device_id": device_id} if device_id else {}),
    }
    try:
        flows = (await wire.call("GET", path_of("login"), doing="say how to log in")).get("flows", [])
        if "m.login.password" not in {flow.get("type") for flow in flows if isinstance(flow, dict)}:
            raise Permanent(
                "This homeserver takes no passwords from programs; its administrator can issue a token for the bot "
                "(docs/matrix.md tells how), to be set as GEPETTTO_MATRIX_TOKEN."
            )
        answer = await wire.call("POST", path_of("login"), body, doing="log the bot in", accept={"M_FORBIDDEN"})
    finally:
        await client.close()
    if not answer:
        raise Unauthorised("The homeserver refuses this user and password.")
    return Device(token=answer["access_token"], user_id=answer["user_id"], device_id=answer["device_id"])
