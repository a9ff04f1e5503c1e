"""The one place that chooses real parts and wires them: a function for every command."""

from __future__ import annotations

from bot.app.commands import answer, ask, check, evaluate, learn, matrix_login, migrate
from bot.app.running import demo, run
from bot.app.training import check_dataset, export_dataset, open_tuning
from bot.services.learning import LearnReport

__all__ = [
    "LearnReport",
    "answer",
    "ask",
    "check",
    "check_dataset",
    "demo",
    "evaluate",
    "export_dataset",
    "learn",
    "matrix_login",
    "migrate",
    "open_tuning",
    "run",
]
