"""Settings become parts. An adapter is imported here, and only when it is configured."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import log
from bot.clock import SystemClock
from bot.domain.audience import Audience
from bot.domain.routing import Pace, Quiet
from bot.errors import ConfigError
from bot.ports import Chat, Clock, Drafter, History, Store, Tracker
from bot.services.answering import Answering, Policy
from bot.settings import Settings
from bot.settings.kinds import SQLITE, begin_and_end
from bot.settings.renewing import RenewedSecret
from bot.store.database import SqlStore
from bot.store.history import SqlArchive
from bot.store.migrate import migrate
from bot.store.passages import SqlStock

if TYPE_CHECKING:
    from bot.chats.matrix import Device


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a command without an engine needs: the store, the knowledge, the edges, and the way to an answer."""

    settings: Settings
    clock: Clock
    store: SqlStore
    stock: SqlStock
    trackers: Mapping[str, Tracker]
    drafters: Sequence[Drafter]
    policy: Policy

    @property
    def answering(self) -> Answering:
        return Answering(self.stock, self.drafters, self.policy)

    @property
    def archive(self) -> SqlArchive:
        return SqlArchive(self.store.engine, self.stock)


def secret_of(settings: Settings, name: str) -> str | None:
    value = getattr(settings.secrets, name)
    return None if value is None else str(value.get_secret_value())


def trackers_of(settings: Settings, clock: Clock) -> dict[str, Tracker]:
    """Every tracker that is configured, and the one for single files, which needs no configuration."""
    from bot.trackers.folder import FileTracker, FolderTracker

    trackers: dict[str, Tracker] = {"file": FileTracker()}
    if settings.folder is not None:
        trackers["folder"] = FolderTracker(settings.folder, clock)
    if settings.gitlab is not None:
        from bot.trackers.gitlab import GitLabTracker

        token = secret_of(settings, "gitlab_token")
        if token is None:
            raise ConfigError(f"{settings.path}: [gitlab] needs a token; set GEPETTTO_GITLAB_TOKEN.")
        file = settings.secrets.files.get("gitlab_token")
        renewed = RenewedSecret("GEPETTTO_GITLAB_TOKEN_FILE", file) if file else None
        trackers["gitlab"] = GitLabTracker(settings.gitlab, token, clock, renewed=renewed)
    return trackers


def hook_secrets(settings: Settings) -> tuple[str | None, str | None]:
    """The secret token and the signing token of GitLab's webhooks."""
    return secret_of(settings, "gitlab_webhook_secret"), secret_of(settings, "gitlab_signing_secret")


def histories_of(settings: Settings, clock: Clock) -> list[History]:
    """The past of every tracker that has one; a folder's issues are all there is to it."""
    token = secret_of(settings, "gitlab_token")
    if settings.gitlab is None or token is None:
        return []
    from bot.trackers.gitlab.history import GitLabHistory

    return [GitLabHistory(settings.gitlab, token, clock, learn_from=settings.knowledge.learn_from)]


def drafters_of(settings: Settings, clock: Clock) -> list[Drafter]:
    """The model first, if one is configured; quoting always stands behind it."""
    from bot.drafters.quoting import QuotingDrafter

    drafters: list[Drafter] = [QuotingDrafter()]
    if settings.model is not None:
        from bot.drafters.openai import OpenAIDrafter

        drafters.insert(0, OpenAIDrafter(settings.model, secret_of(settings, "model_key"), clock=clock))
    return drafters


def chats_of(settings: Settings, clock: Clock, store: Store, settled: Callable[[], Awaitable[None]]) -> list[Chat]:
    """Every chat that is configured; `settled` returns when nothing is under way."""
    chats: list[Chat] = []
    if settings.terminal is not None:
        from bot.chats.terminal import TerminalChat

        chats.append(TerminalChat(settings.terminal, clock=clock, settled=settled))
    if settings.discord is not None:
        from bot.chats.discord import DiscordChat

        token = secret_of(settings, "discord_token")
        if token is None:
            raise ConfigError(f"{settings.path}: [discord] needs a token; set GEPETTTO_DISCORD_TOKEN.")
        routed = [name for names in settings.routes.root.values() for name in names if name.isdigit()]
        chats.append(DiscordChat(settings.discord, token, clock=clock, channels=routed))
    if settings.matrix is not None:
        from bot.chats.matrix import MatrixChat, connector

        device = _matrix_device(settings)
        connect = connector(
            settings.matrix.homeserver,
            matrix_keys(settings),
            settings.matrix.keys,
            secret_of(settings, "matrix_pickle_key"),
        )
        rooms = [name for names in settings.routes.root.values() for name in names if name[0] in "!#"]
        chats.append(MatrixChat(settings.matrix, device, store=store, clock=clock, rooms=rooms, connect=connect))
    _no_stray_routes(settings, chats)
    return chats


def _matrix_device(settings: Settings) -> Device:
    """The token of the environment; else what `gepettto matrix login` left."""
    from bot.chats.matrix import Device, read_device

    token = secret_of(settings, "matrix_token")
    device = Device(token=token) if token else read_device(login_file(settings))
    if device is None:
        raise ConfigError(
            f"{settings.path}: [matrix] needs a login; run `gepettto matrix login`, or set GEPETTTO_MATRIX_TOKEN."
        )
    log.secrets.learn(device.token)
    return device


def login_file(settings: Settings) -> Path:
    """Where a login to Matrix is kept."""
    return _beside_the_store(settings) / "matrix-login.json"


def matrix_keys(settings: Settings) -> Path:
    """Where the keys of encrypted rooms are kept."""
    return _beside_the_store(settings) / "matrix-keys"


def _beside_the_store(settings: Settings) -> Path:
    """Or beside the configuration when the store is no file."""
    url = settings.store.url
    return Path(url.removeprefix(SQLITE)).parent if url.startswith(SQLITE) else settings.path.absolute().parent


def _no_stray_routes(settings: Settings, chats: Sequence[Chat]) -> None:
    """A route that no chat knows would send cards to nobody's surprise but the operator's."""
    known = {channel for chat in chats for channel in chat.channels}
    for name, targets in settings.routes.root.items():
        for target in targets:
            if target not in known:
                raise ConfigError(
                    f'{settings.path}: routes."{name}" names the channel {target}, which belongs to no configured chat.'
                )


def pace_of(settings: Settings) -> Pace:
    """When and where new cards come."""
    cards, quiet = settings.cards, None
    if cards.quiet:
        begin, end = begin_and_end(cards.quiet)
        quiet = Quiet(begin=begin, end=end, zone=ZoneInfo(cards.timezone))
    return Pace(at_once=cards.at_once, quiet=quiet, routes=settings.routes.root)


def audience_of(settings: Settings) -> Audience:
    """Whom the bot answers, and how much."""
    gitlab = settings.gitlab
    if gitlab is None:
        return Audience()
    return Audience(
        ignore_labels=frozenset(gitlab.ignore_labels),
        ignore_phrases=tuple(gitlab.ignore_phrases),
        author_limit=gitlab.author_limit,
        daily_limit=gitlab.daily_limit,
        rounds=gitlab.follow_ups,
    )


def policy_of(settings: Settings) -> Policy:
    """What the operator wants of every reply."""
    return Policy(
        hosts=frozenset(settings.reply.allowed_hosts),
        footers=tuple(settings.reply.footer.items()),
        style=settings.model.style if settings.model else "",
    )


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[SqlStore]:
    """The migrated store alone, for commands that ask nobody outside."""
    await migrate(settings.store.url)
    store = SqlStore(settings.store.url)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """The parts that every command shares, on a migrated store; closed at the end of the block."""
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings))
        trackers = trackers_of(settings, clock)
        drafters = drafters_of(settings, clock)
        for tracker in trackers.values():
            stack.push_async_callback(tracker.close)
        for drafter in drafters:
            stack.push_async_callback(drafter.close)
        yield Parts(
            settings=settings,
            clock=clock,
            store=store,
            stock=SqlStock(store.engine),
            trackers=trackers,
            drafters=drafters,
            policy=policy_of(settings),
        )
