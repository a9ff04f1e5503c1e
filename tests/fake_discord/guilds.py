"""The routes of the application and of servers: who am I, what is there, which commands."""

from __future__ import annotations

from typing import Any

from tests.fake_discord import limits, payloads
from tests.fake_discord.call import Call, Route
from tests.fake_discord.components import Json
from tests.fake_discord.errors import Refusal
from tests.fake_discord.permissions import Permission, permissions_of
from tests.fake_discord.world import World

_LOCALIZED = ("name_localizations", "description_localizations")


class Guilds:
    """All of it as the bot may see it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        commands = "/applications/{application}/guilds/{guild}/commands"
        return [
            ("GET", "/gateway", self._gateway),
            ("GET", "/gateway/bot", self._gateway),
            ("GET", "/users/@me", self._me),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/applications/@me", self._application),
            ("GET", "/guilds/{guild}", self._guild),
            ("GET", "/guilds/{guild}/channels", self._channels),
            ("GET", "/guilds/{guild}/roles", self._roles),
            ("GET", "/guilds/{guild}/members/{user}", self._member),
            ("GET", "/guilds/{guild}/threads/active", self._threads),
            ("GET", commands, self._commands),
            ("PUT", commands, self._write_commands),
        ]

    def _gateway(self, call: Call) -> Json:
        limit = {"total": 1000, "remaining": 999, "reset_after": 14_400_000, "max_concurrency": 1}
        return {"url": self._world.gateway_url, "shards": 1, "session_start_limit": limit}

    def _me(self, call: Call) -> Json:
        return {**payloads.user(self._world.bot_user), "verified": True, "mfa_enabled": False, "flags": 0}

    def _application(self, call: Call) -> Json:
        return {
            "id": str(self._world.application_id),
            "name": self._world.bot_user.name,
            "icon": None,
            "description": "",
            "summary": "",
            "type": None,
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": self._world.application_flags,
            "owner": {**payloads.user(self._world.bot_user), "bot": False, "id": str(self._world.application_id - 1)},
            "team": None,
            "interactions_endpoint_url": None,
        }

    def _guild(self, call: Call) -> Json:
        return payloads.guild(self._world.guild(call.number("guild")))

    def _channels(self, call: Call) -> list[Json]:
        return [payloads.channel(one) for one in self._world.guild(call.number("guild")).channels.values()]

    def _roles(self, call: Call) -> list[Json]:
        return [payloads.role(one) for one in self._world.guild(call.number("guild")).roles.values()]

    def _member(self, call: Call) -> Json:
        guild = self._world.guild(call.number("guild"))
        member = guild.members.get(call.number("user"))
        if member is None:
            known = any(call.number("user") in each.members for each in self._world.guilds.values())
            raise Refusal(10007 if known else 10013)
        return payloads.member(member)

    def _threads(self, call: Call) -> Json:
        guild = self._world.guild(call.number("guild"))
        seen = [
            one
            for one in guild.threads.values()
            if not one.archived and Permission.VIEW_CHANNEL in permissions_of(guild.bot, one)
        ]
        return {"threads": [payloads.channel(one) for one in seen], "members": [], "has_more": False}

    def _commands(self, call: Call) -> list[Json]:
        guild = self._world.guild(self._own(call))
        if call.query.get("with_localizations") == "true":
            return guild.commands
        return [_plain(command) for command in guild.commands]

    def _write_commands(self, call: Call) -> list[Json]:
        guild = self._world.guild(self._own(call))
        problems = limits.command_problems(call.body) + limits.unicode_problems(call.body)
        if problems:
            raise Refusal(50035, *problems)
        guild.commands = [self._kept(command, guild.id) for command in call.body]
        return guild.commands

    def _own(self, call: Call) -> int:
        if call.number("application") != self._world.application_id:
            raise Refusal(50001)
        return call.number("guild")

    def _kept(self, command: Json, guild_id: int) -> Json:
        """With what Discord adds of its own."""
        return {
            "type": 1,
            "description": "",
            "default_member_permissions": None,
            "nsfw": False,
            **command,
            "id": str(self._world.new_id()),
            "application_id": str(self._world.application_id),
            "guild_id": str(guild_id),
            "version": str(self._world.new_id()),
        }


def _plain(node: Any) -> Any:
    """Translations are told only to who asks for them."""
    if isinstance(node, list):
        return [_plain(one) for one in node]
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items() if key not in _LOCALIZED}
    return node
