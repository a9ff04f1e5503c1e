"""The team decides in its room: reactions, replies, commands, and everything that can go wrong there."""

from __future__ import annotations

import pytest

from bot.domain.gesture import Decide
from bot.domain.review import Review, State, Verdict
from tests.chats.matrix.conftest import Team, team_on
from tests.factories import make_decide
from tests.synapse.homeserver import Homeserver
from tests.world import World

pytestmark = pytest.mark.synapse


def edit_of(review: Review, text: str) -> Decide:
    return make_decide(Verdict.EDIT, id="elsewhere", review_id=review.id, draft=review.draft, text=text)


async def test_a_reaction_sends_exactly_what_the_card_shows(team_of_each_version: Team) -> None:
    team = team_of_each_version
    review, card = await team.card()
    draft = await team.draft(review)
    content = await team.shown(card)
    assert draft.body in content["body"]
    reaction = await team.alice.react(team.room, card, "✅")
    assert "Approved" in await team.told(reaction)
    await team.work()
    assert team.sent() == [draft.body]
    assert await team.state(review) is State.SENT
    assert "sent" in (await team.shown(card))["body"]
    assert len(await team.cards()) == 1


async def test_a_reply_is_the_next_draft_and_sending_it_a_second_act(team: Team) -> None:
    review, card = await team.card()
    reply = await team.alice.reply(team.room, card, "> <@x:y> Please restart it.\n\nTurn it *off* and on.")
    assert "approve it to send" in await team.told(reply)
    await team.work()
    draft = await team.draft(review)
    assert (draft.number, draft.text, draft.by_person) == (2, "Turn it *off* and on.", True)
    assert team.sent() == []
    assert draft.body in (await team.shown(card))["body"]
    await team.told(await team.bob.react(team.room, card, "✅"))
    await team.work()
    assert team.sent() == [draft.body]


async def test_a_word_in_the_thread_that_is_no_command_is_talk(team: Team) -> None:
    review, card = await team.card()
    await team.alice.reply_in_thread(team.room, card, "Shall we?")
    await team.quiet()
    assert (await team.draft(review)).number == 1
    assert len(await team.notices()) == 1  # the help that `quiet` asks for


async def test_every_verdict_by_command_with_a_number_or_in_the_thread(team: Team) -> None:
    review, card = await team.card()
    number = review.id
    assert "Draft 2" in await team.told(await team.alice.say(team.room, f"!gpt edit {number} 3 steps are enough."))
    assert (await team.draft(review)).text == "3 steps are enough."
    await team.work()
    told = await team.told(await team.alice.reply_in_thread(team.room, card, "!gpt edit 3 steps\nare enough!"))
    assert "Draft 3" in told
    await team.work()
    assert (await team.draft(review)).text == "3 steps\nare enough!"
    assert "new draft" in await team.told(await team.bob.reply(team.room, card, "!gpt regenerate shorter"))
    await team.work()
    assert team.world.drafter.prompts[-1].instructions == ("shorter",)
    assert "Dismissed" in await team.told(await team.alice.say(team.room, f"!GPT dismiss #{number} off topic"))
    await team.work()
    assert "off topic" in "\n".join(await team.notices())
    assert "Back" in await team.told(await team.alice.say(team.room, f"!gpt undo {number}"))
    await team.work()
    assert "Approved: draft 4" in await team.told(await team.alice.say(team.room, f"!gpt approve {number}"))
    await team.work()
    assert await team.state(review) is State.SENT


async def test_the_bot_hears_its_name(team: Team) -> None:
    mention = {"m.mentions": {"user_ids": [team.bot.user_id]}}
    local = team.bot.user_id.partition(":")[0].removeprefix("@")
    for name in (team.bot.user_id, local, f"@{local}", local.upper()):
        assert "0 waiting" in await team.told(await team.alice.say(team.room, f"{name}: status", **mention))
    await team.alice.say(team.room, f"thank you, {local}", **mention)
    await team.alice.say(team.room, f"{local}: status")
    await team.quiet()
    assert len(await team.notices()) == 5


async def test_lists_status_answer_and_help(team: Team) -> None:
    review, card = await team.card()
    drafts = await team.told(await team.alice.say(team.room, "!gpt drafts"))
    assert f"https://matrix.to/#/{team.room}/{card}" in drafts
    assert review.issue.title in drafts
    assert "1 waiting" in await team.told(await team.alice.say(team.room, "!gpt status"))
    helped = await team.told(await team.alice.say(team.room, "!gpt"))
    assert all(word in helped for word in ("approve", "regenerate", "drafts", "pause"))
    assert "already" in await team.told(await team.alice.say(team.room, f"!gpt answer {review.issue.url}"))
    assert "https://" in await team.told(await team.alice.say(team.room, "!gpt answer"))
    assert "did you mean `drafts`" in await team.told(await team.alice.say(team.room, "!gpt draft"))
    assert "Which review" in await team.told(await team.alice.say(team.room, "!gpt approve"))
    assert "no review 77" in await team.told(await team.alice.say(team.room, "!gpt approve 77"))


async def test_a_question_is_answered_where_it_was_asked(team: Team) -> None:
    asked = await team.mallory.say(team.room, "How do I restart the service?")
    order = await team.alice.reply(team.room, asked, "!gpt ask")
    found = await team.alice.until(
        team.room, lambda e: e["content"].get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id") == asked
        and e["sender"] == team.bot.user_id
    )  # fmt: skip
    assert found["content"]["m.relates_to"]["event_id"] == asked
    assert "Please restart it." in found["content"]["body"]
    assert "https://docs.example/faq#restart" in found["content"]["formatted_body"]
    assert order not in str(found["content"])
    assert team.world.stock.queries[-1].title.startswith("How do I restart")
    assert "Please restart" in await team.told(await team.alice.say(team.room, "!gpt ask How do I restart it?"))


async def test_a_pause_holds_cards_back_and_show_brings_one(team: Team) -> None:
    assert "Paused" in await team.told(await team.alice.say(team.room, "!gpt pause"))
    review = await team.world.review_in(State.PENDING)
    await team.world.posting(review.id)
    assert await team.cards() == []
    assert "coming" in await team.told(await team.alice.say(team.room, f"!gpt show {review.id}"))
    await team.work()
    assert len(await team.cards()) == 1
    assert "Resumed" in await team.told(await team.alice.say(team.room, "!gpt resume"))


async def test_the_pencil_tells_how_to_edit(team: Team) -> None:
    review, card = await team.card()
    assert "Reply to the card" in await team.told(await team.alice.react(team.room, card, "✏"))
    assert await team.state(review) is State.PENDING


async def test_a_reaction_right_after_a_change_means_nothing(homeserver: Homeserver, world: World) -> None:
    async with team_on(homeserver, world, settling=3600) as team:
        review, card = await team.card()
        await team.told(await team.alice.reply(team.room, card, "Another text."))
        await team.work()
        for key in ("✅", "🗑️"):
            assert "just changed" in await team.told(await team.bob.react(team.room, card, key))
        assert "just changed" in await team.told(await team.bob.say(team.room, f"!gpt approve {review.id}"))
        assert await team.state(review) is State.PENDING


async def test_a_reaction_that_is_older_than_the_card_means_nothing(team: Team) -> None:
    """The bot hears late: in between the card got another text."""
    review, card = await team.card()
    gate = team.proxy.hold("GET .*/relations/")
    reaction = await team.alice.react(team.room, card, "✅")
    await gate.reached()
    await team.world.decide(edit_of(review, "Quite another text."))
    await team.work()
    gate.open()
    assert "just changed" in await team.told(reaction)
    await team.work()
    assert (await team.state(review), team.sent()) == (State.PENDING, [])


async def test_a_number_in_the_thread_of_another_card_is_believed(team: Team) -> None:
    first, card = await team.card()
    second, _ = await team.card(2)
    await team.told(await team.alice.reply_in_thread(team.room, card, f"!gpt approve {second.id}"))
    assert (await team.state(first), await team.state(second)) == (State.PENDING, State.APPROVED)
