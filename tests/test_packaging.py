"""What is installed, from where, and what an image or a wheel holds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PINS = ("constraints.txt", "constraints-dev.txt")
TEST_PINS = ("constraints-synapse.txt", "constraints-judge.txt")
"""Of programs that only tests start, each in an environment of its own."""


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def shipped_requirements() -> list[str]:
    """What the project needs, and what it needs for encrypted rooms, which the image serves too."""
    asked = project()["project"]
    return [*asked["dependencies"], *asked["optional-dependencies"]["e2ee"]]


def requirements(name: str) -> list[Requirement]:
    """The pins of one file, without their hashes."""
    lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    return [Requirement(re.sub(r"\s+--hash=\S+", "", line).strip()) for line in lines]


def pinned(name: str) -> dict[str, set[Version]]:
    versions: dict[str, set[Version]] = {}
    for requirement in requirements(name):
        (only,) = requirement.specifier
        assert only.operator == "=="
        versions.setdefault(canonicalize_name(requirement.name), set()).add(Version(only.version))
    return versions


@pytest.mark.parametrize("name", PINS + TEST_PINS)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "\n--" not in f"\n{text}", "an option line such as an index address"
    pins = text.replace("\\\n", " ").splitlines()
    assert pins
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", pin) for pin in pins)


def test_the_judges_packages_are_pinned_with_hashes_and_no_address() -> None:
    folder = ROOT / "tests" / "judge"
    text = (folder / "package-lock.json").read_text()
    assert "://" not in text
    packages = json.loads(text)["packages"]
    wanted = json.loads((folder / "package.json").read_text())["dependencies"]
    assert packages.pop("")["dependencies"] == wanted
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted, "exact versions"
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())


def test_the_tests_run_on_the_versions_that_are_shipped() -> None:
    shipped, tested = pinned(PINS[0]), pinned(PINS[1])
    assert {name: tested.get(name) for name in shipped} == shipped


@pytest.mark.parametrize("name", PINS)
def test_the_pins_are_what_the_project_asks_for(name: str) -> None:
    asked = shipped_requirements()
    if name == "constraints-dev.txt":
        asked += [one for extra in project()["project"]["optional-dependencies"].values() for one in extra]
    versions = pinned(name)
    for line in [*asked, *project()["build-system"]["requires"]]:
        requirement = Requirement(line)
        found = versions.get(canonicalize_name(requirement.name), set())
        assert found, f"{line} is not pinned; run `make pins`"
        assert all(version in requirement.specifier for version in found), f"{line} is pinned at {found}"


def test_nothing_that_is_needed_at_run_time_is_left_unpinned() -> None:
    """Walks what the installed distributions require, starting from the project's own lists."""
    versions, seen = pinned("constraints.txt"), set[tuple[str, frozenset[str]]]()
    todo = [Requirement(line) for line in shipped_requirements()]
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        if (name, frozenset(requirement.extras)) in seen:
            continue
        seen.add((name, frozenset(requirement.extras)))
        assert name in versions, f"{name} is needed but not pinned"
        needs = [Requirement(line) for line in metadata.requires(requirement.name) or []]
        todo += [need for need in needs if need.marker is None or _applies(need, requirement.extras)]
    assert len(seen) > 20


def _applies(need: Requirement, extras: set[str]) -> bool:
    assert need.marker is not None
    return any(need.marker.evaluate({"extra": extra}) for extra in extras or {""})


def test_a_wheel_holds_the_program_and_nothing_else(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"  # building leaves files behind
    shutil.copytree(ROOT / "bot", checkout / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, checkout],
        check=True,
        timeout=300,
    )
    (wheel,) = tmp_path.glob("gepettto-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"bot", "gepettto"}
    shipped = {name for name in names if name.startswith("bot/")}
    source = {
        str(p.relative_to(ROOT)) for p in (ROOT / "bot").rglob("*") if p.is_file() and "__pycache__" not in p.parts
    }
    assert shipped == source


# --- the image ----------------------------------------------------------------------------------


def stages() -> list[list[tuple[str, str]]]:
    """The Dockerfile's instructions, one list per stage."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[list[tuple[str, str]]] = []
    for line in filter(str.strip, text.splitlines()):
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, " ".join(rest.split())))
    return found


def values(stage: list[tuple[str, str]], instruction: str) -> list[str]:
    return [rest for name, rest in stage if name == instruction]


def test_every_stage_starts_from_the_same_small_named_version() -> None:
    bases = [values(stage, "FROM")[0].split()[0] for stage in stages()]
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", bases[0])


def test_the_image_does_not_run_as_root_and_writes_only_its_volume() -> None:
    final = stages()[-1]
    (user,) = values(final, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number, so that a cluster can verify that it is not root"
    assert values(final, "VOLUME") == ["/data"]
    assert values(final, "WORKDIR")[-1] == "/data"
    order = [name for name, _ in final]
    assert order.index("USER") > max(i for i, name in enumerate(order) if name == "RUN")
    (environment,) = values(final, "ENV")
    assert "PYTHONDONTWRITEBYTECODE=1" in environment
    for written in ("GEPETTTO_CONFIG", "GEPETTTO_HEARTBEAT"):
        assert f"{written}=/data/" in environment


def test_the_image_tells_its_health() -> None:
    (check,) = values(stages()[-1], "HEALTHCHECK")
    assert check.endswith('CMD ["python", "-m", "bot.health"]')
    assert values(stages()[-1], "ENTRYPOINT") == ['["gepettto"]']


def test_the_image_is_built_from_pinned_parts_and_holds_no_secret() -> None:
    everything = [pair for stage in stages() for pair in stage]
    assert not values(everything, "ADD"), "COPY does only what it says"
    assert not values(everything, "ARG"), "an argument stays readable in the image's history"
    assert not re.search(r"TOKEN|SECRET|PASSWORD|_KEY", (ROOT / "Dockerfile").read_text())
    for run in values(everything, "RUN"):
        assert "pip install" not in run or "--require-hashes" in run or "--no-deps --no-build-isolation" in run
        assert "apt-get install" not in run or {"-y", "--no-install-recommends", "ca-certificates"} <= set(run.split())


def test_what_comes_as_source_is_built_with_the_pinned_setuptools_only() -> None:
    """pip would fetch the newest one into an environment of its own, past all pins and hashes."""
    (install,) = [run for run in values(stages()[0], "RUN") if "constraints.txt" in run]
    backend, everything = [step for step in install.split(" && ") if "pip install" in step]
    assert backend.endswith("--require-hashes --requirement backend.txt")
    assert everything.endswith("--no-build-isolation --require-hashes --requirement constraints.txt")
    found = re.search(r"sed -n '(\S+)' constraints\.txt > backend\.txt", (ROOT / "Dockerfile").read_text())
    assert found
    assert f"BACKEND = {found[1].replace('$', '$$')}\n" in (ROOT / "Makefile").read_text()
    printed = subprocess.run(["sed", "-n", found[1], ROOT / "constraints.txt"], capture_output=True, text=True)
    (pin, *hashes) = printed.stdout.replace("\\\n", " ").split()
    assert pin.startswith("setuptools==")
    assert hashes
    assert all(one.startswith("--hash=sha256:") for one in hashes)


def test_the_image_copies_only_what_its_context_holds() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {source.removeprefix("./") for rest in values(stages()[0], "COPY") for source in rest.split()[:-1]}
    assert copied == allowed
    assert all((ROOT / source).exists() for source in copied)
