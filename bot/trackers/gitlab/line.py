"""The connection of one call, which another thread can cut.

A socket's time limit restarts with every byte, so a server that sends one now and then holds a thread for
ever. Cutting the connection is the only way to end such a call in time.
"""

from __future__ import annotations

import os
import socket
import threading
from functools import partial
from typing import Any, Protocol

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection


class Line:
    """The connection of one call, as seen from outside its thread."""

    def __init__(self) -> None:
        self.sent = False
        self._cut = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None

    def hold(self, sock: socket.socket) -> None:
        """Keep a second handle of this socket; OSError when the call was cut off meanwhile.

        TLS takes the first handle away, and `Connection: close` closes it before the body is read.
        """
        with self._lock:
            if self._cut:
                raise OSError("the call was given up")
            self._close()
            self._handle = socket.socket(fileno=os.dup(sock.fileno()))

    def cut(self) -> None:
        """End the call now: whatever its thread waits for fails at once, and it sends nothing more."""
        with self._lock:
            self._cut = True
            if self._handle is not None:
                try:
                    self._handle.shutdown(socket.SHUT_RDWR)
                except OSError:
                    self._close()

    def release(self) -> None:
        with self._lock:
            self._close()

    def check(self) -> None:
        if self._cut:
            raise OSError("the call was given up")

    def _close(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


class HasLine(Protocol):
    """A session that knows which call it is busy with."""

    line: Line


class _Held(HTTPConnection):
    """A connection that reports its socket, and the first byte it sends, to the line of its session."""

    def __init__(self, *args: Any, session: HasLine, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._session = session

    def _new_conn(self) -> socket.socket:
        self._session.line.check()
        sock = super()._new_conn()
        try:
            self._session.line.hold(sock)
        except OSError:
            sock.close()
            raise
        return sock

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        self._session.line.hold(self.sock)
        self._session.line.sent = True
        super().send(data)


class _HeldTLS(_Held, HTTPSConnection):
    """The same over TLS."""


class CuttableAdapter(HTTPAdapter):
    """Connections whose call can be cut."""

    def __init__(self, session: HasLine) -> None:
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)
        self._session = session

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = partial(_HeldTLS if pool.scheme == "https" else _Held, session=self._session)
        return pool
