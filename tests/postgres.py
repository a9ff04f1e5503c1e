"""A PostgreSQL server of our own for one test run, if this machine has its programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FAST = "fsync=off\nsynchronous_commit=off\nfull_page_writes=off\nlisten_addresses=''\nmax_connections=60\n"


def _programs() -> Path | None:
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.insert(0, Path(on_path).parent)
    return next((folder for folder in candidates if (folder / "initdb").exists()), None)


def _as_nobody(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command] if os.geteuid() == 0 else command


@contextmanager
def start_postgres() -> Iterator[str | None]:
    """Yields the server's address, or None when there is no server to start."""
    programs = _programs()
    if programs is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        if os.geteuid() == 0:
            os.chown(home, 65534, 65534)
        run = {"check": True, "capture_output": True, "cwd": folder, "env": {**os.environ, "HOME": folder}}
        init = [str(programs / "initdb"), "-D", f"{home}/data", "-U", "test", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(_as_nobody(init), **run)  # type: ignore[call-overload]
        with (home / "data" / "postgresql.conf").open("a") as config:
            config.write(_FAST + f"unix_socket_directories='{home}'\n")
        control = [str(programs / "pg_ctl"), "-D", f"{home}/data", "-w", "-l", f"{home}/log"]
        subprocess.run(_as_nobody([*control, "start"]), **run)  # type: ignore[call-overload]
        try:
            yield f"postgresql://test@/postgres?host={home}"
        finally:
            subprocess.run(_as_nobody([*control, "-m", "immediate", "stop"]), **run)  # type: ignore[call-overload]
