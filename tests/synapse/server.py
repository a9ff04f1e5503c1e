"""One Synapse process on one folder; it can be stopped and started again, as real ones are."""

from __future__ import annotations

import os
import select
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.synapse import config

PYTHON = Path(__file__).parents[2] / ".synapse" / "bin" / "python"
"""Of the server's own environment, which `make synapse` makes."""

_SECONDS_TO_START = 60


class Synapse:
    """`url` stays the same however often the server is started; `messages`: see `config.write`."""

    def __init__(self, folder: Path, messages: str | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._folder = folder
        config.write(folder, port, **({"messages": messages} if messages else {}))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the server answers; does nothing when it already does."""
        if self._process is not None:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, (self._folder / "out.log").open("ab") as out:
            address = str(self._folder / "ready")
            ready.bind(address)
            self._process = subprocess.Popen(
                [PYTHON, "-m", "synapse.app.homeserver", "-c", "homeserver.yaml"],
                cwd=self._folder,
                env={**os.environ, "NOTIFY_SOCKET": address},
                stdout=out,
                stderr=out,
            )
            self._wait(ready)
            os.unlink(address)

    def _wait(self, ready: socket.socket) -> None:
        """Until the server says that it is ready, in the way it would tell systemd, or is no more."""
        assert self._process is not None
        died = os.pidfd_open(self._process.pid)
        try:
            readable, _, _ = select.select([ready.fileno(), died], [], [], _SECONDS_TO_START)
        finally:
            os.close(died)
        if ready.fileno() not in readable:
            self.stop()
            raise AssertionError(f"Synapse did not start:\n{self.log()[-2000:]}")

    def stop(self) -> None:
        """Returns when the process has ended; the folder stays as it is."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def log(self) -> str:
        """All that the process wrote."""
        text = ""
        for name in ("out.log", "homeserver.log"):
            with suppress(FileNotFoundError):
                text += (self._folder / name).read_text()
        return text
