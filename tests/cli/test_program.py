"""Exit codes and sentences of the command line, whatever the sub-command."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

import pytest

from bot.cli import crash, program
from bot.errors import BotError, ConfigError, Gone, UsageError

TOKEN = "glpat-" + "x" * 20


class Failing:
    """A sub-command that fails in the way it is told to."""

    SUMMARY = "fail"

    def __init__(self, error: BaseException | None) -> None:
        self.error = error

    def options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--depth", type=int, default=0)

    async def execute(self, given: Namespace) -> int:
        if self.error:
            raise self.error
        return int(given.depth)


def gepettto(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()} | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (Gone("The issue is gone."), 1, "gepettto: The issue is gone.\n"),
        (BotError(f"The token {TOKEN} has expired."), 1, "gepettto: The token [masked] has expired.\n"),
        (ConfigError("c.toml: wrong."), 2, "gepettto: c.toml: wrong.\n"),
        (UsageError("Say more."), 2, "gepettto: Say more.\n"),
        (ExceptionGroup("g", [ExceptionGroup("h", [Gone("Gone.")]), ConfigError("c")]), 1, "gepettto: Gone.\n"),
        (KeyboardInterrupt(), 130, ""),
        (None, 0, ""),
    ],
)
def test_an_error_is_a_sentence_and_an_exit_code(
    error: BaseException | None, code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["fail"], {"fail": Failing(error)}) == code
    assert capsys.readouterr() == ("", sentence)


def test_the_exit_code_is_the_command_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["fail", "--depth", "7"], {"fail": Failing(None)}) == 7


@pytest.mark.parametrize("error", [ValueError("x"), ExceptionGroup("g", [Gone("x"), ValueError("y")])])
def test_an_error_nobody_expected_is_not_hidden(error: Exception) -> None:
    with pytest.raises(type(error)):
        program.main(["fail"], {"fail": Failing(error)})


def test_last_words_hold_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError(TOKEN)
    except ValueError as error:
        crash.report(ValueError, error, error.__traceback__)
    said = capsys.readouterr().err
    assert TOKEN not in said
    assert "ValueError: [masked]" in said
    assert "please report it to the project" in said.splitlines()[-1]


def test_an_interrupt_has_no_last_words(capsys: pytest.CaptureFixture[str]) -> None:
    crash.report(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in program.COMMANDS)])
def test_help_imports_the_standard_library_only(arguments: list[str]) -> None:
    code = (
        "import sys; from bot.__main__ import main\n"
        f"sys.argv = ['gepettto', *{arguments}]\n"
        "try: main()\n"
        "except SystemExit as end: assert end.code == 0\n"
        "rooms = {name.partition('.')[0] for name in sys.modules if not name.startswith('_')} - {'bot'}\n"
        "assert not rooms - sys.stdlib_module_names, rooms - sys.stdlib_module_names\n"
        "assert not {'asyncio', 'bot.app', 'bot.settings'} & set(sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "--config FILE" in ended.stdout or arguments == ["--help"]


def test_the_surface_is_the_designed_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(program.COMMANDS) == [
        "demo", "run", "check", "answer", "ask", "learn",
        "evaluate", "matrix", "dataset", "finetune", "report", "migrate",
    ]  # fmt: skip
    offered = {}
    for name in program.COMMANDS:
        with pytest.raises(SystemExit):
            program.main([name, "--help"])
        offered[name] = capsys.readouterr().out
    assert all("--config FILE" in text for text in offered.values())
    with_json = {name for name, text in offered.items() if "--json" in text}
    assert with_json == {"check", "answer", "ask", "learn", "evaluate", "dataset", "finetune", "report", "migrate"}
    assert all(action in offered["finetune"] for action in ("start", "status", "list", "cancel"))
    assert "--backfill N" in offered["run"]
    assert "URL|FILE|-" in offered["answer"]
    assert "QUESTION" in offered["ask"]


def test_nothing_asked_shows_the_help_and_is_wrong_usage() -> None:
    ended = gepettto()
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "migrate" in ended.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ["nope"],
        ["run", "--backfill", "-1"],
        ["run", "--backfill", "²"],
        ["answer"],
        ["ask"],
        ["dataset"],
        ["dataset", "export"],
        ["dataset", "export", "x", "--faq", "--label", "y"],
        ["dataset", "export", "x", "--format", "xml"],
        ["finetune", "start"],
        ["finetune", "start", "x", "--suffix", "y" * 65],
        ["finetune", "cancel"],
    ],
)
def test_wrong_usage(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(wrong)
    assert ended.value.code == 2
    assert "gepettto" in capsys.readouterr().err


def test_an_empty_question_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["ask", " "]) == 2
    assert capsys.readouterr().err.startswith("gepettto: The question is empty; ")


@pytest.mark.parametrize(
    "command",
    [
        ["run"],
        ["check"],
        ["answer", "x"],
        ["ask", "x"],
        ["learn"],
        ["migrate"],
        ["demo"],
        ["dataset", "export", "x"],
        ["finetune", "list"],
    ],
)
def test_a_wrong_configuration_names_the_file_and_the_key(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[gitlab]\nurls = ''")
    ended = gepettto(*command, "--config", str(tmp_path / "c.toml"))
    assert ended.returncode == 2
    assert ended.stderr == f'gepettto: {tmp_path}/c.toml: unknown key "gitlab.urls"; did you mean "url".\n'


def test_the_environment_names_the_configuration(tmp_path: Path) -> None:
    ended = gepettto("check", GEPETTTO_CONFIG=str(tmp_path / "absent.toml"))
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"gepettto: {tmp_path}/absent.toml: there is no such file; ")


def test_the_version() -> None:
    assert gepettto("--version").stdout.startswith("gepettto 0.")
