"""The part of `gepettto check` that is about the webhooks."""

from __future__ import annotations

from bot.app.parts import Parts, hook_secrets
from bot.errors import UsageError
from bot.ports import Finding
from bot.trackers.gitlab import GitLabTracker
from bot.trackers.gitlab.hook_proof import Proof
from bot.trackers.gitlab.hooks import HookWish


async def check_webhooks(parts: Parts, create_hook: str | None) -> list[Finding]:
    """Nothing without a GitLab; ConfigError without a secret, as the listener has it."""
    tracker = parts.trackers.get("gitlab")
    if not isinstance(tracker, GitLabTracker):
        return []
    token, signing = hook_secrets(parts.settings)
    Proof.of(token, signing)
    web = parts.settings.web
    url = create_hook or (web.url if web else None) or ""
    if create_hook is not None and not url:
        raise UsageError("Name the public address of the listener: --create-hook URL, or web.url.")
    wish = HookWish(url=url, token=token or "", signing=signing or "")
    return await tracker.check_hooks(wish, mend=create_hook is not None)
