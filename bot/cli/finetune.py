"""`gepettto finetune`: a training job at an OpenAI-compatible server, from start to the lines that switch to it."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.options import actions, add_config, add_json, language, settings
from bot.cli.phrases import PHRASES

if TYPE_CHECKING:
    from bot.domain.training import TrainingJob
    from bot.services.tuning import Progress, Tuning

SUMMARY = "train a model at a server that offers it, and see what becomes of it"

_LONGEST_SUFFIX = 64


def options(parser: ArgumentParser) -> None:
    add_config(parser)
    add_json(parser)
    start, status, _, cancel = actions(
        parser,
        start="upload the files and start the job; the same command again goes on where it stood",
        status="show how far a job is, and the lines of [model] to switch to its result",
        list="list the newest jobs of the server",
        cancel="stop a job",
    )
    start.add_argument("file", metavar="FILE", type=Path, help="what to train with, such as OUT.train.jsonl")
    start.add_argument("--valid", metavar="FILE", type=Path, help="validation rows (default: OUT.valid.jsonl, if any)")
    start.add_argument("--model", metavar="NAME", default="", help="the model to begin with (default: model.model)")
    start.add_argument("--suffix", metavar="TEXT", type=_suffix, default="", help="part of the new model's name")
    for action in (start, status):
        action.add_argument("--wait", action="store_true", help="stay until the job has ended")
    status.add_argument("job", metavar="JOB", nargs="?", default="", help="default: the last one started here")
    cancel.add_argument("job", metavar="JOB", help="the job's id")


async def execute(given: Namespace) -> int:
    loaded = settings(given)
    from bot import app
    from bot.cli.output import write_json
    from bot.cli.progress import progress_bar

    async with app.open_tuning(loaded) as tuning:
        if given.action == "list":
            return _listed(await tuning.jobs(), as_json=given.json)
        with progress_bar(PHRASES(language(), "training")) as progress:
            job = await _ACTIONS[given.action](tuning, given, progress)
            if getattr(given, "wait", False) and not job.ended:
                job = await tuning.follow(job.id, progress)
    if given.json:
        write_json(asdict(job))
    else:
        _show(job)
    return 1 if job.status == "failed" else 0


async def _start(tuning: Tuning, given: Namespace, progress: Progress) -> TrainingJob:
    valid = given.valid or _sibling(given.file)
    return await tuning.start(given.file, valid, model=given.model, suffix=given.suffix, progress=progress)


async def _status(tuning: Tuning, given: Namespace, progress: Progress) -> TrainingJob:
    return await tuning.status(given.job)


async def _cancel(tuning: Tuning, given: Namespace, progress: Progress) -> TrainingJob:
    return await tuning.cancel(given.job)


_ACTIONS: dict[str, Callable[[Tuning, Namespace, Progress], Awaitable[TrainingJob]]] = {
    "start": _start,
    "status": _status,
    "cancel": _cancel,
}


def _sibling(train: Path) -> Path | None:
    """The validation rows that were exported together with these, unless there are none."""
    if not train.name.endswith(".train.jsonl"):
        return None
    valid = train.with_name(train.name.removesuffix(".train.jsonl") + ".valid.jsonl")
    return valid if valid.is_file() and valid.stat().st_size else None


def _suffix(text: str) -> str:
    if len(text) > _LONGEST_SUFFIX:
        raise ArgumentTypeError(f"at most {_LONGEST_SUFFIX} characters")
    return text


def _listed(jobs: list[TrainingJob], *, as_json: bool) -> int:
    from bot.cli.output import write, write_json

    if as_json:
        write_json({"jobs": [asdict(job) for job in jobs]})
    else:
        write("".join(_line(job) for job in jobs) or PHRASES(language(), "no_jobs") + "\n")
    return 0


def _line(job: TrainingJob) -> str:
    from bot.cli.output import one_line

    return one_line(f"{job.id}  {job.status}  {job.model}  {job.result}") + "\n"


def _show(job: TrainingJob) -> None:
    from bot.cli.output import one_line, write

    said = [*job.messages, *([job.problem] if job.problem else [])]
    write(_line(job) + "".join(f"  {one_line(text)}\n" for text in said))
    if job.status == "succeeded" and job.result:
        write("\n" + PHRASES(language(), "switch_to") + f'\n\n[model]\nmodel = "{one_line(job.result)}"\n')
