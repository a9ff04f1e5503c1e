"""The terminal as a person or a pipe drives it, with the real services behind it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.review import State
from bot.errors import Permanent
from tests.chats.conftest import Desk
from tests.factories import make_thread


async def state_of(desk: Desk, review_id: int = 1) -> State:
    async with desk.world.store.read() as tx:
        return (await tx.review(review_id)).state


async def test_start_and_send_deliver_what_was_shown(desk: Desk) -> None:
    screen = await desk.run("start", "send")
    assert "waiting for you" in screen
    assert "How do I restart the service?" in screen
    assert "Draft 1 by fake" in screen
    assert "✔ 1: sent – https://git.example" in screen
    ((_, body),) = desk.world.tracker.replies
    for line in body.splitlines():
        assert line in screen
    assert screen.index("> send") < screen.index("✔ 1: sent")


@pytest.mark.parametrize("word", ["approve", "envoyer", "sen"])
async def test_other_names_and_beginnings_work(desk: Desk, word: str) -> None:
    await desk.run("start", word)
    assert len(desk.world.tracker.replies) == 1


async def test_a_failed_send_is_shown_and_the_draft_is_kept(desk: Desk) -> None:
    desk.world.tracker.fail("reply", Permanent("The issue is locked."))
    screen = await desk.run("start", "send")
    assert "! 1: not sent – The issue is locked." in screen
    assert await state_of(desk) is State.UNSENT
    assert "Draft 1 by fake" in await desk.run("show 1", "send")
    assert await state_of(desk) is State.SENT


async def test_send_file_shows_the_text_and_only_then_sends(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "my reply.md"
    file.write_text("From my file.\n")
    screen = await desk.run("start", f"send '{file}'")
    assert "Draft 2, written by Alice" in screen
    assert "From my file." in screen
    assert desk.world.tracker.replies == []
    await desk.run("start", "send")
    assert desk.world.tracker.replies[0][1].startswith("From my file.")


@pytest.mark.parametrize(("reply", "sent"), [("y", 1), ("oui", 1), ("", 0), ("n", 0)])
async def test_a_person_confirms_the_file_in_place(desk: Desk, tmp_path: Path, reply: str, sent: int) -> None:
    file = tmp_path / "reply.md"
    file.write_text("From my file.\n")
    desk.interactive = True
    await desk.run("start", f"send {file}", reply)
    await desk.settled()
    assert any("Send exactly this?" in prompt for prompt in desk.lines.prompts)
    assert len(desk.world.tracker.replies) == sent


async def test_edit_in_line_and_in_the_editor(desk: Desk) -> None:
    screen = await desk.run("start", "edit By hand.")
    assert "By hand." in screen
    desk.edited = ["Please restart it.\n\nAnd then wait."]
    screen = await desk.run("start", "edit")
    assert "And then wait." in screen
    assert "Draft 3, written by Alice" in screen


@pytest.mark.parametrize(("after", "said"), [("Please restart it.\n", "unchanged"), (None, "could not be run")])
async def test_an_editor_without_effect_changes_nothing(desk: Desk, after: str | None, said: str) -> None:
    desk.edited = [after]
    assert said in await desk.run("start", "edit")
    async with desk.world.store.read() as tx:
        assert (await tx.review(1)).draft == 1


async def test_regenerate_shows_the_new_draft(desk: Desk) -> None:
    desk.world.drafter.text = "A shorter one."
    screen = await desk.run("start", "regenerate shorter please")
    assert "A shorter one." in screen
    assert desk.world.drafter.prompts[-1].instructions == ("shorter please",)


async def test_dismiss_and_undo(desk: Desk) -> None:
    screen = await desk.run("start", "dismiss not for us", "undo")
    assert "1: dismissed" in screen
    assert await state_of(desk) is State.PENDING


async def test_save_writes_exactly_the_body_and_overwrites_nothing(desk: Desk, tmp_path: Path) -> None:
    target = tmp_path / "out.md"
    await desk.run("start", f"save {target}")
    async with desk.world.store.read() as tx:
        draft = await tx.draft(1, 1)
    assert draft is not None
    assert target.read_bytes().decode() == draft.body
    assert "exists already" in await desk.run("start", f"save {target}")
    screen = await desk.run("start", f"save {tmp_path}/none/x.md")
    assert "cannot be written" in " ".join(screen.split())


async def test_add_drafts_a_reply_and_a_file_cannot_be_sent(desk: Desk) -> None:
    world = desk.world
    issue = world.tracker.add(make_thread(2, title="Another question"))
    screen = await desk.run(f"add {issue.url}", "show 2")
    assert "Another question" in screen
    world.tracker.no_replies = "This came from a file."
    screen = await desk.run("show 2", "send")
    assert "⚠ This came from a file." in screen
    assert "✘ This came from a file." in screen
    assert world.tracker.replies == []


async def test_ask_list_status_help(desk: Desk) -> None:
    screen = await desk.run("ask How do I restart it?", "list", "status", "help")
    assert "Please restart it." in screen
    assert "1 waiting" in screen
    assert "1 waiting, 0 in progress" in screen
    assert "send FILE" in screen


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("send", "No card is shown"),
        ("sned", "did you mean 'send'"),
        ("show", "Name the card"),
        ("show x", "Name the card"),
        ("show 99", "no review 99"),
        ("undo", "Nothing was dismissed"),
        ("add", "Name an address"),
        ("save", "No card is shown"),
        ("add https://elsewhere.example/x", "names no issue here"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(desk: Desk, line: str, said: str) -> None:
    assert said in await desk.run(line)
    assert await state_of(desk) is State.PENDING


async def test_a_file_that_cannot_be_read_is_one_sentence(desk: Desk) -> None:
    assert "cannot be read" in await desk.run("start", "send /nowhere/reply.md")


async def test_blank_lines_and_comments_do_nothing(desk: Desk) -> None:
    assert "✘" not in await desk.run("", "# a comment", "exit", "send")
    assert await state_of(desk) is State.PENDING


async def test_everything_speaks_french(desk: Desk) -> None:
    desk.language = "fr"
    screen = await desk.run("commencer", "envoyer", "aide")
    assert "vous attend" in screen
    assert "Brouillon 1 de fake" in screen
    assert "✔ Approuvé : le brouillon 1 part." in screen
    assert "envoyé" in screen


async def test_a_person_sees_the_oldest_card_at_once(desk: Desk) -> None:
    desk.interactive = True
    assert "Draft 1 by fake" in await desk.run()
    assert desk.lines.prompts == ["gepettto 1> "]


async def test_a_card_that_arrives_is_announced(desk: Desk) -> None:
    desk.world.tracker.add(make_thread(7, title="Brand new"))
    await desk.world.intake.poll()
    screen = await desk.run("status")
    assert "new: 2  Brand new" in screen


@pytest.mark.parametrize("width", [40, 44, 100])
async def test_no_line_is_wider_than_the_screen(desk: Desk, width: int) -> None:
    desk.width = width
    screen = await desk.run("start", "list")
    from rich.cells import cell_len

    assert max(cell_len(line) for line in screen.splitlines()) <= width
