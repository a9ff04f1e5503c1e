"""The kinds of values a key can hold beyond plain text and numbers."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationInfo

SQLITE = "sqlite:///"


def _beside(path: Path, info: ValidationInfo) -> Path:
    """`path`, taken from the configuration file's folder when it is relative."""
    folder: Path | None = (info.context or {}).get("folder")
    return path if folder is None else (folder / path).resolve()


def _location(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("must be a path in quotes")
    return _beside(Path(value).expanduser(), info)


def web_address(url: str) -> str:
    """Scheme, host and path, without the slash at the end; ValueError for anything else."""
    try:
        parts = urlsplit(url)
        named = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # a port that is no number, brackets that hold no address
        named = False
    if not named or any(character.isspace() for character in url):
        raise ValueError("must be an address that begins with https:// (or http://) and names a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be an address without user, password, query and fragment")
    return url.rstrip("/")


def _store_url(url: str, info: ValidationInfo) -> str:
    if url.startswith(SQLITE) and len(url) > len(SQLITE):
        return SQLITE + str(_beside(Path(url.removeprefix(SQLITE)).expanduser(), info))
    parts = urlsplit(url)
    if parts.scheme == "postgresql" and parts.path.strip("/"):
        return url
    raise ValueError("must be sqlite:///FILE or postgresql://USER@HOST/NAME")


def _project(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError('must be a numeric id, or a path in quotes like "group/project"')
    return value


def _person(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError('must be a numeric id, or a user name in quotes like "ada"')
    return value


def _snowflake(value: Any) -> Any:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise ValueError('must be an id of Discord, a number like "1234567890" (in Discord: Copy ID)')
    return value


def _room(value: str) -> str:
    if not re.fullmatch(r"![^\s/]{1,254}|#[^\s/:]+:[^\s/]+", value):
        raise ValueError('must be a room of Matrix: its id ("!abc:example.org") or an alias ("#support:example.org")')
    return value


def _matrix_user(value: str) -> str:
    if not re.fullmatch(r"@[^\s/:A-Z]+:[^\s/A-Z]+", value):
        raise ValueError('must be a full user id of Matrix in small letters, like "@alice:example.org"')
    return value


def _hours(value: str) -> str:
    if value and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError('must be two times of the day like "22:00-07:00"')
    return value


def begin_and_end(hours: str) -> tuple[time, time]:
    """ "22:00-07:00" as two times."""
    begin, end = hours.split("-")
    return time.fromisoformat(begin), time.fromisoformat(end)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('must be a time zone like "Europe/Paris" or "UTC"') from None
    return value


def _listen(value: str) -> str:
    try:
        parts = urlsplit(f"//{value}")
        plain = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        named = f"{plain}:{parts.port}" == value.lower() and parts.hostname and parts.port
    except ValueError:  # a port that is no number, brackets that hold no address
        named = False
    if not named:
        raise ValueError('must be host:port like "127.0.0.1:8080" or "[::1]:8080"')
    return value


def host_and_port(listen: str) -> tuple[str, int]:
    """ "[::1]:8080" as an address to listen on."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def _channels(value: Any) -> Any:
    return [str(one) for one in (value if isinstance(value, list) else [value]) if not isinstance(one, bool)]


Address = Annotated[str, AfterValidator(web_address)]
"""Scheme, host and path of a web address; without the slash at the end."""

Location = Annotated[Path, BeforeValidator(_location)]
"""A file or folder; relative ones are taken from the configuration file's folder."""

StoreUrl = Annotated[str, AfterValidator(_store_url)]

ProjectRef = Annotated[str | int, BeforeValidator(_project)]
"""A numeric id, or a path."""

PersonRef = Annotated[str | int, BeforeValidator(_person)]
"""A numeric id, or a user name."""

Snowflake = Annotated[int, BeforeValidator(_snowflake)]
"""An id of Discord; in quotes or not."""

RoomRef = Annotated[str, AfterValidator(_room)]
"""A room of Matrix, by its id or by an alias."""

MatrixUser = Annotated[str, AfterValidator(_matrix_user)]
"""A full user id of Matrix: names that are only displayed can be chosen by anybody."""

Text = Annotated[str, StringConstraints(min_length=1)]

Hours = Annotated[str, AfterValidator(_hours)]
"""From a time of the day to another; empty for none."""

Zone = Annotated[str, AfterValidator(_zone)]
"""A name of the IANA time zone database."""

Listen = Annotated[str, AfterValidator(_listen)]
"""Host and port of this machine; an IPv6 address in brackets."""

ChannelRefs = Annotated[list[Text], BeforeValidator(_channels)]
"""A channel's id, or several in a list: one for each chat."""

Price = Annotated[float, Field(ge=0)]
