"""Makes the bot's device and its identity known to the server, and refuses to go on where the two do not match.

The rules: a device whose keys are lost is never used again, because others hold keys for it that we cannot read with;
an identity that somebody else made is never replaced without the account's password, because people see that happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nio import ErrorResponse

from bot.chats.matrix.crypto.client import EncryptedClient
from bot.chats.matrix.crypto.cross_signing import CrossSigning, device_of, published
from bot.chats.matrix.crypto.folder import Folder, Identity
from bot.chats.matrix.crypto.requests import Requests
from bot.chats.matrix.crypto.signing import Json, is_signed
from bot.errors import Permanent, Temporary, Unauthorised

_REMEDY = "run `gepettto matrix login`"


@dataclass(frozen=True)
class Access:
    """One account on one device of one server."""

    homeserver: str
    user_id: str
    device_id: str
    token: str


class Account:
    """The checks and uploads of a start, in the order that a crash in between leaves nothing broken."""

    def __init__(self, access: Access, client: EncryptedClient, folder: Folder) -> None:
        self._client = client
        self._folder = folder
        self._requests = client.requests
        self._access = access
        self.user_id, self.device_id = access.user_id, access.device_id

    async def open(self) -> Identity:
        """Who we are, known to the server; the client's store is loaded."""
        answer = await self._requests.keys_of([self.user_id])
        identity = self._identity(answer)
        self._load_device(device_of(self.user_id, self.device_id, answer))
        if self._client.should_upload_keys:
            await upload_keys(self._client)
        if not published(self.user_id, answer):
            await self._requests.call(
                "POST", "/keys/device_signing/upload", identity.cross_signing.upload(self.user_id)
            )
        await self._sign_device(identity.cross_signing)
        self._client.master = identity.cross_signing.master.public
        return identity

    def _identity(self, answer: Json) -> Identity:
        """Ours, which is made on the first start; the server must know no other."""
        identity, theirs = self._folder.identity(), published(self.user_id, answer)
        if theirs and identity is None:
            raise Permanent(
                f"The Matrix server has an identity of {self.user_id} whose keys are not in {self._folder.path}; "
                f"bring that folder back, or {_REMEDY} to make a new identity."
            )
        if theirs and identity is not None and theirs != identity.cross_signing.public:
            raise Permanent(
                f"Another program replaced the identity of {self.user_id} on the Matrix server; "
                f"if it was you, {_REMEDY} to make a new identity, else change the account's password first."
            )
        if identity is None:
            identity = Identity.new()
            self._folder.save(identity)  # before the server knows it: a crash in between must not lose it
        return identity

    def _load_device(self, known: Json | None) -> None:
        """Load what this device knows, or begin it; `known` is what the server knows of it."""
        if known is not None and not self._folder.knows(self.device_id):
            raise self._lost()
        try:
            self._client.restore_login(self.user_id, self.device_id, self._access.token)
        except ValueError:  # kept under another pickle key than the identity
            raise self._lost() from None
        self._folder.device_file(self.device_id).chmod(0o600)
        if known is not None and not self._is_ours(known):
            raise self._lost()
        self._client.machine.account.shared = known is not None

    def _is_ours(self, known: Json) -> bool:
        keys = self._client.machine.account.identity_keys
        return bool(known["keys"] == {f"{kind}:{self.device_id}": key for kind, key in keys.items()})

    def _lost(self) -> Permanent:
        return Permanent(
            f"The keys of the Matrix device {self.device_id} are not in {self._folder.path}, so it must not be used "
            f"again; {_REMEDY} to log in as a new device."
        )

    async def _sign_device(self, keys: CrossSigning) -> None:
        device = device_of(self.user_id, self.device_id, await self._requests.keys_of([self.user_id]))
        if device is None or is_signed(device, self.user_id, keys.self_signing.public):
            return
        signed = keys.self_signing.signed(device, self.user_id)
        signed.pop("unsigned", None)
        body = {self.user_id: {self.device_id: signed}}
        _, answer = await self._requests.call("POST", "/keys/signatures/upload", body)
        if answer.get("failures"):
            raise Permanent(f"The Matrix server does not take the signature of device {self.device_id}: {answer}.")


async def upload_keys(client: EncryptedClient) -> None:
    """Give the server the keys of this device that it lacks."""
    response = await client.keys_upload()
    if isinstance(response, ErrorResponse):
        if "already exists" in response.message:  # it has other keys by these names: ours were made twice
            raise Permanent(
                f"The keys of the Matrix device {client.device_id} are an old copy, so it must not be used again; "
                f"{_REMEDY} to log in as a new device."
            )
        raise Temporary(f"The Matrix server does not take the keys of our device: {response.message}.")


async def replace_identity(requests: Requests, user_id: str, keys: CrossSigning, password: str) -> None:
    """Make `keys` the account's identity; the server asks for the password when there was one before."""
    body, path = keys.upload(user_id), "/keys/device_signing/upload"
    status, answer = await requests.call("POST", path, body, also={401})
    if status == 401:
        body["auth"] = proof(user_id, password, answer)
        status, _ = await requests.call("POST", path, body, also={401})
    if status == 401:
        raise Unauthorised(f"The Matrix server does not accept this password for {user_id}.")


def proof(user_id: str, password: str, challenge: Mapping[str, Any]) -> Json:
    """The answer to a server that asks who we are."""
    if ["m.login.password"] not in [flow.get("stages") for flow in challenge.get("flows", [])]:
        raise Unauthorised(
            f"The Matrix server does not let a password replace the identity of {user_id}; "
            "allow it in the account's settings on the server's own page, then run the command again."
        )
    return {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user_id},
        "password": password,
        "session": challenge.get("session", ""),
    }
