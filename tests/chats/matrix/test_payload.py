"""Events are read whatever they hold; commands are found and nothing else is taken for one."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chats.matrix.commands import Command, Name, addressed, parse
from bot.chats.matrix.content import Spot, in_thread, reaction, transaction
from bot.chats.matrix.errors import meaning
from bot.chats.matrix.payload import event_of, mark_of, mentions, new_content, plain_emoji, relation_of, words_of
from bot.chats.matrix.power import powers_of
from bot.errors import BotError, Gone, Limited, Permanent, Temporary, Unauthorised, UsageError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("m.replace") | st.just("m.annotation"),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["m.relates_to", "rel_type", "event_id", "key", "m.in_reply_to", "content", "type", "sender", "body",
             "msgtype", "m.new_content", "org.gepettto.card", "review", "draft", "unsigned", "m.mentions", "user_ids"]
        ),
        inner,
        max_size=6,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON)
def test_24_no_shape_of_an_event_is_an_error(source: Any) -> None:
    event = event_of("!room", source)
    content = source if isinstance(source, dict) else {}
    for one in (content, event.content if event else {}):
        relation_of(one), words_of(one), mark_of(one), new_content(one), mentions(one, "@x:y")


@pytest.mark.parametrize("sign", ["✅", "✅\ufe0f", "👍🏽", "👍", "🗑️", "🗑", "✏️", "✏\ufe0e"])
def test_20_signs_are_compared_without_colour(sign: str) -> None:
    assert plain_emoji(sign) in {"✅", "👍", "🗑", "✏"}


def test_a_thread_is_not_a_reply_unless_somebody_replied() -> None:
    talk = in_thread({}, "$card")
    assert (relation_of(talk).thread, relation_of(talk).reply_to) == ("$card", "")
    answer = in_thread({}, "$card", reply_to="$other")
    assert (relation_of(answer).thread, relation_of(answer).reply_to) == ("$card", "$other")
    assert relation_of(reaction("$card", "✅")).annotates == "$card"


def text(body: str, **more: Any) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body, **more}


def test_a_quotation_that_an_old_client_put_in_front_is_taken_off_and_a_persons_own_is_not() -> None:
    reply = {"m.relates_to": {"m.in_reply_to": {"event_id": "$x"}}}
    assert words_of(text("> <@a:b> card\n> more\n\nMine\n\n> quoted", **reply)) == "Mine\n\n> quoted"
    assert words_of(text("> quoted by me\n\nMine", **reply)) == "> quoted by me\n\nMine"
    assert words_of(text("> <@a:b> card\n\nMine")) == "> <@a:b> card\n\nMine"
    assert words_of({"msgtype": "m.notice", "body": "!gpt status"}) == ""


@pytest.mark.parametrize(
    ("body", "rest"),
    [
        ("!gpt status", "status"),
        (" !GPT  status", "status"),
        ("!gpt", ""),
        ("!gptx status", None),
        ("say !gpt status", None),
        ("GePeTTTo: status", "status"),
        ("@bot:example.org, status", "status"),
        ("GePeTTTos are fun", None),
    ],
)
def test_what_is_for_the_bot(body: str, rest: str | None) -> None:
    assert addressed(body, "!gpt", ("@bot:example.org", "GePeTTTo")) == rest


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("approve 3", Command(Name.APPROVE, "3")),
        ("Approuver 3", Command(Name.APPROVE, "3")),
        ("edit 3 two\nlines", Command(Name.EDIT, "3 two\nlines")),
        ("edit\ntwo\nlines", Command(Name.EDIT, "two\nlines")),
        ("", Command(Name.HELP)),
        ("brouillons", Command(Name.DRAFTS)),
    ],
)
def test_commands_are_known_in_both_languages(line: str, command: Command) -> None:
    assert parse(line, "en") == command


def test_an_unknown_command_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean `approve`"):
        parse("aprove 3", "en")
    with pytest.raises(UsageError, match="les liste"):
        parse("xyzzy", "fr")


@given(st.text())
def test_any_line_is_a_command_or_a_sentence(line: str) -> None:
    with suppress(UsageError):
        assert parse(line, "en").numbered()[0] >= 0


@pytest.mark.parametrize(
    ("rest", "expected"),
    [("3", (3, "")), ("#3 x", (3, "x")), ("3x", (0, "3x")), ("", (0, "")), ("9" * 19, (0, "9" * 19))],
)
def test_a_number_in_front_names_the_review(rest: str, expected: tuple[int, str]) -> None:
    assert Command(Name.EDIT, rest).numbered() == expected


@pytest.mark.parametrize("room", ["!abc:example.org", "!opaque"])
def test_a_post_knows_room_and_event(room: str) -> None:
    spot = Spot(room, "$a/b")
    assert Spot.of(str(spot)) == spot


@given(st.lists(st.text(max_size=3), max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_a_transaction_is_its_parts(one: list[str], other: list[str]) -> None:
    clean = [[part.replace("\0", "") for part in parts] for parts in (one, other)]
    assert (transaction("r", *clean[0]) == transaction("r", *clean[1])) == (clean[0] == clean[1])


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (401, {"errcode": "M_UNKNOWN_TOKEN", "soft_logout": True}, Unauthorised),
        (403, {"errcode": "M_FORBIDDEN"}, Permanent),
        (404, {"errcode": "M_NOT_FOUND"}, Gone),
        (413, {"errcode": "M_TOO_LARGE"}, Permanent),
        (429, {}, Limited),
        (400, {"errcode": "M_LIMIT_EXCEEDED"}, Limited),
        (500, {}, Temporary),
        (502, {"error": 3}, Temporary),
    ],
)
def test_every_refusal_is_one_of_our_errors(status: int, answer: dict[str, Any], kind: type[BotError]) -> None:
    error = meaning("take a message", status, answer, {})
    assert type(error) is kind
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("answer", "headers", "seconds"),
    [
        ({"retry_after_ms": 2500}, {}, 2.5),
        ({}, {"Retry-After": "7"}, 7),
        ({"retry_after_ms": "x"}, {}, None),
        ({}, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry_after_ms": -5}, {}, 0.1),
    ],
)
def test_5_how_long_to_wait(answer: dict[str, Any], headers: dict[str, str], seconds: float | None) -> None:
    error = meaning("x", 429, answer, headers)
    assert isinstance(error, Limited)
    assert error.retry_after == seconds


def test_25_creators_stand_above_all_levels_since_version_12() -> None:
    levels = {"users": {"@a:x": 50, "@b:x": "60", "@c:x": True}, "users_default": 5, "events": {"m.reaction": 70}}
    new = powers_of("@z:x", {"room_version": "12", "additional_creators": ["@y:x", 3]}, levels)
    assert [new.of(user) for user in ("@z:x", "@y:x", "@a:x", "@b:x", "@c:x", "@d:x")] == [
        math.inf,
        math.inf,
        50,
        60,
        5,
        5,
    ]
    assert new.may("@z:x", "m.reaction")
    assert not new.may("@b:x", "m.reaction")
    assert new.may("@a:x", "m.room.tombstone", state=True)
    old = powers_of("@z:x", {"room_version": "11"}, levels)
    assert old.of("@z:x") == 5
    assert powers_of("@z:x", {}, {}).of("@z:x") == 100
