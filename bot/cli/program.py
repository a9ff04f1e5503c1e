"""From arguments to an exit code: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol

from bot import __version__, log
from bot.cli import answer, ask, check, dataset, demo, evaluate, finetune, learn, matrix, migrate, report, run
from bot.errors import BotError, ConfigError, UsageError


class Command(Protocol):
    """What a sub-command's module offers."""

    SUMMARY: str

    def options(self, parser: argparse.ArgumentParser) -> None: ...

    async def execute(self, given: argparse.Namespace) -> int: ...


COMMANDS: Mapping[str, Command] = {
    "demo": demo,
    "run": run,
    "check": check,
    "answer": answer,
    "ask": ask,
    "learn": learn,
    "evaluate": evaluate,
    "matrix": matrix,
    "dataset": dataset,
    "finetune": finetune,
    "report": report,
    "migrate": migrate,
}


def main(argv: Sequence[str] | None = None, commands: Mapping[str, Command] = COMMANDS) -> int:
    """Run one sub-command and return the exit code; what went wrong is one sentence on standard error."""
    parser = build_parser(commands)
    given = parser.parse_args(argv)
    if given.command is None:
        parser.print_help(sys.stderr)
        return 2
    log.set_up()
    try:
        return _execute(commands[given.command], given)
    except KeyboardInterrupt:
        return 130
    except BotError as error:
        return _failed(error)
    except ExceptionGroup as group:
        expected, rest = group.split(BotError)
        if expected is None or rest is not None:
            raise
        return _failed(_first(expected))


def build_parser(commands: Mapping[str, Command] = COMMANDS) -> argparse.ArgumentParser:
    """The whole public surface of the command line."""
    parser = argparse.ArgumentParser(
        prog="gepettto",
        description="Drafts replies to GitLab issues; maintainers decide; what was approved is sent.",
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"gepettto {__version__}")
    choice = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in commands.items():
        summary = command.SUMMARY
        command.options(choice.add_parser(name, help=summary, description=f"{summary}.", allow_abbrev=False))
    return parser


def _execute(command: Command, given: argparse.Namespace) -> int:
    import asyncio  # costs as much as everything that --help needs

    return asyncio.run(command.execute(given))


def _first(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


def _failed(error: Exception) -> int:
    sys.stderr.write(f"gepettto: {log.secrets.masked(str(error))}\n")
    return 2 if isinstance(error, ConfigError | UsageError) else 1
