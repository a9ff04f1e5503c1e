"""Who acts on Discord, and who of them may decide."""

from __future__ import annotations

from typing import cast

import discord

from bot.domain.gesture import Person
from bot.settings import DiscordSettings

PREFIX = "discord:"


def person_of(user: discord.abc.User) -> Person:
    """The person behind a click; roles are known only of members, and are those of this very event."""
    roles = tuple(str(role) for role in _role_ids(user))
    return Person(id=f"{PREFIX}{user.id}", name=user.display_name, roles=roles)


def _role_ids(user: discord.abc.User) -> list[int]:
    # `Member.roles` drops roles that are not in the cache, which is empty until the server has been seen.
    return list(cast(list[int], user._roles)) if isinstance(user, discord.Member) else []


def may_decide(person: Person, settings: DiscordSettings) -> bool:
    """Whether the configuration names this person, or a role they hold; the server's owner has no privilege."""
    if any(person.id == f"{PREFIX}{user}" for user in settings.reviewer_users):
        return True
    if not person.id.startswith(PREFIX):
        return False
    return any(int(role) in settings.reviewer_roles for role in person.roles)


def language_of(interaction: discord.Interaction) -> str:
    """The language that this person's Discord speaks, as far as we do."""
    return "fr" if interaction.locale is discord.Locale.french else "en"
