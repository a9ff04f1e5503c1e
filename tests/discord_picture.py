"""Draws a card's message from the payload that Discord would get: `python -m tests.discord_picture`.

A drawing for the documentation, not Discord: it knows only the Markdown that our cards use. It writes
docs/discord-card.png with Chromium.
"""

from __future__ import annotations

import asyncio
import html
import re
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.chats.discord.card import renderer_of
from tests.picture import ROOT, demo_card

TARGET = ROOT / "docs" / "discord-card.png"
_STYLE = """
* { box-sizing: border-box; margin: 0 }
body { background: #1a1a1e; color: #dbdee1; font: 15px/1.35 "Noto Sans", "DejaVu Sans", sans-serif; padding: 12px;
       overflow-wrap: anywhere }
.who { color: #f2f3f5; font-weight: 600; margin-bottom: 6px }
.who span { background: #5865f2; border-radius: 3px; font-size: 10px; padding: 1px 4px; vertical-align: 2px }
.frame { background: #242429; border: 1px solid #35353c; border-left: 4px solid COLOUR; border-radius: 8px;
         margin: 8px 0; padding: 12px }
.text { white-space: pre-wrap; margin: 4px 0 }
h3 { font-size: 17px; line-height: 1.25; color: #f2f3f5; margin: 4px 0 }
small { color: #949ba4; font-size: 12px; line-height: 1.3 }
a { color: #7cb2f2; text-decoration: none }
.quote { border-left: 4px solid #4e5058; border-radius: 2px; padding-left: 8px; color: #b5bac1; font-size: 14px }
.item { display: block; padding-left: 16px; text-indent: -12px }
hr { border: 0; border-top: 1px solid #3f4047; margin: 8px 0 }
.row { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 8px }
.button { border-radius: 8px; color: #fff; font-size: 14px; padding: 7px 12px }
.file { background: #1f1f24; border: 1px solid #35353c; border-radius: 8px; color: #7cb2f2; margin-top: 8px;
        padding: 10px }
"""
_BUTTONS = {1: "#5865f2", 2: "#3f4047", 3: "#248046", 4: "#da373c"}
_WIDTH = 420


def drawn(components: list[dict[str, Any]]) -> str:
    """A page of its own that loads nothing."""
    who = '<div class="who">GePeTTTo <span>APP</span></div>'
    parts = "".join(_part(part) for part in components)
    return f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style><body>{who}{parts}'


def _part(part: dict[str, Any]) -> str:
    inner = "".join(_part(child) for child in part.get("components", []))
    match part["type"]:
        case 17:
            colour = f"#{part['accent_color']:06x}" if part["accent_color"] else "#35353c"
            return f'<div class="frame" style="border-left-color: {colour}">{inner}</div>'
        case 10:
            return f'<div class="text">{_markdown(part["content"])}</div>'
        case 14:
            return "<hr>"
        case 13:
            return f'<div class="file">📎 {html.escape(part["file"]["url"].rpartition("/")[2])}</div>'
        case 1:
            return f'<div class="row">{inner}</div>'
        case 2:
            label = f"{part['emoji']['name']} {html.escape(part['label'])}"
            return f'<span class="button" style="background: {_BUTTONS[part["style"]]}">{label}</span>'
    raise ValueError(f"A card holds no component of type {part['type']}.")


def _markdown(text: str) -> str:
    return re.sub("\x01\n?", "", "\n".join(_line(line) for line in text.split("\n")))


def _line(line: str) -> str:
    for mark, before, after in (
        ("### ", "<h3>", "</h3>\x01"),
        ("-# ", "<small>", "</small>"),
        ("> ", '<div class="quote">', "</div>\x01"),
        ("- ", '<span class="item">• ', "</span>\x01"),
    ):
        if line.startswith(mark):
            return f"{before}{_inline(line.removeprefix(mark))}{after}"
    return _inline(line)


def _inline(text: str) -> str:
    # An escaped sign is put aside as a character that nothing below knows.
    aside = re.sub(r"\\([^0-9A-Za-z\s])", lambda found: chr(0xF0000 + ord(found[1])), text)
    shown = html.escape(aside, quote=False)
    shown = re.sub(r"\[([^\]]+)\]\((https?://[^)]+)\)", r"<a>\1</a>", shown)
    shown = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", shown)
    shown = re.sub(r"`(.+?)`", r"<code>\1</code>", shown)
    shown = re.sub(r"&lt;t:\d+:R&gt;", "4 minutes ago", shown)
    return re.sub(r"[\U000f0000-\U000fffff]", lambda found: html.escape(chr(ord(found[0]) - 0xF0000)), shown)


def photograph(page: str, target: Path, height: int, width: int = _WIDTH) -> None:
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "card.html"
        source.write_text(page, encoding="utf-8")
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--hide-scrollbars",
        ]
        quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        place = [f"--user-data-dir={name}/home", f"--window-size={width},{height}", f"--screenshot={target}"]
        subprocess.run(["chromium", *options, *quiet, *place, source.as_uri()], check=True, capture_output=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        card = asyncio.run(demo_card(Path(name)))
    issue = replace(card.issue, url="https://gitlab.example/acme/website/-/issues/3")
    card = replace(card, review=replace(card.review, issue=issue))
    shown = renderer_of("components").render(card, language="en", now=card.review.updated_at)
    photograph(drawn(shown.for_post()["view"].to_components()), TARGET, height=1040)


if __name__ == "__main__":
    main()
