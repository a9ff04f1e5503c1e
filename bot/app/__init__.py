"""The one place that chooses real parts and wires them: a function for every command."""

from __future__ import annotations

from bot.app.commands import answer, ask, audit, check, learn, migrate, report
from bot.app.running import demo, run
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
    "demo",
    "learn",
    "migrate",
    "report",
    "run",
]
