"""Markdown files to issues: bytes in, values out."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

from bot.domain.issue import Author, Issue, IssueKey
from bot.errors import Unreadable

MOST_BYTES = 1_048_576
"""As much as GitLab takes for a description."""

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^([A-Za-z_]+)[ \t]*:[ \t]*(.*)$")
_ITEM = re.compile(r"^[ \t]*-[ \t]+(.+)$")
_HEADING = re.compile(r"\A\s*#[ \t]+([^\n]+?)[ \t]*#*[ \t]*(?:\n|\Z)")


def parse_issue_file(raw: bytes, name: str, *, at: datetime, key: IssueKey | None = None, url: str = "") -> Issue:
    """The issue that a file holds: front matter (title, author, labels, url, created), else its first heading.

    Raises Unreadable, naming the file and what to do, when it is empty, too large, or no text.
    """
    text = _text(raw, name)
    fields, body = _front_matter(text)
    heading = _HEADING.match(body)
    if "title" not in fields and heading:
        body = body[heading.end() :]
    title = fields.get("title") or (heading[1] if heading else "") or _title_of(name)
    author = fields.get("author") or "unknown"
    created = _moment(fields.get("created", ""), at)
    return Issue(
        key=key or IssueKey(tracker="file", project=name, number=0),
        title=" ".join(title.split())[:255],
        body=body.strip(),
        author=Author(id=author, username=author, name=author),
        url=fields.get("url") or url or name,
        project_name=fields.get("project") or "folder",
        created_at=created,
        updated_at=max(created, at) if key else at,
        labels=tuple(label.strip() for label in fields.get("labels", "").split(",") if label.strip()),
        open=fields.get("state", "opened") != "closed",
    )


def number_of(name: str) -> int:
    """The number a file name begins with; else one made from the name, above all that people write."""
    digits = re.match(r"\d{1,9}", name)
    if digits and int(digits[0]) > 0:
        return int(digits[0])
    return 1_000_000_000 + int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def _text(raw: bytes, name: str) -> str:
    if len(raw) > MOST_BYTES:
        raise Unreadable(f"{name} is larger than 1 MiB, more than an issue can hold; shorten it.")
    if b"\0" in raw[:8192]:
        raise Unreadable(f"{name} is not a text file; give a Markdown file.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Unreadable(f"{name} is empty; write the issue into it.")
    return text


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `key: value` lines at the top, and the rest; a list becomes its items with commas between."""
    front = _FRONT.match(text)
    if front is None:
        return {}, text
    fields: dict[str, str] = {}
    last = ""
    for line in front[1].splitlines():
        if field := _FIELD.match(line):
            last = field[1].lower()
            fields[last] = field[2].strip().strip("[]").replace('"', "").strip("'")
        elif last and (item := _ITEM.match(line)):
            fields[last] = f"{fields[last]}, {item[1]}" if fields[last] else item[1]
    return fields, text[front.end() :]


def _moment(text: str, otherwise: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _title_of(name: str) -> str:
    stem = name.rsplit("/", 1)[-1].removesuffix(".md")
    return re.sub(r"^\d+[-_ ]*", "", stem).replace("-", " ").replace("_", " ").strip() or stem
