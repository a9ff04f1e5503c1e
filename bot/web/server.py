"""The listener: one address, a few routes, nothing read that was not asked for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.errors import ConfigError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_FINISHING_SECONDS = 5.0
_IDLE_SECONDS = 75.0
_BACKLOG = 1024  # GitLab opens a connection for each delivery, and a burst is many at once
_LINGERING_SECONDS = 2.0  # for the rest of a body whose length was refused


class Listener:
    """Serves `posts` and `gets`, handlers by path; every other method and path is refused."""

    def __init__(self, host: str, port: int, *, posts: Mapping[str, Handler], gets: Mapping[str, Handler]) -> None:
        self._host = host
        self._port = port
        app = web.Application()
        app.add_routes([web.post(path, handler) for path, handler in posts.items()])
        app.add_routes([web.get(path, handler) for path, handler in gets.items()])
        app.on_response_prepare.append(_say_little)
        # Nobody sends us compressed bodies: unpacked by the library, a small one could fill the memory.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=_IDLE_SECONDS,
            lingering_time=_LINGERING_SECONDS,
            shutdown_timeout=_FINISHING_SECONDS,
            logger=_log,
        )

    async def start(self) -> None:
        """Listen from now on; ConfigError when the address cannot be had."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port, backlog=_BACKLOG).start()
        except OSError as error:
            await self._runner.cleanup()
            why = error.strerror or "it is no address"
            raise ConfigError(
                f"{self._host}:{self._port} cannot be listened on ({why}); choose another web.listen."
            ) from None

    @property
    def port(self) -> int:
        """The port that is listened on, also when any free one was asked for."""
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Take no new connection; requests that have arrived are answered, for a few seconds."""
        await self._runner.cleanup()


async def _say_little(_: web.BaseRequest, response: web.StreamResponse) -> None:
    """Which libraries stand behind this is nobody's business."""
    response.headers["Server"] = "GePeTTTo"


def _surprising(record: logging.LogRecord) -> bool:
    """Bytes that are no HTTP are everyday life on a port, and no incident with a traceback."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_log = logging.getLogger(__name__)
_log.addFilter(_surprising)
