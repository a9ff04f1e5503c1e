"""`gepettto matrix login`: a password becomes a login that the bot keeps."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from getpass import getpass
from typing import TYPE_CHECKING

from bot.cli.options import add_config, language, settings
from bot.cli.phrases import PHRASES
from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.settings import Settings

SUMMARY = "log the bot in on its Matrix homeserver"


def options(parser: ArgumentParser) -> None:
    parser.add_argument("what", choices=["login"], help="make a login from a password, and keep it")
    parser.add_argument("--user", metavar="ID", help="the bot's user id (default: matrix.user_id)")
    add_config(parser)


async def execute(given: Namespace) -> int:
    loaded = settings(given)
    user = given.user or (loaded.matrix.user_id if loaded.matrix else None)
    if not user:
        raise UsageError("Name the bot's account: --user @gepettto:example.org, or matrix.user_id in the file.")
    from bot import app

    path = await app.matrix_login(loaded, user, _password(loaded, user))
    sys.stdout.write(f"{PHRASES(language(), 'logged_in', user=user, path=path)}\n")
    return 0


def _password(loaded: Settings, user: str) -> str:
    """From the environment, else from the keyboard; never from an argument, which others on the machine can see."""
    if loaded.secrets.matrix_password is not None:
        return str(loaded.secrets.matrix_password.get_secret_value())
    if not sys.stdin.isatty():
        raise UsageError("There is no keyboard to ask for the password; set GEPETTTO_MATRIX_PASSWORD.")
    return getpass(PHRASES(language(), "password", user=user))
