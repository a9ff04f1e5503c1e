"""The drafter that needs no model: the best passage, quoted and linked, or an honest "nothing found".

Nothing but the passage and our own sentences ever enters its replies.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.passage import Match, MatchWord
from bot.domain.phrases import Phrases
from bot.domain.prompt import Prompt
from bot.domain.review import DraftStatus, DraftText
from bot.drafters.citing import citation, link
from bot.ports import Finding

LONGEST_QUOTE = 1500
"""Characters; beyond it a quotation is no help any more, and the link is."""

PHRASES = Phrases(
    strong=(
        "Hello, this is answered in {source}:",
        "Bonjour, la réponse se trouve dans {source} :",
    ),
    possible=(
        "Hello, this may help; it is from {source}:",
        "Bonjour, ceci pourrait vous aider ; c'est un extrait de {source} :",
    ),
    strong_end=(
        "If this does not solve it, please tell us here what you see.",
        "Si cela ne résout pas le problème, dites-nous ici ce que vous observez.",
    ),
    possible_end=(
        "If this is not what you are looking for, please tell us here; somebody will have a look.",
        "Si ce n'est pas ce que vous cherchez, dites-le-nous ici ; quelqu'un y jettera un œil.",
    ),
    more=("[…]", "[…]"),
)

TEAM = Phrases(
    quoted=("Quoted as it stands from {best}.", "Cité tel quel depuis {best}."),
    others=("Also close: {others}.", "Également proches : {others}."),
    nothing=(
        "No entry answers “{title}” well enough to be quoted.",
        "Aucune entrée ne répond assez bien à « {title} » pour être citée.",
    ),
    closest=("The closest entries: {others}.", "Les entrées les plus proches : {others}."),
    empty=(
        "Nothing we know shares a word with it; `gepettto learn` brings the knowledge up to date.",
        "Rien de ce que nous savons n'a un mot en commun ; `gepettto learn` met les connaissances à jour.",
    ),
    next=(
        "Without a model an instruction cannot be followed; this is the next best passage instead.",
        "Sans modèle, une consigne ne peut pas être suivie ; voici plutôt le passage suivant.",
    ),
    only=(
        "Without a model an instruction cannot be followed, and there is no other passage that fits.",
        "Sans modèle, une consigne ne peut pas être suivie, et aucun autre passage ne convient.",
    ),
)


class QuotingDrafter:
    """Quotes; `team_language` is that of its notes to the team, replies follow the issue's language."""

    name = "quoting"

    def __init__(self, *, team_language: str = "en") -> None:
        self._team = team_language

    async def draft(self, prompt: Prompt) -> DraftText:
        """Never raises; a regeneration moves on to the next passage that fits."""
        language = "fr" if prompt.language.startswith("fr") else "en"
        fitting = [match for match in prompt.sources if match.word is not MatchWord.NONE]
        if not fitting:
            note = self._nothing_found(prompt)
            return DraftText(
                text="", status=DraftStatus.INSUFFICIENT, language=language, drafter=self.name, note_to_team=note
            )
        match = fitting[_next(fitting, prompt.previous)]
        quote = telling(match.passage.body, match.terms)
        return DraftText(
            text=reply(match, quote, language),
            status=DraftStatus.ANSWER,
            citations=(citation(match, quote),),
            language=language,
            drafter=self.name,
            note_to_team=self._found(prompt, match, alone=len(fitting) == 1),
        )

    async def check(self) -> list[Finding]:
        return [Finding(item="drafts", ok=True, detail="replies are quotations (no [model] is configured)")]

    async def close(self) -> None:
        """Nothing is held."""

    def _found(self, prompt: Prompt, match: Match, *, alone: bool) -> str:
        parts = [TEAM(self._team, "quoted", best=_named([match]))]
        if prompt.instructions or prompt.previous:
            parts.append(TEAM(self._team, "only" if alone else "next"))
        if others := [m for m in prompt.sources if m is not match and m.word is not MatchWord.NONE][:3]:
            parts.append(TEAM(self._team, "others", others=_named(others)))
        return " ".join(parts)

    def _nothing_found(self, prompt: Prompt) -> str:
        nothing = TEAM(self._team, "nothing", title=prompt.title)
        if not prompt.sources:
            return f"{nothing} {TEAM(self._team, 'empty')}"
        return f"{nothing} {TEAM(self._team, 'closest', others=_named(prompt.sources[:3]))}"


def reply(match: Match, quote: str, language: str) -> str:
    """The whole reply: our sentence, the quotation, our sentence."""
    kind = "strong" if match.word is MatchWord.STRONG else "possible"
    head = PHRASES(language, kind, source=link(match.passage))
    end = PHRASES(language, f"{kind}_end")
    whole = quote.strip() == match.passage.body.strip()
    quoted = quote if whole else f"{quote}\n\n{PHRASES(language, 'more')}"
    return f"{head}\n\n{_blockquote(quoted)}\n\n{end}"


def telling(body: str, terms: Sequence[str]) -> str:
    """The neighbouring paragraphs of `body` that hold most of `terms`; always an exact piece of `body`."""
    if len(body.strip()) <= LONGEST_QUOTE:
        return body.strip()
    spans = _paragraphs(body)
    worth = [_worth(body[start:end], terms) for start, end in spans]
    runs = [
        (i, j) for i in range(len(spans)) for j in range(i, len(spans)) if spans[j][1] - spans[i][0] <= LONGEST_QUOTE
    ]
    if not runs:
        start, end = spans[worth.index(max(worth))]
        return _first_lines(body[start:end])
    first, last = max(runs, key=lambda run: (sum(worth[run[0] : run[1] + 1]), -run[0], run[1]))
    return body[spans[first][0] : spans[last][1]]


def _paragraphs(body: str) -> list[tuple[int, int]]:
    """Where the paragraphs of `body` begin and end; a fenced block is never split."""
    spans: list[tuple[int, int]] = []
    start: int | None = None
    fence, at = "", 0
    for line in body.splitlines(keepends=True):
        text = line.strip()
        if mark := re.match(r"`{3,}|~{3,}", text):
            fence = "" if fence and text.startswith(fence) else fence or mark[0]
        if text and start is None:
            start = at
        elif not text and not fence and start is not None:
            spans.append((start, start + len(body[start:at].rstrip())))
            start = None
        at += len(line)
    if start is not None:
        spans.append((start, start + len(body[start:].rstrip())))
    return spans


def _worth(paragraph: str, terms: Sequence[str]) -> int:
    """How many different terms occur; terms may be stems, so the beginning of a word is enough."""
    text = paragraph.casefold()
    return sum(bool(re.search(rf"\b{re.escape(term.casefold())}", text)) for term in terms)


def _first_lines(paragraph: str) -> str:
    """The beginning of a paragraph that is too long on its own, up to a line or a sentence."""
    cut = paragraph[:LONGEST_QUOTE]
    ends = (cut.rfind("\n"), cut.rfind(". ") + 1, cut.rfind(" "), LONGEST_QUOTE)
    return cut[: next(end for end in ends if end > 0)].rstrip()


def _next(fitting: Sequence[Match], previous: str) -> int:
    """Which match to quote: the one after the match that `previous` quoted, else the best."""
    for i, match in enumerate(fitting):
        if _bare(telling(match.passage.body, match.terms)) in _bare(previous):
            return (i + 1) % len(fitting)
    return 0


def _bare(text: str) -> str:
    """Letters and digits only: what was shown may have passed through the exit filter."""
    return "".join(character for character in text if character.isalnum())


def _blockquote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def _named(matches: Sequence[Match]) -> str:
    return ", ".join(f"“{p.title}” ({p.url})" if p.url else f"“{p.title}”" for p in (m.passage for m in matches))
