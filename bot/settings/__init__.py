"""Typed, frozen configuration: one TOML file, secrets from the environment.

`sections` says what can be configured, `reading` turns a file into `Settings`, `mistakes` words what is wrong.
"""

from __future__ import annotations

from bot.settings.reading import DEFAULT_PATH, load
from bot.settings.sections import (
    SECRETS,
    CardsSettings,
    DiscordSettings,
    FolderSettings,
    GitLabSettings,
    KnowledgeSettings,
    LogSettings,
    MatrixSettings,
    ModelSettings,
    ReplySettings,
    RoutesSettings,
    Secrets,
    Sections,
    Settings,
    StoreSettings,
    TerminalSettings,
    WebSettings,
)

__all__ = [
    "DEFAULT_PATH",
    "SECRETS",
    "CardsSettings",
    "DiscordSettings",
    "FolderSettings",
    "GitLabSettings",
    "KnowledgeSettings",
    "LogSettings",
    "MatrixSettings",
    "ModelSettings",
    "ReplySettings",
    "RoutesSettings",
    "Secrets",
    "Sections",
    "Settings",
    "StoreSettings",
    "TerminalSettings",
    "WebSettings",
    "load",
]
