"""`gepettto dataset`: the training set from history and decisions, and a check of any such file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from bot.cli.options import actions, add_config, add_json, language, settings
from bot.cli.phrases import PHRASES

SUMMARY = "export a training set from past answers and decisions, or check one"


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    export, check = actions(
        parser,
        export="write OUT.train.jsonl, OUT.valid.jsonl, OUT.preferences.jsonl and OUT.card.md",
        check="tell whether a JSONL file can be used for training, and which line cannot",
    )
    export.add_argument("out", metavar="OUT.jsonl", type=Path, help="what the names of the files begin with")
    part = export.add_mutually_exclusive_group()
    part.add_argument("--label", metavar="NAME", default="", help="only issues that carry this label")
    part.add_argument("--faq", action="store_true", help="only the entries of the FAQ")
    export.add_argument(
        "--format", choices=("chat", "completion"), default="chat", help="form of the rows (default: chat)"
    )
    check.add_argument("file", metavar="FILE", type=Path, help="a JSONL file: chat, completion or preferences")


async def execute(given: Namespace) -> int:
    return await _export(given) if given.action == "export" else _check(given)


async def _export(given: Namespace) -> int:
    loaded = settings(given)
    from bot import app
    from bot.cli.output import write, write_json
    from bot.cli.progress import progress_bar

    with progress_bar(PHRASES(language(), "exporting")) as progress:
        result = await app.export_dataset(
            loaded, given.out, progress, label=given.label, faq=given.faq, form=given.format
        )
    if given.json:
        write_json(result.as_json())
    else:
        write("".join(f"{one['rows']:6}  {name}\n" for name, one in result.files.items()))
    if not result.card["rows"]:
        sys.stderr.write(f"gepettto: {PHRASES(language(), 'nothing_to_export')}\n")
        return 1
    return 0


def _check(given: Namespace) -> int:
    from bot import app
    from bot.cli.output import one_line, write, write_json

    form, rows, problems = app.check_dataset(given.file)
    if given.json:
        listed = [{"line": line, "problem": problem} for line, problem in problems]
        write_json({"ok": not problems, "format": form or None, "rows": rows, "problems": listed})
    elif not problems:
        write(PHRASES(language(), "dataset_ok", rows=rows, form=form) + "\n")
    for line, problem in problems if not given.json else problems[:1]:
        sys.stderr.write(f"gepettto: {given.file}: line {line} {one_line(problem)}.\n")
    return 1 if problems else 0
