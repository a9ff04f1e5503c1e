"""`gepettto evaluate`: how well questions with known answers are answered from their base."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.options import add_config, add_json, language, settings
from bot.cli.phrases import PHRASES
from bot.cli.progress import progress_bar

if TYPE_CHECKING:
    from rich.text import Text

    from bot.services.evaluating import Figures

SUMMARY = "measure the search on questions whose answers are known"

_COLUMNS = (
    "queries", "p_at_1", "mrr", "r_at_5", "ndcg_at_10", "auroc", "auroc_c", "cov90", "ece", "ece_recalibrated",
    "drafted", "drafts_right", "off_topic_auroc", "off_topic_drafted",
)  # fmt: skip
_HEADS = (
    "queries", "P@1", "MRR", "R@5", "nDCG@10", "AUROC", "AUROCc", "cov90", "ECE", "ECE'", "drafted", "right",
    "off AUROC", "off drafted",
)  # fmt: skip


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    parser.add_argument("folder", metavar="DIR", type=Path, help="a set (kb.jsonl, queries.jsonl) or a folder of sets")


async def execute(given: Namespace) -> int:
    if given.config is not None:
        settings(given)  # how much is logged; a set needs nothing else of it
    from bot import app
    from bot.services.evaluating import as_json

    with progress_bar(PHRASES(language(), "evaluating")) as progress:
        figures = await app.evaluate(given.folder, progress)
    if given.json:
        from bot.cli.output import write_json

        write_json(as_json(figures))
    else:
        _print(figures)
    return 0


def _print(figures: dict[str, Figures]) -> None:
    from rich.text import Text

    from bot.cli.output import one_line, table, write_lines

    head = (Text("set", style="bold"), *(Text(name, style="bold") for name in _HEADS))
    rows = [(Text(one_line(name)), *(_cell(one.get(column)) for column in _COLUMNS)) for name, one in figures.items()]
    write_lines(*table([head, *rows]))


def _cell(value: float | int | None) -> Text:
    from rich.text import Text

    return Text("–" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value))
