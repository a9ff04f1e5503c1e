"""What is delivered is stored before it is answered; many share a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.domain.hook import HookDelivery
from bot.errors import Temporary
from bot.services import inbox as module
from bot.services.inbox import Inbox
from bot.store.database import SqlStore
from bot.store.transaction import SqlTransaction
from tests.factories import NOON, make_key


def delivery(key: str) -> HookDelivery:
    return HookDelivery(key=key, issue=make_key(), received_at=NOON)


class SlowStore(SqlStore):
    """Waits at `gate` before each transaction, counts them, and fails while `broken`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.gate, self.begun = asyncio.Event(), asyncio.Event()
        self.transactions = 0
        self.broken = False

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlTransaction]:
        self.transactions += 1
        self.begun.set()
        await self.gate.wait()
        if self.broken:
            raise Temporary("The disk is full.")
        async with super().begin() as tx:
            yield tx


@pytest.fixture
async def slow(sqlite_url: str, sqlite_store: SqlStore) -> AsyncIterator[SlowStore]:
    store = SlowStore(sqlite_url)
    yield store
    await store.close()


async def stored(store: SqlStore) -> int:
    async with store.read() as tx:
        return await tx.last_delivery()


async def test_what_is_answered_is_stored(sqlite_store: SqlStore) -> None:
    told: list[int] = []
    inbox = Inbox(sqlite_store, lambda: told.append(1))
    assert await inbox.put(delivery("a")) is True
    assert await stored(sqlite_store) == 1
    assert await inbox.put(delivery("a")) is False
    assert told == [1], "nothing new, nobody woken"


async def test_the_same_five_times_at_once_is_new_once(sqlite_store: SqlStore) -> None:
    """gitlab 1"""
    inbox = Inbox(sqlite_store, lambda: None)
    answers = await asyncio.gather(*(inbox.put(delivery("a")) for _ in range(5)))
    assert sorted(answers) == [False] * 4 + [True]
    assert await stored(sqlite_store) == 1


async def test_those_that_come_meanwhile_share_one_transaction(slow: SlowStore) -> None:
    """gitlab 7"""
    inbox = Inbox(slow, lambda: None)
    puts = [asyncio.create_task(inbox.put(delivery("first")))]
    await slow.begun.wait()
    puts += [asyncio.create_task(inbox.put(delivery(f"{n}"))) for n in range(400)]
    await asyncio.sleep(0)
    assert not any(put.done() for put in puts)
    slow.gate.set()
    assert all(await asyncio.gather(*puts))
    assert slow.transactions == 2
    assert await stored(slow) == 401


async def test_more_than_can_wait_is_refused_at_once(slow: SlowStore) -> None:
    """gitlab 7: memory is bounded."""
    inbox = Inbox(slow, lambda: None)
    puts = [asyncio.create_task(inbox.put(delivery(f"{n}"))) for n in range(module._MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Temporary):
        await inbox.put(delivery("one too many"))
    slow.gate.set()
    await asyncio.gather(*puts)
    assert await inbox.put(delivery("one too many")) is True


async def test_what_cannot_be_stored_is_told_to_each_and_the_next_is_tried_again(slow: SlowStore) -> None:
    slow.gate.set()
    slow.broken = True
    inbox = Inbox(slow, lambda: None)
    answers = await asyncio.gather(*(inbox.put(delivery(f"{n}")) for n in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Temporary] * 3
    slow.broken = False
    assert await inbox.put(delivery("0")) is True


async def test_who_does_not_wait_any_more_keeps_nobody_from_an_answer(slow: SlowStore) -> None:
    inbox = Inbox(slow, lambda: None)
    gone = asyncio.create_task(inbox.put(delivery("gone")))
    stays = asyncio.create_task(inbox.put(delivery("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    slow.gate.set()
    assert await stays is True
    assert await stored(slow) == 2
