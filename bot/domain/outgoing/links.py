"""Which addresses may be clicked, and how the others are shown."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

_HTTP = re.compile(
    r"https?://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?P<port>:\d{1,5})?(?P<rest>[/?#][^\s<>`\\\"|]*)?", re.IGNORECASE
)
# An address inside an address: where an open redirect would lead. Also user names.
_NESTED = re.compile(r"//|\\|@|https?:|(?<![a-z0-9])www\.|[\x00-\x1f]", re.IGNORECASE)
# Emphasis can end an address early, and what follows would be a reference.
_EMPHASIS = re.compile(r"[*~]|_(?![A-Za-z0-9])")
_NUMBER = re.compile(r"[#!&]\d")
_INSIDE = re.compile(
    r"#[\w-]+|(?!www\.)(?:\./)?[a-z0-9_](?:[\w.-]|/(?!/))*(?:#[\w-]+)?|/uploads/[0-9a-f]{32}/[\w.-]+",
    re.ASCII | re.IGNORECASE,
)
_SHOWN = re.compile(r"(?:[a-z][a-z0-9+.-]{0,30}://|\bwww\.(?=\S))(?P<host>[^\s/?#:`\])]*)", re.IGNORECASE)
_NAME = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE)
_FIND = re.compile(r"https?://[^\s<>`|\\\"'()\[\]]+", re.IGNORECASE)
SHOWN_LENGTH = 200


def host(url: str) -> str:
    """The host of an ordinary web address, in small letters; empty when it is anything else."""
    match = _HTTP.fullmatch(url)
    return match["host"].lower() if match else ""


def hosts_in(text: str) -> frozenset[str]:
    """The hosts of all web addresses in a text, for `Allowed.hosts`."""
    return frozenset(found for url in _FIND.findall(text) if (found := host(url.rstrip(".,;:!?*_~"))))


def may_be_clicked(url: str, hosts: frozenset[str]) -> bool:
    """A plain web address on one of these hosts that leads nowhere else."""
    match = _HTTP.fullmatch(url)
    return match is not None and match["host"].lower() in hosts and not _leads_on(match["rest"] or "")


def leads_on(url: str, hosts: frozenset[str]) -> bool:
    """An address on one of these hosts that holds another one: an open redirect would go there."""
    match = _HTTP.fullmatch(url)
    return (
        match is not None
        and match["host"].lower() in hosts
        and _NESTED.search(_decoded(match["rest"] or "")) is not None
    )


def stays_inside(target: str) -> bool:
    """A heading of the page, a file of the project, or an upload; never an address of another place."""
    return _INSIDE.fullmatch(target) is not None


def pretends(text: str, url: str) -> bool:
    """The text of a link shows another host than the one it leads to."""
    shown = _SHOWN.search(text)
    if shown:
        return shown["host"].lower().removeprefix("www.") != host(url).removeprefix("www.")
    name = text.strip(" *_`")
    return bool(_NAME.fullmatch(name)) and name.lower() != host(url) and not url.endswith(f"/{name}")


def defanged(url: str) -> str:
    """The address as people can read and no program will follow it; foreign letters in the host by their codes."""
    scheme, sign, rest = url.partition("://")
    name, slash, path = rest.partition("/")
    if not name.isascii():
        name = name.encode("ascii", "backslashreplace").decode("ascii")
    scheme = re.sub(r"(?i)\Ahttp", "hxxp", scheme)
    whole = f"{scheme}{sign}{name}{slash}{path}".strip()
    return whole if len(whole) <= SHOWN_LENGTH else whole[:SHOWN_LENGTH] + "…"


def _decoded(rest: str) -> str:
    """As a server may read it that decodes once too often."""
    for _ in range(3):
        rest = unquote(rest)
    return rest


def _leads_on(rest: str) -> bool:
    """Also when it is encoded, up to three times."""
    if _NUMBER.search(_EMPHASIS.split(rest, maxsplit=1)[-1]) and _EMPHASIS.search(rest):
        return True
    for _ in range(4):
        if _NESTED.search(rest) or html.unescape(rest.replace("&amp;", "")) != rest.replace("&amp;", ""):
            return True
        rest = unquote(rest)
    return False
