"""What statuses mean, and how long to wait (gitlab 34, 40; the status table of 1.7)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from bot import errors
from bot.trackers.gitlab.failures import LONGEST_WAIT, backoff, failure, retry_after, server_words

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def meant(status: int, *, wrote: bool, body: bytes = b"{}") -> errors.BotError:
    return failure(status, {}, body, wrote=wrote, now=NOW)


@pytest.mark.parametrize(
    ("status", "reading", "writing"),
    [
        (301, errors.Permanent, errors.Permanent),
        (400, errors.Permanent, errors.Permanent),
        (401, errors.Unauthorised, errors.Unauthorised),
        (403, errors.Permanent, errors.Permanent),
        (404, errors.Gone, errors.Gone),
        (405, errors.Permanent, errors.Permanent),
        (408, errors.Temporary, errors.InDoubt),
        (409, errors.Temporary, errors.InDoubt),
        (413, errors.Permanent, errors.Permanent),
        (422, errors.Permanent, errors.Permanent),
        (429, errors.Limited, errors.Limited),
        (500, errors.Temporary, errors.InDoubt),
        (502, errors.Temporary, errors.InDoubt),
        (503, errors.Temporary, errors.InDoubt),
        (504, errors.Temporary, errors.InDoubt),
        (522, errors.Temporary, errors.InDoubt),
    ],
)
def test_the_status_table(status: int, reading: type[Exception], writing: type[Exception]) -> None:
    assert type(meant(status, wrote=False)) is reading
    assert type(meant(status, wrote=True)) is writing


def test_a_scope_that_is_too_small_is_about_the_token() -> None:
    error = meant(403, wrote=True, body=json.dumps({"error": "insufficient_scope", "scope": "api"}).encode())
    assert isinstance(error, errors.Unauthorised)
    assert "`api`" in str(error)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "30"}, 30.0),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "-20"}, 0.0),
        ({"Retry-After": "1000000000"}, LONGEST_WAIT),
        ({"Retry-After": "inf"}, LONGEST_WAIT),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:20 GMT"}, 20.0),
        ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"Retry-After": "Sun, 01 Mar 2099 11:00:00 GMT"}, LONGEST_WAIT),
        ({"Retry-After": "Sun, 01 Mar 2026 12:10:20 GMT", "Date": "Sun, 01 Mar 2026 12:10:00 GMT"}, 20.0),
    ],
)
def test_retry_after_in_all_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOW) == seconds


def test_backing_off_grows_and_is_spread_and_bounded() -> None:
    assert [backoff(n, 1.0) for n in range(4)] == [1.0, 2.0, 4.0, 8.0]
    assert backoff(3, 0.0) == 4.0
    assert backoff(1_000, 1.0) == LONGEST_WAIT


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"message": "locked"}', ' ("locked")'),
        (b'{"message": {"title": ["can\'t be blank", "is odd"]}}', ' ("title: can\'t be blank, is odd")'),
        (b'{"message": ["one", "two"]}', ' ("one, two")'),
        (b'{"error": "invalid_token", "error_description": "Token is expired."}', ' ("Token is expired.")'),
        (b'{"message": "<b>bold</b>\\nsecond \\u0000line"}', ' ("bold second line")'),
        (b"<html><script>alert(1)</script></html>", ""),
        (b'{"message": ', ""),
        (b"[]", ""),
        (b"", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_the_servers_words_on_one_line_without_markup(body: bytes, words: str) -> None:
    assert server_words(body) == words


def test_the_servers_words_are_short_and_hold_no_token() -> None:
    token = "glpat-" + "x" * 20
    words = server_words(json.dumps({"message": f"your token {token} " + "w" * 1_000}).encode())
    assert token not in words
    assert len(words) < 220
