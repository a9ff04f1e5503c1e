"""The plan of the house, kept by machine. The floors themselves are checked by `lint-imports` in `make test`."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "bot").rglob("*.py"))
NAMES_NOBODY_UNDERSTANDS = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def contracts() -> list[dict[str, object]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: list[dict[str, object]] = project["tool"]["importlinter"]["contracts"]
    return found


def test_every_room_has_a_floor() -> None:
    """import-linter refuses unknown rooms; this keeps it from being told to look away."""
    layers = next(contract for contract in contracts() if contract["type"] == "layers")
    assert layers["exhaustive"] is True
    assert not {"ignore_imports", "exhaustive_ignores", "unmatched_ignore_imports_alerting"} & set(layers)


def test_services_know_no_platform() -> None:
    forbidden = next(contract for contract in contracts() if contract["type"] == "forbidden")
    sources, targets = forbidden["source_modules"], forbidden["forbidden_modules"]
    assert isinstance(sources, list)
    assert isinstance(targets, list)
    assert {"bot.services", "bot.domain", "bot.knowledge", "bot.ports", "bot.settings"} <= set(sources)
    assert {"gitlab", "openai", "sqlalchemy", "dbos", "aiohttp", "discord", "nio"} <= set(targets)


def test_the_domain_has_no_input_output_and_no_async() -> None:
    for path in sorted((ROOT / "bot" / "domain").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            assert not isinstance(node, ast.AsyncFunctionDef | ast.Await), f"{relative(path)} is async"
            called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
            assert called not in {"open", "print", "input"}, relative(path)


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), f"{relative(path)} has no docstring"
    assert path.stem not in NAMES_NOBODY_UNDERSTANDS


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_a_public_class_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text())
    silent = [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not silent, f"{relative(path)}: {silent}"
