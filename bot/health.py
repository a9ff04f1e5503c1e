"""The pulse of a running bot, for a container's health check: a file that is touched, and how old it is.

`run` calls `beat` from its event loop every `EVERY` seconds, so a file that is not `FRESH` means that the loop
stands still. `python -m bot.health` reads it: exit code 0 alive, 1 not, with one sentence. Without
$GEPETTTO_HEARTBEAT there is no file and nothing to check.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bot.errors import ConfigError

VARIABLE = "GEPETTTO_HEARTBEAT"
EVERY = 10.0
FRESH = 60.0


def beat(environ: Mapping[str, str] = os.environ) -> None:
    """Touch the file that $GEPETTTO_HEARTBEAT names, if any; ConfigError when it cannot be written."""
    if not environ.get(VARIABLE):
        return
    try:
        Path(environ[VARIABLE]).touch()
    except OSError as error:
        raise ConfigError(
            f"{VARIABLE} names {environ[VARIABLE]}, which cannot be written ({error.strerror})."
        ) from None


def problem(environ: Mapping[str, str], now: float) -> str:
    """Why the bot does not count as alive at `now` (seconds since the epoch); empty when it does."""
    if not environ.get(VARIABLE):
        return f"{VARIABLE} is not set; set it for the bot and for this check."
    try:
        age = now - Path(environ[VARIABLE]).stat().st_mtime
    except OSError as error:
        return f"There is no heartbeat at {environ[VARIABLE]} ({error.strerror})."
    return "" if age < FRESH else f"The last heartbeat is {age:.0f} seconds old; the bot hangs or has ended."


def main() -> int:
    """The health check."""
    sentence = problem(os.environ, time.time())
    if sentence:
        sys.stderr.write(f"gepettto: {sentence}\n")
    return 1 if sentence else 0


if __name__ == "__main__":
    sys.exit(main())
