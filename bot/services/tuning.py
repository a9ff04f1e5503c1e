"""Has a model trained: each step is written down, so that a run that was cut short goes on and repeats nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.training import Training, TrainingFile, TrainingJob
from bot.errors import Temporary, UsageError
from bot.ports import Clock, Trainer, Trainings
from bot.services.dataset import check

Progress = Callable[[int, int, str], None]

LEAST_ROWS = 10
_LOOK_EVERY = 15.0
_METHODS = {"chat": "supervised", "preferences": "dpo"}


@dataclass(frozen=True, slots=True)
class Tuning:
    """The use cases around one server that trains."""

    trainer: Trainer
    trainings: Trainings
    clock: Clock
    model: str
    """What is trained unless another one is named."""

    async def start(
        self, train: Path, valid: Path | None, *, model: str, suffix: str, progress: Progress
    ) -> TrainingJob:
        """The job of this wish: the one that was started before, unless it came to nothing."""
        wish = self._wish(train, valid, model=model or self.model, suffix=suffix)
        training = await self.trainings.training(wish.key) or wish
        await self.trainings.save(training)
        progress(0, 3, train.name)
        training = replace(training, train_id=await self._file_id(wish.train, training.train_id))
        await self.trainings.save(training)
        progress(1, 3, valid.name if valid else "")
        if wish.valid:
            training = replace(training, valid_id=await self._file_id(wish.valid, training.valid_id))
            await self.trainings.save(training)
        progress(2, 3, wish.model)
        job = await self._job(training)
        progress(3, 3, job.id)
        return job

    async def status(self, identity: str) -> TrainingJob:
        """The named job, or the last one that was started here."""
        return await self.trainer.job(identity or await self._last())

    async def follow(self, identity: str, progress: Progress) -> TrainingJob:
        """Wait until the job has ended; a server that cannot be reached now is asked again later."""
        while True:
            try:
                job = await self.status(identity)
            except Temporary as error:
                progress(0, 0, str(error))
            else:
                progress(0, 0, " ".join((job.status, *job.messages[-1:])))
                if job.ended:
                    return job
            await self.clock.sleep(_LOOK_EVERY)

    async def jobs(self) -> list[TrainingJob]:
        return await self.trainer.jobs()

    async def cancel(self, identity: str) -> TrainingJob:
        return await self.trainer.cancel(identity)

    def _wish(self, train: Path, valid: Path | None, *, model: str, suffix: str) -> Training:
        form = _proven(train, LEAST_ROWS)
        if form not in _METHODS:
            raise UsageError(f"{train} has prompts and completions; export it with --format chat to train with it.")
        if valid is not None and _proven(valid, 1) != form:
            raise UsageError(f"{valid} is not of the same form as {train}; give two files of one export.")
        return Training(
            endpoint=self.trainer.endpoint,
            model=model,
            method=_METHODS[form],
            suffix=suffix,
            train=_file(train),
            valid=_file(valid) if valid else None,
        )

    async def _file_id(self, file: TrainingFile, known: str) -> str:
        found = await self.trainer.uploaded(file.name, known)
        return found or await self.trainer.upload(Path(file.path), file.name)

    async def _job(self, training: Training) -> TrainingJob:
        """A job that failed or was cancelled is started anew; one whose answer was lost is found by its file."""
        if training.job:
            job = await self.trainer.job(training.job)
            if not job.ended or job.status == "succeeded":
                return job
        jobs = await self.trainer.jobs()
        ours = (job for job in jobs if job.train_id == training.train_id and job.model == training.model)
        job = next((job for job in ours if not job.ended), None) or await self.trainer.create(training)
        await self.trainings.save(replace(training, job=job.id))
        return job

    async def _last(self) -> str:
        training = await self.trainings.latest(self.trainer.endpoint)
        if training is None:
            raise UsageError("No training was started from here; name a job, as `gepettto finetune list` shows them.")
        return training.job


def _proven(path: Path, least: int) -> str:
    form, rows, problems = check(path)
    if problems:
        line, problem = problems[0]
        raise UsageError(f"{path}: line {line} {problem}.")
    if rows < least:
        raise UsageError(f"{path} has {rows} rows, and no server trains with fewer than {least}; collect more first.")
    return form


def _file(path: Path) -> TrainingFile:
    return TrainingFile(path=str(path), sha256=hashlib.sha256(path.read_bytes()).hexdigest())
