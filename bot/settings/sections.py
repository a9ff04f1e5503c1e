"""What can be configured: one model per section of the file. The descriptions become the documentation's tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, SecretStr, model_validator

from bot.settings.kinds import (
    Address,
    ChannelRefs,
    Hours,
    Listen,
    Location,
    MatrixUser,
    PersonRef,
    Price,
    ProjectRef,
    RoomRef,
    Snowflake,
    StoreUrl,
    Text,
    Zone,
)


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, validate_default=True, allow_inf_nan=False, hide_input_in_errors=True
    )


class StoreSettings(_Section):
    """Where the truth is kept."""

    # Not in the repr: a PostgreSQL address may hold a password.
    url: StoreUrl = Field(
        default="sqlite:///var/gepettto.db", repr=False, description="SQLite file, or postgresql://USER@HOST/NAME"
    )


class GitLabSettings(_Section):
    """The GitLab instance and what to watch there."""

    url: Address = Field(default="https://gitlab.com", description="Address of the instance")
    projects: list[ProjectRef] = Field(default=[], description="Projects to watch: numeric id or path")
    groups: list[ProjectRef] = Field(default=[], description="Groups to watch, with their subgroups: id or path")
    poll_interval: float = Field(default=60.0, gt=0, description="Seconds between two looks")
    labels: list[Text] = Field(default=[], description="Only issues that carry one of these labels; empty: all")
    ignore_authors: list[Text] = Field(default=[], description="User names whose issues are left alone")
    ignore_labels: list[Text] = Field(default=[], description="An issue with one of these labels gets no draft")
    ignore_phrases: list[Text] = Field(
        default=["[no bot]"], description="An issue or a further note that holds one of these gets no draft"
    )
    author_limit: int = Field(default=100, ge=0, description="Drafts a day for new issues of one author; 0: no limit")
    daily_limit: int = Field(default=1000, ge=0, description="Drafts a day for new issues in all; 0: no limit")
    follow_ups: int = Field(
        default=3,
        ge=0,
        description="Replies in a row, without another person's note, up to which a reporter who"
        " writes again gets a further draft; 0: none",
    )
    timeout: float = Field(default=30.0, gt=0, description="Seconds one request may take in all")


class FolderSettings(_Section):
    """Issues as Markdown files; for trying things out without a GitLab."""

    path: Location = Field(description="Folder with one Markdown file per issue")
    replies: Location | None = Field(default=None, description="Folder for approved replies; absent: beside the issues")
    poll_interval: float = Field(default=2.0, gt=0, description="Seconds between two looks")


class TerminalSettings(_Section):
    """The chat in this terminal."""

    reviewer: str = Field(default="", description="Name recorded with decisions; empty: the account's name")
    language: Literal["auto", "en", "fr"] = Field(default="auto", description="Language of the interface")


class DiscordSettings(_Section):
    """The server and the channels where the team decides."""

    guild: Snowflake = Field(description="Id of the server")
    channel: Snowflake = Field(description="Id of the text or forum channel for cards that no route sends elsewhere")
    reviewer_roles: list[Snowflake] = Field(default=[], description="Ids of the roles whose members may decide")
    reviewer_users: list[Snowflake] = Field(default=[], description="Ids of people who may decide")
    language: Literal["en", "fr"] = Field(default="en", description="Language of cards")
    languages: dict[Snowflake, Literal["en", "fr"]] = Field(
        default={}, description="Language of cards in other channels, by the channel's id"
    )
    layout: Literal["components", "embed"] = Field(
        default="components", description='What cards are made of: "embed" for servers and clients of old'
    )
    reactions: dict[Literal["approve", "regenerate", "edit", "dismiss"], Text] = Field(
        default={"approve": "✅", "regenerate": "🔁", "edit": "✏️", "dismiss": "🗑️"},
        description="Which reaction means what; {}: reactions mean nothing",
    )
    ping_role: Snowflake | None = Field(default=None, description="Id of a role that every new card mentions")
    message_content: bool = Field(
        default=False, description="The Message Content intent was granted: whole threads can be read"
    )

    @model_validator(mode="after")
    def _somebody_decides(self) -> DiscordSettings:
        """Nobody, or everybody, is no reviewer: the bot would be useless, or open to all."""
        if self.guild in self.reviewer_roles:
            raise ValueError("reviewer_roles names @everyone (the server's own id); name the roles that may decide")
        if not self.reviewer_roles and not self.reviewer_users:
            raise ValueError("nobody may decide; put ids into reviewer_roles or reviewer_users")
        return self


class MatrixSettings(_Section):
    """The homeserver and the rooms where the team decides."""

    homeserver: Address = Field(description="Address of the homeserver's client interface")
    room: RoomRef = Field(description="Room for cards that no route sends elsewhere: its id or an alias")
    reviewers: list[MatrixUser] = Field(
        min_length=1, description="Full user ids of the people who may decide while they are in the room"
    )
    min_power: int | None = Field(
        default=None, description="Power level in the room that reviewers need besides; absent: none"
    )
    ping: list[MatrixUser] = Field(default=[], description="Reviewers whom every new card mentions")
    user_id: MatrixUser | None = Field(
        default=None, description="The bot's own user id; refuses to start as somebody else"
    )
    device_id: Text | None = Field(default=None, description="The bot's device; refuses to start on another one")
    language: Literal["en", "fr"] = Field(default="en", description="Language of cards and answers")
    languages: dict[RoomRef, Literal["en", "fr"]] = Field(
        default={}, description="Language in other rooms, by the room as it is named here or in [routes]"
    )
    keys: Literal["cross_signed", "all"] = Field(
        default="cross_signed", description="Whose devices read encrypted rooms and are heard there"
    )
    prefix: Text = Field(default="!gpt", description="What a command begins with")
    reactions: dict[Literal["approve", "regenerate", "edit", "dismiss"], Text] = Field(
        default={"approve": "✅", "regenerate": "🔁", "edit": "✏️", "dismiss": "🗑️"},
        description="Which reaction means what; {}: reactions mean nothing",
    )

    @model_validator(mode="after")
    def _ping_reviewers(self) -> MatrixSettings:
        if not set(self.ping) <= set(self.reviewers):
            raise ValueError("ping names somebody who is no reviewer; name people of matrix.reviewers")
        return self


class CardsSettings(_Section):
    """When new cards come."""

    at_once: int = Field(
        default=10, ge=1, description="New cards a channel gets within ten minutes; more are listed in one message"
    )
    quiet: Hours = Field(default="", description='Hours without new cards, such as "22:00-07:00"; empty: none')
    timezone: Zone = Field(default="UTC", description="Time zone of the quiet hours")


class RoutesSettings(RootModel[dict[Text, ChannelRefs]]):
    """Which channel gets the cards of a project, a group (by path), or a label ("~name"); a list names one per chat."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class ModelSettings(_Section):
    """An OpenAI-compatible server. Without this section drafts are quotations."""

    base_url: Address = Field(description="Address up to and with /v1")
    model: Text = Field(description="The model's name there")
    profile: Literal["generic", "openai", "llamacpp", "vllm", "ollama", "mistral"] = Field(
        default="generic", description="What the server understands"
    )
    timeout: float = Field(default=120.0, gt=0, description="Seconds one draft may take in all")
    context: int = Field(default=8192, ge=512, description="Tokens the model can read and write")
    max_tokens: int = Field(default=1024, ge=16, description="Tokens a reply may have")
    temperature: float | None = Field(default=None, ge=0, le=2, description="Sent only when set")
    reasoning_effort: Text | None = Field(default=None, description="Sent only when set")
    prices: dict[Literal["prompt", "cached", "completion"], Price] = Field(
        default={}, description="Price per million tokens: prompt, cached, completion; empty: unknown"
    )
    style: str = Field(default="", description="How replies should sound, in a few sentences")


class KnowledgeSettings(_Section):
    """What the bot may quote."""

    paths: list[Location] = Field(default=[], description="Markdown files and folders: FAQ, documentation")
    url: Address | None = Field(default=None, description="Public address of the first path's files, for links")
    learn_from: list[PersonRef] = Field(
        default=[],
        description="Whose notes on past issues are answers: user ids or names; empty: members from Developer up",
    )


class ReplySettings(_Section):
    """What leaves for the tracker."""

    footer: dict[Text, str] = Field(
        default={}, description='Last line of every reply, by language; absent: the shipped sentence, "": none'
    )
    allowed_hosts: list[Text] = Field(default=[], description="Hosts that links may name besides the sources' own")


class WebSettings(_Section):
    """What listens for GitLab's webhooks, and tells how the bot is. Without this section no port is opened."""

    listen: Listen = Field(description="Host and port of this machine: 127.0.0.1:8080, or [::1]:8080")
    url: Address | None = Field(default=None, description="Public address under which GitLab reaches it")


class LogSettings(_Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="Least level that is shown"
    )


_ABSENT: Any = Field(default={})
"""An absent section is validated as an empty one, so that its defaults know the file's folder too."""


class Sections(_Section):
    """What the file may hold. Absent optional sections are None: that edge is not used."""

    store: StoreSettings = _ABSENT
    gitlab: GitLabSettings | None = None
    folder: FolderSettings | None = None
    discord: DiscordSettings | None = None
    matrix: MatrixSettings | None = None
    terminal: TerminalSettings | None = None
    cards: CardsSettings = _ABSENT
    routes: RoutesSettings = _ABSENT
    model: ModelSettings | None = None
    knowledge: KnowledgeSettings = _ABSENT
    reply: ReplySettings = _ABSENT
    web: WebSettings | None = None
    log: LogSettings = _ABSENT


SECRETS = {
    "GEPETTTO_GITLAB_TOKEN": "gitlab_token",
    "GEPETTTO_GITLAB_WEBHOOK_SECRET": "gitlab_webhook_secret",
    "GEPETTTO_GITLAB_SIGNING_SECRET": "gitlab_signing_secret",
    "GEPETTTO_DISCORD_TOKEN": "discord_token",
    "GEPETTTO_MATRIX_TOKEN": "matrix_token",
    "GEPETTTO_MATRIX_PASSWORD": "matrix_password",
    "GEPETTTO_MATRIX_PICKLE_KEY": "matrix_pickle_key",
    "GEPETTTO_MODEL_KEY": "model_key",
}
"""Environment variable -> field of `Secrets`."""


class Secrets(BaseModel):
    """Values from the environment, or from the file that NAME_FILE names. Never printed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gitlab_token: SecretStr | None = None
    gitlab_webhook_secret: SecretStr | None = None
    gitlab_signing_secret: SecretStr | None = None
    discord_token: SecretStr | None = None
    matrix_token: SecretStr | None = None
    matrix_password: SecretStr | None = None
    matrix_pickle_key: SecretStr | None = None
    model_key: SecretStr | None = None
    files: dict[str, Path] = {}
    """Where those stand that came from files, by the same names."""

    def values(self) -> list[str]:
        """All secrets that are set, in clear: for the log's mask only."""
        return [v.get_secret_value() for v in (getattr(self, name) for name in SECRETS.values()) if v is not None]


class Settings(Sections):
    """The whole configuration: what stands in the file at `path`, and the secrets from beside it."""

    secrets: Secrets = Field(default_factory=Secrets)
    path: Path = Path("config/gepettto.toml")
