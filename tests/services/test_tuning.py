"""A model is trained once, whatever is cut short; what the provider no longer offers is said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.training import TrainingJob
from bot.drafters.openai.trainer import NOT_OFFERED, OpenAITrainer
from bot.errors import BotError, Gone, InDoubt, Limited, Permanent, Temporary, Unauthorised, Unreadable, UsageError
from bot.knowledge.training.forms import line
from bot.knowledge.training.rows import Row
from bot.services.tuning import Tuning
from bot.settings import ModelSettings
from bot.store.database import SqlStore
from bot.store.trainings import SqlTrainings
from tests.drafters.fake_openai import KEY, FakeOpenAI, Step, drop, error, silence, text_answer
from tests.drafters.fake_training import BASE, FakeTraining
from tests.drafters.openai.conftest import HurriedClock


class Scene:
    """A store, a server and the files of an export; `another` is the same after a restart."""

    def __init__(self, server: FakeOpenAI, store: SqlStore, folder: Path) -> None:
        self.server = server
        self.store = store
        self.clock = HurriedClock()
        self.train = self.write(folder / "set.train.jsonl", "chat", 12)
        self.valid = self.write(folder / "set.valid.jsonl", "chat", 3)
        self.told: list[str] = []
        settings = ModelSettings(base_url=server.address, model=BASE, timeout=0.5)
        self.trainer = OpenAITrainer(settings, KEY, self.clock)
        self.tuning = Tuning(self.trainer, SqlTrainings(store.engine), self.clock, BASE)

    @property
    def training(self) -> FakeTraining:
        return self.server.training

    def write(self, path: Path, form: str, rows: int) -> Path:
        texts = [Row(id=str(n), origin="faq", question=f"Why {n}?", answer="So.", rejected="No.") for n in range(rows)]
        path.write_text("".join(line(row, form) for row in texts))
        return path

    async def start(self, train: Path | None = None, valid: Path | None = None, suffix: str = "") -> TrainingJob:
        return await self.tuning.start(
            train or self.train, valid or self.valid, model="", suffix=suffix,
            progress=lambda done, total, what: self.told.append(f"{done}/{total} {what}"),
        )  # fmt: skip

    def tell(self, done: int, total: int, what: str) -> None:
        self.told.append(what)
        if self.training.jobs["ftjob-1"]["status"] == "validating_files":
            self.training.move("ftjob-1", "running", says="Step 10 of 20")
        else:
            self.training.move("ftjob-1", "succeeded", fine_tuned_model="ft:new", trained_tokens=1234)


@pytest.fixture
async def scene(sqlite_store: SqlStore, tmp_path: Path) -> AsyncIterator[Scene]:
    async with FakeOpenAI().serve() as server:
        scene = Scene(server, sqlite_store, tmp_path)
        yield scene
        await scene.trainer.close()
        assert server.mistakes == []


async def test_files_go_up_and_the_job_begins(scene: Scene) -> None:
    job = await scene.start(suffix="faq")
    assert (job.id, job.status, job.model) == ("ftjob-1", "validating_files", BASE)
    assert scene.training.contents["file-1"] == scene.train.read_bytes()
    assert scene.training.jobs["ftjob-1"]["validation_file"] == "file-2"
    assert scene.told == ["0/3 set.train.jsonl", "1/3 set.valid.jsonl", f"2/3 {BASE}", "3/3 ftjob-1"]


async def test_the_same_again_uploads_and_starts_nothing(scene: Scene) -> None:
    await scene.start()
    assert (await scene.start()).id == "ftjob-1"
    assert (len(scene.training.files), len(scene.training.jobs)) == (2, 1)
    await scene.start(suffix="other")
    assert (len(scene.training.files), len(scene.training.jobs)) == (2, 1)  # what runs on the same file is not doubled


@pytest.mark.parametrize("ending", ["/files", "/jobs"])
@pytest.mark.parametrize("step", [drop(), error(502), silence()], ids=["drop", "502", "silence"])
async def test_what_was_carried_out_without_an_answer_is_found_again(scene: Scene, ending: str, step: Step) -> None:
    scene.training.commits_anyway = True
    scene.training.fail("POST", ending, step)
    with pytest.raises(InDoubt, match="nothing is started twice"):
        await scene.start()
    assert (await scene.start()).id == "ftjob-1"
    assert (len(scene.training.files), len(scene.training.jobs)) == (2, 1)


async def test_a_job_that_came_to_nothing_is_started_anew(scene: Scene) -> None:
    await scene.start()
    scene.training.move("ftjob-1", "failed", error={"code": "x", "message": "Bad rows.", "param": None})
    assert (await scene.tuning.status("")).problem == "Bad rows."
    assert (await scene.start()).id == "ftjob-2"
    assert len(scene.training.files) == 2


async def test_a_file_that_the_server_deleted_is_uploaded_again(scene: Scene) -> None:
    await scene.start()
    scene.training.move("ftjob-1", "cancelled")
    del scene.training.files["file-1"]
    scene.training.files["file-9"] = {**scene.training.files["file-2"], "id": "file-9", "filename": "other.jsonl"}
    await scene.start()
    assert len(scene.training.files) == 3


async def test_pairs_are_trained_by_preference(scene: Scene, tmp_path: Path) -> None:
    pairs = scene.write(tmp_path / "set.preferences.jsonl", "preferences", 12)
    await scene.tuning.start(pairs, None, model="other", suffix="", progress=lambda *_: None)
    assert scene.training.jobs["ftjob-1"]["method"] == {"type": "dpo"}
    assert scene.training.jobs["ftjob-1"]["model"] == "other"


async def test_following_a_job_shows_how_far_it_is_and_outlasts_a_failing_server(scene: Scene) -> None:
    job = await scene.start()
    for _ in range(4):
        scene.training.fail("GET", job.id, error(503))
    scene.told.clear()
    ended = await scene.tuning.follow(job.id, scene.tell)
    assert (ended.status, ended.result, ended.tokens) == ("succeeded", "ft:new", 1234)
    assert scene.told[0].startswith("The model server failed with status 503")
    assert "running Step 10 of 20" in scene.told
    assert (await scene.start()).result == "ft:new"


async def test_jobs_are_listed_and_cancelled(scene: Scene) -> None:
    job = await scene.start()
    assert [one.id for one in await scene.tuning.jobs()] == [job.id]
    assert (await scene.tuning.cancel(job.id)).status == "cancelled"


@pytest.mark.parametrize("status", [403, 404, 405, 501])
@pytest.mark.parametrize(("method", "ending"), [("GET", "/files"), ("POST", "/files"), ("POST", "/jobs")])
async def test_a_provider_that_no_longer_offers_it_is_explained(
    scene: Scene, status: int, method: str, ending: str
) -> None:
    scene.training.fail(method, ending, error(status, message="not allowed"))
    with pytest.raises(Permanent) as raised:
        await scene.start()
    assert str(raised.value) == NOT_OFFERED
    assert "vLLM" in NOT_OFFERED


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (error(401), Unauthorised),
        (error(429, headers={"retry-after": "600"}), Limited),
        (error(400, message="model is not supported"), Permanent),
        (text_answer(200, "<html>login</html>"), Unreadable),
        (text_answer(200, "{}", "application/json"), Unreadable),
        (text_answer(200, "{", "application/json"), BotError),
    ],
    ids=["401", "429", "400", "html", "empty", "broken"],
)
async def test_other_failures_keep_their_sentences(scene: Scene, step: Step, kind: type[BotError]) -> None:
    scene.training.fail("POST", "/jobs", step)
    with pytest.raises(kind):
        await scene.start()


async def test_reading_is_tried_again(scene: Scene) -> None:
    for step in (drop(), error(429, headers={"retry-after": "7"}), error(500)):
        scene.training.fail("GET", "/files", step)
    await scene.start()
    assert scene.clock.waits[:3] == [2.0, 7.0, 8.0]


async def test_a_server_that_stays_away_is_a_sentence(scene: Scene) -> None:
    for _ in range(4):
        scene.training.fail("GET", "/files", drop())
    with pytest.raises(Temporary, match="cannot be reached"):
        await scene.start()


async def test_a_job_that_nobody_knows(scene: Scene) -> None:
    with pytest.raises(UsageError, match="No training was started from here"):
        await scene.tuning.status("")
    with pytest.raises(Gone, match="knows no training job ftjob-7"):
        await scene.tuning.status("ftjob-7")


@pytest.mark.parametrize(
    ("form", "rows", "words"),
    [("completion", 12, "--format chat"), ("chat", 9, "fewer than 10"), ("chat", 0, "is empty")],
)
async def test_a_file_that_cannot_be_used_never_leaves(
    scene: Scene, tmp_path: Path, form: str, rows: int, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        await scene.start(scene.write(tmp_path / "bad.jsonl", form, rows))
    (tmp_path / "bad.jsonl").write_text('{"messages": 1}\n')
    with pytest.raises(UsageError, match=r"bad\.jsonl: line 1 has no messages"):
        await scene.start(tmp_path / "bad.jsonl")
    with pytest.raises(UsageError, match="not of the same form"):
        await scene.start(valid=scene.write(tmp_path / "p.jsonl", "preferences", 3))
    assert scene.training.calls == []
