"""The thread side of a call: one request over a requests session that cannot be led astray.

requests and python-gitlab follow redirects and next-links to any host with the PRIVATE-TOKEN header. This
session refuses every address outside the API, follows nothing, and bounds the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from gitlab import Gitlab, GitlabError

import bot
from bot.trackers.gitlab.line import CuttableAdapter, Line

CONNECT_SECONDS = 5.0
_CHUNK = 1 << 16


class NoAnswer(Exception):
    """There is no usable answer; `sent` says whether any byte of the request may have left."""

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


class TooLarge(NoAnswer):
    """The answer is larger than we are ready to hold."""


class Foreign(NoAnswer):
    """The address lies outside the API of the configured instance: nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server said, whatever it said. Header names compare without case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Session(requests.Session):
    """Refuses foreign addresses and redirects, and reads every body whole, up to `max_bytes`."""

    def __init__(self, api: str, *, max_bytes: int) -> None:
        super().__init__()
        self.line = Line()
        self.answer: Answer | None = None
        self._api = api
        self._max_bytes = max_bytes
        for scheme in ("https://", "http://"):
            self.mount(scheme, CuttableAdapter(self))

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self.answer = None
        if not within(self._api, request.url or ""):
            raise Foreign(urlsplit(request.url or "").hostname or "nowhere", sent=False)
        read = kwargs["timeout"]
        kwargs |= {"allow_redirects": False, "stream": True, "timeout": (min(CONNECT_SECONDS, read), read)}
        try:
            with super().send(request, **kwargs) as response:
                response._content = self._body(response)
        finally:
            self.line.release()
        self.answer = Answer(status=response.status_code, headers=response.headers, body=response.content)
        return response

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read the body and prepare the next request even when told not to follow."""
        return

    def _body(self, response: requests.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > self._max_bytes:
                raise TooLarge(f"the answer has more than {self._max_bytes} bytes", sent=True)
        return bytes(body)


def within(api: str, url: str) -> bool:
    """Whether this address belongs to the API at `api`: same scheme, host, port, and below its path."""
    try:
        ours, theirs = urlsplit(api), urlsplit(url)
        same = (ours.scheme, ours.hostname, _port(ours)) == (theirs.scheme, theirs.hostname, _port(theirs))
    except ValueError:
        return False
    if not same or theirs.username is not None or theirs.password is not None:
        return False
    return theirs.path.startswith(f"{ours.path}/") and ".." not in unquote(theirs.path).split("/")


def _port(parts: Any) -> int:
    return int(parts.port or (443 if parts.scheme == "https" else 80))


class Wire:
    """A python-gitlab client of one thread. Never shared: a requests session is not known to be thread-safe."""

    def __init__(self, url: str, token: str, *, timeout: float, max_bytes: int) -> None:
        self._session = Session(f"{url}/api/v4", max_bytes=max_bytes)
        self._client = Gitlab(
            url,
            private_token=token,
            timeout=timeout,
            user_agent=f"GePeTTTo/{bot.__version__}",
            retry_transient_errors=False,
            session=self._session,
        )

    def call(self, line: Line, verb: str, path: str, query: dict[str, Any], body: dict[str, Any] | None) -> Answer:
        """One request, one answer, of any status. Raises NoAnswer."""
        self._session.line = line
        if verb != "get":
            # An idle connection that the server is just closing would put a write in doubt for nothing.
            self._session.close()
        try:
            self._client.http_request(
                verb, path, query, body, obey_rate_limit=False, retry_transient_errors=False, max_retries=0
            )
        except GitlabError:
            pass  # a status other than 2xx: the answer says which
        except (requests.RequestException, OSError) as error:
            raise NoAnswer(_why(error), sent=line.sent) from None
        if self._session.answer is None:
            raise NoAnswer("the answer broke off", sent=line.sent)
        return self._session.answer

    def close(self) -> None:
        self._session.close()


def _why(error: Exception) -> str:
    """A few words that never quote the exception: its text can hold addresses and the server's words."""
    if isinstance(error, requests.exceptions.SSLError):
        return "its TLS certificate or connection is not acceptable"
    if isinstance(error, requests.exceptions.Timeout):
        return "it did not answer in time"
    if "NameResolutionError" in repr(error):
        return "its name cannot be resolved"
    if "NewConnectionError" in repr(error):
        return "it refuses connections"
    return "the connection broke off"
