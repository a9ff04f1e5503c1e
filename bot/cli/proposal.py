"""How `answer` and `ask` show what they found: the reply first, as it would be sent, then its evidence."""

from __future__ import annotations

from rich.text import Text

from bot.chats.phrases import warning
from bot.cli.options import language
from bot.cli.output import one_line, printable, table, write, write_json, write_lines
from bot.cli.phrases import PHRASES
from bot.domain.passage import Citation
from bot.domain.prompt import Answer


def show(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        write_json(answer.as_json())
        return
    spoken = language()
    write(printable(answer.reply or PHRASES(spoken, "no_reply")).rstrip("\n") + "\n\n")
    write_lines(*table([(Text(label, style="bold"), value) for label, value in _evidence(answer, spoken)]))


def _evidence(answer: Answer, spoken: str) -> list[tuple[str, Text]]:
    """Label and value of each line; a label stands only before the first of its values."""
    groups = {
        "proposal": [Text(PHRASES(spoken, f"status_{answer.status}"))],
        "match": [Text(f"{PHRASES(spoken, f'match_{answer.match}')} ({answer.confidence:.2f})")],
        "written_by": [Text(one_line(f"{answer.drafter} {answer.model}"))],
        "sources": [line for source in answer.sources for line in _source(source)],
        "related": [_heading(related) for related in answer.related],
        "warnings": [Text(one_line(warning(spoken, name)), style="yellow") for name in answer.warnings],
    }
    return [
        (PHRASES(spoken, name) if first else "", line)
        for name, lines in groups.items()
        for first, line in zip([True, *[False] * len(lines)], lines, strict=False)
    ]


def _source(source: Citation) -> list[Text]:
    quote = [Text(f"“{one_line(source.quote)}”", style="italic")] if source.quote else []
    return [_heading(source), *quote]


def _heading(source: Citation) -> Text:
    return Text(one_line(source.title or source.id)).append(
        f"  {one_line(source.url)}" if source.url else "", style="dim"
    )
