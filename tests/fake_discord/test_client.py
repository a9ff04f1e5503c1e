"""The real discord.py: what its own parsers and retries make of this server."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import app_commands

from tests.fake_discord.conftest import Here

Act = Callable[[discord.Interaction[Any]], Awaitable[None]]


class Client(discord.Client):
    """Does with every interaction that is no command what the test says."""

    def __init__(self) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, guild_reactions=True)
        super().__init__(intents=intents, max_messages=None, member_cache_flags=discord.MemberCacheFlags.none())
        self.tree: app_commands.CommandTree[Client] = app_commands.CommandTree(self)
        self.ready = asyncio.Event()
        self.heard: list[Any] = []
        self.act: Act | None = None

    async def on_ready(self) -> None:
        self.ready.set()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if self.act is not None and interaction.type is not discord.InteractionType.application_command:
            await self.act(interaction)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        self.heard.append(event)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self.heard.append(guild)

    async def on_message(self, message: discord.Message) -> None:
        self.heard.append(message)


@pytest.fixture
async def client(here: Here) -> AsyncIterator[Client]:
    with here.discord.patched():
        made = Client()
        running = asyncio.create_task(made.start(here.discord.token))
        await asyncio.wait_for(made.ready.wait(), 10)
        yield made
        await made.close()
        await asyncio.gather(running, return_exceptions=True)
    assert here.discord.problems == []


class Card(discord.ui.LayoutView):
    def __init__(self, words: str = "A draft.") -> None:
        super().__init__(timeout=None)
        row: discord.ui.ActionRow[Any] = discord.ui.ActionRow()
        row.add_item(discord.ui.Button(label="Go", custom_id="go"))
        self.add_item(discord.ui.Container(discord.ui.TextDisplay(words), discord.ui.Separator(), row))
        self.stop()


def place(client: Client, here: Here) -> discord.TextChannel:
    found = client.get_channel(here.channel.id)
    assert isinstance(found, discord.TextChannel)
    return found


async def test_a_card_is_posted_clicked_and_changed(here: Here, client: Client) -> None:
    async def act(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.defer()
        await interaction.followup.send("Done.", ephemeral=True)

    client.act = act
    sent = await place(client, here).send(view=Card(), nonce="n1")
    assert (await place(client, here).send(view=Card(), nonce="n1")).id == sent.id
    card = here.channel.last()
    click = await here.discord.click(here.alice, card, "Go")
    await click.replied()
    assert click.messages[0].texts() == ["Done."]
    await sent.edit(view=Card("Another draft."))
    assert card.texts() == ["Another draft."]


async def test_a_form_goes_there_and_back_with_a_file(here: Here, client: Client) -> None:
    modal = discord.ui.Modal(title="Edit", custom_id="form")
    modal.add_item(discord.ui.Label(text="Text", component=discord.ui.TextInput(custom_id="part1", default="old")))
    modal.add_item(discord.ui.Label(text="File", component=discord.ui.FileUpload(custom_id="file", required=False)))
    modal.add_item(discord.ui.TextDisplay("A word."))
    modal.stop()

    async def act(interaction: discord.Interaction[Any]) -> None:
        if interaction.type is discord.InteractionType.component:
            await interaction.response.send_modal(modal)
            return
        data: Any = interaction.data
        (described,) = data["resolved"]["attachments"].values()
        content = await discord.Attachment(data=described, state=client._connection).read()
        file = discord.File(io.BytesIO(content), filename="back.md")
        await interaction.response.send_message(data["components"][0]["component"]["value"], file=file, ephemeral=True)

    client.act = act
    await place(client, here).send(view=Card())
    click = await here.discord.click(here.alice, here.channel.last(), "Go")
    await click.replied()
    sent = await here.discord.submit(here.alice, click, {"part1": "new", "file": ("a.md", b"bytes")})
    await sent.replied()
    (told,) = sent.messages
    assert (told.content, told.attachments[0].content, told.ephemeral) == ("new", b"bytes", True)


async def test_commands_suggestions_and_menus(here: Here, client: Client) -> None:
    async def suggest(interaction: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=current * 2, value=current)]

    @client.tree.command(description="x")
    @app_commands.autocomplete(question=suggest)
    async def ask(interaction: discord.Interaction[Any], question: str, file: discord.Attachment | None = None) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(f"{question} {await file.read() if file else b''!r}")

    @client.tree.context_menu(name="Take")
    async def take(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await interaction.response.send_message(message.content)

    server = discord.Object(here.guild.id)
    client.tree.copy_global_to(guild=server)
    await client.tree.sync(guild=server)
    asked = await here.discord.slash(here.alice, here.channel, "ask", question="How?", file=("a.md", b"x"))
    await asked.replied()
    assert (asked.messages[0].content, asked.messages[0].ephemeral) == ("How? b'x'", True)
    typed = await here.discord.autocomplete(here.alice, here.channel, "ask", "question", "Ho")
    await typed.settled()
    assert typed.choices == [{"name": "HoHo", "value": "Ho"}]
    said = await here.discord.say(here.alice, here.channel, "secret")
    taken = await here.discord.menu(here.alice, here.channel, "Take", said)
    await taken.replied()
    assert here.channel.last().content == "secret"


async def test_events_are_parsed(here: Here, client: Client) -> None:
    said = await here.discord.say(here.alice, here.channel, "hello")
    await here.discord.react(here.alice, said, "✅")
    await here.discord.until(lambda: len(client.heard) == 2)
    message, event = client.heard
    assert message.content == ""
    assert event.member.name == "alice"
    await here.discord.kick_bot(here.guild)
    await here.discord.until(lambda: client.get_guild(here.guild.id) is None)
    await here.discord.invite_bot(here.guild)
    await here.discord.until(lambda: len(client.heard) == 3)
    assert client.heard[-1].id == here.guild.id
    assert client.get_channel(here.channel.id)


async def test_threads_forums_and_history(here: Here, client: Client) -> None:
    here.guild.bot.roles[0].permissions |= 1 << 4
    sent = await place(client, here).send("hello")
    thread = await sent.create_thread(name="talk")
    await thread.send("in it")
    earlier = sent.created_at - timedelta(seconds=1)
    assert [m.content async for m in place(client, here).history(after=earlier, oldest_first=True)] == ["hello"]
    forum = await place(client, here).guild.fetch_channel(here.guild.add_channel("forum", "forum").id)
    assert isinstance(forum, discord.ForumChannel)
    tag = await forum.create_tag(name="waiting")
    file = discord.File(io.BytesIO(b"x"), filename="reply.md")
    created = await forum.create_thread(name="post", content="first", file=file, applied_tags=[tag])
    assert here.guild.threads[created.thread.id].applied_tags == [tag.id]
    assert [one.id for one in await place(client, here).guild.active_threads()] == [thread.id, created.thread.id]
    await created.thread.edit(archived=True)
    assert here.guild.threads[created.thread.id].archived


async def test_a_lost_connection_is_resumed_and_an_invalid_session_begun_anew(here: Here, client: Client) -> None:
    async def act(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message("Done.", ephemeral=True)

    client.act = act
    card = here.channel.messages[await here.card()]
    await here.discord.drop_gateway(4000)
    await (await here.discord.click(here.alice, card, "Go")).replied()
    before = here.discord.connections
    await here.discord.invalidate_sessions()
    await here.discord.until(lambda: here.discord.connections > before)
    await (await here.discord.click(here.alice, card, "Go")).replied()


async def test_rate_limits_are_waited_out_by_the_library(here: Here, client: Client) -> None:
    for kind in ("429", "429_global"):
        here.discord.faults.add(route="POST /channels/{}/messages", kind=kind, retry_after=0.01)
        await place(client, here).send("x")
    assert [request.status for request in here.discord.requests[-4:]] == [429, 200, 429, 200]
    here.discord.faults.add(route="POST /channels/{}/messages", kind="429_no_via")
    with pytest.raises(discord.HTTPException, match="429"):
        await place(client, here).send("x")


async def test_permissions_are_what_the_library_computes(here: Here, client: Client) -> None:
    here.channel.deny("attach_files", "manage_messages")
    channel = place(client, here)
    await here.discord.until(lambda: not channel.permissions_for(channel.guild.me).attach_files)
    assert not channel.permissions_for(channel.guild.me).manage_messages
    assert channel.permissions_for(channel.guild.me).send_messages


async def test_bots_that_are_refused_for_good_are_told_so(here: Here) -> None:
    with here.discord.patched():
        client = Client()
        with pytest.raises(discord.LoginFailure):
            await client.start("wrong")
        await client.close()
        client = Client()
        client._connection._intents.message_content = True
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await client.start(here.discord.token)
        await client.close()


async def test_outside_the_patch_the_library_looks_for_the_real_one(here: Here) -> None:
    before = (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)
    with here.discord.patched():
        assert here.discord.url in discord.http.Route.BASE
    assert before == (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)
