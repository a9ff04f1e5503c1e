"""Without `gepettto[e2ee]` everything is importable, and an encrypted room is refused with one sentence."""

from __future__ import annotations

import subprocess
import sys

from bot.chats.matrix import crypto

_WITHOUT = """
import sys
sys.modules["vodozemac"] = None  # what an import finds where the extra is not installed
from bot.chats.matrix import crypto
print(crypto.installed())
print(crypto.refusal("#support:example.org"))
"""


def test_it_is_installed_here() -> None:
    assert crypto.installed()


def test_without_it_a_person_reads_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, check=True)
    installed, sentence = done.stdout.splitlines()
    assert installed == "False"
    assert sentence == (
        "The room #support:example.org is encrypted; install gepettto[e2ee], or name a room that is not encrypted."
    )
