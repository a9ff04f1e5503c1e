"""What can be done on a card, and the id of the button that does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import discord

from bot.chats.discord.phrases import words
from bot.domain.review import Verdict

TEMPLATE = r"g:(?P<review>\d{1,19}):(?P<draft>\d{1,9}):(?P<action>[a-z]+)"


class Action(StrEnum):
    """Buttons on a card; USE stands in its thread."""

    APPROVE = "approve"
    REGENERATE = "regenerate"
    EDIT = "edit"
    DISMISS = "dismiss"
    UNDO = "undo"
    THREAD = "thread"
    MORE = "more"
    USE = "use"


def button_id(review: int, draft: int, action: Action) -> str:
    """All that a click has to say, so that no card needs to be remembered."""
    return f"g:{review}:{draft}:{action}"


_LOOKS: dict[Action, tuple[str, discord.ButtonStyle]] = {
    Action.APPROVE: ("✅", discord.ButtonStyle.success),
    Action.REGENERATE: ("🔁", discord.ButtonStyle.secondary),
    Action.EDIT: ("✏️", discord.ButtonStyle.secondary),
    Action.DISMISS: ("🗑️", discord.ButtonStyle.danger),
    Action.UNDO: ("↩️", discord.ButtonStyle.primary),
    Action.THREAD: ("🧵", discord.ButtonStyle.secondary),
    Action.MORE: ("📄", discord.ButtonStyle.secondary),
}
"""In the order of a card; each sign is also the reaction that means the same."""
_VERDICTS = frozenset(Action(verdict) for verdict in Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buttons:
    """Those of one card; `verdicts` are offered, the rest always stands below."""

    review: int
    draft: int
    language: str
    verdicts: frozenset[Verdict]

    def rows(self) -> Iterator[list[discord.ui.Button[discord.ui.LayoutView]]]:
        """New ones each time: discord.py ties a button to the view that holds it."""
        offered = [action for action in _LOOKS if action in _VERDICTS and Verdict(action) in self.verdicts]
        for row in (offered, [Action.THREAD, Action.MORE]):
            if row:
                yield [self._button(action) for action in row]

    def _button(self, action: Action) -> discord.ui.Button[discord.ui.LayoutView]:
        emoji, style = _LOOKS[action]
        custom_id = button_id(self.review, self.draft, action)
        return discord.ui.Button(label=words(self.language, action), emoji=emoji, style=style, custom_id=custom_id)
