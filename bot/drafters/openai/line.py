"""The line to one model server: calls until there is an answer, or a reason why there will be none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bot.drafters.openai.breaker import Breaker
from bot.drafters.openai.client import Client
from bot.drafters.openai.faults import Fault, Kind
from bot.drafters.openai.profiles import PROFILES, request
from bot.drafters.openai.usage import Completion
from bot.errors import Limited, Temporary
from bot.ports import Clock
from bot.settings import ModelSettings

log = logging.getLogger(__name__)

TRIES = 3
PATIENCE = 20.0
"""Seconds. A longer wait is the engine's, which survives a restart; a draft must not sit in memory."""


class Line:
    """Holds what is learnt about the server for the life of the process: refused parameters, its health."""

    def __init__(self, settings: ModelSettings, client: Client, clock: Clock, *, jitter: Callable[[], float]) -> None:
        self._settings = settings
        self._client = client
        self._clock = clock
        self._jitter = jitter
        self._slots = asyncio.Semaphore(PROFILES[settings.profile].slots)
        self._breaker = Breaker()
        self.refused: set[str] = set()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[asyncio.Timeout]:
        """One of the places at the server, for at most the configured time; raises Temporary after it."""
        async with self._slots:
            try:
                async with asyncio.timeout(self._settings.timeout) as deadline:
                    yield deadline
            except TimeoutError:
                late = Temporary(
                    f"The model needed more than {self._settings.timeout:g} seconds; raise model.timeout, or try again."
                )
                self._breaker.failed(self._clock.now(), late, hopeless=False, jitter=self._jitter())
                raise late from None

    async def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        deadline: asyncio.Timeout,
        schema: Mapping[str, Any] | None = None,
        max_tokens: int | None = None,
    ) -> Completion | Fault:
        """An answer, or the one fault that is for the caller to mend: a prompt that was too long.

        Raises Temporary or Permanent. Waits briefly between tries; a long wait is raised as Limited.
        """
        failures = 0
        while True:
            body = request(
                self._settings,
                messages,
                schema=schema,
                max_tokens=max_tokens or self._settings.max_tokens,
                refused=self.refused,
            )
            answer = await self._call(body)
            if isinstance(answer, Completion) or answer.kind is Kind.SHRINK:
                return answer
            if answer.kind is Kind.DROP:
                self._learn(answer.parameter)
                continue
            failures += 1
            wait = self._pause(answer, failures)
            if wait is None:
                raise answer.error
            if wait > PATIENCE or wait > _left(deadline):
                raise Limited(str(answer.error), wait)
            await self._clock.sleep(wait)

    async def _call(self, body: dict[str, Any]) -> Completion | Fault:
        self._breaker.admit(self._clock.now())
        try:
            answer = await self._client.complete(body)
        except asyncio.CancelledError:
            self._breaker.gave_up()
            raise
        if isinstance(answer, Fault) and (answer.kind is Kind.LATER or answer.hopeless):
            self._breaker.failed(self._clock.now(), answer.error, hopeless=answer.hopeless, jitter=self._jitter())
            log.warning("call failed: %s", answer.error, extra={"action": "model_failed"})
        else:
            self._breaker.succeeded()
        return answer

    def _learn(self, parameter: str) -> None:
        self.refused.add(parameter)
        log.warning("the server refuses %s; it is left out from now on", parameter, extra={"action": "model_profile"})

    def _pause(self, fault: Fault, failures: int) -> float | None:
        """Seconds before the next try; None when there should be none."""
        if fault.kind is not Kind.LATER or not fault.again or failures >= TRIES:
            return None
        own = min(0.5 * 2 ** (failures - 1), 8.0) * (1 + self._jitter() / 4)
        return own if fault.retry_after is None else max(fault.retry_after, 0.0)


def _left(deadline: asyncio.Timeout) -> float:
    at = deadline.when()
    return float("inf") if at is None else at - asyncio.get_running_loop().time()
