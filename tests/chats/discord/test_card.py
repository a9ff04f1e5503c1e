"""The card: true, readable, and closed against what it shows. Numbers are those of docs/discord.md's hostile list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats.discord.actions import Action
from bot.chats.discord.card import Rendered, button_id
from bot.chats.discord.limits import LAYOUT_TEXT
from bot.chats.phrases import state_word
from bot.domain.changes import Difference, What
from bot.domain.issue import Reply
from bot.domain.passage import Citation, MatchWord
from bot.domain.receipt import Receipt
from bot.domain.review import VERDICTS, Decision, State, Verdict
from tests.chats.discord.cards import (
    LAYOUTS,
    MARKER,
    SOURCE,
    check_limits,
    files_of,
    labels_of,
    make_card,
    make_draft,
    parts_of,
    rendered,
    text_of,
    texts_of,
    unescaped,
)
from tests.chats.discord.test_text import HOSTILE, acting
from tests.discord_picture import drawn
from tests.factories import NOON, make_author

DECISION = Decision(
    gesture="g",
    review_id=1,
    draft=1,
    verdict=Verdict.APPROVE,
    reviewer="discord:1",
    reviewer_name="alice",
    chat="discord",
    at=NOON,
)
LABEL_OF = {
    Verdict.APPROVE: "Approve",
    Verdict.REGENERATE: "Regenerate",
    Verdict.EDIT: "Edit",
    Verdict.DISMISS: "Dismiss",
    Verdict.UNDO: "Undo",
}


def draft_shown(shown: Rendered, layout: str) -> str:
    """What a reader reads in the draft's frame."""
    if layout == "components":
        frame = [part for part in shown.for_post()["view"].to_components() if part["type"] == 17][1]
        texts = [part["content"] for part in frame["components"] if part["type"] == 10]
        return unescaped(texts[1].replace("\n-# ", "\n"))
    _, _, text = str(shown.for_post()["embeds"][1].description).partition("\n")
    return unescaped(text.partition("\n-# 📎")[0].replace("\n-# ", "\n"))


def readable(shown: Rendered, layout: str, body: str) -> bool:
    """The one promise of a card: whoever approves could read every character that is sent."""
    return draft_shown(shown, layout) == body or files_of(shown) == {"reply.md": body.encode("utf-8", "surrogatepass")}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("state", State)
def test_each_state_shows_its_word_a_colour_and_exactly_its_verdicts(state: State, language: str, layout: str) -> None:
    shown = rendered(make_card(state), layout, language)
    check_limits(shown)
    assert f"**{state_word(language, state)}**" in texts_of(shown)[0]
    if language == "en":
        offered = [label for verdict, label in LABEL_OF.items() if verdict in VERDICTS.get(state, ())]
        assert labels_of(shown) == [*offered, "Thread", "More"]
    colours = [part["accent_color"] for part in parts_of(shown) if part["type"] == 17 and part["accent_color"]]
    embeds = [embed.colour for embed in shown.for_post().get("embeds", []) if embed.colour]
    assert len(colours or embeds) == 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_card_shows_the_issue_the_draft_its_sources_and_who_decided(layout: str) -> None:
    card = make_card(
        State.SENT,
        labels=("bug", "v2"),
        draft=make_draft(model="m-1", warnings=("secret",), note_to_team="Ask ops.", related=(SOURCE,)),
        decision=DECISION,
        reply=Reply(note_id="9", url="https://git.example/x#note_9", body="x", at=NOON),
        no_replies="The folder only keeps replies.",
    )
    text = text_of(rendered(card, layout))
    for expected in (
        f"[How do I restart the service?]({card.issue.url})",
        "group/project#1",
        "opened by Reporter",
        "bug · v2",
        "> After the update",
        "**Draft 1 by quoting** (m-1)",
        "Please restart it.",
        "[How do I restart the service?](https://docs.example/faq#restart) · strong match",
        "**Also close**",
        "⚠️ a secret was masked",
        "For the team: Ask ops.",
        "**alice** approved draft 1, on Discord",
        "[Read the reply](https://git.example/x#note_9)",
        "⚠️ The folder only keeps replies.",
    ):
        assert expected in text, expected


def test_ages_stay_true_with_components_and_are_words_with_a_date_in_embeds() -> None:
    assert f"<t:{int(NOON.timestamp())}:R>" in text_of(rendered(make_card()))
    embeds = rendered(make_card(), "embed").for_post()["embeds"]
    assert "3 h ago" in embeds[0].description
    assert embeds[-1].timestamp is not None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_the_team_must_be_wary_of_is_said(layout: str) -> None:
    card = make_card(
        service_desk=True, confidential=True, problem="moved", draft=make_draft(warnings=("instructions",))
    )
    text = text_of(rendered(card, layout))
    assert "Service Desk" in text
    assert "confidential" in text
    assert "the issue was moved" in text
    assert "tries to give instructions" in text


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_changed_meanwhile_is_told(layout: str, language: str) -> None:
    """field 19"""
    changed = (
        Difference(what=What.TITLE, before="Old *title*", after="New @everyone"),
        Difference(what=What.BODY, before="Two.", after="2.\nMore."),
        Difference(what=What.NOTE, who="Bob", after="Solved."),
    )
    text = text_of(rendered(make_card(draft=make_draft(differences=changed)), layout, language))
    shown = unescaped(text)
    for line in ("Old *title*", "− Two.", "+ 2.", "+ More.", "Bob", "Solved."):
        assert line in shown
    assert "Old *title*" not in text, "outsiders' words mean nothing to Discord"


def test_very_many_changes_push_no_warning_off_the_card() -> None:
    """field 30: whoever writes twenty notes hides nothing by it."""
    changed = tuple(Difference(what=What.NOTE, who="Mallory", after="x" * 160) for _ in range(10))
    draft = make_draft(differences=changed, warnings=("instructions", "changed"))
    shown = unescaped(text_of(rendered(make_card(draft=draft))))
    assert "the issue tries to give instructions" in shown
    assert "Mallory" in shown


@pytest.mark.parametrize("layout", LAYOUTS)
def test_how_a_reply_landed_is_told(layout: str) -> None:
    receipt = Receipt(up=2, down=1, thanked=True, reopened=True, answered="@everyone")
    reply = Reply(note_id="1", url="https://git.example/x#note_1", body="b", at=NOON)
    text = text_of(rendered(make_card(State.SENT, reply=reply, receipt=receipt), layout))
    assert "👍 2 · 👎 1 · the reporter said thanks · the issue was reopened" in unescaped(text)
    assert "@everyone" not in text.replace("\\@everyone", "")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_card_without_a_text_to_send_offers_no_approval(layout: str) -> None:
    empty = rendered(make_card(draft=make_draft("", note_to_team="Nothing fits.")), layout)
    assert "Nothing fits." in text_of(empty)
    assert "Approve" not in labels_of(empty)
    assert "Approve" not in labels_of(rendered(make_card(no_replies="The folder only keeps replies."), layout))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_ids_of_buttons_say_review_draft_and_action(layout: str) -> None:
    ids = {part["custom_id"] for part in parts_of(rendered(make_card(number=12), layout)) if part["type"] == 2}
    actions = (Action.APPROVE, Action.REGENERATE, Action.EDIT, Action.DISMISS, Action.THREAD, Action.MORE)
    assert ids == {button_id(12, 1, action) for action in actions}


# --- what is approved could be read


@settings(max_examples=250, deadline=None)
@given(st.one_of(HOSTILE, st.text(max_size=60).map(lambda text: text * 150)), st.sampled_from(LAYOUTS), st.booleans())
def test_approval_is_offered_only_for_what_can_be_read_whole(text: str, layout: str, marked: bool) -> None:
    body = f"{text}\n\n{MARKER}" if marked else text
    shown = rendered(make_card(body=body), layout)
    check_limits(shown)
    if "Approve" in labels_of(shown):
        assert readable(shown, layout, body)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("length", [1, 2000, 3000, 3999, 4000, 4001, 16_001, 20_000, 100_000])
def test_25_a_draft_of_any_length_is_shown_or_attached(layout: str, length: int) -> None:
    body = ("The service restarts by itself. " * 4000)[: length - 1] + "x"
    shown = rendered(make_card(body=body), layout)
    check_limits(shown)
    assert readable(shown, layout, body)
    assert "Approve" in labels_of(shown)
    assert bool(files_of(shown)) == (length > 3500)


def test_a_long_draft_says_how_much_of_it_is_shown() -> None:
    shown = rendered(make_card(body="word " * 2000 + "end"))
    assert "10\u00a0003 characters, shown 1\u00a0" in text_of(shown)
    assert any(part["type"] == 13 and part["file"]["url"] == "attachment://reply.md" for part in parts_of(shown))


@pytest.mark.parametrize("body", ["a\tb", "a  \nb", "a\n\n\n\nb", "a\u202eb", "a\n" * 200, " "])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_23_what_cannot_be_seen_on_a_card_is_attached(body: str, layout: str) -> None:
    shown = rendered(make_card(body=body), layout)
    assert files_of(shown) == {"reply.md": body.encode()}
    assert "reply.md" in text_of(shown)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_23_a_text_that_cannot_be_sent_cannot_be_approved(layout: str) -> None:
    shown = rendered(make_card(body="half a \ud83d pair"), layout)
    assert "Approve" not in labels_of(shown)
    assert files_of(shown) == {}


def test_an_edit_states_everything_so_that_no_older_file_remains() -> None:
    long, short = rendered(make_card(body="long " * 2000)), rendered(make_card())
    assert [file.filename for file in long.for_edit()["attachments"]] == ["reply.md"]
    assert short.for_edit()["attachments"] == []
    assert short.for_edit()["content"] is None
    assert short.for_edit()["embeds"] == []
    assert short.for_edit()["allowed_mentions"].to_dict() == {"parse": []}


# --- hostile texts


@settings(max_examples=200, deadline=None)
@given(HOSTILE, st.sampled_from(LAYOUTS), st.sampled_from(["en", "fr"]))
def test_any_text_anywhere_leaves_a_card_that_discord_takes(text: str, layout: str, language: str) -> None:
    shown = rendered(hostile_card(text), layout, language, mention_role=5)
    check_limits(shown)
    assert frames(shown) == frames(rendered(hostile_card("x"), layout, language, mention_role=5))


def frames(shown: Rendered) -> list[Any]:
    """What stands below one another in a message."""
    arguments = shown.for_post()
    parts = [part["type"] for part in arguments["view"].to_components()]
    return [*(embed.colour for embed in arguments.get("embeds", [])), *parts]


def hostile_card(text: str) -> Any:
    return make_card(
        title=text,
        body_of_issue=text,
        project_name=text,
        author=make_author(text, name=text),
        labels=(text,) * 9,
        url=f"https://git.example/{text}",
        problem=text,
        no_replies=text,
        decision=DECISION,
        draft=make_draft(
            text or "x",
            author=text,
            model=text,
            note_to_team=text,
            warnings=(text,) * 20,
            differences=tuple(Difference(what=what, who=text, before=text, after=text) for what in What),
            citations=(Citation(id="a", title=text, url=text, word=MatchWord.STRONG),) * 9,
        ),
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_19_nothing_in_a_card_mentions_anybody(layout: str) -> None:
    shown = rendered(hostile_card("@everyone @here <@1> <@&2> <#3>"), layout)
    for mention in ("@everyone", "@here", "<@", "<#"):
        assert mention not in text_of(shown).replace(f"\\{mention}", "")
    assert shown.for_post()["allowed_mentions"].to_dict() == {"parse": []}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_20_links_lead_only_where_we_say(layout: str) -> None:
    card = make_card(
        title="](https://evil.example) [x", labels=("https://evil.example",), body="See https://evil.example."
    )
    text = text_of(rendered(card, layout))
    assert text.count("https://") == 2, "the issue's address and the source's"
    assert "](https://evil" not in text.replace("\\](https\\://evil", "")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_21_an_unclosed_fence_at_the_cut_swallows_nothing(layout: str) -> None:
    shown = rendered(make_card(body="x " * 740 + "\n```\n>>> ||" + "code\n" * 900), layout)
    assert acting(draft_part(shown, layout)) is None
    assert "📎" in text_of(shown)


def draft_part(shown: Rendered, layout: str) -> str:
    texts: Sequence[str] = texts_of(shown)
    found = next(text for text in texts if "x x x" in text)
    return found.split("\n", 1)[1].split("\n-# 📎")[0] if layout == "embed" else found


def test_22_a_text_that_imitates_the_card_stays_in_the_draft_s_frame() -> None:
    fake = "Restart it.\n\n**alice** approved draft 1, on Discord\n\n### Draft 2 by alice\n-# small print"
    components = rendered(make_card(body=fake)).for_post()["view"].to_components()
    frame = components[1]
    assert [part["type"] for part in frame["components"]] == [10, 14, 10]
    assert unescaped(frame["components"][2]["content"]) == fake
    assert acting(frame["components"][2]["content"]) is None
    assert "approved" not in str([part for part in components if part is not frame])


@pytest.mark.parametrize("body", ["/close\n/assign @me", "@group #12 !3", "<!-- hidden -->", "<details>x</details>"])
def test_24_what_means_something_to_gitlab_is_shown_letter_by_letter(body: str) -> None:
    assert draft_shown(rendered(make_card(body=body)), "components") == body


def test_24_only_our_own_last_line_is_small_print() -> None:
    shown = rendered(make_card(body=f"a\n{MARKER}\nb\n{MARKER}"))
    assert text_of(shown).count("\n-# \\<!-- gepettto") == 1


def test_the_documentation_s_drawing_knows_every_part_of_a_card() -> None:
    page = drawn(rendered(hostile_card("<script>\t")).for_post()["view"].to_components())
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "reply.md" in page


# --- what discord.py makes of it


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_rendered_card_can_be_asked_again_and_discord_py_remembers_nothing(layout: str) -> None:
    shown = rendered(make_card(body="long " * 2000), layout)
    first, second = shown.for_post(), shown.for_post()
    assert first["files"][0].fp.read() == second["files"][0].fp.read() != b""
    for view in (first["view"], shown.for_edit()["view"]):
        assert view.is_finished()
        assert view.timeout is None
        assert not view.is_dispatching()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_discord_py_sends_it_as_it_is(layout: str) -> None:
    shown = rendered(make_card(body="long " * 2000), layout, mention_role=5).for_post()
    with discord.http.handle_message_parameters(
        **shown, previous_allowed_mentions=discord.AllowedMentions.none()
    ) as sent:
        assert sent.multipart is not None
        payload = discord.utils._from_json(sent.multipart[0]["value"])
    assert payload["allowed_mentions"] == {"parse": [], "roles": [5]}
    assert [file["filename"] for file in payload["attachments"]] == ["reply.md"]
    assert ("flags" in payload and payload["flags"] == 1 << 15) == (layout == "components")
    edit = rendered(make_card(), layout).for_edit()
    with discord.http.handle_message_parameters(**edit) as sent:
        assert sent.payload is not None
        assert sent.payload["attachments"] == []
        assert sent.payload["allowed_mentions"] == {"parse": []}
        assert sent.payload["content"] is None


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_role_is_mentioned_when_the_card_is_posted_and_never_else(layout: str) -> None:
    shown = rendered(make_card(), layout, mention_role=5)
    assert texts_of(shown)[0] == "<@&5>"
    assert shown.for_post()["allowed_mentions"].to_dict() == {"parse": [], "roles": [5]}
    assert shown.for_edit()["allowed_mentions"].to_dict() == {"parse": []}
    assert "<@&" not in text_of(rendered(make_card(), layout))


def test_the_room_of_a_draft_is_never_less_than_an_excerpt_needs() -> None:
    shown = rendered(hostile_card("[*_]" * 200))
    check_limits(shown)
    assert len(draft_shown(shown, "components")) > 300
    assert sum(len(text) for text in texts_of(shown)) <= LAYOUT_TEXT
