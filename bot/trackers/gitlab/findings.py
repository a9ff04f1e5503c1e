"""`gepettto check` for GitLab: the instance, the token, and each project and group."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from bot.errors import BotError, ConfigError, Permanent, Temporary, UsageError
from bot.ports import Finding
from bot.settings import GitLabSettings
from bot.trackers.gitlab import address, payload
from bot.trackers.gitlab.backend import Backend

# https://docs.gitlab.com/api/access_requests/#valid-access-levels
_ROLES = {
    5: "Minimal access",
    10: "Guest",
    15: "Planner",
    20: "Reporter",
    30: "Developer",
    40: "Maintainer",
    50: "Owner",
}
_SEES_CONFIDENTIAL = 15

_FAILURES = (Temporary, Permanent, UsageError, ConfigError)


async def findings(backend: Backend, settings: GitLabSettings, now: datetime) -> list[Finding]:
    """One line for each thing that must hold, in the order in which one would mend them."""
    try:
        user = await backend.get("/user")
    except _FAILURES as error:
        return [_broken(f"gitlab {settings.url}", error)]
    found = [await _instance(backend, settings.url), _user(user), *await _token(backend, now.date())]
    found += [await _project(backend, one) for one in settings.projects]
    found += [await _group(backend, one) for one in settings.groups]
    return found


async def _instance(backend: Backend, url: str) -> Finding:
    """Old servers have no /metadata, and some hide both: nothing depends on the version."""
    version = ""
    for path in ("/metadata", "/version"):
        try:
            version = payload.text((await backend.get(path)).get("version"), 60)
            break
        except _FAILURES:
            continue
    return Finding(item="gitlab", ok=True, detail=f"{url} answers, version {version or 'unknown'}.")


def _user(user: dict[str, Any]) -> Finding:
    name = payload.text(user.get("username"), 255)
    return Finding(item="gitlab token", ok=True, detail=f"It is valid; replies appear as @{name}.")


async def _token(backend: Backend, today: date) -> list[Finding]:
    try:
        token = await backend.get("/personal_access_tokens/self")
    except _FAILURES:
        detail = "GitLab does not tell its scopes and its last day."
        return [Finding(item="gitlab token scope", ok=True, warning=True, detail=detail)]
    return [_scope(token), _expiry(token, today)]


def _scope(token: dict[str, Any]) -> Finding:
    raw = token.get("scopes")
    scopes = ", ".join(payload.text(one, 40) for one in raw) if isinstance(raw, list) else ""
    if isinstance(raw, list) and "api" in raw:
        return Finding(item="gitlab token scope", ok=True, detail=f"It has the scopes {scopes}.")
    return Finding(
        item="gitlab token scope",
        ok=False,
        detail=f"It has the scopes {scopes or 'none'}, which do not allow replies.",
        remedy="Create a token with the scope `api` and set GEPETTTO_GITLAB_TOKEN.",
    )


def _expiry(token: dict[str, Any], today: date) -> Finding:
    """Warns from 30 days on; GitLab's tokens always end."""
    item, remedy = "gitlab token expiry", "Create a new token in time and set GEPETTTO_GITLAB_TOKEN."
    last = payload.moment(token.get("expires_at"))
    if last is None:
        return Finding(item=item, ok=True, detail="GitLab names no last day.")
    days = (last.date() - today).days
    if days > 30:
        return Finding(item=item, ok=True, detail=f"It is valid for {days} more days.")
    urgency = "now" if days <= 1 else "this week" if days <= 7 else "this month"
    detail = f"It ends in {days} day{'' if days == 1 else 's'} ({last.date()}): replace it {urgency}."
    return Finding(item=item, ok=days >= 0, warning=True, detail=detail, remedy=remedy)


async def _project(backend: Backend, wanted: str | int) -> Finding:
    item = f"gitlab project {wanted}"
    try:
        project = await backend.get(f"/projects/{address.reference(wanted)}")
    except _FAILURES as error:
        return _broken(item, error)
    if project.get("archived") is True:
        return Finding(
            item=item,
            ok=False,
            detail="It is archived: nothing can be posted.",
            remedy="Remove it from gitlab.projects.",
        )
    if project.get("issues_enabled") is False or project.get("issues_access_level") == "disabled":
        return Finding(
            item=item, ok=False, detail="Its issues are switched off.", remedy="Remove it from gitlab.projects."
        )
    level = _level(project)
    name = payload.text(project.get("path_with_namespace"), 500)
    if level >= _SEES_CONFIDENTIAL:
        return Finding(item=item, ok=True, detail=f"{name} can be read and answered ({_role(level)}).")
    return Finding(
        item=item,
        ok=True,
        warning=True,
        detail=f"{name} can be read ({_role(level)}); confidential issues stay hidden from the bot.",
        remedy="Give the bot's user the role Reporter there.",
    )


async def _group(backend: Backend, wanted: str | int) -> Finding:
    item = f"gitlab group {wanted}"
    try:
        group = await backend.get(f"/groups/{address.reference(wanted)}")
    except _FAILURES as error:
        return _broken(item, error)
    return Finding(item=item, ok=True, detail=f"{payload.text(group.get('full_path'), 500)} can be read.")


def _level(project: dict[str, Any]) -> int:
    """The highest access level, by the project or by its group; 0 when not a member."""
    rights = project.get("permissions")
    entries = rights.values() if isinstance(rights, dict) else ()
    levels = (payload.whole(entry.get("access_level")) for entry in entries if isinstance(entry, dict))
    return max((level for level in levels if level is not None), default=0)


def _role(level: int) -> str:
    return f"role {_ROLES.get(level, level)}" if level else "not a member"


def _broken(item: str, error: BotError) -> Finding:
    return Finding(item=item, ok=False, detail=str(error), remedy="Mend this, then run the check again.")
