"""`python -m tests.fake_discord.launch http://127.0.0.1:PORT run …`: the bot as a process, on a fake Discord."""

from __future__ import annotations

import sys

from bot.__main__ import main
from tests.fake_discord.address import point_at


def launch() -> int:
    """The bot's own command line, with the first argument taken away."""
    url = sys.argv.pop(1)
    assert url.startswith("http://127.0.0.1:"), f"{url} is not on this machine"
    point_at(url)
    return main()


if __name__ == "__main__":
    sys.exit(launch())
