"""The way of one draft: letter, answer, and what to do when either does not fit."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.prompt import Prompt
from bot.domain.review import DraftStatus, DraftText
from bot.drafters.openai.answers import Written, draft_from, plain, read, schema
from bot.drafters.openai.checking import check
from bot.drafters.openai.client import Client
from bot.drafters.openai.faults import Fault
from bot.drafters.openai.leaks import repeats
from bot.drafters.openai.line import Line
from bot.drafters.openai.messages import Letter, write_letter, write_repair
from bot.drafters.openai.profiles import PROFILES
from bot.drafters.openai.usage import Completion, bill
from bot.errors import ConfigError, Permanent, Temporary
from bot.knowledge.budget import Factor, estimate, room
from bot.ports import Clock, Finding
from bot.settings import ModelSettings

log = logging.getLogger(__name__)

IDLE = 60.0
"""Seconds a server may be silent; small machines need long for the first token of a long prompt."""


@dataclass(slots=True)
class _Effort:
    """What one draft has taken so far."""

    deadline: asyncio.Timeout
    started: float = field(default_factory=time.perf_counter)
    calls: list[Completion] = field(default_factory=list)


class OpenAIDrafter:
    """Drafts by a model. Raises Temporary (Limited with a time), Unauthorised, Gone and Permanent.

    `boundary` makes the mark that outsiders cannot guess, `jitter` a number in 0..1 that spreads retries.
    """

    name = "openai"

    def __init__(
        self,
        settings: ModelSettings,
        key: str | None,
        clock: Clock,
        *,
        team_language: str = "en",
        boundary: Callable[[], str] = lambda: secrets.token_hex(8),
        jitter: Callable[[], float] = random.random,
        idle: float = IDLE,
    ) -> None:
        if settings.max_tokens > settings.context // 2:
            raise ConfigError(
                f"model.max_tokens ({settings.max_tokens}) must leave at least half of model.context "
                f"({settings.context}) for the issue; lower it."
            )
        self._settings = settings
        self._clock = clock
        self._team_language = team_language
        self._boundary = boundary
        self._client = Client(settings, key, clock, idle=idle)
        self._line = Line(settings, self._client, clock, jitter=jitter)
        self._factor = Factor()

    async def draft(self, prompt: Prompt) -> DraftText:
        async with self._line.slot() as deadline:
            effort = _Effort(deadline)
            letter, answer = await self._ask(prompt, effort)
            written = await self._understood(answer, letter, effort)
        return self._finished(written, prompt, letter, answer, effort)

    async def check(self) -> list[Finding]:
        return await check(self._settings, self._client, self._line)

    async def close(self) -> None:
        await self._client.close()

    async def _ask(self, prompt: Prompt, effort: _Effort) -> tuple[Letter, Completion]:
        """The model's answer; a prompt that was too long after all is made shorter, once."""
        budget = room(self._settings.context, self._settings.max_tokens, self._factor.value)
        letter = self._letter(prompt, budget)
        answer = await self._call(letter.messages, letter.tokens, effort, self._schema(letter))
        if isinstance(answer, Fault):
            log.info("the prompt was too long; sending a shorter one", extra={"action": "prompt_shrunk"})
            letter = self._letter(prompt, self._smaller(letter, answer))
            answer = await self._call(letter.messages, letter.tokens, effort, self._schema(letter))
        if isinstance(answer, Fault):
            raise answer.error
        return letter, answer

    def _letter(self, prompt: Prompt, budget: int) -> Letter:
        letter = write_letter(
            prompt,
            budget=budget,
            boundary=self._boundary(),
            today=self._clock.now().date().isoformat(),
            team_language=self._team_language,
        )
        if letter is None:
            raise Permanent(
                f"The issue does not fit into {self._settings.context} tokens beside the rules; "
                "raise model.context or use a model that reads more."
            )
        return letter

    def _smaller(self, letter: Letter, overflow: Fault) -> int:
        """A budget that should fit, from the server's own figures where it gave them."""
        if overflow.limit and overflow.prompt_tokens:
            space = max(overflow.limit - self._settings.max_tokens, overflow.limit // 2)
            return int(letter.tokens * min(space / overflow.prompt_tokens, 1.0) * 0.9)
        if overflow.limit and overflow.limit < self._settings.context:
            return min(room(overflow.limit, self._settings.max_tokens, Factor.MOST), letter.tokens // 2)
        return letter.tokens // 2

    def _schema(self, letter: Letter) -> dict[str, Any]:
        return schema(tuple(letter.sources), bounds=PROFILES[self._settings.profile].bounds)

    async def _call(
        self, messages: tuple[dict[str, str], ...], tokens: int, effort: _Effort, form: dict[str, Any]
    ) -> Completion | Fault:
        answer = await self._line.complete(messages, deadline=effort.deadline, schema=form)
        if isinstance(answer, Fault):
            return answer
        answer = replace(answer, expected=tokens)
        effort.calls.append(answer)
        if answer.tokens and not _prompt_cut(answer):
            self._factor.learn(answer.expected, answer.tokens.prompt)
        return answer

    async def _understood(self, answer: Completion, letter: Letter, effort: _Effort) -> Written | None:
        """The answer in the right form, after one repair if need be; None when only its text is of use."""
        if written := read(answer.text, unfinished=answer.cut):
            return written
        if answer.cut and not plain(answer.text):
            raise Permanent(
                f"The model used up its {self._settings.max_tokens} tokens before it wrote a reply; "
                "raise model.max_tokens or lower model.reasoning_effort."
            )
        if answer.cut or not answer.text.strip():
            return None
        repair = write_repair(answer.text, boundary=self._boundary())
        tokens = sum(estimate(message["content"]) for message in repair)
        repaired = await self._call(repair, tokens, effort, self._schema(letter))
        written = None if isinstance(repaired, Fault) else read(repaired.text, unfinished=repaired.cut)
        return written or read(answer.text, unfinished=True)

    def _finished(
        self, written: Written | None, prompt: Prompt, letter: Letter, answer: Completion, effort: _Effort
    ) -> DraftText:
        if written:
            draft = draft_from(written, prompt, letter.sources)
        elif text := plain(answer.text):
            draft = _in_plain_text(text, prompt, letter)
        else:
            raise Temporary("The model gave no usable answer; try again, or use another model.")
        if repeats(f"{draft.text}\n{draft.note_to_team}", letter.messages[0]["content"]):
            log.warning("the model repeated its instructions; dropped", extra={"action": "prompt_leaked"})
            draft = replace(_NOTHING, language=prompt.language)
        seconds = time.perf_counter() - effort.started
        return replace(
            draft,
            drafter=self.name,
            model=answer.model,
            usage=bill(effort.calls, self._settings.prices, seconds=seconds),
            warnings=(*draft.warnings, *self._warnings(letter, effort)),
        )

    def _warnings(self, letter: Letter, effort: _Effort) -> list[str]:
        found = {
            "incomplete": any(call.cut for call in effort.calls),
            "shortened": bool(letter.left_out or letter.shortened),
            "prompt_cut": any(_prompt_cut(call) for call in effort.calls),
        }
        if found["shortened"]:
            log.info(
                "left out: %s; shortened: %s",
                ", ".join(letter.left_out) or "nothing",
                ", ".join(letter.shortened) or "nothing",
                extra={"action": "prompt_packed"},
            )
        return [name for name, applies in found.items() if applies]


_NOTHING = DraftText(text="", status=DraftStatus.INSUFFICIENT, warnings=("prompt_leaked",))


def _in_plain_text(text: str, prompt: Prompt, letter: Letter) -> DraftText:
    """A reply that kept to no form cites nothing; without any source it may not claim anything either."""
    if not letter.sources and not prompt.freeform:
        return DraftText(
            text="",
            status=DraftStatus.INSUFFICIENT,
            language=prompt.language,
            warnings=("plain_text", "unsupported"),
        )
    return DraftText(
        text=text,
        status=DraftStatus.ANSWER,
        language=prompt.language,
        warnings=("plain_text", "unsupported"),
    )


def _prompt_cut(call: Completion) -> bool:
    """Whether the server read far less than was sent: some drop the beginning without a word."""
    return call.tokens is not None and call.expected > 1000 and call.tokens.prompt < 0.45 * call.expected
