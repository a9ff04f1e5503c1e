"""A terminal in front of the real services: lines from a script, the screen in a string."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest
from rich.console import Console

from bot.chats.terminal import TerminalChat
from bot.chats.terminal.chat import Editor
from bot.domain.review import State
from bot.services.posting import Posting
from bot.settings import TerminalSettings
from tests.world import World


@dataclass
class ScriptedLines:
    """Gives its lines one after the other, then ends."""

    script: list[str]
    interactive: bool = False
    prompts: list[str] = field(default_factory=list)

    def screen(self) -> AbstractContextManager[Any]:
        return nullcontext()

    async def read(self, prompt: str) -> str | None:
        self.prompts.append(prompt)
        return self.script.pop(0) if self.script else None


@dataclass
class Desk:
    """Runs a script against the world and gives back what was on the screen."""

    world: World
    monkeypatch: pytest.MonkeyPatch
    width: int = 90
    language: str = "en"
    interactive: bool = False
    edited: Sequence[str | None] = ()
    lines: ScriptedLines = field(default_factory=lambda: ScriptedLines([]))

    async def run(self, *script: str) -> str:
        screen = io.StringIO()
        self.lines = ScriptedLines(list(script), interactive=self.interactive)
        answers = list(self.edited)

        async def editor(text: str) -> str | None:
            return answers.pop(0)

        chat = self._chat(Console(file=screen, width=self.width, highlight=False), editor)
        await chat.open()
        world = self.world
        world.posting = Posting(world.store, world.trackers, [chat], world.clock, world.new_name)
        await world.desk.attend(chat)
        await chat.close()
        return screen.getvalue()

    def _chat(self, console: Console, editor: Editor) -> TerminalChat:
        self.monkeypatch.setenv("LANG", "fr_FR.UTF-8" if self.language == "fr" else "C.UTF-8")
        self.monkeypatch.delenv("LC_ALL", raising=False)
        self.monkeypatch.delenv("LC_MESSAGES", raising=False)
        return TerminalChat(
            TerminalSettings(reviewer="Alice"),
            clock=self.world.clock,
            settled=self.settled,
            lines=self.lines,
            console=console,
            editor=editor,
        )

    async def settled(self) -> None:
        """What the engine would do: run every job that was enqueued."""
        world = self.world
        while world.jobs:
            job = world.jobs.pop(0)
            await world.carry_out(job)


@pytest.fixture
async def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """One pending review stands ready."""
    await world.review_in(State.PENDING)
    return Desk(world, monkeypatch)
