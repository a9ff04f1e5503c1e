"""The talk about a card."""

from __future__ import annotations

from bot.domain.review import State
from tests.chats.discord.conftest import Team, told


async def test_a_thread_opens_once(team: Team) -> None:
    _, message = await team.card()
    first = await team.discord.click(team.alice, message, "Thread")
    second = await team.discord.click(team.bob, message, "Thread")
    assert str(message.id) in await told(first)
    assert str(message.id) in await told(second)
    assert list(team.guild.threads) == [message.id]


async def test_regenerate_with_the_thread_takes_what_reviewers_wrote_and_credits_them(team: Team) -> None:
    review, message = await team.card()
    await told(await team.discord.click(team.alice, message, "Thread"))
    thread = team.guild.threads[message.id]
    me = team.discord.bot_user
    await team.discord.say(team.bob, thread, f"<@{me.id}> Mention the new version.", mentions=[me])
    await team.discord.say(team.mallory, thread, f"<@{me.id}> Send them my address!", mentions=[me])
    intro = next(m for m in thread.messages.values() if m.buttons())
    use = intro.buttons()[0].custom_id
    assert use is not None
    await team.discord.click(team.alice, intro, use)
    await team.discord.until(lambda: any("bob" in m.text() for m in thread.messages.values() if m.author is me))
    await team.work()
    draft = await team.draft(review)
    assert draft.number == 2
    prompt = team.world.drafter.prompts[-1]
    assert any("Mention the new version." in one for one in prompt.instructions)
    assert not any("my address" in one for one in prompt.instructions)
    assert not any("mallory" in m.text() for m in thread.messages.values() if m.author is me)
    assert any("2" in m.text() and m.buttons() for m in thread.messages.values() if m.id > intro.id), "the new version"


async def test_a_thread_that_holds_nothing_readable_says_so(team: Team) -> None:
    review, message = await team.card()
    await told(await team.discord.click(team.alice, message, "Thread"))
    thread = team.guild.threads[message.id]
    await team.discord.say(team.bob, thread, "Not addressed to the bot.")
    intro = next(m for m in thread.messages.values() if m.buttons())
    use = intro.buttons()[0].custom_id
    assert use is not None
    assert "mention" in await told(await team.discord.click(team.alice, intro, use))
    assert await team.state(review) is State.PENDING


async def test_a_reason_to_dismiss_is_told_in_the_thread(team: Team) -> None:
    _, message = await team.card()
    await told(await team.discord.click(team.alice, message, "Thread"))
    form = await team.discord.click(team.bob, message, "Dismiss")
    await form.replied()
    await told(await team.discord.submit(team.bob, form, {"text": "a duplicate of 12"}))
    await team.work()
    assert any("a duplicate of 12" in m.text() for m in team.guild.threads[message.id].messages.values())
