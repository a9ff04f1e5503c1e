"""Fine-tuning at a server: what was asked for, how far it is, and what came of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

ENDED = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFile:
    """A file by its content: `name` is made of it, so that the same content is never uploaded twice."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        return f"gepettto-{self.sha256[:24]}.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """One wish for a model, with the server's ids as far as they are known: written down after every step."""

    endpoint: str
    model: str
    method: str
    suffix: str
    train: TrainingFile
    valid: TrainingFile | None = None
    train_id: str = ""
    valid_id: str = ""
    job: str = ""

    @property
    def key(self) -> str:
        """The same for the same wish."""
        valid = self.valid.sha256 if self.valid else ""
        parts = (self.endpoint, self.model, self.method, self.suffix, self.train.sha256, valid)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingJob:
    """A job as the server tells it. `result` is the new model's name once there is one."""

    id: str
    model: str
    status: str
    result: str = ""
    problem: str = ""
    train_id: str = ""
    tokens: int = 0
    created_at: int = 0
    messages: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.status in ENDED
