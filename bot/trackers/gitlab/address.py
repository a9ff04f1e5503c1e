"""Addresses of issues as people write them: pure, and strict about whose addresses they are."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

from bot.errors import UsageError

_SHORT = re.compile(r"([^\s#?%\\:]+)#([0-9]{1,10})")
_ISSUE = re.compile(r"(.+?)(?:/-)?/(?:issues|work_items)/(?:incident/)?([0-9]{1,10})/?")


def parse(target: str, base: str) -> tuple[str, int]:
    """Project (path or numeric id) and number that `target` names at the instance `base`. Raises UsageError.

    Forms: `https://host/group/project/-/issues/7`, `…/-/work_items/7`, both without `/-/`, with a query or
    `#note_1` behind; `group/project#7`; `123#7`.
    """
    target = target.strip().removeprefix("<").removesuffix(">")
    if re.search(r"[\s\x00-\x1f\x7f\\]", target):
        raise UsageError("This is not the address of an issue: it contains spaces or control characters.")
    if "://" not in target:
        path, number = _matched(_SHORT, target, base)
    else:
        path, number = _matched(_ISSUE, _path_below(target, base), base)
    segments = [_plain(segment) for segment in path.strip("/").split("/")]
    if len(segments) < 2 and ("://" in target or numeric(segments[0]) is None):
        raise UsageError(_example(base))
    return "/".join(segments), number


def reference(project: str | int) -> str:
    """A project or group as it stands in a path of the API: a number, or a path with its slashes encoded."""
    return quote(str(project).strip().strip("/"), safe="")


def numeric(project: str | int) -> str | None:
    """The id, when that is what was configured."""
    words = str(project).strip()
    return str(int(words)) if words.isascii() and words.isdigit() else None


def _matched(form: re.Pattern[str], words: str, base: str) -> tuple[str, int]:
    found = form.fullmatch(words)
    if found is None or int(found[2]) == 0:
        raise UsageError(_example(base))
    return found[1], int(found[2])


def _path_below(target: str, base: str) -> str:
    """The path below the instance's own, after proof that the address is the instance's."""
    try:
        ours, theirs = urlsplit(base), urlsplit(target)
        same = _origin(ours) == _origin(theirs)
    except ValueError:
        raise UsageError(_example(base)) from None
    if "@" in theirs.netloc or not theirs.netloc.isascii() or not same:
        raise UsageError(f"This address does not belong to {base}, the only GitLab that is configured.")
    root = ours.path.rstrip("/")
    if not theirs.path.startswith(f"{root}/"):
        raise UsageError(_example(base))
    return theirs.path[len(root) :]


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not a web address")
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _plain(segment: str) -> str:
    """One decoded segment; what would change the path's shape when decoded is refused."""
    decoded = unquote(segment)
    if decoded in {"", ".", "..", "-"} or re.search(r"[/\\%?#\x00-\x1f\x7f]", decoded):
        raise UsageError("This is not the address of an issue: its path contains parts that no project has.")
    return decoded


def _example(base: str) -> str:
    return f"This is not the address of an issue; it looks like {base}/group/project/-/issues/7 or group/project#7."
