"""A client for encrypted rooms, with all that belongs to it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from aiohttp import ClientError
from nio import AsyncClientConfig
from nio.store import SqliteStore

from bot.chats.matrix.crypto.account import Access, Account, replace_identity, upload_keys
from bot.chats.matrix.crypto.backup import Backup
from bot.chats.matrix.crypto.client import EncryptedClient, Trust
from bot.chats.matrix.crypto.cross_signing import published
from bot.chats.matrix.crypto.folder import Folder, Identity
from bot.chats.matrix.crypto.requests import Requests
from bot.chats.matrix.crypto.unreadable import Told, Unreadable
from bot.errors import Permanent, Temporary

log = logging.getLogger(__name__)


class Encrypted:
    """`client` is used like any other; call `after_sync` after each sync of it, and `close` at the end."""

    def __init__(self, client: EncryptedClient, folder: Folder, backup: Backup) -> None:
        self.client = client
        self._folder = folder
        self._backup = backup
        self._backed_up = True
        self._unreadable: Unreadable | None = None

    def watch(self, late: Told, lost: Told) -> None:
        """`late` gets events whose key came after them; `lost`, once per key, an event whose key does not come."""
        self._unreadable = Unreadable(self.client, late, lost)

    async def after_sync(self) -> None:
        """What encryption owes the server and others, then late events. What fails now is done after the next sync:
        an error here would make the caller repeat a sync whose events the library has decrypted already.
        """
        try:
            await self._settle()
        except (Temporary, ClientError, TimeoutError) as error:
            log.warning("the keys of the Matrix device wait for the next sync: %s", error)
        if self._unreadable:
            await self._unreadable.after_sync()
        await self._back_up()

    async def _settle(self) -> None:
        client = self.client
        if client.should_upload_keys:
            await upload_keys(client)
        if client.should_query_keys:
            await client.keys_query()
        await client.answer_key_requests()
        await client.send_to_device_messages()

    async def _back_up(self) -> None:
        """Nobody waits for it: where it fails it is made up for after the next sync, or at the next start."""
        if not self._backed_up:
            return
        try:
            await self._backup.upload(self.client.machine)
        except Temporary as error:
            log.info("the room keys are not backed up yet: %s", error)
        except Permanent as error:
            self._backed_up = False
            log.warning("the room keys are not backed up until the next start: %s", error)

    async def close(self) -> None:
        await _close(self.client, self._folder)


async def _close(client: EncryptedClient, folder: Folder) -> None:
    await client.close()
    folder.close()


def _client(access: Access, folder: Folder, config: AsyncClientConfig) -> EncryptedClient:
    config = replace(
        config,
        store=SqliteStore,
        store_name=folder.device_file(access.device_id).name,
        pickle_key=folder.pickle_key,
        encryption_enabled=True,
    )
    client = EncryptedClient(access.homeserver, access.user_id, access.device_id, str(folder.path), config)
    client.user_id, client.access_token = access.user_id, access.token
    return client


async def connect(
    access: Access,
    path: Path,
    *,
    pickle_key: str | None = None,
    trust: Trust = "cross_signed",
    config: AsyncClientConfig | None = None,
) -> Encrypted:
    """Everything is checked before it returns; raises one sentence where it must not go on.

    `path` is a folder of our own; `pickle_key` protects what lies there, one is made where it is None.
    """
    folder = Folder(path, pickle_key)
    client = _client(access, folder, config or AsyncClientConfig())
    client.trust = trust
    try:
        return await _opened(access, client, folder)
    except BaseException:
        await _close(client, folder)
        raise


async def _opened(access: Access, client: EncryptedClient, folder: Folder) -> Encrypted:
    new = not folder.knows(access.device_id)
    identity = await Account(access, client, folder).open()
    backup = Backup(client.requests, identity, folder.uploaded)
    await backup.open(access.user_id)
    if new:
        await backup.restore(client.machine)
    return Encrypted(client, folder, backup)


async def adopt(access: Access, path: Path, *, password: str, pickle_key: str | None = None) -> bool:
    """For a fresh login: where the server's identity of the account is not the one in `path`, replace it by a new one.

    Whether that was needed. People then see that the bot's identity changed. The backup stays readable.
    """
    folder = Folder(path, pickle_key)
    client = _client(access, folder, AsyncClientConfig())
    try:
        return await _adopted(client.requests, folder, access.user_id, password)
    finally:
        await _close(client, folder)


async def _adopted(requests: Requests, folder: Folder, user_id: str, password: str) -> bool:
    ours, theirs = folder.identity(), published(user_id, await requests.keys_of([user_id]))
    if not theirs or (ours and ours.cross_signing.public == theirs):
        return False
    identity = Identity.new(ours.backup if ours else None)
    await replace_identity(requests, user_id, identity.cross_signing, password)
    folder.save(identity)
    return True
