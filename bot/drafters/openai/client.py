"""The only file that talks to a model server, through the `openai` library.

The library's own retries are off (`Line` retries), every call is a stream (a server stops when we
leave), and what leaves is listed here: variables like OPENAI_BASE_URL or OPENAI_CUSTOM_HEADERS in the
environment have no effect, and no redirect carries an issue's text to another host.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import openai

from bot.drafters.openai import faults
from bot.drafters.openai.faults import Fault, Kind
from bot.drafters.openai.usage import Completion, Tokens
from bot.errors import BotError
from bot.ports import Clock
from bot.settings import ModelSettings

HEADERS = frozenset(
    {"host", "accept", "accept-encoding", "connection", "content-length", "content-type", "transfer-encoding"}
)
"""Request headers that leave besides our own Authorization and User-Agent."""

FINISHED = frozenset({"stop", "length", "model_length", "max_tokens", "eos", "eos_token", "end_turn"})
ENOUGH = 400_000
"""Characters after which an answer is cut on our side, whatever limit the server honours."""


class Client:
    """`idle` is how long the server may be silent, in seconds."""

    def __init__(self, settings: ModelSettings, key: str | None, clock: Clock, *, idle: float) -> None:
        self._settings = settings
        self._clock = clock
        self._authorization = f"Bearer {key}" if key else ""
        http = openai.DefaultAsyncHttpxClient(
            timeout=openai.Timeout(min(idle, settings.timeout), connect=min(10.0, settings.timeout)),
            follow_redirects=False,
            event_hooks={"request": [self._only_ours]},
        )
        self._openai = openai.AsyncOpenAI(
            api_key=key or "none",
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            base_url=settings.base_url,
            max_retries=0,
            http_client=http,
        )

    async def close(self) -> None:
        await self._openai.close()

    async def complete(self, body: Mapping[str, Any]) -> Completion | Fault:
        """One call, never repeated. Cancelling it makes the server stop."""
        try:
            async with await self._openai.chat.completions.create(**body) as stream:
                kind = stream.response.headers.get("content-type", "")
                if "json" in kind or "html" in kind:
                    return self._not_a_stream(await stream.response.aread())
                return await self._collect(stream)
        except openai.APIError as error:
            return self._fault(error, sent=body)
        except ValueError:  # an event that is not JSON, or not UTF-8
            return faults.cut_off()

    async def call(
        self, ask: Callable[[openai.AsyncOpenAI], Awaitable[Any]], *, absent: Mapping[int, BotError]
    ) -> Any | Fault:
        """Anything else the library can do, once; `absent` are the statuses that mean more here than elsewhere."""
        try:
            answer = await ask(self._openai)
        except openai.APIError as error:
            if isinstance(error, openai.APIStatusError) and error.status_code in absent:
                return Fault(kind=Kind.OPERATOR, hopeless=True, error=absent[error.status_code])
            return self._fault(error, sent=())
        except ValueError:  # broken JSON
            return faults.cut_off()
        return faults.not_a_stream(self._settings.base_url) if isinstance(answer, str) else answer

    async def models(self) -> list[dict[str, Any]] | Fault:
        """What the server says it offers; empty when it has no such list."""
        try:
            # Not `models.list`: it cannot bear an answer that is not JSON.
            answer: object = await self._openai.get("/models", cast_to=object)
        except openai.APIError as error:
            absent = isinstance(error, openai.APIStatusError) and error.status_code in {404, 405, 501}
            return [] if absent else self._fault(error, sent=())
        except ValueError:
            return []
        listed = answer.get("data") if isinstance(answer, Mapping) else None
        return [model for model in listed if isinstance(model, dict)] if isinstance(listed, list) else []

    async def _collect(self, stream: openai.AsyncStream[Any]) -> Completion | Fault:
        started, reading = time.perf_counter(), _Reading()
        async for chunk in stream:
            reading.take(chunk, time.perf_counter() - started)
            if reading.length > ENOUGH:
                reading.finish_reason = "length"
                break
        if reading.refusal or reading.finish_reason == "content_filter":
            return faults.refusal(reading.refusal)
        if reading.finish_reason not in FINISHED:
            return faults.cut_off()
        return reading.completion(time.perf_counter() - started, default_model=self._settings.model)

    def _not_a_stream(self, content: bytes) -> Fault:
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        if isinstance(body, Mapping) and (body.get("error") or body.get("detail")):
            return faults.from_stream(body, model=self._settings.model)
        return faults.not_a_stream(self._settings.base_url)

    def _fault(self, error: openai.APIError, *, sent: Any) -> Fault:
        if isinstance(error, openai.APIStatusError):
            return faults.from_status(
                error.status_code,
                error.body,
                error.response.headers,
                sent=tuple(sent),
                model=self._settings.model,
                now=self._clock.now(),
            )
        if isinstance(error, openai.APITimeoutError):
            return faults.silent()
        if isinstance(error, openai.APIConnectionError):
            return faults.unreachable(self._settings.base_url)
        return faults.from_stream(error.body, model=self._settings.model)

    async def _only_ours(self, request: Any) -> None:
        for name in [name for name in request.headers if name.lower() not in HEADERS]:
            del request.headers[name]
        request.headers["User-Agent"] = "gepettto"
        if self._authorization:
            request.headers["Authorization"] = self._authorization


class _Reading:
    """Puts the chunks of a stream together. Servers leave out what they like, so any part may be missing or odd."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self.length = 0
        self.refusal = ""
        self.finish_reason = ""
        self._model = ""
        self._tokens: Tokens | None = None
        self._first: float | None = None

    def take(self, chunk: Any, seconds: float) -> None:
        self._model = _text(chunk, "model") or self._model
        if usage := getattr(chunk, "usage", None):
            self._tokens = _tokens(usage)
        choices = getattr(chunk, "choices", None)
        for choice in choices[:1] if isinstance(choices, list) else ():
            delta = getattr(choice, "delta", None)
            if content := _text(delta, "content"):
                self._pieces.append(content)
                self.length += len(content)
                self._first = seconds if self._first is None else self._first
            self.refusal += _text(delta, "refusal")
            self.finish_reason = _text(choice, "finish_reason") or self.finish_reason

    def completion(self, seconds: float, *, default_model: str) -> Completion:
        return Completion(
            text="".join(self._pieces),
            finish_reason=self.finish_reason,
            model=self._model or default_model,
            seconds=seconds,
            first_token_seconds=self._first or 0.0,
            tokens=self._tokens,
        )


def _text(value: Any, name: str) -> str:
    found = getattr(value, name, None)
    return found if isinstance(found, str) else ""


def _tokens(usage: Any) -> Tokens | None:
    """Counts as reported; None when the report does not even hold the two that every server knows."""
    prompt, completion = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    if not isinstance(prompt, int) or not isinstance(completion, int):
        return None
    cached = getattr(getattr(usage, "prompt_tokens_details", None), "cached_tokens", None)
    reasoning = getattr(getattr(usage, "completion_tokens_details", None), "reasoning_tokens", None)
    return Tokens(
        prompt=prompt,
        completion=completion,
        cached=cached if isinstance(cached, int) else 0,
        reasoning=reasoning if isinstance(reasoning, int) else 0,
    )
