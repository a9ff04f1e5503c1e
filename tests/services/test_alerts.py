"""What needs a person is told in the channel once, however often it happens. (gitlab 36)"""

from __future__ import annotations

import pytest

from bot.domain.review import State
from bot.errors import Temporary
from bot.services.alerts import Alerts, Troubles
from tests.fakes import FakeChat, FakeDrafter
from tests.world import World

REFUSED = "GitLab refused the token: nothing is sent until a valid GEPETTTO_GITLAB_TOKEN is set."


def texts(chat: FakeChat) -> list[str]:
    return list(chat.alerts.values())


async def test_a_trouble_is_told_once_and_its_end_once(world: World) -> None:
    troubles, alerts = Troubles(world.store, world.clock), Alerts(world.store, [world.chat])
    for _ in range(3):
        await troubles.began("tracker:gitlab", REFUSED)
        await alerts()
    assert texts(world.chat) == [f"gitlab cannot be read: {REFUSED}"]
    for _ in range(3):
        await troubles.over("tracker:gitlab")
        await alerts()
    assert texts(world.chat)[1:] == ["gitlab is read again."]
    world.clock.advance(1)
    await troubles.began("tracker:gitlab", REFUSED)
    await alerts()
    assert len(world.chat.alerts) == 3, "the next time is another one"


async def test_what_mends_itself_before_anybody_was_told_is_not_told(world: World) -> None:
    troubles, alerts = Troubles(world.store, world.clock), Alerts(world.store, [world.chat])
    await troubles.began("tracker:gitlab", REFUSED)
    await troubles.over("tracker:gitlab")
    await alerts()
    assert texts(world.chat) == []


async def test_what_flaps_is_not_told_at_every_turn(world: World) -> None:
    troubles, alerts = Troubles(world.store, world.clock), Alerts(world.store, [world.chat])
    await troubles.began("model")
    await alerts()
    for _ in range(5):
        await troubles.over("model")
        await troubles.began("model")
    await alerts()
    assert len(world.chat.alerts) == 1


async def test_a_channel_that_cannot_be_reached_keeps_no_other_from_it(world: World) -> None:
    other = FakeChat("other")
    world.chat.faults.append(Temporary("down"))
    await Troubles(world.store, world.clock).began("model")
    alerts = Alerts(world.store, [world.chat, other])
    await alerts()
    await alerts()
    assert (len(texts(world.chat)), len(texts(other))) == (0, 1)


async def test_while_no_channel_takes_it_it_is_tried_again(world: World) -> None:
    world.chat.faults.extend([Temporary("down")] * 2)
    await Troubles(world.store, world.clock).began("model")
    for _ in range(4):
        await Alerts(world.store, [world.chat])()
    assert len(texts(world.chat)) == 1


async def test_that_a_chat_has_stopped_is_told_in_the_others(world: World) -> None:
    other = FakeChat("other")
    other.language = "fr"
    await Troubles(world.store, world.clock).began("chat:fake", "The token is wrong.")
    await Alerts(world.store, [world.chat, other])()
    assert (texts(world.chat), texts(other)) == ([], ["fake s'est arrêté : The token is wrong."])


async def test_a_secret_in_an_error_is_not_told(world: World) -> None:
    """gitlab 40"""
    token = "glpat-" + "x" * 20
    await Troubles(world.store, world.clock).began("tracker:gitlab", f"bad {token}")
    await Alerts(world.store, [world.chat])()
    assert token not in texts(world.chat)[0]


async def test_a_model_that_is_down_is_told_and_so_is_its_return(world: World) -> None:
    quoting = FakeDrafter("Quoted.", name="quoting")
    world.use_drafters(world.drafter, quoting)
    alerts = Alerts(world.store, [world.chat])
    for number in (1, 2):
        world.drafter.faults.append(Temporary("model down"))
        await world.drafting((await world.review_in(State.NEW, number=number)).id)
        await alerts()
    assert len(texts(world.chat)) == 1
    assert texts(world.chat)[0].startswith("The model cannot answer")
    await world.drafting((await world.review_in(State.NEW, number=3)).id)
    await alerts()
    assert texts(world.chat)[1:] == ["The model answers again."]


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_the_french_and_the_english_differ(world: World, language: str) -> None:
    world.chat.language = language
    await Troubles(world.store, world.clock).began("model")
    await Alerts(world.store, [world.chat])()
    assert ("Le modèle" in texts(world.chat)[0]) is (language == "fr")
