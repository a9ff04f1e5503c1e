"""Our webhooks at GitLab: how each is, and how it is made or mended."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from bot.errors import BotError, Gone, InDoubt, Permanent, Temporary
from bot.ports import Finding
from bot.settings import GitLabSettings
from bot.trackers.gitlab import address, payload
from bot.trackers.gitlab.backend import Backend
from bot.trackers.gitlab.hook_payload import EVENTS, PATH

_FAILURES = (Temporary, Permanent, InDoubt)
_BY_HAND = "create the webhook by hand as docs/webhooks.md says, or give the token the role Maintainer (group: Owner)"
_MEND = "run `gepettto check --create-hook`"


@dataclass(frozen=True, slots=True, kw_only=True)
class HookWish:
    """What our webhooks should be like. `url` is the public address of the listener; "" = not known."""

    url: str = ""
    token: str = field(default="", repr=False)
    signing: str = field(default="", repr=False)

    @property
    def target(self) -> str:
        """Where deliveries should go; the address may be given with or without the path."""
        return f"{self.url.rstrip('/').removesuffix(PATH)}{PATH}"

    def ours(self, hook: dict[str, Any]) -> bool:
        """Whether this webhook leads to us; as long as our address is not known, by its path alone."""
        url = payload.text(hook.get("url"), 2_000)
        return url == self.target if self.url else url.endswith(PATH)

    def body(self) -> dict[str, Any]:
        """As a request to GitLab, which would otherwise deliver pushes."""
        secrets = {"token": self.token, "signing_token": self.signing}
        return {
            "url": self.target,
            "name": "GePeTTTo",
            "push_events": False,
            "enable_ssl_verification": True,
            **dict.fromkeys(EVENTS, True),
            **{name: secret for name, secret in secrets.items() if secret},
        }

    def lacks(self, hook: dict[str, Any]) -> list[str]:
        """What keeps this webhook from doing its work. What an old GitLab does not tell is taken for well."""
        secret, present = (
            ("signing token", "signing_token_present") if self.signing else ("secret token", "token_present")
        )
        events = [name for name in EVENTS if hook.get(name) is False]
        found = [
            f"GitLab has switched it off ({hook['alert_status']})" if _off(hook) else "",
            f"it has no {secret}" if hook.get(present) is False else "",
            f"it lacks the events {', '.join(events)}" if events else "",
        ]
        return [one for one in found if one]


async def hook_findings(backend: Backend, settings: GitLabSettings, wish: HookWish, *, mend: bool) -> list[Finding]:
    """One line for each watched project and group, after mending what can be mended, if that is wanted."""
    places = [("project", one) for one in settings.projects] + [("group", one) for one in settings.groups]
    return [await _finding(backend, kind, one, wish, mend=mend) for kind, one in places]


async def _finding(backend: Backend, kind: str, wanted: str | int, wish: HookWish, *, mend: bool) -> Finding:
    """Warnings only where polling alone goes on as if there were no webhook; a broken one is a failure."""
    item, path = f"gitlab webhook of {kind} {wanted}", f"/{kind}s/{address.reference(wanted)}/hooks"
    try:
        hook = await _ours(backend, path, wish)
        if mend:
            hook = await _mended(backend, path, wish, hook)
    except _FAILURES as error:
        return Finding(item=item, ok=not mend, warning=not mend, detail=_why(error), remedy=_BY_HAND)
    if hook is None:
        return Finding(
            item=item, ok=True, warning=True, detail="There is none, so new issues wait for a poll.", remedy=_MEND
        )
    if lacks := wish.lacks(hook):
        return Finding(item=item, ok=False, detail=f"It does not work: {'; '.join(lacks)}.", remedy=_MEND)
    return Finding(item=item, ok=True, detail=f"GitLab delivers to {payload.text(hook.get('url'), 2_000)}.")


async def _ours(backend: Backend, path: str, wish: HookWish) -> dict[str, Any] | None:
    """Of several that lead to us one that works goes before one that does not."""
    found = []
    async with aclosing(backend.pages(path)) as pages:
        async for page in pages:
            found += [row for row in page.rows if isinstance(row, dict) and wish.ours(row)]
    return min(found, key=lambda row: len(wish.lacks(row)), default=None)


async def _mended(backend: Backend, path: str, wish: HookWish, hook: dict[str, Any] | None) -> dict[str, Any]:
    """Made or set anew, since whether the secret in it is ours cannot be seen. A success switches it on again."""
    if hook is None:
        return (await backend.post(path, wish.body()))[1]
    there = f"{path}/{payload.identity(hook)}"
    mended = await backend.put(there, wish.body())
    if not _off(mended):
        return mended
    await backend.post(f"{there}/test/issues_events", {})
    return await _ours(backend, path, wish) or mended


def _off(hook: dict[str, Any]) -> bool:
    return hook.get("alert_status") in {"disabled", "temporarily_disabled"}


def _why(error: BotError) -> str:
    return "GitLab does not show webhooks to this token." if isinstance(error, Gone) else str(error)
