"""GitLab's JSON as our values: pure, and patient with everything a server may leave out or write otherwise."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from bot.domain.issue import Author, Issue, IssueKey, Note, Reply
from bot.domain.receipt import Thumbs
from bot.errors import Unreadable

TRACKER = "gitlab"

LONGEST_TITLE = 255
LONGEST_BODY = 1 << 20  # GitLab's own limit of a description
LONGEST_NOTE = 20_000  # a thread may have 5 000 of them

SERVICE_DESK_BOT = "support-bot"
GHOST = Author(id="", username="ghost", name="Ghost User", bot=True)

_BOTS = re.compile(r"ghost|alert-bot|.*-bot|(?:project|group)_\d+_bot(?:_\w+)?", re.IGNORECASE)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # neither UTF-8 nor PostgreSQL take these


def issue(raw: Any, mine: Collection[str] = ()) -> Issue:
    """An issue of any list or single answer; raises Unreadable when it cannot be told which one it is.

    `mine` are the ids of our own accounts, where they are known.
    """
    row = _row(raw, "an issue")
    number, home = whole(row.get("iid")), text(row.get("project_id"), 40)
    if not number or not home:
        raise Unreadable("GitLab sent an issue without a number or a project.")
    kind = (text(row.get("issue_type"), 40) or text(row.get("type"), 40) or "issue").lower()
    author = person(row.get("author"), mine)
    url = text(row.get("web_url"), 2_000)
    created = moment(row.get("created_at")) or moment(row.get("updated_at")) or datetime.fromtimestamp(0, UTC)
    return Issue(
        key=IssueKey(tracker=TRACKER, project=home, number=number),
        title=text(row.get("title"), LONGEST_TITLE),
        body=text(row.get("description"), LONGEST_BODY),
        author=author,
        url=url,
        project_name=_project_name(row, url, home),
        created_at=created,
        updated_at=moment(row.get("updated_at")) or created,
        labels=labels(row.get("labels")),
        kind=kind,
        open=row.get("state") in ("opened", "reopened"),
        confidential=row.get("confidential") is not False,  # unknown is treated as confidential
        locked=row.get("discussion_locked") is True,
        moved=row.get("moved_to_id") is not None,
        service_desk=_service_desk(row, kind, author),
        note_count=whole(row.get("user_notes_count")) or 0,
    )


def note(raw: Any, mine: Collection[str] = ()) -> Note:
    """A note; raises Unreadable when it has no id. Longer bodies are cut to LONGEST_NOTE characters."""
    row = _row(raw, "a note")
    return Note(
        id=identity(row),
        author=person(row.get("author"), mine),
        body=text(row.get("body"), LONGEST_NOTE),
        created_at=moment(row.get("created_at")) or datetime.fromtimestamp(0, UTC),
        system=bool(row.get("system")),
        internal=bool(row.get("internal")) or bool(row.get("confidential")),
    )


def reply(raw: Any, issue_url: str, now: datetime) -> Reply:
    """The note that stands there now, with its body exactly as the server has it."""
    row = _row(raw, "a note")
    at, number = moment(row.get("created_at")) or now, identity(row)
    return Reply(note_id=number, url=f"{issue_url}#note_{number}", body=text(row.get("body"), LONGEST_BODY), at=at)


def person(raw: Any, mine: Collection[str] = ()) -> Author:
    """An author; deleted users are null or `ghost`. The Service Desk's bot speaks for a human."""
    if not isinstance(raw, dict) or not text(raw.get("username"), 255):
        return GHOST
    username = text(raw.get("username"), 255)
    robot = username != SERVICE_DESK_BOT and (raw.get("bot") is True or _BOTS.fullmatch(username) is not None)
    identity, name = text(raw.get("id"), 40), text(raw.get("name"), 255) or username
    return Author(id=identity, username=username, name=name, bot=robot, me=identity in mine)


def thumbs(rows: list[Any], mine: Collection[str]) -> Thumbs:
    """Other people's thumbs among reactions; rows that cannot be read do not count."""
    others = [row for row in rows if isinstance(row, dict) and not person(row.get("user"), mine).me]
    names = [text(row.get("name"), 100) for row in others]
    return Thumbs(up=names.count("thumbsup"), down=names.count("thumbsdown"))


def identity(row: Any) -> str:
    """The numeric id of anything, as text. Raises Unreadable."""
    number = whole(_row(row, "a thing with an id").get("id"))
    if number is None:
        raise Unreadable("GitLab sent something without an id.")
    return str(number)


def visibility(raw: Any, unknown: str) -> str:
    """Who may read the issues of a project; `unknown` when its JSON does not tell.

    Issues of a public project can be for its members alone.
    """
    row = raw if isinstance(raw, dict) else {}
    if row.get("issues_access_level") == "private":
        return "private"
    shown = row.get("visibility")
    return shown if isinstance(shown, str) and shown in {"public", "internal", "private"} else unknown


def labels(raw: Any) -> tuple[str, ...]:
    """Names, given as texts or as objects (`with_labels_details`)."""
    found = (entry.get("name") if isinstance(entry, dict) else entry for entry in raw) if isinstance(raw, list) else ()
    return tuple(name for name in (text(entry, 255) for entry in found) if name)


def moment(value: Any) -> datetime | None:
    """A time in UTC from any of GitLab's forms (`…Z`, `… UTC`, `… +0200`, fractions), or None."""
    if not isinstance(value, str):
        return None
    form = re.sub(r"\s*(?:UTC|GMT)$", "+00:00", value.strip())
    form = re.sub(r"\s+([+-]\d{2}:?\d{2})$", r"\1", form)
    form = re.sub(r"(\.\d{6})\d+", r"\1", form)
    try:
        found = datetime.fromisoformat(form)
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def whole(value: Any) -> int | None:
    """A non-negative whole number, also when written as text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    digits = str(value).strip()
    return int(digits) if re.fullmatch(r"[0-9]{1,19}", digits) else None


def text(value: Any, longest: int) -> str:
    """Text that can be stored anywhere, cut to `longest` characters; numbers become text, null is empty."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return _UNSTORABLE.sub("\ufffd", str(value)[:longest])


def _row(raw: Any, what: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Unreadable(f"GitLab sent something else than {what}.")
    return raw


def _service_desk(row: dict[str, Any], kind: str, author: Author) -> bool:
    return author.username == SERVICE_DESK_BOT or bool(row.get("service_desk_reply_to")) or kind == "ticket"


def _project_name(row: dict[str, Any], url: str, home: str) -> str:
    references = row.get("references")
    full = text(references.get("full"), 500) if isinstance(references, dict) else ""
    if "#" in full:
        return full.rpartition("#")[0]
    path = re.sub(r"(?:/-)?/(?:issues|work_items)/.*", "", _path(url)).strip("/")
    return path or home


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
