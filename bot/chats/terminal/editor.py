"""A text in the person's own editor, and files written whole or not at all."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import tempfile
from pathlib import Path


def editor_command() -> list[str]:
    """$VISUAL, else $EDITOR, else vi."""
    return shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")


async def edited(text: str) -> str | None:
    """The text as it was left in the editor; None when the editor failed. The editor has the terminal meanwhile."""
    return await asyncio.to_thread(_edited, text)


def _edited(text: str) -> str | None:
    with tempfile.TemporaryDirectory(prefix="gepettto-") as folder:
        path = Path(folder) / "reply.md"
        path.write_bytes(text.encode())
        try:
            ended = subprocess.run([*editor_command(), str(path)], check=False)  # noqa: S603  the person's own choice
        except OSError:
            return None
        return path.read_bytes().decode("utf-8", "replace") if ended.returncode == 0 else None


def write_new(path: Path, text: str) -> None:
    """Write a file that must not exist yet; FileExistsError when it does."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode())
