"""Verdicts: by allowed people, on what they saw, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.gesture import Tone
from bot.domain.review import State, Verdict
from bot.errors import NotAllowed, Refused, StaleDraft
from bot.ports import JobKind
from tests.factories import MALLORY, make_decide
from tests.world import World


async def test_an_approval_moves_the_row_and_enqueues_the_delivery(world: World) -> None:
    review = await world.review_in(State.PENDING)
    notice = await world.decide(make_decide())
    assert notice.tone is Tone.DONE
    after = await world.reload(review)
    assert after.state is State.APPROVED
    assert after.due_at is not None, "a lost job must be found again"
    assert [job.kind for job in world.jobs[-2:]] == [JobKind.DELIVER, JobKind.POST]


async def test_a_stranger_is_refused_and_it_is_recorded(world: World) -> None:
    review = await world.review_in(State.PENDING)
    with pytest.raises(NotAllowed, match="reviewers are named"):
        await world.decide(make_decide(person=MALLORY))
    assert (await world.reload(review)).state is State.PENDING
    assert ("refused", "fake:mallory") in [(e.kind, e.by) for e in await world.events(review.id)]


async def test_a_stranger_with_an_unknown_review_is_refused_too(world: World) -> None:
    with pytest.raises(NotAllowed):
        await world.decide(make_decide(person=MALLORY, review_id=99))


async def test_an_old_draft_is_never_approved(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.decide(make_decide(Verdict.EDIT, text="Better words."))
    with pytest.raises(StaleDraft, match="Draft 1 is not the current one any more: draft 2"):
        await world.decide(make_decide(id="gesture-2", draft=1))
    assert (await world.reload(review)).state is State.PENDING


async def test_the_second_person_is_told_who_was_first(world: World) -> None:
    await world.review_in(State.PENDING)
    await world.decide(make_decide(Verdict.DISMISS))
    with pytest.raises(Refused, match=r"already dismissed \(Alice: dismiss\)"):
        await world.decide(make_decide(id="gesture-2"))


async def test_the_same_event_twice_counts_once(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.decide(make_decide(Verdict.EDIT, text="Better words."))
    again = make_decide(Verdict.EDIT, text="Better words.", draft=2)
    assert (await world.decide(again)).text == ""
    assert (await world.reload(review)).draft == 2


async def test_an_unknown_review_is_one_sentence(world: World) -> None:
    with pytest.raises(Refused, match="no review 99"):
        await world.decide(make_decide(review_id=99))


async def test_an_edit_is_a_new_draft_and_not_a_delivery(world: World) -> None:
    review = await world.review_in(State.PENDING)
    jobs = len(world.jobs)
    notice = await world.decide(make_decide(Verdict.EDIT, text="Use version 3."))
    assert "Draft 2" in notice.text
    after = await world.reload(review)
    draft = await world.draft(after)
    assert (after.state, draft.by_person, draft.author) == (State.PENDING, True, "Alice")
    assert draft.body.startswith("Use version 3.")
    assert review.marker in draft.body
    assert [job.kind for job in world.jobs[jobs:]] == [JobKind.POST]


async def test_an_edit_passes_the_exit_filter(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.decide(make_decide(Verdict.EDIT, text="Done.\n/close"))
    draft = await world.draft(await world.reload(review))
    assert "\n/close" not in draft.body
    assert "quick_action" in draft.warnings


async def test_a_person_may_link_where_they_like_but_the_model_may_not(world: World) -> None:
    review = await world.review_in(State.PENDING, text="See https://evil.example/x.")
    await world.decide(make_decide(Verdict.EDIT, text="See https://evil.example/x and https://typed.example/y."))
    draft = await world.draft(await world.reload(review))
    assert "https://typed.example/y" in draft.body
    assert "https://evil.example/x" not in draft.body


@pytest.mark.parametrize(("text", "sentence"), [(" \n", "empty text"), ("Please restart it.", "already")])
async def test_an_edit_without_effect_is_refused(world: World, text: str, sentence: str) -> None:
    review = await world.review_in(State.PENDING)
    with pytest.raises(Refused, match=sentence):
        await world.decide(make_decide(Verdict.EDIT, text=text))
    assert (await world.reload(review)).draft == 1


async def test_a_person_writes_what_no_drafter_could(world: World) -> None:
    review = await world.review_in(State.STUCK)
    await world.decide(make_decide(Verdict.EDIT, text="By hand.", draft=review.draft))
    after = await world.reload(review)
    assert (after.state, after.draft) == (State.PENDING, review.draft + 1)


async def test_regenerate_keeps_the_instruction(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.decide(make_decide(Verdict.REGENERATE, text="shorter"))
    after = await world.reload(review)
    assert after.state is State.DRAFTING
    assert after.due_at == world.clock.now() + timedelta(minutes=10), "a slow model must not be asked twice"
    assert [job.kind for job in world.jobs[-2:]] == [JobKind.DRAFT, JobKind.POST]
    async with world.store.read() as tx:
        assert await tx.instructions(review.id) == ["shorter"]


async def test_dismiss_and_undo(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.decide(make_decide(Verdict.DISMISS, text="not for us"))
    assert (await world.reload(review)).state is State.DISMISSED
    await world.decide(make_decide(Verdict.UNDO, id="gesture-2"))
    assert (await world.reload(review)).state is State.PENDING


async def test_an_unsent_reply_can_be_tried_again(world: World) -> None:
    review = await world.review_in(State.UNSENT)
    await world.decide(make_decide())
    assert (await world.reload(review)).state is State.APPROVED


async def test_nothing_to_send_is_refused(world: World) -> None:
    await world.review_in(State.PENDING, text="")
    with pytest.raises(Refused, match="no text to send"):
        await world.decide(make_decide())


async def test_where_nothing_can_be_sent_nothing_is_approved(world: World) -> None:
    review = await world.review_in(State.PENDING)
    world.tracker.no_replies = "This came from a file."
    with pytest.raises(Refused, match="came from a file"):
        await world.decide(make_decide())
    assert (await world.reload(review)).state is State.PENDING


@pytest.mark.parametrize("state", [State.APPROVED, State.SENDING, State.SENT, State.OBSOLETE, State.DRAFTING])
@pytest.mark.parametrize("verdict", list(Verdict))
async def test_what_is_under_way_or_over_cannot_be_decided(world: World, state: State, verdict: Verdict) -> None:
    review = await world.review_in(state)
    changes: dict[str, Any] = {"draft": review.draft, "text": "Other words."}
    with pytest.raises(Refused, match="already"):
        await world.decide(make_decide(verdict, id="gesture-9", **changes))


async def test_the_person_is_answered_in_their_language(world: World) -> None:
    await world.review_in(State.PENDING)
    assert (await world.decide(make_decide(language="fr"))).text == "Approuvé : le brouillon 1 part."


async def test_a_reaction_counts_for_what_stands_on_its_card(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.posting(review.id)
    (post_id,) = world.chat.cards
    await world.decide(make_decide(review_id=0, draft=0, post=post_id))
    assert (await world.reload(review)).state is State.APPROVED


async def test_a_reaction_to_an_older_draft_is_stale_until_the_card_shows_the_newer(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.posting(review.id)
    (post_id,) = world.chat.cards
    await world.decide(make_decide(Verdict.EDIT, text="Better words."))
    reaction: dict[str, Any] = {"review_id": 0, "draft": 0, "post": post_id}
    with pytest.raises(StaleDraft):
        await world.decide(make_decide(id="gesture-2", **reaction))
    await world.posting(review.id)
    await world.decide(make_decide(id="gesture-3", **reaction))
    assert (await world.reload(review)).state is State.APPROVED


async def test_a_reaction_to_what_is_no_card_does_nothing(world: World) -> None:
    await world.review_in(State.PENDING)
    with pytest.raises(Refused, match="not a card of mine"):
        await world.decide(make_decide(review_id=0, draft=0, post="somewhere"))


async def test_a_strangers_reaction_is_recorded_on_the_review_it_is_about(world: World) -> None:
    review = await world.review_in(State.PENDING)
    await world.posting(review.id)
    (post_id,) = world.chat.cards
    with pytest.raises(NotAllowed):
        await world.decide(make_decide(review_id=0, draft=0, post=post_id, person=MALLORY))
    assert "refused" in [e.kind for e in await world.events(review.id)]


async def test_a_control_that_stands_on_another_card_does_nothing(world: World) -> None:
    first = await world.review_in(State.PENDING)
    second = await world.review_in(State.PENDING, number=2)
    for review in (first, second):
        await world.posting(review.id)
    foreign = next(post_id for post_id, card in world.chat.cards.items() if card.review.id == first.id)
    with pytest.raises(Refused, match="another card"):
        await world.decide(make_decide(review_id=second.id, post=foreign))
    assert (await world.reload(second)).state is State.PENDING
