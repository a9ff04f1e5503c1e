"""What the fake GitLab knows: people, projects, issues and notes, with verbs to change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fake_gitlab.quick_actions import split
from tests.fake_gitlab.webhooks import Event, HookRow, issue_event, note_event


@dataclass(slots=True, kw_only=True)
class Person:
    """A user account."""

    id: int
    username: str
    bot: bool = False

    def json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "username": self.username,
            "name": self.username.title(),
            "state": "active",
            "avatar_url": None,
            "web_url": f"https://people.invalid/{self.username}",
            **({"bot": True} if self.bot else {}),
        }


@dataclass(slots=True, kw_only=True)
class Project:
    """A project; `former` are paths it had before it was renamed or transferred."""

    id: int
    path: str
    group: int = 0
    former: set[str] = field(default_factory=set)
    archived: bool = False
    issues_enabled: bool = True
    level: int = 20
    gone: bool = False
    visibility: str = "private"
    members: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class NoteRow:
    """A note as the database has it; `hidden` from our token."""

    id: int
    body: str
    author: Person
    created_at: datetime
    system: bool = False
    internal: bool = False
    hidden: bool = False
    awards: list[tuple[str, Person]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class IssueRow:
    """An issue as the database has it. `extra` overrides any field of its JSON."""

    id: int
    iid: int
    project: Project
    title: str
    description: str | None
    author: Person
    created_at: datetime
    updated_at: datetime
    state: str = "opened"
    labels: list[str] = field(default_factory=list)
    issue_type: str = "issue"
    confidential: bool = False
    locked: bool = False
    moved_to_id: int | None = None
    notes: list[NoteRow] = field(default_factory=list)
    gone: bool = False
    hidden: bool = False
    extra: dict[str, Any] = field(default_factory=dict)


class World:
    """The truth of the fake server. `executed` must stay empty: quick actions that a note has run."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.base = "http://127.0.0.1"
        self.version: str | None = "19.5.0"
        self.scopes = ["api"]
        self.expires_at: str | None = None
        self.bot = Person(id=900, username="helpful-robot", bot=True)
        self.reporter = Person(id=901, username="ada")
        self.people = [self.bot, self.reporter]
        self.projects: dict[int, Project] = {}
        self.groups: dict[int, str] = {}
        self.issues: list[IssueRow] = []
        self.executed: list[str] = []
        self.hooks: list[HookRow] = []
        self.owned_groups: set[int] = set()
        self.on_note: Callable[[], None] = lambda: None
        self.on_event: Callable[[Event], None] = lambda _: None
        self._ids = 1_000

    def next_id(self) -> int:
        self._ids += 1
        return self._ids

    def add_person(self, username: str, **fields: Any) -> Person:
        person = Person(id=self.next_id(), username=username, **fields)
        self.people.append(person)
        return person

    def add_group(self, path: str) -> int:
        identity = self.next_id()
        self.groups[identity] = path
        return identity

    def add_project(self, path: str = "team/app", group: int = 0) -> Project:
        project = Project(id=self.next_id(), path=path, group=group)
        self.projects[project.id] = project
        return project

    def rename(self, project: Project, path: str) -> None:
        project.former.add(project.path)
        project.path = path

    def add_issue(
        self, project: Project, title: str = "It fails", *, at: datetime | None = None, **fields: Any
    ) -> IssueRow:
        at = at or self.now()
        iid = 1 + sum(1 for issue in self.issues if issue.project is project)
        values = {"description": "How do I do this?", "author": self.reporter, **fields}
        issue = IssueRow(
            id=self.next_id(), iid=iid, project=project, title=title, created_at=at, updated_at=at, **values
        )
        self.issues.append(issue)
        self.on_event(issue_event(self, issue, "open"))
        return issue

    def edit(self, issue: IssueRow, *, at: datetime | None = None, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(issue, name, value)
        issue.updated_at = at or self.now()
        self.on_event(issue_event(self, issue, "close" if issue.state == "closed" else "update"))

    def close(self, issue: IssueRow) -> None:
        self.edit(issue, state="closed")

    def add_note(
        self, issue: IssueRow, body: str, author: Person | None = None, *, touch: bool = True, **fields: Any
    ) -> NoteRow:
        fields.setdefault("created_at", self.now())
        note = NoteRow(id=self.next_id(), body=body, author=author or self.reporter, **fields)
        issue.notes.append(note)
        if touch:
            issue.updated_at = max(issue.updated_at, note.created_at)
        self.on_event(note_event(self, issue, note))
        return note

    def add_hook(self, owner: int, **values: Any) -> HookRow:
        """A webhook of this project or group."""
        hook = HookRow(id=self.next_id(), owner=owner)
        hook.take(values)
        self.hooks.append(hook)
        return hook

    def post_note(self, issue: IssueRow, body: str) -> tuple[int, dict[str, Any]]:
        """What the API does with a body: quick actions run and leave the text. (status, JSON)"""
        text, ran = split(body)
        self.executed += ran
        changes = {action.split()[0].lstrip("/"): True for action in ran}
        if ran and not text.strip():
            return 202, {"commands_changes": changes, "summary": [f"Ran {', '.join(ran)}."]}
        note = self.add_note(issue, text, self.bot)
        self.on_note()
        return 201, {**self.note_json(issue, note), "commands_changes": changes}

    def bot_notes(self) -> list[NoteRow]:
        """Everything the bot's user has posted, anywhere."""
        return [note for issue in self.issues for note in issue.notes if note.author is self.bot]

    def project(self, reference: str) -> Project | None:
        """By id or present path."""
        for project in self.projects.values():
            if not project.gone and reference in {str(project.id), project.path}:
                return project
        return None

    def renamed(self, reference: str) -> Project | None:
        """By a path that a project had before."""
        return next((p for p in self.projects.values() if reference in p.former and not p.gone), None)

    def issue(self, project: Project, iid: int) -> IssueRow | None:
        return next((i for i in self.issues if i.project is project and i.iid == iid and not i.gone), None)

    def project_json(self, project: Project) -> dict[str, Any]:
        return {
            "id": project.id,
            "name": project.path.rpartition("/")[2],
            "path_with_namespace": project.path,
            "web_url": f"{self.base}/{project.path}",
            "visibility": project.visibility,
            "archived": project.archived,
            "issues_enabled": project.issues_enabled,
            "issues_access_level": "enabled" if project.issues_enabled else "disabled",
            "permissions": {"project_access": {"access_level": project.level}, "group_access": None},
        }

    def issue_json(self, issue: IssueRow) -> dict[str, Any]:
        return {
            "id": issue.id,
            "iid": issue.iid,
            "project_id": issue.project.id,
            "title": issue.title,
            "description": issue.description,
            "state": issue.state,
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "labels": issue.labels,
            "author": issue.author.json(),
            "type": issue.issue_type.upper(),
            "issue_type": issue.issue_type,
            "user_notes_count": sum(1 for note in issue.notes if not note.system),
            "confidential": issue.confidential,
            "discussion_locked": issue.locked or None,
            "web_url": f"{self.base}/{issue.project.path}/-/work_items/{issue.iid}",
            "references": {"short": f"#{issue.iid}", "full": f"{issue.project.path}#{issue.iid}"},
            "moved_to_id": issue.moved_to_id,
            "service_desk_reply_to": None,
            **issue.extra,
        }

    def note_json(self, issue: IssueRow, note: NoteRow) -> dict[str, Any]:
        return {
            "id": note.id,
            "type": None,
            "body": note.body,
            "author": note.author.json(),
            "created_at": stamp(note.created_at),
            "updated_at": stamp(note.created_at),
            "system": note.system,
            "noteable_id": issue.id,
            "noteable_type": "Issue",
            "noteable_iid": issue.iid,
            "project_id": issue.project.id,
            "confidential": note.internal,
            "internal": note.internal,
            "commands_changes": {},
        }


def stamp(at: datetime) -> str:
    """Milliseconds, cut off: the database has microseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
