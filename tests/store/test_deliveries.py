"""Deliveries on both databases."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.hook import HookDelivery
from bot.store.database import SqlStore
from tests.factories import NOON, make_key


def delivery(key: str, number: int = 1, seconds: float = 0) -> HookDelivery:
    return HookDelivery(key=key, issue=make_key(number), received_at=NOON + timedelta(seconds=seconds))


async def add(store: SqlStore, *found: HookDelivery) -> frozenset[str]:
    async with store.begin() as tx:
        return await tx.add_deliveries(found)


async def called(store: SqlStore, limit: int = 10) -> list[tuple[int, int]]:
    async with store.read() as tx:
        return [(one.issue.number, one.last) for one in await tx.called("fake", limit)]


async def test_a_key_is_new_once(store: SqlStore) -> None:
    """gitlab 1"""
    assert await add(store, delivery("a"), delivery("b")) == {"a", "b"}
    assert await add(store, delivery("b"), delivery("c")) == {"c"}
    assert await add(store, delivery("a")) == frozenset()


async def test_many_at_once(store: SqlStore) -> None:
    many = [delivery(f"key-{n}", n % 7 + 1) for n in range(2_000)]
    assert len(await add(store, *many)) == 2_000
    assert len(await called(store)) == 7


async def test_issues_are_called_in_order_of_their_first_delivery(store: SqlStore) -> None:
    await add(store, delivery("a", 3), delivery("b", 1), delivery("c", 3, seconds=5), delivery("d", 2))
    assert [number for number, _ in await called(store)] == [3, 1, 2]
    assert [number for number, _ in await called(store, limit=2)] == [3, 1]
    async with store.read() as tx:
        (first, *_), last = await tx.called("fake", 1), await tx.last_delivery()
        assert await tx.called("other", 10) == []
    assert first.at == NOON + timedelta(seconds=5)
    assert last == max(last for _, last in await called(store))


async def test_what_came_after_a_look_is_looked_at_again(store: SqlStore) -> None:
    await add(store, delivery("a", 1), delivery("b", 2))
    ((_, last), _) = await called(store)
    await add(store, delivery("c", 1))
    async with store.begin() as tx:
        await tx.finish_deliveries(last, NOON, make_key(1))
    assert [number for number, _ in await called(store)] == [2, 1]
    async with store.begin() as tx:
        await tx.finish_deliveries(await tx.last_delivery(), NOON)
    assert await called(store) == []


async def test_old_deliveries_are_forgotten_and_count_as_new_then(store: SqlStore) -> None:
    await add(store, delivery("old"), delivery("young", seconds=60))
    async with store.begin() as tx:
        await tx.forget_deliveries(NOON + timedelta(seconds=60))
    assert await add(store, delivery("old"), delivery("young")) == {"old"}


async def test_the_largest_number_that_is_let_in_can_be_stored(store: SqlStore) -> None:
    await add(store, delivery("a", 2**63 - 1))
    assert [number for number, _ in await called(store)] == [2**63 - 1]
