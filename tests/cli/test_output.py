"""Text for people and JSON for programs, on terminals and into pipes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from rich.text import Text

from bot.cli.output import READER_LEFT, one_line, printable, table, write_json, write_lines


def test_outsiders_words_cannot_steer_the_terminal() -> None:
    assert printable("a\x1b[31mb\x9bc\u202ed\u200be\r\nf\tg") == "a[31mbcde\nf\tg"
    assert one_line("a\n b\tc ") == "a b c"


def test_columns_begin_at_the_same_place_for_wide_characters_too() -> None:
    lines = table([(Text("日本"), Text("x")), (Text("abcde"), Text("y"))])
    assert [line.plain for line in lines] == ["日本   x", "abcde  y"]


def test_long_lines_are_not_broken_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    write_lines(Text("word " * 60 + "end", style="red"))
    assert capsys.readouterr().out == "word " * 60 + "end\n"


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_are_for_terminals_that_want_them(
    environ: dict[str, str], coloured: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in {"TERM": "xterm", "COLORTERM": "truecolor", **environ}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    write_lines(Text("x", style="red"))
    assert ("\x1b[31m" in capsys.readouterr().out) is coloured


def test_json_is_exact_and_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "é \x1b[31m \x9b \x7f \u2028 “ \ud800"}
    write_json(value)
    printed = capsys.readouterr().out
    assert json.loads(printed) == value
    assert not {"\x1b", "\x9b", "\x7f"} & set(printed)
    assert "é" in printed


def test_json_is_utf_8_in_every_locale() -> None:
    code = "from bot.cli.output import write_json; write_json(['→'])"
    ended = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONIOENCODING": "latin-1"}, capture_output=True, timeout=60, check=True
    )
    assert json.loads(ended.stdout.decode()) == ["→"]


def test_what_the_terminal_cannot_show_becomes_a_question_mark() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "from bot.cli.output import write; write('é → \\ud800')"],
        env={"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout.decode("latin-1") == "é ? ?"


def test_a_reader_who_leaves_ends_the_program_quietly() -> None:
    code = "from bot.cli.output import write\nwhile True: write('x' * 9999)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.read(1)
        running.stdout.close()
        assert running.wait(timeout=60) == READER_LEFT
        assert running.stderr.read() == b""
