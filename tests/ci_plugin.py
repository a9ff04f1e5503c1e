"""In CI a skipped test is a failed run: everything it could lack is installed there.

`.ci/run` loads this with `-p tests.ci_plugin`; on a developer's machine skips stay visible and harmless.
"""

from __future__ import annotations

import os

import pytest

ALLOWED = ("shared reference documents are absent",)
"""Reasons that stand for something outside the checkout, which an installation step cannot bring."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in _forbidden(terminalreporter):
        terminalreporter.line(f"skipped although this is CI: {reason}", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.exitstatus == pytest.ExitCode.OK and reporter is not None and _forbidden(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _forbidden(reporter: pytest.TerminalReporter) -> list[str]:
    if os.environ.get("CI") != "true":
        return []
    reasons = [report.longrepr[2] for report in reporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    return [reason for reason in reasons if not any(allowed in reason for allowed in ALLOWED)]
