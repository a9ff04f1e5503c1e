"""What GitLab turns into a link or a notification by itself: mentions and references.

https://docs.gitlab.com/user/markdown/#gitlab-specific-references
"""

from __future__ import annotations

import re

_PATH = r"[A-Za-z0-9_.][\w.-]*+(?:/[\w.-]++)*+"

# An escaped sign inside a name is the sign itself for GitLab: `@bob\-x` calls bob-x.
MENTION = r"(?<![A-Za-z0-9])\\?@(?P<name>\\?[A-Za-z0-9_.](?:\\?[\w.-])*+(?:\\?/(?:\\?[\w.-])++)*+)"
REFERENCE = (
    rf"(?<![\w./\\-]){_PATH}\\?[#!&]\d++(?![A-Za-z0-9])"  # group/project#4
    r"|\\?[#!&]\d++(?![A-Za-z0-9])|(?<![A-Za-z0-9])\\?[%$]\d++(?![A-Za-z0-9])|&amp;\d++"
    r"|(?<![A-Za-z0-9~/])\\?~[A-Za-z][\w:.-]*+|(?<!\w)\\?[~%]\"[^\"\n`]++\""
    r"|(?<![A-Za-z0-9])GL-\d++(?![A-Za-z0-9])|\[[a-z]++(?:_[a-z]++)*+:[^\s\]\[`]++\](?![(\[:])"
)
COMMIT = r"(?<![A-Za-z0-9])(?=[0-9a-f-]{7})[0-9a-f]++(?:-[0-9a-f]++){0,8}+(?![A-Za-z0-9])"

_REFERENCE = re.compile(REFERENCE, re.ASCII)
_COMMIT = re.compile(COMMIT, re.ASCII)
_NUMBERED = re.compile(
    r"https?://[^/\s]+/(?P<path>[\w./-]+?)(?:/-)?/(?P<kind>issues|work_items|merge_requests|epics|milestones|snippets)"
    r"/(?:incident/)?(?P<number>\d+)(?!\w)[^\s<>`]*",
    re.ASCII,
)
_COMMITTED = re.compile(r"https?://[^/\s]+/[\w./-]+?(?:/-)?/commit/(?P<sha>[0-9a-f]{7,40})(?!\w)[^\s<>`]*", re.ASCII)
_SIGNS = {"issues": "#", "work_items": "#", "merge_requests": "!", "epics": "&", "milestones": "%", "snippets": "$"}
_CROWDS = frozenset({"all", "here", "everyone", "room", "channel"})


def references_in(text: str) -> frozenset[str]:
    """All references in a text, for `Allowed.references`; addresses of issues as `group/project#4`."""
    words = {m[0].replace("\\", "") for m in _REFERENCE.finditer(text)}
    commits = {m[0] for m in _COMMIT.finditer(text) if names_commit(m[0])}
    urls = {_reference(m) for m in _NUMBERED.finditer(text)} | {m["sha"] for m in _COMMITTED.finditer(text)}
    return frozenset(words | commits | urls)


def named_by(url: str) -> str:
    """What the address of an issue, a merge request or a commit refers to; empty for other addresses."""
    if numbered := _NUMBERED.fullmatch(url):
        return _reference(numbered)
    committed = _COMMITTED.fullmatch(url)
    return committed["sha"] if committed else ""


def names_commit(word: str) -> bool:
    """A word, or a part of one, that can be the short name of a commit; plain numbers and words are not."""
    return any(
        7 <= len(part) <= 40 and re.search(r"\d", part) and re.search(r"[a-f]", part) for part in word.split("-")
    )


def is_known(name: str, mentions: frozenset[str]) -> bool:
    """One of these people, and not a crowd."""
    name = name.rstrip(".").lower()
    return name not in _CROWDS and name in {m.lower() for m in mentions}


def _reference(match: re.Match[str]) -> str:
    return f"{match['path']}{_SIGNS[match['kind']]}{match['number']}"
