"""Typed, frozen configuration: one TOML file, secrets from the environment.

Every mistake is one sentence that names the file and the key, and the nearest known key.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from bot.errors import ConfigError

DEFAULT_PATH = Path("config/gepettto.toml")

SECRETS = {
    "GEPETTTO_GITLAB_TOKEN": "gitlab_token",
    "GEPETTTO_MODEL_KEY": "model_key",
}


def _origin(url: str) -> str:
    """A base address: scheme and host, no credentials; without the slash at the end."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must begin with https:// (or http://) and name a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must not hold a user, a password, a query or a fragment")
    return url.rstrip("/")


Address = Annotated[str, AfterValidator(_origin)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class StoreSettings(_Section):
    """Where the truth is kept."""

    url: str = Field("sqlite:///var/gepettto.db", description="SQLite file, or postgresql://user@host/name")


class GitLabSettings(_Section):
    """The GitLab instance and what to watch there."""

    url: Address = Field("https://gitlab.com", description="Address of the instance")
    projects: list[str | int] = Field([], description="Projects to watch: numeric id or path")
    groups: list[str | int] = Field([], description="Groups to watch, with their subgroups")
    poll_interval: float = Field(60.0, gt=0, description="Seconds between two looks")
    labels: list[str] = Field([], description="Only issues that carry one of these labels")
    ignore_authors: list[str] = Field([], description="User names whose issues are left alone")
    timeout: float = Field(30.0, gt=0, description="Seconds one request may take in all")


class FolderSettings(_Section):
    """Issues as Markdown files; for trying things out without a GitLab."""

    path: Path = Field(description="Folder with one Markdown file an issue")
    replies: Path | None = Field(None, description="Folder for approved replies (default: beside the issues)")
    poll_interval: float = Field(2.0, gt=0, description="Seconds between two looks")


class TerminalSettings(_Section):
    """The chat in this terminal."""

    reviewer: str = Field("", description="Name recorded with decisions (default: the account's name)")
    language: Literal["auto", "en", "fr"] = Field("auto", description="Language of the interface")


class ModelSettings(_Section):
    """An OpenAI-compatible server. Without this section drafts are quotations."""

    base_url: Address = Field(description="Address up to and with /v1")
    model: str = Field(description="The model's name there")
    profile: Literal["generic", "openai", "llamacpp", "vllm", "ollama", "mistral"] = Field(
        "generic", description="What the server understands"
    )
    timeout: float = Field(120.0, gt=0, description="Seconds one draft may take in all")
    context: int = Field(8192, ge=512, description="Tokens the model can read and write")
    max_tokens: int = Field(1024, ge=16, description="Tokens a reply may have")
    temperature: float | None = Field(None, ge=0, le=2, description="Sent only when set")
    reasoning_effort: str | None = Field(None, description="Sent only when set")
    prices: dict[str, float] = Field(
        {}, description="Price per million tokens: prompt, cached, completion (empty = unknown)"
    )
    style: str = Field("", description="How replies should sound, in a few sentences")


class KnowledgeSettings(_Section):
    """What the bot may quote."""

    paths: list[Path] = Field([], description="Markdown files and folders: FAQ, documentation")
    url: Address | None = Field(None, description="Public address of the first path's files, for links")


class ReplySettings(_Section):
    """What leaves for the tracker."""

    footer: dict[str, str] = Field(
        {}, description="Last line of every reply by language ({} = the shipped sentence, \"\" = none)"
    )
    allowed_hosts: list[str] = Field([], description="Hosts that links may name besides the sources' own")


class LogSettings(_Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("warning", description="Least level that is shown")


class Secrets(BaseModel):
    """Values from the environment, or from the file that NAME_FILE names. Never printed."""

    model_config = ConfigDict(frozen=True)

    gitlab_token: SecretStr | None = None
    model_key: SecretStr | None = None

    def values(self) -> list[str]:
        return [v.get_secret_value() for v in (getattr(self, name) for name in SECRETS.values()) if v is not None]


class Settings(_Section):
    """The whole configuration. Absent optional sections are None: that edge is not used."""

    store: StoreSettings = StoreSettings()
    gitlab: GitLabSettings | None = None
    folder: FolderSettings | None = None
    terminal: TerminalSettings | None = None
    model: ModelSettings | None = None
    knowledge: KnowledgeSettings = KnowledgeSettings()
    reply: ReplySettings = ReplySettings()
    log: LogSettings = LogSettings()
    secrets: Secrets = Secrets()
    path: Path = DEFAULT_PATH
