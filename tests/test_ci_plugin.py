"""A skip is a failure in CI, and only there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SKIPS = (
    "import pytest\n@pytest.mark.skipif(True, reason={reason!r})\ndef test_a() -> None: ...\ndef test_b() -> None: ..."
)


def run(folder: Path, reason: str, **environ: str) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    (folder / "test_it.py").write_text(SKIPS.format(reason=reason))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.ci_plugin", "--rootdir", str(folder), str(folder)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[1]), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_in_ci_a_skip_fails_the_run_and_says_why(tmp_path: Path) -> None:
    ended = run(tmp_path, "no PostgreSQL here", CI="true")
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED
    assert "skipped although this is CI: " in ended.stdout
    assert "no PostgreSQL here" in ended.stdout


def test_in_ci_a_skip_for_something_outside_the_checkout_is_allowed(tmp_path: Path) -> None:
    assert run(tmp_path, "shared reference documents are absent", CI="true").returncode == 0


def test_elsewhere_a_skip_is_harmless(tmp_path: Path) -> None:
    assert run(tmp_path, "no PostgreSQL here").returncode == 0
