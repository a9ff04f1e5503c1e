"""What drafts do with a fault is in test_drafter.py; here, that nothing a server says can make reading it fail."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.drafters.openai.faults import NEEDED, Kind, from_status, from_stream, retry_after
from bot.errors import Permanent, Temporary
from tests.factories import NOON

KEYS = st.sampled_from(
    ["error", "detail", "message", "code", "type", "param", "loc", "msg", "n_ctx", "n_prompt_tokens"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
BODIES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))
SENT = ("model", "messages", "stream", "max_tokens", "temperature")


@given(st.integers(300, 599), BODIES)
def test_every_status_and_body_has_a_meaning(status: int, body: Any) -> None:
    fault = from_status(status, body, {}, sent=SENT, model="some-model", now=NOON)
    assert isinstance(fault.error, Temporary if fault.kind is Kind.LATER else Permanent)
    assert str(fault.error).endswith(".")
    assert "\n" not in str(fault.error)
    assert (fault.kind is Kind.DROP) is bool(fault.parameter)
    assert not fault.parameter or fault.parameter in set(SENT) - NEEDED


@given(BODIES)
def test_every_error_in_a_stream_has_a_meaning(body: Any) -> None:
    fault = from_stream(body, model="some-model")
    assert isinstance(fault.error, Temporary if fault.kind is Kind.LATER else Permanent)


@given(st.text(max_size=40))
def test_any_retry_after_is_borne(value: str) -> None:
    wait = retry_after({"retry-after": value}, NOON)
    assert wait is None or wait >= 0
