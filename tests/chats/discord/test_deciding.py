"""The team decides in its channel: buttons, forms, reactions and replies, and everything that can go wrong there.

Numbers in names are those of the list of hostile conditions that the project keeps (docs/discord.md).
"""

from __future__ import annotations

import asyncio

from bot.domain.review import State
from tests.chats.discord.conftest import Team, told


async def test_a_card_comes_and_a_click_sends_exactly_its_draft(team: Team) -> None:
    review, message = await team.card()
    draft = await team.draft(review)
    assert any("Please restart it." in text for text in message.texts())

    click = await team.discord.click(team.alice, message, "Approve")
    assert "Approved" in await told(click)
    await team.work()

    assert team.sent() == [draft.body]
    assert await team.state(review) is State.SENT
    assert "sent" in (await team.message_of(review)).text()
    assert (await team.message_of(review)).id == message.id


async def test_the_same_words_come_in_french_to_a_person_whose_discord_is_french(team: Team) -> None:
    _, message = await team.card()
    assert "Approuvé" in await told(await team.discord.click(team.bob, message, "Approve"))


async def test_1_two_approve_at_once_and_one_note_is_sent(team: Team) -> None:
    review, message = await team.card()
    first, second = await asyncio.gather(
        team.discord.click(team.alice, message, "Approve"), team.discord.click(team.bob, message, "Approve")
    )
    words = [await told(first), await told(second)]
    await team.work()
    assert len(team.sent()) == 1
    assert await team.state(review) is State.SENT
    assert sum("Approved" in one or "Approuvé :" in one for one in words) == 1
    winner = "alice" if "Approved" in words[0] else "bob"
    assert any(winner in one for one in words), "the other is told who was faster"


async def test_2_approve_against_dismiss_has_one_outcome(team: Team) -> None:
    review, message = await team.card()
    form = await team.discord.click(team.bob, message, "Dismiss")
    await form.replied()
    approve, dismiss = await asyncio.gather(
        team.discord.click(team.alice, message, "Approve"), team.discord.submit(team.bob, form, {"text": "off topic"})
    )
    await told(approve), await told(dismiss)
    await team.work()
    state = await team.state(review)
    assert state in {State.SENT, State.DISMISSED}
    assert len(team.sent()) == (state is State.SENT)


async def test_2_an_edit_submitted_after_an_approval_is_refused_and_given_back(team: Team) -> None:
    review, message = await team.card()
    form = await team.discord.click(team.bob, message, "Edit")
    await form.replied()
    await told(await team.discord.click(team.alice, message, "Approve"))
    await team.work()
    late = await team.discord.submit(team.bob, form, {"part1": "Quite another text."})
    assert "alice" in await told(late)
    assert late.messages[0].attachments[0].content == b"Quite another text."
    assert len(team.sent()) == 1
    assert await team.state(review) is State.SENT


async def test_3_a_click_on_an_older_draft_is_refused(team: Team) -> None:
    review, message = await team.card()
    old = next(b.custom_id for b in message.buttons() if b.label == "Approve")
    form = await team.discord.click(team.alice, message, "Regenerate")
    await form.replied()
    await told(await team.discord.submit(team.alice, form, {"text": "shorter"}))
    await team.work()
    assert (await team.draft(review)).number == 2
    late = await team.discord.click(team.bob, message, "Approve", custom_id=old)
    assert "2" in await told(late)
    await team.work()
    assert team.sent() == []
    assert await team.state(review) is State.PENDING


async def test_4_the_same_interaction_twice_acts_once(team: Team) -> None:
    review, message = await team.card()
    click = await team.discord.click(team.alice, message, "Approve")
    await told(click)
    await team.discord.click(team.alice, message, "Approve", same_id_as=click)
    await team.work()
    assert len(team.sent()) == 1
    assert await team.state(review) is State.SENT


async def test_6_unknown_actions_and_unknown_reviews_are_answered(team: Team) -> None:
    review, message = await team.card()
    unknown = await team.discord.click(team.alice, message, "Approve", custom_id="g:1:1:explode")
    assert "/drafts" in await told(unknown)
    missing = await team.discord.click(team.alice, message, "Approve", custom_id=f"g:{review.id + 999}:1:approve")
    await told(missing)
    await team.work()
    assert team.sent() == []


async def test_7_a_control_of_another_card_does_nothing(team: Team) -> None:
    first, message = await team.card()
    second, _ = await team.card(2)
    forged = await team.discord.click(team.alice, message, "Approve", custom_id=f"g:{second.id}:1:approve")
    await told(forged)
    assert [await team.state(one) for one in (first, second)] == [State.PENDING, State.PENDING]
    await team.work()
    assert team.sent() == []


async def test_8_a_person_without_the_role_is_refused_on_every_path(team: Team) -> None:
    review, message = await team.card()
    for label in ("Approve", "Edit", "Regenerate", "Dismiss", "More", "Thread"):
        if any(button.label == label for button in message.buttons()):
            assert "may not" in await told(await team.discord.click(team.mallory, message, label))
    for name, options in (("ask", {"question": "How?"}), ("drafts", {}), ("status", {}), ("edit", {"draft": "1"})):
        assert "may not" in await told(await team.discord.slash(team.mallory, team.channel, name, **options))
    await team.discord.react(team.mallory, message, "✅")
    await team.discord.until(lambda: not message.reactions)
    assert await team.state(review) is State.PENDING


async def test_8_a_role_that_is_lost_while_the_form_is_open_counts_no_more(team: Team) -> None:
    review, message = await team.card()
    form = await team.discord.click(team.alice, message, "Edit")
    await form.replied()
    await team.discord.set_roles(team.alice, [])
    late = await team.discord.submit(team.alice, form, {"part1": "My own words."})
    assert "may not" in await told(late)
    assert (await team.draft(review)).number == 1


async def test_an_edit_is_a_new_draft_and_sending_it_a_second_act(team: Team) -> None:
    review, message = await team.card()
    form = await team.discord.click(team.alice, message, "Edit")
    await form.replied()
    assert form.modal is not None
    await told(await team.discord.submit(team.alice, form, {"part1": "My own words."}))
    await team.work()
    assert team.sent() == []
    draft = await team.draft(review)
    assert (draft.number, draft.text, draft.by_person) == (2, "My own words.", True)
    changed = await team.message_of(review)
    assert any("My own words." in text for text in changed.texts())
    await told(await team.discord.click(team.bob, changed, "Approve"))
    await team.work()
    assert team.sent() == [draft.body]


async def test_a_dismissal_can_be_undone(team: Team) -> None:
    review, message = await team.card()
    form = await team.discord.click(team.alice, message, "Dismiss")
    await form.replied()
    await told(await team.discord.submit(team.alice, form, {"text": "duplicate"}))
    await team.work()
    assert await team.state(review) is State.DISMISSED
    await told(await team.discord.click(team.bob, await team.message_of(review), "Undo"))
    await team.work()
    assert await team.state(review) is State.PENDING


async def test_a_reaction_approves_what_the_card_shows_and_is_taken_away(team: Team) -> None:
    review, message = await team.card()
    await team.discord.react(team.alice, message, "✅")
    await team.discord.until(lambda: not message.reactions)
    await team.work()
    assert await team.state(review) is State.SENT


async def test_a_reaction_right_after_a_change_of_the_card_means_nothing(team: Team) -> None:
    review, message = await team.card()
    reply = await team.discord.say(
        team.bob, team.channel, f"<@{team.discord.bot_user.id}> Another text.", reply_to=message,
        mentions=[team.discord.bot_user],
    )  # fmt: skip
    await team.discord.until(lambda: any(m.referenced is reply for m in team.channel.messages.values()))
    await team.work()
    assert (await team.draft(review)).text == "Another text."
    await team.discord.react(team.alice, message, "✅")
    await team.discord.until(lambda: not message.reactions)
    assert await team.state(review) is State.PENDING
    team.world.clock.advance(4)
    await team.discord.react(team.alice, message, "✅")
    await team.discord.until(lambda: not message.reactions)
    await team.work()
    assert await team.state(review) is State.SENT


async def test_a_mere_remark_on_a_card_is_no_edit(team: Team) -> None:
    """Discord mentions whom one replies to without being asked."""
    review, message = await team.card()
    me = team.discord.bot_user
    await team.discord.say(team.alice, team.channel, "Hm, is that so?", reply_to=message, mentions=[me])
    named = await team.discord.say(
        team.bob, team.channel, f"<@{me.id}> Better words.", reply_to=message, mentions=[me]
    )  # fmt: skip
    await team.discord.until(lambda: any(m.referenced is named for m in team.channel.messages.values()))
    assert (await team.draft(review)).number == 2
    assert (await team.draft(review)).text == "Better words."


async def test_8_a_stranger_cannot_edit_by_a_reply_either(team: Team) -> None:
    review, message = await team.card()
    me = team.discord.bot_user
    said = await team.discord.say(team.mallory, team.channel, f"<@{me.id}> Mine.", reply_to=message, mentions=[me])
    await team.discord.until(lambda: any(m.referenced is said for m in team.channel.messages.values()))
    assert "may not" in team.channel.last().text()
    assert (await team.draft(review)).number == 1


async def test_9_bots_webhooks_other_servers_and_direct_messages_do_nothing(team: Team) -> None:
    review, message = await team.card()
    robot = team.guild.add_member("robot", [team.role], bot=True)
    await team.discord.react(robot, message, "✅")
    await team.discord.webhook_say(team.channel, f"<@{team.discord.bot_user.id}> hello")
    await team.discord.dm(team.alice, "approve")
    foreign = team.discord.add_guild("Elsewhere")
    stranger = foreign.add_member("eve")
    place = foreign.add_channel("general")
    await team.discord.say(stranger, place, f"<@{team.discord.bot_user.id}> approve", mentions=[team.discord.bot_user])
    other = team.guild.add_channel("elsewhere")
    refused = await team.discord.slash(team.alice, other, "status")
    assert "not configured" in await told(refused)
    assert await team.state(review) is State.PENDING
    assert place.messages.keys() == {max(place.messages)}
