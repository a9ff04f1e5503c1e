"""Files and fine-tuning jobs of an OpenAI-compatible server. One call each; what reads is tried again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import openai

from bot.domain.training import Training, TrainingJob
from bot.drafters.openai.client import Client
from bot.drafters.openai.faults import Fault, Kind
from bot.errors import BotError, Gone, InDoubt, Limited, Permanent, Temporary, Unreadable
from bot.ports import Clock
from bot.settings import ModelSettings

NOT_OFFERED = (
    "This provider does not offer fine-tuning to this account (any more): train the exported files with a trainer of "
    "your own (TRL, Axolotl, LLaMA-Factory), serve the result with vLLM or llama.cpp, and name it in [model]."
)

_TRIES = 4
_WAIT = 2.0
_LISTED = 100
_MESSAGES = 5

Ask = Callable[[openai.AsyncOpenAI], Awaitable[Any]]


class OpenAITrainer:
    """Implements `ports.Trainer`."""

    def __init__(self, settings: ModelSettings, key: str | None, clock: Clock) -> None:
        self.endpoint = settings.base_url
        self._clock = clock
        self._client = Client(settings, key, clock, idle=settings.timeout)

    async def close(self) -> None:
        await self._client.close()

    async def uploaded(self, name: str, known: str) -> str | None:
        """See the port. A file that the server could not read is not counted."""
        listed = await self._read(lambda api: api.files.list(purpose="fine-tune", limit=10_000))
        for file in _data(listed):
            ours = _text(file, "filename") == name or (known and _text(file, "id") == known)
            if ours and _text(file, "status") != "error":
                return _text(file, "id") or None
        return None

    async def upload(self, path: Path, name: str) -> str:
        with path.open("rb") as content:
            answer = await self._write(lambda api: api.files.create(file=(name, content), purpose="fine-tune"))
        return _text(answer, "id") or _unreadable()

    async def create(self, training: Training) -> TrainingJob:
        wish: dict[str, Any] = {"model": training.model, "training_file": training.train_id}
        wish |= {"validation_file": training.valid_id} if training.valid_id else {}
        wish |= {"suffix": training.suffix} if training.suffix else {}
        wish |= {"method": {"type": training.method}} if training.method != "supervised" else {}
        return _job(await self._write(lambda api: api.fine_tuning.jobs.create(**wish)))

    async def jobs(self) -> list[TrainingJob]:
        """The newest jobs, newest first."""
        listed = await self._read(lambda api: api.fine_tuning.jobs.list(limit=_LISTED))
        return [_job(one) for one in _data(listed)]

    async def job(self, identity: str) -> TrainingJob:
        """One job with its last messages, oldest first."""
        answer = await self._read(lambda api: api.fine_tuning.jobs.retrieve(identity), missing=_no_job(identity))
        said = await self._read(
            lambda api: api.fine_tuning.jobs.list_events(identity, limit=_MESSAGES), missing=_no_job(identity)
        )
        messages = tuple(_text(event, "message") for event in reversed(_data(said)))
        return _job(answer, tuple(message for message in messages if message)[-_MESSAGES:])

    async def cancel(self, identity: str) -> TrainingJob:
        return _job(await self._write(lambda api: api.fine_tuning.jobs.cancel(identity), missing=_no_job(identity)))

    async def _read(self, ask: Ask, *, missing: BotError | None = None) -> Any:
        for attempt in range(_TRIES):
            answer = await self._client.call(ask, absent=_absent(missing))
            if not isinstance(answer, Fault):
                return answer
            if answer.kind is not Kind.LATER or not answer.again or attempt == _TRIES - 1:
                raise answer.error
            await self._clock.sleep(max(answer.retry_after or 0.0, _WAIT * 2**attempt))
        raise AssertionError("unreachable")

    async def _write(self, ask: Ask, *, missing: BotError | None = None) -> Any:
        """Once. Where it may have been carried out the next run looks for it before it tries again."""
        answer = await self._client.call(ask, absent=_absent(missing))
        if not isinstance(answer, Fault):
            return answer
        if isinstance(answer.error, Temporary) and not isinstance(answer.error, Limited):
            raise InDoubt(f"{str(answer.error).rstrip('.')}; run the same command again, nothing is started twice.")
        raise answer.error


def _absent(missing: BotError | None) -> dict[int, BotError]:
    not_offered = Permanent(NOT_OFFERED)
    return {403: not_offered, 404: missing or not_offered, 405: not_offered, 501: not_offered}


def _no_job(identity: str) -> Gone:
    return Gone(f"The server knows no training job {identity}; `gepettto finetune list` shows those it knows.")


def _job(answer: Any, messages: tuple[str, ...] = ()) -> TrainingJob:
    identity, status = _text(answer, "id"), _text(answer, "status")
    if not identity or not status:
        _unreadable()
    return TrainingJob(
        id=identity,
        model=_text(answer, "model"),
        status=status,
        result=_text(answer, "fine_tuned_model"),
        problem=_text(getattr(answer, "error", None), "message"),
        train_id=_text(answer, "training_file"),
        tokens=_number(answer, "trained_tokens"),
        created_at=_number(answer, "created_at"),
        messages=messages,
    )


def _data(listed: Any) -> list[Any]:
    data = getattr(listed, "data", None)
    return data if isinstance(data, list) else _unreadable()


def _text(value: Any, name: str) -> str:
    found = getattr(value, name, None)
    return found if isinstance(found, str) else ""


def _number(value: Any, name: str) -> int:
    found = getattr(value, name, None)
    return found if isinstance(found, int) else 0


def _unreadable() -> Any:
    raise Unreadable("The server does not answer as one that trains models does; correct model.base_url.")
