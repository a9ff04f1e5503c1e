"""A Markdown file as an issue: pure. Used for folders, single files and standard input alike."""

from __future__ import annotations

import codecs
import hashlib
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from bot.domain.issue import Author, Issue, IssueKey
from bot.errors import Unreadable

_log = logging.getLogger(__name__)

LARGEST = 1 << 20
"""Bytes: what GitLab accepts as a description."""

_LONGEST_TITLE = 255
_LARGEST_NUMBER = 2**31 - 1  # what an integer column holds

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t#]*")
_ENTRY = re.compile(r"([A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(.*?)|)[ \t]*")
_DATE = re.compile(r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|(?:19|20)[0-9]{6})(?![0-9])")
_ITEM = re.compile(r"[ \t]*-[ \t]+(.+?)[ \t]*")

Fields = Mapping[str, str | tuple[str, ...]]


def parse_issue_file(
    raw: bytes, name: str, *, key: IssueKey, at: datetime, url: str = "", project_name: str = ""
) -> Issue:
    """The issue in a file called `name`, last written `at`. Raises Unreadable: empty, too large, or not text.

    An optional front matter between two lines `---` holds `title`, `author`, `labels`, `url`, `created`
    as `key: value`; lists as `[a, b]` or as lines `- a`. The title is otherwise the first heading, else
    the file's name. A block that is not of this form is text like any other.
    """
    text = decoded(raw, name)
    fields, body = front_matter(text)
    if not body.strip() and not fields.get("title"):
        raise Unreadable(f"{name} is empty: write the question into it.")
    heading, rest = _heading(body)
    title = _one(fields, "title") or heading or _title_of(name)
    author = _one(fields, "author") or "unknown"
    created = _moment(_one(fields, "created")) or at
    return Issue(
        key=key,
        title=title[:_LONGEST_TITLE],
        body=(rest if title == heading else body).strip("\n"),
        author=Author(id=author, username=author, name=author),
        url=_one(fields, "url") or url,
        project_name=project_name,
        created_at=created,
        updated_at=at,
        labels=_many(fields, "labels"),
    )


def number_of(name: str) -> int:
    """The leading digits of a file's name (dates aside), else a number made of the name; stable either way."""
    leading = re.match(r"0*([1-9][0-9]{0,9})(?![0-9])", name)
    if leading and not _DATE.match(name) and int(leading[1]) <= _LARGEST_NUMBER:
        return int(leading[1])
    digest = int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[:8])
    return 100_000_000 + digest % 900_000_000


def decoded(raw: bytes, name: str) -> str:
    """The text, with plain line ends; what is not UTF-8 is taken for Windows-1252, and that is logged."""
    if len(raw) > LARGEST:
        raise Unreadable(f"{name} is larger than 1 MiB, the most that GitLab accepts: shorten it.")
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
            _log.warning("%s is not UTF-8; it was read as Windows-1252.", name)
    if _CONTROL.search(text):
        raise Unreadable(f"{name} is not a text file: give a Markdown file.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def front_matter(text: str) -> tuple[Fields, str]:
    """The fields of a front matter, and the text behind it; no fields when the block is not one."""
    lines = text.split("\n")
    if lines[0].strip() != "---":
        return {}, text
    fields: dict[str, str | tuple[str, ...]] = {}
    name = ""
    for index, line in enumerate(lines[1:], start=2):
        if line.strip() in {"---", "..."}:
            return fields, "\n".join(lines[index:])
        entry, item = _ENTRY.fullmatch(line), _ITEM.fullmatch(line)
        if entry:
            name = entry[1].lower()
            fields[name] = _value(entry[2] or "")
        elif item and name and not isinstance(fields[name], str):
            fields[name] = (*fields[name], _plain(item[1]))
        elif line.strip() and not line.lstrip().startswith("#"):
            break
    return {}, text


def _value(words: str) -> str | tuple[str, ...]:
    """A text, or a list: `[a, b]`, or nothing yet when its lines follow."""
    if not words:
        return ()
    if words.startswith("[") and words.endswith("]"):
        return tuple(_plain(one) for one in words[1:-1].split(",") if one.strip())
    return _plain(words)


def _plain(words: str) -> str:
    words = words.strip()
    return words[1:-1] if len(words) > 1 and words[0] == words[-1] and words[0] in "\"'" else words


def _one(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ", ".join(value)


def _many(fields: Fields, name: str) -> tuple[str, ...]:
    value = fields.get(name, ())
    words = value.split(",") if isinstance(value, str) else value
    return tuple(word.strip() for word in words if word.strip())


def _heading(body: str) -> tuple[str, str]:
    """The heading on the first line that is not blank, and the text behind it; else no heading."""
    first, _, rest = body.lstrip("\n").partition("\n")
    found = _HEADING.fullmatch(first)
    return (found[1].strip(), rest) if found else ("", body)


def _title_of(name: str) -> str:
    stem = name.rpartition("/")[2].removesuffix(".md")
    return re.sub(r"[-_\s]+", " ", re.sub(r"^[0-9]+[-_. ]+", "", stem)).strip() or name


def _moment(words: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
