"""`gepettto check` names what is missing."""

from __future__ import annotations

from tests.chats.discord.conftest import Team


async def test_all_is_well(team: Team) -> None:
    findings = await team.chat.check()
    assert all(finding.ok for finding in findings)
    assert any("permissions=" in finding.detail for finding in findings), "the invitation"
    assert any("Maintainers" in finding.detail for finding in findings)


async def test_each_missing_permission_is_named(team: Team) -> None:
    team.channel.deny("send_messages", "manage_messages")
    details = [finding.detail for finding in await team.chat.check() if not finding.ok or finding.warning]
    assert details == [
        "#issues: missing Send Messages, Embed Links, Attach Files",
        "#issues: Manage Messages is missing",
    ]


async def test_a_server_without_the_bot_gets_the_link(team: Team) -> None:
    await team.discord.kick_bot(team.guild)
    last = (await team.chat.check())[-1]
    assert not last.ok
    assert "https://discord.com/oauth2/authorize" in last.remedy


async def test_a_role_that_is_gone_is_named(team: Team) -> None:
    del team.guild.roles[team.role.id]
    assert any(not finding.ok and str(team.role.id) in finding.detail for finding in await team.chat.check())
