"""One way to an answer, for a card, a command and a question: search, draft, exit filter."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.domain.dangerous import has_dangerous_command
from bot.domain.hidden import hidden_passages
from bot.domain.hostile import looks_like_instructions
from bot.domain.issue import Thread
from bot.domain.outgoing import Allowed, Outgoing, editable, hosts_in, make_safe, references_in
from bot.domain.passage import Citation, Match, MatchWord
from bot.domain.prompt import Answer, Prompt
from bot.domain.review import DraftText
from bot.domain.secrets import mask
from bot.errors import Permanent, Temporary
from bot.ports import Drafter, Knowledge, Query
from bot.services.phrases import say
from bot.services.prompt import build_issue_query, build_prompt, build_query, build_question

log = logging.getLogger(__name__)

_SOURCES = 5
_OTHERS = 15
"""Matches besides the sources that examples are chosen from."""
_USUAL = "en"
"""The language of a reply when the question's cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the operator wants of every reply: hosts that may be linked, footers by language, a style."""

    hosts: frozenset[str] = frozenset()
    footers: tuple[tuple[str, str], ...] = ()
    style: str = ""

    def footer(self, language: str) -> str:
        """The last line of a reply; empty when the operator wants none."""
        return dict(self.footers).get(language, say(language, "footer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A draft text with its evidence and with what the exit filter made of it."""

    draft: DraftText
    outgoing: Outgoing
    matches: tuple[Match, ...]
    allowed: Allowed
    language: str
    warnings: tuple[str, ...]
    prompt_sha256: str

    @property
    def confidence(self) -> float:
        return self.matches[0].score if self.matches else 0.0

    @property
    def match(self) -> MatchWord:
        return self.matches[0].word if self.matches else MatchWord.NONE

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What the drafter cited, with the score under which it was found."""
        found = {match.passage.id: match for match in self.matches}
        return tuple(
            replace(c, score=found[c.id].score, word=found[c.id].word) for c in self.draft.citations if c.id in found
        )

    @property
    def related(self) -> tuple[Citation, ...]:
        """The other passages that were found, best first: next to a good match only good ones, else the closest."""
        cited = {citation.id for citation in self.draft.citations}
        others = [match for match in self.matches if match.passage.id not in cited]
        if cited:
            others = [match for match in others if match.word is not MatchWord.NONE]
        return tuple(as_citation(match) for match in others)


def as_citation(match: Match) -> Citation:
    passage = match.passage
    return Citation(
        id=passage.id, title=passage.title, url=passage.url, score=match.score, word=match.word, terms=match.terms
    )


@dataclass(frozen=True, slots=True)
class Answering:
    """`drafters` is the order in which they are tried: the next one writes when one cannot."""

    knowledge: Knowledge
    drafters: Sequence[Drafter]
    policy: Policy

    async def compose(
        self, thread: Thread, *, marker: str, instructions: Sequence[str] = (), previous: str = ""
    ) -> Composed:
        """A draft for an issue. Raises Temporary or Permanent when no drafter can write at all."""
        thread, issue = thread.public(), thread.issue
        query = build_issue_query(thread)
        matches, others = await self._search(query)
        prompt = build_prompt(
            _masked(thread),
            matches,
            examples=others,
            instructions=instructions,
            previous=previous,
            language=query.language or _USUAL,
            style=self.policy.style,
        )
        words = "\n".join((issue.title, issue.body, *(note.body for note in thread.notes)))
        allowed = Allowed(
            mentions=thread.participants(),
            hosts=self.policy.hosts | hosts_in(issue.url) | _hosts(matches),
            references=references_in("\n".join((words, issue.url, f"#{issue.key.number}", _texts(matches)))),
        )
        return await self._finish(prompt, matches, allowed, marker, cautions=_cautions(words))

    async def ask(self, question: str) -> Answer:
        """A freeform, forum-style question."""
        return self.answer(await self._compose_question(question), marker="")

    async def _compose_question(self, question: str) -> Composed:
        question = mask(question)
        query = build_query("", question)
        matches, others = await self._search(query)
        language = query.language or _USUAL
        prompt = build_question(question, matches, language=language, style=self.policy.style, examples=others)
        allowed = Allowed(hosts=self.policy.hosts | _hosts(matches), references=references_in(_texts(matches)))
        return await self._finish(prompt, matches, allowed, "", cautions=_cautions(question))

    async def _search(self, query: Query) -> tuple[tuple[Match, ...], tuple[Match, ...]]:
        """The sources, and further matches for examples."""
        found = tuple(await self.knowledge.search(query, limit=_SOURCES + _OTHERS))
        return found[:_SOURCES], found[_SOURCES:]

    async def _finish(
        self, prompt: Prompt, matches: tuple[Match, ...], allowed: Allowed, marker: str, *, cautions: tuple[str, ...]
    ) -> Composed:
        draft = await self._draft(prompt)
        language = draft.language or prompt.language
        outgoing = make_safe(draft.text, allowed=allowed, footer=self.policy.footer(language), marker=marker)
        warnings = (*cautions, *text_warnings(outgoing), *draft.warnings)
        return Composed(
            draft=draft,
            outgoing=outgoing,
            matches=matches,
            allowed=allowed,
            language=language,
            warnings=warnings,
            prompt_sha256=prompt.sha256,
        )

    async def _draft(self, prompt: Prompt) -> DraftText:
        *firsts, last = self.drafters
        for drafter in firsts:
            try:
                return await drafter.draft(prompt)
            except (Temporary, Permanent) as error:
                log.warning("%s cannot draft: %s", drafter.name, error, extra={"action": "drafter_failed"})
        text = await last.draft(prompt)
        return replace(text, warnings=(*text.warnings, "model_down")) if firsts else text

    def answer(self, composed: Composed, *, marker: str) -> Answer:
        """What `answer` and `ask` print: the safe text, without footer and marker."""
        body = composed.outgoing.body
        return Answer(
            status=composed.draft.status,
            reply=editable(body, footer=self.policy.footer(composed.language), marker=marker),
            confidence=composed.confidence,
            match=composed.match,
            language=composed.language,
            drafter=composed.draft.drafter,
            sources=composed.citations,
            related=composed.related,
            model=composed.draft.model,
            usage=composed.draft.usage,
            warnings=composed.warnings,
        )


def text_warnings(outgoing: Outgoing) -> tuple[str, ...]:
    """What to tell whoever reads the text: the worst first."""
    return (*(("dangerous_command",) if has_dangerous_command(outgoing.body) else ()), *outgoing.changes)


def _cautions(words: str) -> tuple[str, ...]:
    """What the outsiders' words try, by name."""
    found = {"instructions": looks_like_instructions(words), "hidden_text": bool(hidden_passages(words))}
    return tuple(name for name, applies in found.items() if applies)


def _masked(thread: Thread) -> Thread:
    """What people paste by accident reaches no model: passwords, tokens, addresses."""
    issue = thread.issue
    notes = tuple(replace(note, body=mask(note.body)) for note in thread.notes)
    return Thread(issue=replace(issue, title=mask(issue.title), body=mask(issue.body)), notes=notes)


def _hosts(matches: Sequence[Match]) -> frozenset[str]:
    return hosts_in(_texts(matches))


def _texts(matches: Sequence[Match]) -> str:
    return "\n".join(f"{match.passage.url}\n{match.passage.body}" for match in matches)
