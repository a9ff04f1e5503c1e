"""What a test sees of the server: accounts, and the power to take it down."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import uuid
from typing import Any

from aiohttp import ClientSession

from tests.synapse.config import SHARED_SECRET
from tests.synapse.person import Person
from tests.synapse.requests import call
from tests.synapse.server import Synapse

_REGISTER = "/_synapse/admin/v1/register"


class Homeserver:
    """Tests share the server: names get a random end, so that no test meets another's people."""

    def __init__(self, server: Synapse, session: ClientSession) -> None:
        self.url = server.url
        self._server = server
        self._session = session

    async def user(self, name: str, *, admin: bool = False, exact: bool = False) -> Person:
        """A new account, logged in on one device; with an `exact` name only once on a server."""
        username, password = name if exact else f"{name}_{uuid.uuid4().hex[:8]}", uuid.uuid4().hex
        nonce = (await call(self._session, "GET", self.url + _REGISTER))["nonce"]
        role = "admin" if admin else "notadmin"
        mac = hmac.new(SHARED_SECRET.encode(), "\0".join([nonce, username, password, role]).encode(), hashlib.sha1)
        body = {"nonce": nonce, "username": username, "password": password, "admin": admin, "mac": mac.hexdigest()}
        made = await call(self._session, "POST", self.url + _REGISTER, body)
        return self._person(made, password)

    async def login(self, person: Person) -> Person:
        """The same account on another device."""
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": person.user_id},
            "password": person.password,
        }
        return self._person(
            await call(self._session, "POST", f"{self.url}/_matrix/client/v3/login", body), person.password
        )

    def _person(self, made: dict[str, Any], password: str) -> Person:
        return Person(self._session, self.url, made["user_id"], made["device_id"], made["access_token"], password)

    async def stop(self) -> None:
        """Take the server down; it is started again after the test at the latest."""
        await asyncio.to_thread(self._server.stop)

    async def start(self) -> None:
        await asyncio.to_thread(self._server.start)

    async def restart(self) -> None:
        await self.stop()
        await self.start()
