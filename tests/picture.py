"""Draws the README's picture of a card, from the demo's own issue and FAQ: `python -m tests.picture`."""

from __future__ import annotations

import asyncio
import io
import re
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from bot.app.commands import nothing_shown, refresh_knowledge
from bot.app.parts import open_parts
from bot.chats.terminal.screen import card_view
from bot.domain.card import Card
from bot.domain.review import Draft, Review, State
from bot.settings import load

ROOT = Path(__file__).parents[1]
ISSUE = ROOT / "config" / "demo" / "issues" / "3-check-says-403.md"


async def demo_card(folder: Path) -> Card:
    """The card of one demo issue, drafted by the real parts; the marker is fixed so that the picture is too."""
    config = folder / "demo.toml"
    text = (ROOT / "config" / "demo.toml").read_text().replace("../var", str(folder / "var"))
    config.write_text(text.replace('"demo/', f'"{ROOT}/config/demo/'))
    async with open_parts(load(config, {})) as parts:
        await refresh_knowledge(parts, nothing_shown)
        tracker = parts.trackers["folder"]
        thread = await tracker.thread(await tracker.locate(str(ISSUE)))
        issue = replace(thread.issue, url="", project_name="acme/website")
        marker = "5d0f6c1e-8a43-4b6f-9f5e-2f4b8d1c7a90"
        composed = await parts.answering.compose(thread, marker=marker)
    at = issue.created_at + timedelta(minutes=4)
    draft = Draft(
        review_id=3,
        number=1,
        body=composed.outgoing.body,
        status=composed.draft.status,
        author=composed.draft.drafter,
        at=at,
        match=composed.match,
        citations=composed.citations,
        related=composed.related,
        warnings=composed.warnings,
    )
    review = Review(
        id=3, issue=issue, round=1, state=State.PENDING, rev=3, draft=1, marker=marker, created_at=at, updated_at=at
    )
    return Card(review=review, draft=draft)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        card = asyncio.run(demo_card(Path(name)))
    console = Console(record=True, width=96, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(card_view(card, "en", card.review.updated_at), markup=False)
    svg = console.export_svg(title="gepettto", unique_id="card")
    # Without the font's addresses: a picture must not load anything from elsewhere.
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    (ROOT / "docs" / "card.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
