"""Secrets in files that are replaced while the bot runs, as those who rotate tokens do."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from bot import log as masked_log
from bot.errors import ConfigError
from bot.settings.reading import secret_in

log = logging.getLogger(__name__)


class RenewedSecret:
    """Called for the present value; None while the file is as it was, and when it cannot be used."""

    def __init__(self, name: str, path: Path) -> None:
        self._name = name
        self._path = path
        self._seen = self._mark()

    def __call__(self) -> str | None:
        mark = self._mark()
        if mark == self._seen:
            return None
        self._seen = mark
        try:
            value = secret_in(self._name, self._path)
        except ConfigError as error:
            log.error("The old value stays in use: %s", error)
            return None
        masked_log.secrets.learn(value)
        return value

    def _mark(self) -> tuple[int, ...]:
        """Changes whenever the file does, also when a link to it is turned to another one."""
        try:
            found = os.stat(self._path)
        except OSError:
            return ()
        return found.st_ino, found.st_mtime_ns, found.st_size
