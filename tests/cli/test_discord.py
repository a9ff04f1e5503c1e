"""`gepettto check` with Discord, as a person runs it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.cli.test_real import ROOT, gepettto
from tests.fake_discord import FakeDiscord

CONFIG = """
[discord]
guild = {guild}
channel = {channel}
reviewer_roles = [{role}]
"""


async def checked(discord: FakeDiscord, folder: Path, token: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "ignore::DeprecationWarning", "-m", "tests.fake_discord.launch", discord.url,
        "check", "--config", str(folder / "gepettto.toml"),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "LANG": "C.UTF-8", "GEPETTTO_DISCORD_TOKEN": token},
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode()


async def test_check_prints_the_invitation_and_names_what_a_channel_withholds(tmp_path: Path) -> None:
    async with FakeDiscord.start() as discord:
        guild = discord.add_guild("Team")
        role, channel = guild.add_role("Maintainers"), guild.add_channel("issues")
        config = CONFIG.format(guild=guild.id, channel=channel.id, role=role.id)
        (tmp_path / "gepettto.toml").write_text(config)

        code, words = await checked(discord, tmp_path, discord.token)
        assert code == 0, words
        assert f"client_id={discord.application_id}" in words
        assert "may decide: the role Maintainers" in words
        assert "#issues: all permissions are there" in words

        channel.deny("attach_files")
        code, words = await checked(discord, tmp_path, discord.token)
        assert code == 1
        assert "#issues: missing Attach Files" in words

        code, words = await checked(discord, tmp_path, "wrong.token.here")
        assert code == 1
        assert "refuses the token" in words
        assert discord.problems == []


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("", "GEPETTTO_DISCORD_TOKEN"),
        ('[routes]\n"a/b" = "7"\n[terminal]', "GEPETTTO_DISCORD_TOKEN"),
    ],
)
def test_a_missing_token_names_itself(tmp_path: Path, more: str, word: str) -> None:
    (tmp_path / "gepettto.toml").write_text(CONFIG.format(guild=5, channel=6, role=7) + more)
    ended = gepettto("check", folder=tmp_path)
    assert ended.returncode == 2
    assert word in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_route_to_a_channel_of_no_chat_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "gepettto.toml").write_text('[terminal]\n[routes]\n"a/b" = "7"\n')
    ended = gepettto("check", folder=tmp_path)
    assert ended.returncode == 2
    assert 'routes."a/b" names the channel 7, which belongs to no configured chat' in ended.stderr
