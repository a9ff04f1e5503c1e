"""Many cards in one message, and the sentences people are told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from bot.chats.discord.card import Rendered
from bot.chats.discord.limits import CONTENT, OPTIONS, size
from bot.chats.discord.listing import digest, notice_text, waiting_list
from bot.chats.discord.payload import BRING
from bot.domain.card import Card, Post
from bot.domain.gesture import Notice, Tone
from bot.domain.review import State
from tests.chats.discord.cards import NOW, check_limits, make_card, menu_of, post_of, text_of
from tests.chats.discord.test_text import HOSTILE, acting

OURS: dict[str, Any] = {"language": "en", "now": NOW}


def where(post: Post) -> str:
    return f"https://discord.com/channels/11/{post.channel}/{post.id}"


def posted(number: int = 1) -> Card:
    card = make_card(number=number)
    return replace(card, posts=(post_of(card, 70 + number),))


def listed(*cards: Card, language: str = "en") -> Rendered:
    return waiting_list(cards, f"{len(cards)} waiting", language=language, where=where, now=NOW)


def test_each_line_leads_to_its_card_and_says_state_place_and_age() -> None:
    shown = listed(posted())
    check_limits(shown)
    text = text_of(shown)
    assert "**1 waiting**" in text
    assert "🔔 [How do I restart the service?](https://discord.com/channels/11/22/71)" in text
    assert "-# waiting for you · group/project#1 · no. 1 · 3 h ago" in text
    assert menu_of(shown) is None, "all of them have a card"
    assert "vous attend" in text_of(listed(posted(), language="fr"))


def test_what_has_no_card_leads_to_the_issue_and_can_be_brought() -> None:
    homeless = make_card(State.STUCK, number=2)
    pending = replace(homeless, posts=(post_of(homeless, id=""), post_of(homeless, chat="matrix")))
    shown = listed(posted(), pending)
    assert pending.issue.url in text_of(shown)
    menu = menu_of(shown)
    assert menu is not None
    assert menu["custom_id"] == BRING
    assert [option["value"] for option in menu["options"]] == ["2"]


def test_a_list_longer_than_a_message_counts_the_rest() -> None:
    cards = [make_card(number=number, title="A rather long title, " * 5) for number in range(1, 101)]
    shown = listed(*cards)
    check_limits(shown)
    text = text_of(shown)
    lines = text.count("🔔")
    assert 8 <= lines < 100
    assert f"and {100 - lines} more" in text
    menu = menu_of(shown)
    assert menu is not None
    assert len(menu["options"]) == OPTIONS


def test_the_digest_lists_the_first_and_counts_the_rest() -> None:
    shown = digest([make_card(number=1), make_card(number=2)], 200, **OURS)
    check_limits(shown)
    text = text_of(shown)
    assert "200 issues wait without a card" in text
    assert "and 198 more" in text
    assert f"<t:{int(NOW.timestamp())}:f>" in text, "the time at which the ages are true"
    assert menu_of(shown) is not None
    assert "1 issue waits" in text_of(digest([make_card()], 1, **OURS))


def test_a_digest_of_nothing_says_so_and_takes_the_menu_away() -> None:
    shown = digest([], 0, **OURS)
    assert "Nothing waits" in text_of(shown)
    assert shown.for_edit()["view"] is None
    assert "view" not in shown.for_post()


@settings(max_examples=100, deadline=None)
@given(HOSTILE)
def test_19_23_any_title_leaves_a_list_that_discord_takes(text: str) -> None:
    card = make_card(title=text, project_name=text, url=f"https://git.example/{text}")
    for shown in (
        listed(card, posted()),
        digest([card] * 30, 30, **OURS),
        waiting_list([card], text, where=where, **OURS),
    ):
        check_limits(shown)
        assert shown.for_post()["allowed_mentions"].to_dict() == {"parse": []}


@pytest.mark.parametrize(("tone", "sign"), [(Tone.DONE, "✅"), (Tone.REFUSED, "⛔"), (Tone.INFO, "ℹ️")])
def test_a_notice_is_a_sign_and_a_sentence(tone: Tone, sign: str) -> None:
    assert notice_text(Notice(text="Approved: draft 1 is on its way.", tone=tone)) == (
        f"{sign} Approved: draft 1 is on its way."
    )


@settings(max_examples=200, deadline=None)
@given(HOSTILE)
def test_19_a_notice_quotes_titles_without_obeying_them(text: str) -> None:
    shown = notice_text(Notice(text=f"Drafting a reply to {text * 20}."))
    assert size(shown) <= CONTENT
    assert acting(shown) is None
    assert shown.count("\n") <= 40


def test_the_way_to_a_thread_alone_is_a_link() -> None:
    assert notice_text(Notice(text="<#77>", tone=Tone.DONE)) == "✅ <#77>"
    assert "<#77>" not in notice_text(Notice(text="Drafting a reply to <#77>.")).replace("\\<#77", "")
