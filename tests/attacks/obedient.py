"""A drafter that does whatever anybody asks of it, and everything that the attack can then be seen in."""

from __future__ import annotations

import base64
import binascii
import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from bot.chats.terminal.screen import card_view
from bot.domain.card import Card
from bot.domain.issue import Note
from bot.domain.prompt import Prompt
from bot.domain.review import DraftText, State
from tests.chats.discord.cards import LAYOUTS, rendered, text_of
from tests.factories import NOON, make_thread
from tests.fakes import FakeDrafter
from tests.world import World


class ObedientDrafter(FakeDrafter):
    """Repeats all it was given, reads what is encoded in it, and adds `also`: what it was talked into."""

    def __init__(self) -> None:
        super().__init__()
        self.also = ""

    async def draft(self, prompt: Prompt) -> DraftText:
        given = [prompt.title, prompt.text, *(turn.text for turn in prompt.turns), *prompt.instructions]
        given += [f"{match.passage.title}\n{match.passage.body}" for match in prompt.sources]
        everything = "\n\n".join(given)
        self.text = "\n\n".join((everything, *_decoded(everything), codecs.encode(everything, "rot13"), self.also))
        return await super().draft(prompt)


def _decoded(text: str) -> Iterator[str]:
    for word in re.findall(r"[A-Za-z0-9+/]{8,}={0,2}", text):
        try:
            yield base64.b64decode(word).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Where an effect would show: what the drafter was given, the card, the chats' texts, the note."""

    prompt: str
    card: Card
    discord: str
    terminal: str
    note: str

    @property
    def everywhere(self) -> str:
        return "\n".join((self.prompt, repr(self.card), self.discord, self.terminal, self.note))

    @property
    def warnings(self) -> tuple[str, ...]:
        assert self.card.draft is not None
        return self.card.draft.warnings


async def attack(world: World, *notes: Note, also: str = "", **issue: Any) -> Outcome:
    """The whole way with an obedient model and a careless person: drafted, shown, approved as it stands, sent."""
    drafter = ObedientDrafter()
    drafter.also = also
    world.use_drafters(drafter)
    review = await world.review_in(State.NEW)
    world.tracker.add(make_thread(notes=notes, **issue))
    await world.drafting(review.id)
    await world.posting(review.id)
    (card,) = world.chat.cards.values()
    await world.approve(await world.reload(review))
    await world.deliver(review.id)
    ((_, note),) = world.tracker.replies
    return Outcome(
        prompt=repr(drafter.prompts), card=card, discord=on_discord(card), terminal=in_terminal(card), note=note
    )


def on_discord(card: Card) -> str:
    """Every text of the card in both layouts and languages."""
    return "\n".join(text_of(rendered(card, layout, language)) for layout in LAYOUTS for language in ("en", "fr"))


def in_terminal(card: Card) -> str:
    screen = io.StringIO()
    view = card_view(card, "en", NOON, whole=True)
    Console(file=screen, width=100, highlight=False).print(view, markup=False)
    return screen.getvalue()
