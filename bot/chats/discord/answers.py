"""The answer to a freeform question: its text as it can be posted, then where it comes from."""

from __future__ import annotations

import discord

from bot.chats.discord.evidence import fitting, sources, warnings
from bot.chats.discord.limits import CONTENT, EMBED_DESCRIPTION, size
from bot.chats.discord.markdown import cut_markdown, postable
from bot.chats.discord.phrases import words
from bot.chats.discord.rendered import Rendered
from bot.chats.discord.text import literal
from bot.chats.phrases import card_words, warning
from bot.chats.render import one_line
from bot.domain.prompt import Answer

FILE = "answer.md"
_EXCERPT = 1500


def answer_view(answer: Answer, *, language: str, publish_id: str | None) -> Rendered:
    """The message's own text is the reply and nothing else: what is posted later is literally that."""
    reply = postable(answer.reply, {citation.url for citation in (*answer.sources, *answer.related)})
    short = size(reply) <= CONTENT
    shown = reply if short else cut_markdown(reply, _EXCERPT)
    files = {} if short else {FILE: answer.reply.encode("utf-8", "replace")}
    evidence = discord.Embed(description=_evidence(answer, language, short=short))
    button = publish_id if reply and short else None
    return Rendered(
        make_view=lambda: _view(button, language),
        content=shown or words(language, "nothing_found"),
        embeds=(evidence,),
        files=files,
    )


def _evidence(answer: Answer, language: str, *, short: bool) -> str:
    drafter = literal(one_line(answer.model or answer.drafter, 40))
    lines = [f"**{card_words(language, f'match_{answer.match}')}** · {drafter}"]
    if not short:
        lines.append(f"📎 {words(language, 'answer_long')}")
    lines += warnings(warning(language, name) for name in answer.warnings)
    lines += sources(answer.sources, answer.related, language)
    return "\n".join(fitting(lines, EMBED_DESCRIPTION))


def _view(publish_id: str | None, language: str) -> discord.ui.View | None:
    if publish_id is None:
        return None
    view = discord.ui.View(timeout=None)
    style = discord.ButtonStyle.primary
    view.add_item(discord.ui.Button(label=words(language, "post_here"), emoji="📤", style=style, custom_id=publish_id))
    return view
