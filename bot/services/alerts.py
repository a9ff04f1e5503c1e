"""What needs a person is told where people look: in the channels, once, and again when it works."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.secrets import mask_secrets
from bot.domain.trouble import Trouble
from bot.errors import BotError, Temporary
from bot.ports import Alarmed, Chat, Clock, Store
from bot.services.phrases import say

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Troubles:
    """Remembers what does not work. Saying the same again changes nothing."""

    store: Store
    clock: Clock

    async def began(self, name: str, sentence: str = "") -> None:
        """What is in trouble again before anybody was told that it worked simply goes on."""
        known = await self._known(name)
        if known is None:
            known = Trouble(name=name, sentence=mask_secrets(sentence)[:500], since=self.clock.now())
        elif not known.over:
            return
        async with self.store.begin() as tx:
            await tx.save_trouble(replace(known, over=False))

    async def over(self, name: str) -> None:
        """It works; whoever was told of the trouble is told that too."""
        known = await self._known(name)
        if known is None or known.over:
            return
        async with self.store.begin() as tx:
            if known.told:
                await tx.save_trouble(replace(known, over=True))
            else:
                await tx.forget_trouble(name)

    async def _known(self, name: str) -> Trouble | None:
        async with self.store.read() as tx:
            return next((trouble for trouble in await tx.troubles() if trouble.name == name), None)


@dataclass(frozen=True, slots=True)
class Alerts:
    """Called every few seconds; does nothing while there is nothing to tell."""

    store: Store
    chats: Sequence[Chat]

    async def __call__(self) -> None:
        try:
            async with self.store.read() as tx:
                troubles = await tx.troubles()
            for trouble in troubles:
                if (trouble.over or not trouble.told) and await self._tell(trouble):
                    await self._mark_told(trouble)
        except Temporary as error:  # the store itself: nothing is lost, and the next call tries again
            log.warning("alerts could not be told: %s", error, extra={"action": "alerts_failed"})

    async def _mark_told(self, trouble: Trouble) -> None:
        async with self.store.begin() as tx:
            if trouble.over:
                await tx.forget_trouble(trouble.name)
            else:
                await tx.save_trouble(replace(trouble, told=True))

    async def _tell(self, trouble: Trouble) -> bool:
        """Whether a channel took it; one that cannot be reached keeps no other from it."""
        told = False
        for chat in self.chats:
            if isinstance(chat, Alarmed) and trouble.name != f"chat:{chat.name}":
                try:
                    await chat.alert(chat.home, sentence_of(trouble, chat.language), _key(trouble))
                    told = True
                except BotError as error:
                    log.debug("%s took no alert: %s", chat.name, error)
        return told


def sentence_of(trouble: Trouble, language: str) -> str:
    """What people are told of it."""
    phrase = f"{'again' if trouble.over else 'trouble'}_{trouble.kind}"
    return say(language, phrase, name=trouble.part, sentence=trouble.sentence)


def _key(trouble: Trouble) -> str:
    """The same for the same alert, and short enough for Discord."""
    return hashlib.sha256(f"{trouble.name} {trouble.since} {trouble.over}".encode()).hexdigest()[:24]
