"""`gepettto check` for Matrix: server, account, and each room with its version, encryption, rights and reviewers."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chats.matrix.device import Device
from bot.chats.matrix.memory import Memory
from bot.chats.matrix.power import Powers, version_of
from bot.chats.matrix.rooms import Room, Rooms
from bot.chats.matrix.session import Session
from bot.errors import BotError
from bot.ports import Clock, Finding
from bot.settings import MatrixSettings

ITEM = "matrix"
_RIGHTS = {
    "m.room.message": "without it no card can be posted",
    "m.reaction": "without it no reactions stand ready on a card; people can still react themselves",
}


async def check(
    settings: MatrixSettings, device: Device, refs: Sequence[str], clock: Clock, memory: Memory, *, encrypts: bool
) -> list[Finding]:
    """Enters the rooms, as the bot would; nothing is said there, and no keys are touched: a bot may be running."""
    session = Session(settings.homeserver, device, clock)
    if encrypts:
        session.no_crypto = None
    try:
        expected = Device(token="", user_id=settings.user_id or "", device_id=settings.device_id or "")
        await session.begin(expected, heard=lambda _: None, lost=lambda _: None)
        findings = [await _server(session)]
        rooms = Rooms(settings, memory, session)
        await rooms.enter_all(refs)
        for ref in refs:
            findings += await _room(rooms.known[ref], rooms, settings)
        return findings
    except BotError as error:
        remedy = "look at matrix.homeserver and at the token"
        return [Finding(item=ITEM, ok=False, detail=str(error), remedy=remedy)]
    finally:
        await session.close()


async def _server(session: Session) -> Finding:
    versions = (await session.wire.call("GET", "/_matrix/client/versions", doing="say its version")).get("versions")
    newest = str(versions[-1]) if isinstance(versions, list) and versions else "?"
    detail = f"{session.me} on device {session.device_id}; the homeserver speaks Matrix up to {newest}"
    return Finding(item=ITEM, ok=True, detail=detail)


async def _room(room: Room, rooms: Rooms, settings: MatrixSettings) -> list[Finding]:
    if room.problem is not None:
        return [Finding(item=ITEM, ok=False, detail=str(room.problem), remedy="mend matrix.room or [routes]")]
    powers = await rooms.powers(room.id)
    create = await rooms.session.reading.create_event(room.id)
    encrypted = "encrypted" if room.encrypted else "not encrypted"
    level = _level(powers, rooms.session.me)
    name = room.ref if room.ref == room.id else f"{room.ref} ({room.id})"
    detail = f"{name}: version {version_of(create.content)}, {encrypted}, power level {level}"
    findings = [Finding(item=ITEM, ok=True, detail=detail), *_rights(room, powers, rooms.session.me)]
    return [*findings, *[finding for user in settings.reviewers if (finding := await _reviewer(user, room, rooms))]]


def _level(powers: Powers, user: str) -> str:
    return "of a creator" if user in powers.creators else f"{powers.of(user):g}"


def _rights(room: Room, powers: Powers, me: str) -> list[Finding]:
    return [
        Finding(
            item=ITEM,
            ok=kind != "m.room.message",
            warning=kind != "m.room.message",
            detail=f"{room.ref}: the bot may not send {kind}, which takes the power level {powers.needed(kind):g}",
            remedy=f"raise the bot's power level there: {why}",
        )
        for kind, why in _RIGHTS.items()
        if not powers.may(me, kind)
    ]


async def _reviewer(user: str, room: Room, rooms: Rooms) -> Finding | None:
    member = await rooms.session.reading.state(room.id, "m.room.member", user)
    if member.get("membership") == "join":
        least = rooms.settings.min_power
        if least is None or (await rooms.powers(room.id)).of(user) >= least:
            return None
        return Finding(
            item=ITEM, ok=True, warning=True, detail=f"{room.ref}: {user} has not the power level {least}",
            remedy="raise it, or lower matrix.min_power",
        )  # fmt: skip
    return Finding(
        item=ITEM, ok=True, warning=True, detail=f"{room.ref}: {user} may decide but is not in the room",
        remedy="invite this person",
    )  # fmt: skip
