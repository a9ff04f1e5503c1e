"""The documentation says what the code does."""

from __future__ import annotations

import re
import tomllib
from argparse import ArgumentParser
from itertools import pairwise
from pathlib import Path

import pytest

from bot import __version__, health
from bot.cli.program import COMMANDS
from bot.domain.passage import MatchWord
from bot.domain.prompt import Answer
from bot.domain.review import MOVES, DraftStatus, State, Verdict
from bot.settings import SECRETS, load
from tests.documents import ROOT, TABLES, filled, sections

README = (ROOT / "README.md").read_text()
REFERENCE = (ROOT / "docs" / "reference.md").read_text()
DESIGN = (ROOT / "docs" / "design.md").read_text()
EXAMPLE = ROOT / "config" / "gepettto.example.toml"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tests" / "README.md"])


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- configuration ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", TABLES, ids=relative)
def test_generated_tables_are_up_to_date(path: Path) -> None:
    assert path.read_text() == filled(path), "run `python -m tests.documents`"


def uncommented() -> str:
    """The example with every key and section in force; prose stays a comment."""
    return re.sub(r"^# (?=\[\w+\]$|(\w+|\".+\") = )", "", EXAMPLE.read_text(), flags=re.MULTILINE)


def test_the_example_has_every_key_and_nothing_else() -> None:
    shown = tomllib.loads(uncommented())
    assert shown.keys() == sections().keys()
    for name, schema in sections().items():
        assert "properties" not in schema or set(shown[name]) == set(schema["properties"])


def test_the_example_loads_as_it_is_and_with_everything_in_force(tmp_path: Path) -> None:
    assert load(EXAMPLE, {}).gitlab is None
    (tmp_path / "all.toml").write_text(uncommented())
    settings = load(tmp_path / "all.toml", {})
    assert settings.gitlab
    assert settings.model
    assert settings.discord
    assert settings.matrix


def test_the_example_shows_the_defaults() -> None:
    examples = {"folder.path", "folder.replies", "model.base_url", "model.model", "knowledge.url"}
    examples |= {"model.temperature", "model.reasoning_effort"}
    examples |= {"discord.guild", "discord.channel", "discord.reviewer_roles", "discord.ping_role"}
    examples |= {f"matrix.{key}" for key in ("homeserver", "room", "reviewers", "min_power", "user_id", "device_id")}
    examples |= {"web.listen", "web.url"}
    for section, table in tomllib.loads(uncommented()).items():
        for key, value in table.items():
            if f"{section}.{key}" not in examples and "properties" in sections()[section]:
                assert value == sections()[section]["properties"][key]["default"], f"{section}.{key}"


def test_every_key_in_the_example_is_explained() -> None:
    for above, line in pairwise(EXAMPLE.read_text().splitlines()):
        if re.match(r"# \w+ = ", line):
            assert re.match(r"# (?!\[|\w+ = )", above), f"no explanation above {line}"


def test_the_demo_loads_and_writes_only_where_git_looks_away() -> None:
    settings = load(ROOT / "config" / "demo.toml", {})
    assert settings.folder
    assert len(list(settings.folder.path.glob("*.md"))) >= 6
    assert all(path.is_file() for path in settings.knowledge.paths)
    assert settings.folder.replies == ROOT / "var" / "demo-replies"
    assert settings.store.url == f"sqlite:///{ROOT}/var/demo.db"
    assert "var/" in (ROOT / ".gitignore").read_text().splitlines()
    assert (settings.gitlab, settings.model) == (None, None)


@pytest.mark.parametrize("name", [*SECRETS, *(f"{name}_FILE" for name in SECRETS)])
def test_every_secret_is_documented(name: str) -> None:
    assert f"`{name.removesuffix('_FILE')}`" in README
    assert f"| `{name}` |" in REFERENCE


def test_the_heartbeat_is_documented() -> None:
    (line,) = [line for line in REFERENCE.splitlines() if line.startswith(f"| `{health.VARIABLE}` |")]
    assert f"every {health.EVERY:g} seconds" in line
    assert f"more than {health.FRESH:g} seconds" in line


# --- commands -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    (row,) = [line for line in README.splitlines() if re.match(rf"\| `gepettto {name}\b", line)]
    assert row.endswith(f"| {COMMANDS[name].SUMMARY} |")
    assert re.search(rf"^### `gepettto {name}\b", REFERENCE, re.MULTILINE)


def test_no_command_is_promised_that_does_not_exist() -> None:
    promised = {word for path in DOCUMENTS for word in re.findall(r"`?gepettto ([a-z]+)\b", path.read_text())}
    assert promised == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    parser = ArgumentParser(add_help=False)
    COMMANDS[name].options(parser)
    for word in re.findall(r"--\w+", parser.format_usage()):
        assert f"`{word}" in REFERENCE


def test_the_json_of_an_answer_is_documented_key_by_key() -> None:
    answer = Answer(
        status=DraftStatus.ANSWER, reply="", confidence=0, match=MatchWord.NONE, language="", drafter="quoting"
    )
    section = REFERENCE.partition("### JSON of `answer` and `ask`")[2].partition("###")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == list(answer.as_json())
    for word in (*DraftStatus, *MatchWord):
        assert f"`{word}`" in section


# --- design -------------------------------------------------------------------------------------


def test_the_diagram_is_the_table_of_moves() -> None:
    arrows = re.findall(r"^    (\w+) --> (\w+)", DESIGN, re.MULTILINE)
    assert len(arrows) == len(set(arrows))
    drawn = {(State[a], State[b]) for a, b in arrows}
    assert drawn == {(state, to) for state, targets in MOVES.items() for to in targets}
    ends = {State[name] for name in re.findall(r"^    (\w+) --> \[\*\]", DESIGN, re.MULTILINE)}
    assert ends == {state for state, targets in MOVES.items() if not targets}


def test_every_verdict_is_in_the_glossary() -> None:
    (line,) = [line for line in DESIGN.splitlines() if line.startswith("| Verdict, Decision |")]
    assert all(verdict.value in line for verdict in Verdict)


def test_every_room_is_in_the_design() -> None:
    rooms = {path.stem for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    table = DESIGN.partition("## The rooms")[2].partition("## Whys")[0]
    missing = {room for room in rooms - {"__init__"} if f"`{room}`" not in table}
    assert not missing


# --- all of it ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), f"{relative(path)} links to {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=relative)
def test_shell_examples_name_existing_make_targets(path: Path) -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make (\w+)", path.read_text(), re.MULTILINE))
    assert named <= targets


def test_the_changelog_begins_with_what_comes_next() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] in {"Unreleased", __version__}
