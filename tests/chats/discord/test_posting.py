"""Exactly one card a review, whatever Discord answers, and every card true."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.review import State, Verdict
from bot.errors import Gone, Limited, Permanent, Temporary
from bot.services.cards import card_of
from tests.chats.discord.conftest import Team, team_on, told
from tests.factories import make_decide, make_thread
from tests.fake_discord import FakeDiscord
from tests.world import World

CREATE = "POST /channels/{}/messages"
EDIT = "PATCH /channels/{}/messages/{}"


async def test_the_issue_the_draft_and_the_state_stand_on_the_card(team: Team) -> None:
    review, message = await team.card()
    text = message.text()
    assert review.issue.title in text
    assert f"#{review.key.number}" in text
    assert "Please restart it." in text
    assert "waiting for you" in text
    assert message.allowed_mentions is not None
    assert message.allowed_mentions.get("parse") == []


@pytest.mark.parametrize("fault", ["500_after", "503", "drop_after", "drop_before", "500_before"])
async def test_14_whatever_happens_to_the_request_there_is_one_card(team: Team, fault: str) -> None:
    review = await team.world.review_in(State.PENDING)
    team.discord.faults.add(route=CREATE, kind=fault)
    try:
        await team.world.posting(review.id)
    except Temporary:
        await team.world.posting(review.id)
    assert len(team.channel.messages) == 1
    assert (await team.message_of(review)).id in team.channel.messages


async def test_14_a_card_is_found_again_when_the_nonce_has_expired(team: Team) -> None:
    review = await team.world.review_in(State.PENDING)
    team.discord.faults.add(route=CREATE, kind="drop_after")
    with pytest.raises(Temporary):
        await team.world.posting(review.id)
    team.world.clock.advance(timedelta(hours=2))
    await team.world.posting(review.id)
    assert len(team.channel.messages) == 1


async def test_15_a_limit_without_via_is_waited_out_and_not_hammered(team: Team) -> None:
    review = await team.world.review_in(State.PENDING)
    team.discord.faults.add(route=CREATE, kind="429_no_via")
    with pytest.raises(Limited):
        await team.world.posting(review.id)
    await team.world.posting(review.id)
    assert len(team.channel.messages) == 1


async def test_15_a_long_limit_is_told_instead_of_blocking_a_task(team: Team) -> None:
    review = await team.world.review_in(State.PENDING)
    team.discord.faults.add(route=CREATE, kind="429", retry_after=3600)
    with pytest.raises(Limited) as caught:
        await team.world.posting(review.id)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 60


async def test_15_a_channel_that_refuses_is_left_alone_for_minutes(team: Team) -> None:
    team.channel.deny("send_messages")
    for number in range(1, 6):
        review = await team.world.review_in(State.PENDING, number=number)
        with pytest.raises(Permanent, match="gepettto check"):
            await team.world.posting(review.id)
    assert sum(request.route == CREATE for request in team.discord.requests) <= 1
    team.channel.allow("send_messages")
    team.world.clock.advance(timedelta(minutes=6))
    await team.world.posting(review.id)
    assert len(team.channel.messages) == 1


async def test_16_a_card_that_was_deleted_comes_again_while_it_waits(team: Team) -> None:
    review, message = await team.card()
    await team.discord.delete_message(message)
    await team.discord.until(lambda: bool(team.world.jobs))
    await team.work()
    again = await team.message_of(review)
    assert again.id != message.id
    await told(await team.discord.click(team.alice, again, "Approve"))
    await team.work()
    assert len(team.sent()) == 1


async def test_16_an_edit_of_a_deleted_card_says_gone(team: Team) -> None:
    review, message = await team.card()
    message.channel.messages.pop(message.id)
    async with team.world.store.read() as tx:
        post = (await tx.posts(review.id))[0]
        card = await card_of(tx, review, team.world.trackers)
    with pytest.raises(Gone):
        await team.chat.edit(post, card)


async def test_16_a_channel_that_was_deleted_is_named(team: Team) -> None:
    review = await team.world.review_in(State.PENDING)
    await team.discord.delete_channel(team.channel)
    with pytest.raises(Permanent, match=str(team.channel.id)):
        await team.world.posting(review.id)


async def test_16_kicked_and_invited_again(team: Team) -> None:
    _, message = await team.card()
    await team.discord.kick_bot(team.guild)
    review = await team.world.review_in(State.PENDING, number=2)
    with pytest.raises(Permanent):
        await team.world.posting(review.id)
    await team.discord.invite_bot(team.guild)
    await team.discord.until(lambda: bool(team.guild.commands))
    team.world.clock.advance(timedelta(minutes=6))
    await team.world.posting(review.id)
    assert (await team.message_of(review)).id in team.channel.messages
    await told(await team.discord.click(team.alice, message, "Approve"))


async def test_17_a_card_edited_too_often_is_followed_by_a_word(team: Team) -> None:
    review, message = await team.card()
    team.discord.faults.add(route=EDIT, kind="30046")
    await told(await team.discord.click(team.alice, message, "Approve"))
    await team.work()
    assert await team.state(review) is State.SENT
    assert any(m.referenced is message for m in team.channel.messages.values())


async def test_a_long_draft_is_attached_exactly_as_it_would_be_sent(team: Team) -> None:
    long = "\n\n".join(f"Paragraph {number} tells how to restart the service." for number in range(400))
    review, message = await team.card(text=long)
    draft = await team.draft(review)
    assert [a.content for a in message.attachments if a.filename == "reply.md"] == [draft.body.encode()]
    await told(await team.discord.click(team.alice, message, "Approve"))
    await team.work()
    assert team.sent() == [draft.body]


async def test_the_embed_layout_does_the_same(discord: FakeDiscord, world: World) -> None:
    async with team_on(discord, world, layout="embed") as team:
        review, message = await team.card()
        assert message.embeds
        await told(await team.discord.click(team.alice, message, "Approve"))
        await team.work()
        assert await team.state(review) is State.SENT
        assert "sent" in (await team.message_of(review)).text()


async def test_a_forum_holds_a_post_an_issue_whose_tag_tells_the_state(discord: FakeDiscord, world: World) -> None:
    async with team_on(discord, world, kind="forum") as team:
        team.guild.bot.roles[0].permissions |= 1 << 4  # Manage Channels: it may create the tags
        review, message = await team.card()
        thread = message.channel
        tags = {tag.id: tag.name for tag in team.channel.tags}
        assert [tags[tag] for tag in thread.applied_tags] == ["waiting"]
        await told(await team.discord.click(team.alice, message, "Approve"))
        await team.work()
        tags = {tag.id: tag.name for tag in team.channel.tags}
        assert [tags[tag] for tag in thread.applied_tags] == ["sent"]
        assert thread.archived
        assert await team.state(review) is State.SENT


async def test_a_post_of_a_forum_loses_its_title_when_the_issue_turns_confidential(
    discord: FakeDiscord, world: World
) -> None:
    """field 12"""
    async with team_on(discord, world, kind="forum") as team:
        _, message = await team.card(title="canary-title")
        assert "canary-title" in message.channel.name
        await turned_confidential(team)
        assert "canary-title" not in message.channel.name + message.text()


async def test_the_thread_of_a_card_does_too(team: Team) -> None:
    """field 12"""
    _, message = await team.card(title="canary-title")
    await told(await team.discord.click(team.alice, message, "Thread"))
    thread = team.guild.threads[message.id]
    assert "canary-title" in thread.name
    await turned_confidential(team)
    assert "canary-title" not in thread.name + message.text()


async def turned_confidential(team: Team) -> None:
    team.world.tracker.add(make_thread(title="canary-title", confidential=True))
    await team.world.intake.poll()
    await team.work()
    assert team.failures == []


async def test_a_role_is_pinged_by_new_cards_only(discord: FakeDiscord, world: World) -> None:
    async with team_on(discord, world) as first:
        role = first.role.id
    async with team_on(discord, world, ping_role=role) as team:
        review, message = await team.card()
        assert message.mention_roles == [role]
        await team.world.decide(make_decide(Verdict.DISMISS, id="x", review_id=review.id, draft=1, post=""))


async def test_an_alert_is_said_once_and_calls_nobody(team: Team) -> None:
    """gitlab 36, 40"""
    for _ in range(2):
        await team.chat.alert(team.chat.home, "gitlab cannot be read: @everyone **401**", "same-key")
    (message,) = team.channel.messages.values()
    assert "gitlab cannot be read" in message.text()
    assert "**401**" not in message.text()
    assert message.allowed_mentions is not None
    assert message.allowed_mentions.get("parse") == []
