"""Where command lines come from: a keyboard with editing and history, or a pipe."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol, TextIO

from bot.chats.terminal.commands import COMMANDS


class Lines(Protocol):
    """A source of lines. `interactive` means that a person sits there and sees a prompt."""

    interactive: bool

    def screen(self) -> AbstractContextManager[Any]:
        """Held while lines are read, so that output and input do not garble each other."""
        ...

    async def read(self, prompt: str) -> str | None:
        """The next line, None at the end of the file."""
        ...


class PipeLines:
    """Lines of a file or pipe. A thread reads them: a reader that blocks must not keep the bot from ending."""

    interactive = False

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._started = False

    def screen(self) -> AbstractContextManager[Any]:
        return nullcontext()

    async def read(self, prompt: str) -> str | None:
        if not self._started:
            self._started = True
            threading.Thread(target=self._pump, args=(asyncio.get_running_loop(),), daemon=True).start()
        return await self._queue.get()

    def _pump(self, loop: asyncio.AbstractEventLoop) -> None:
        line: str | None = ""
        while line is not None:
            try:
                line = self._stream.readline() or None
            except UnicodeDecodeError:
                line = ""
            try:
                loop.call_soon_threadsafe(self._queue.put_nowait, line)
            except RuntimeError:
                return  # the loop has ended before the input did


class KeyboardLines:
    """prompt_toolkit: line editing, history, completion."""

    interactive = True

    def __init__(self, history: Path) -> None:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import Completer, NestedCompleter, PathCompleter
        from prompt_toolkit.history import FileHistory

        history.parent.mkdir(parents=True, exist_ok=True)
        files = {"send", "save", "add"}
        options: dict[str, Completer | None] = {
            name: PathCompleter(expanduser=True) if name in files else None for name in COMMANDS
        }
        self._session: PromptSession[str] = PromptSession(
            history=FileHistory(str(history)),
            completer=NestedCompleter(options),
            complete_while_typing=False,
        )

    def screen(self) -> AbstractContextManager[Any]:
        from prompt_toolkit.patch_stdout import patch_stdout

        return patch_stdout(raw=True)

    async def read(self, prompt: str) -> str | None:
        try:
            return await self._session.prompt_async(prompt, handle_sigint=False)
        except KeyboardInterrupt:
            return ""  # Ctrl-C gives up the line
        except EOFError:
            return None


def lines_of(history: Path) -> Lines:
    """The keyboard where there is one, else the pipe."""
    return KeyboardLines(history) if sys.stdin.isatty() and sys.stdout.isatty() else PipeLines(sys.stdin)
