"""The one place that chooses real parts and wires them: a function for every command."""

from __future__ import annotations

from bot.app.commands import answer, ask, audit, check, evaluate, learn, matrix_login, migrate, report
from bot.app.running import demo, run
from bot.app.training import check_dataset, export_dataset, open_tuning
from bot.domain.figures import Event, Figures
from bot.services.learning import LearnReport
from bot.services.report import Report

__all__ = [
    "Event",
    "Figures",
    "LearnReport",
    "Report",
    "answer",
    "ask",
    "audit",
    "check",
    "check_dataset",
    "demo",
    "evaluate",
    "export_dataset",
    "learn",
    "matrix_login",
    "migrate",
    "open_tuning",
    "report",
    "run",
]
