"""The commands as a person or a script runs them: real processes, real parts, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.test_crash import fake_gitlab

ROOT = Path(__file__).parents[2]

FAQ = """# FAQ

## How do I restart the service?

Run `systemctl restart example` and wait until the log says ready.

## Comment réinitialiser mon mot de passe ?

Cliquez sur « mot de passe oublié » et suivez le lien reçu.
"""

CONFIG = """
[store]
url = "sqlite:///store.db"
[knowledge]
paths = ["faq.md"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "faq.md").write_text(FAQ, encoding="utf-8")
    (tmp_path / "gepettto.toml").write_text(CONFIG)
    return tmp_path


def gepettto(
    *arguments: str, folder: Path, stdin: str | bytes = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    given = stdin if isinstance(stdin, bytes) else stdin.encode()
    ended = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=ROOT,
        input=given,
        capture_output=True,
        timeout=90,
        env={**os.environ, "LANG": "C.UTF-8", "GEPETTTO_CONFIG": str(folder / "gepettto.toml"), **(env or {})},
    )
    return subprocess.CompletedProcess(ended.args, ended.returncode, ended.stdout.decode(), ended.stderr.decode())


def test_ask_answers_in_the_language_of_the_question(folder: Path) -> None:
    ended = gepettto("ask", "Comment je peux réinitialiser le mot de passe ?", "--json", folder=folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    answer = json.loads(ended.stdout)
    assert set(answer) >= {
        "status", "reply", "confidence", "match", "sources", "related", "language", "drafter", "model", "usage",
    }  # fmt: skip
    assert (answer["status"], answer["language"], answer["drafter"]) == ("answer", "fr", "quoting")
    assert "mot de passe oublié" in answer["reply"]
    assert answer["sources"][0]["id"] == "faq.md#comment-réinitialiser-mon-mot-de-passe"
    assert answer["sources"][0]["quote"] in FAQ


def test_ask_admits_that_it_knows_nothing(folder: Path) -> None:
    answer = json.loads(gepettto("ask", "Who won the football cup?", "--json", folder=folder).stdout)
    assert (answer["status"], answer["reply"], answer["match"]) == ("insufficient_information", "", "none")


@pytest.mark.parametrize(
    "issue",
    [
        b"# Restart fails\n\nHow can I restart the service after an update?\n",
        b"---\ntitle: Restart the service\nauthor: bob\nlabels: [question]\n---\nHow do I restart it?\r\n",
        "\ufeff# Restart the service\r\n\r\nHow do I restart it, s'il vous pla\u00eet?".encode(),
        "# Restart the service\n\nHow do I restart the caf\u00e9 service?".encode("cp1252"),
        b"How do I restart the service?",
    ],
)
@pytest.mark.parametrize("by_pipe", [True, False])
def test_answer_reads_any_reasonable_file(folder: Path, issue: bytes, by_pipe: bool) -> None:
    (folder / "issue.md").write_bytes(issue)
    target = "-" if by_pipe else str(folder / "issue.md")
    ended = gepettto("answer", target, "--json", folder=folder, stdin=issue if by_pipe else "")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["sources"][0]["id"] == "faq.md#how-do-i-restart-the-service"


@pytest.mark.parametrize(
    ("content", "word"), [(b"", "empty"), (b"x" * 2_500_000, "large"), (b"\x00\x01\x02" * 50, "text")]
)
def test_answer_refuses_other_files_in_one_sentence(folder: Path, content: bytes, word: str) -> None:
    (folder / "issue.md").write_bytes(content)
    ended = gepettto("answer", str(folder / "issue.md"), folder=folder)
    assert ended.returncode in {1, 2}
    assert word in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("target", ["https://elsewhere.example/a/b/-/issues/1", "file:///etc/passwd", "/nowhere/x.md"])
def test_answer_refuses_what_is_not_ours(folder: Path, target: str) -> None:
    """field 23"""
    ended = gepettto("answer", target, folder=folder)
    assert ended.returncode == 2
    assert ended.stderr.startswith("gepettto: ")
    assert len(ended.stderr.strip().splitlines()) == 1


def test_learn_check_and_migrate_say_what_they_did(folder: Path) -> None:
    assert gepettto("migrate", folder=folder).returncode == 0
    first = json.loads(gepettto("learn", "--json", folder=folder).stdout)
    again = json.loads(gepettto("learn", "--json", folder=folder).stdout)
    assert (first["added"], again["added"], again["unchanged"]) == (2, 0, 2)
    checked = gepettto("check", folder=folder)
    assert checked.returncode == 0, checked.stdout
    assert "2 passages" in checked.stdout


def test_a_missing_token_names_itself(folder: Path) -> None:
    config = CONFIG + '[gitlab]\nurl = "https://git.example"\nprojects = ["a/b"]\n'
    (folder / "gepettto.toml").write_text(config)
    ended = gepettto("check", folder=folder)
    assert ended.returncode == 2
    assert "GEPETTTO_GITLAB_TOKEN" in ended.stderr


def test_run_without_a_tracker_says_what_to_add(folder: Path) -> None:
    ended = gepettto("run", folder=folder)
    assert ended.returncode == 2
    assert "[gitlab]" in ended.stderr


def test_run_without_a_chat_says_what_to_add(folder: Path) -> None:
    (folder / "issues").mkdir()
    (folder / "gepettto.toml").write_text(CONFIG + '[folder]\npath = "issues"\n')
    ended = gepettto("run", folder=folder)
    assert ended.returncode == 2
    assert "[terminal]" in ended.stderr


def test_the_demo_runs_from_a_pipe(folder: Path) -> None:
    config = (ROOT / "config" / "demo.toml").read_text().replace("../var", str(folder / "var"))
    config = config.replace('"demo/', f'"{ROOT}/config/demo/')
    (folder / "demo.toml").write_text(config)
    ended = gepettto("demo", "--config", str(folder / "demo.toml"), folder=folder, stdin="start\nsend\nlist\nexit\n")
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    (reply,) = (folder / "var" / "demo-replies").glob("*.reply.md")
    for line in reply.read_text(encoding="utf-8").splitlines():
        assert line.split(" ")[0] in ended.stdout
    assert "\x1b" not in ended.stdout


def test_from_a_gitlab_issue_to_one_note_and_nothing_the_second_time(folder: Path) -> None:
    with fake_gitlab() as fake:
        made = fake.post("issue", project=fake.project, title="How do I restart the service?")
        section = f'[gitlab]\nurl = "{fake.url}"\nprojects = [{fake.project}]\npoll_interval = 0.3\n[terminal]\n'
        (folder / "gepettto.toml").write_text(CONFIG + section)
        env = {"GEPETTTO_GITLAB_TOKEN": fake.token}
        checked = gepettto("check", folder=folder, env=env)
        assert checked.returncode == 0, checked.stdout
        answered = gepettto("answer", made["url"], folder=folder, env=env)
        assert "systemctl restart example" in answered.stdout
        assert fake.get("notes") == []
        for _ in range(2):
            ended = gepettto("run", "--backfill", "5", folder=folder, env=env, stdin="start\nsend\n")
            assert ended.returncode == 0, ended.stderr
        (note,) = fake.get("notes")
        state = fake.get("state")
    assert "systemctl restart example" in note["body"]
    assert (state["executed"], state["problems"]) == ([], [])
    assert fake.token not in ended.stdout + ended.stderr


def test_a_first_start_floods_nobody(folder: Path) -> None:
    """gitlab 19"""
    with fake_gitlab() as fake:
        for number in range(30):
            fake.post("issue", project=fake.project, title=f"Old issue {number}")
        section = f'[gitlab]\nurl = "{fake.url}"\nprojects = [{fake.project}]\n[terminal]\n'
        (folder / "gepettto.toml").write_text(CONFIG + section)
        ended = gepettto("run", folder=folder, env={"GEPETTTO_GITLAB_TOKEN": fake.token}, stdin="status\n")
    assert "0 waiting, 0 in progress" in ended.stdout
