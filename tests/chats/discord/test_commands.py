"""What is typed: commands, suggestions, the menu on messages."""

from __future__ import annotations

from bot.domain.review import State
from tests.chats.discord.conftest import Team, told
from tests.factories import make_thread


async def test_answer_drafts_an_issue_by_its_address(team: Team) -> None:
    issue = team.world.tracker.add(make_thread(7))
    assert "Drafting" in await told(await team.discord.slash(team.alice, team.channel, "answer", issue=issue.url))
    await team.work()
    review = await team.world.latest(issue.key)
    assert (await team.message_of(review)).id in team.channel.messages


async def test_answer_suggests_open_issues_from_the_store(team: Team) -> None:
    review, _ = await team.card(3)
    found = await team.discord.autocomplete(team.alice, team.channel, "answer", "issue", "3")
    await found.settled()
    assert [choice["value"] for choice in found.choices or []] == [review.issue.url]
    nothing = await team.discord.autocomplete(team.mallory, team.channel, "answer", "issue", "3")
    await nothing.settled()
    assert nothing.choices == []


async def test_ask_answers_the_person_alone_who_may_post_it(team: Team) -> None:
    asked = await team.discord.slash(team.alice, team.channel, "ask", question="How do I restart it?")
    words = await told(asked)
    assert "restart" in words
    assert asked.messages[0].ephemeral
    assert team.channel.messages == {}
    button = next(button for button in asked.messages[0].buttons() if button.custom_id)
    assert button.custom_id is not None
    first = await team.discord.click(team.alice, asked.messages[0], button.custom_id)
    second = await team.discord.click(team.alice, asked.messages[0], button.custom_id)
    await told(first), await told(second)
    (posted,) = team.channel.messages.values()
    assert posted.content == asked.messages[0].texts()[0], "what is posted is what was shown"


async def test_answer_this_message_replies_to_it(team: Team) -> None:
    question = await team.discord.say(team.mallory, team.channel, "How do I restart it?")
    menu = await team.discord.menu(team.alice, team.channel, "Answer this message", question)
    await told(menu)
    button = next(button for button in menu.messages[0].buttons() if button.custom_id)
    assert button.custom_id is not None
    await told(await team.discord.click(team.alice, menu.messages[0], button.custom_id))
    assert team.channel.last().referenced is question


async def test_drafts_links_to_the_cards(team: Team) -> None:
    review, message = await team.card()
    words = await told(await team.discord.slash(team.alice, team.channel, "drafts"))
    assert f"{team.guild.id}/{team.channel.id}/{message.id}" in words
    assert str(review.id) in words


async def test_edit_takes_a_text_a_file_or_opens_the_form(team: Team) -> None:
    review, _ = await team.card()
    slash = team.discord.slash
    await told(await slash(team.alice, team.channel, "edit", draft=f"{review.id}:1", text="Written here."))
    assert (await team.draft(review)).text == "Written here."
    await told(await slash(team.alice, team.channel, "edit", draft=f"{review.id}:2", file=("a.md", b"From a file.")))
    assert (await team.draft(review)).text == "From a file."
    form = await slash(team.alice, team.channel, "edit", draft=str(review.id))
    await form.replied()
    assert form.modal is not None
    await told(await team.discord.submit(team.alice, form, {"part1": "In the form."}))
    assert (await team.draft(review)).text == "In the form."
    stale = await slash(team.alice, team.channel, "edit", draft=f"{review.id}:1", text="Too late.")
    await told(stale)
    assert (await team.draft(review)).text == "In the form."
    binary = await slash(team.alice, team.channel, "edit", draft=str(review.id), file=("a.png", b"\x89PNG\x00\xff"))
    assert "a.png" in await told(binary)


async def test_edit_suggests_the_drafts_that_wait(team: Team) -> None:
    review, _ = await team.card()
    found = await team.discord.autocomplete(team.alice, team.channel, "edit", "draft", "")
    await found.settled()
    assert [choice["value"] for choice in found.choices or []] == [f"{review.id}:1"]


async def test_pause_holds_new_cards_of_this_channel_back_until_resume(team: Team) -> None:
    await told(await team.discord.slash(team.alice, team.channel, "pause"))
    review = await team.world.review_in(State.PENDING)
    await team.world.posting(review.id)
    assert team.channel.messages == {}
    await told(await team.discord.slash(team.alice, team.channel, "resume"))


async def test_status_counts(team: Team) -> None:
    await team.card()
    assert "1 waiting" in await told(await team.discord.slash(team.alice, team.channel, "status"))
