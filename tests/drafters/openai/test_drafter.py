"""Every way in which a server was seen to fail, over real HTTP."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from bot.domain.review import DraftStatus
from bot.drafters.openai import OpenAIDrafter
from bot.drafters.openai.checking import ITEMS
from bot.drafters.openai.client import HEADERS
from bot.drafters.openai.messages import RULES
from bot.errors import BotError, ConfigError, Gone, Limited, Permanent, Temporary, Unauthorised, Unreadable
from tests.drafters.fake_openai import (
    KEY,
    MODEL,
    FakeOpenAI,
    Step,
    answers,
    chunk,
    draft_json,
    drop,
    error,
    events,
    json_answer,
    model_entry,
    says,
    silence,
    text_answer,
    trickle,
    usage,
)
from tests.drafters.openai.conftest import HurriedClock, MakeDrafter
from tests.drafters.prompts import make_prompt
from tests.factories import NOON


async def test_an_answer_is_drafted(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(answers())
    draft = await drafter.draft(make_prompt())
    assert draft.status is DraftStatus.ANSWER
    assert draft.text == (
        "Restart it; the log says when it is ready ([How do I restart the service?](https://docs.example/faq#restart))."
    )
    assert [(c.id, c.quote) for c in draft.citations] == [("faq.md#restart", "the log says when it is ready")]
    assert (draft.drafter, draft.model, draft.language, draft.warnings) == ("openai", MODEL, "en", ())
    assert draft.note_to_team == "Straight from the FAQ."


@pytest.mark.parametrize("field", ["reply_markdown", "note_to_team"])
async def test_a_model_that_repeats_its_instructions_is_not_quoted(
    server: FakeOpenAI, drafter: OpenAIDrafter, field: str
) -> None:
    """field 1, 24"""
    server.play(answers(**{field: f"Sure: {RULES[:400]}"}))
    draft = await drafter.draft(make_prompt())
    assert (draft.text, draft.note_to_team, draft.warnings) == ("", "", ("prompt_leaked",))


# --- what leaves ------------------------------------------------------------------------------------------------------


async def test_only_listed_headers_leave(
    server: FakeOpenAI, make_drafter: MakeDrafter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/elsewhere")
    monkeypatch.setenv("OPENAI_API_KEY", "not-this-one")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "nor-this-one")
    monkeypatch.setenv("OPENAI_ORG_ID", "some-org")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "some-project")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer stray\nX-Stray: 1")
    server.play(answers())
    await make_drafter().draft(make_prompt())
    sent = server.headers[-1]
    assert sent["authorization"] == f"Bearer {KEY}"
    assert set(sent) <= HEADERS | {"user-agent", "authorization"}


async def test_without_a_key_none_is_sent(
    server: FakeOpenAI, make_drafter: MakeDrafter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "not-this-one")
    server.play(answers())
    await make_drafter(key=None).draft(make_prompt())
    assert "authorization" not in server.headers[-1]


async def test_a_redirect_is_not_followed(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(json_answer(307, {}, {"Location": f"{server.address}/elsewhere"}))
    with pytest.raises(Permanent, match=r"set model\.base_url"):
        await drafter.draft(make_prompt())


async def test_openai_is_asked_to_keep_nothing(server: FakeOpenAI, make_drafter: MakeDrafter) -> None:
    server.play(answers())
    await make_drafter(profile="openai", max_tokens=500).draft(make_prompt())
    assert server.last["store"] is False
    assert server.last["max_completion_tokens"] == 500
    assert "max_tokens" not in server.last
    assert server.last["response_format"]["json_schema"]["strict"] is True


async def test_nothing_more_than_needed_is_sent(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(answers())
    await drafter.draft(make_prompt())
    assert set(server.last) == {"model", "messages", "stream", "stream_options", "max_tokens", "response_format"}


async def test_a_server_known_to_refuse_a_field_never_gets_it(server: FakeOpenAI, make_drafter: MakeDrafter) -> None:
    server.play(answers())
    await make_drafter(profile="mistral").draft(make_prompt())
    assert set(server.last) == {"model", "messages", "stream", "max_tokens", "response_format"}


async def test_what_is_configured_is_sent(server: FakeOpenAI, make_drafter: MakeDrafter) -> None:
    server.play(answers())
    await make_drafter(temperature=0.2, reasoning_effort="low").draft(make_prompt())
    assert (server.last["temperature"], server.last["reasoning_effort"]) == (0.2, "low")


# --- later ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "3"}, 3.0),
        ({"Retry-After": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"Retry-After": format_datetime(NOON + timedelta(seconds=7), usegmt=True)}, 7.0),
        ({"Retry-After": "soon"}, 0.5),
        ({}, 0.5),
    ],
)
async def test_a_short_wait_is_waited(
    server: FakeOpenAI, drafter: OpenAIDrafter, hurried: HurriedClock, headers: dict[str, str], wait: float
) -> None:
    server.play(error(429, headers, type="requests"), answers())
    draft = await drafter.draft(make_prompt())
    assert draft.status is DraftStatus.ANSWER
    assert hurried.waits == [wait]


async def test_a_long_wait_is_the_engines(server: FakeOpenAI, drafter: OpenAIDrafter, hurried: HurriedClock) -> None:
    server.play(error(429, {"Retry-After": "300"}))
    with pytest.raises(Limited) as caught:
        await drafter.draft(make_prompt())
    assert (caught.value.retry_after, hurried.waits) == (300, [])


LATER: dict[str, Step] = {
    "rate limit": error(429),
    "internal error": error(500),
    "bad gateway with a page": text_answer(502, "<html>Bad Gateway</html>"),
    "model is loading": error(503, message="Loading model", type="unavailable_error", code=503),
    "request timeout": error(408),
    "conflict": error(409),
    "connection dropped": drop(),
    "silence": silence(),
    "cut in the middle": events([chunk("half a")], abort=True),
    "ends without a reason": events([chunk("half a"), chunk(" word")], done=False),
    "done without a reason": events([chunk("half a"), chunk(" word")]),
    "no choices at all": events([chunk() | {"choices": []}]),
    "choices are null": events([chunk() | {"choices": None}]),
    "a chunk that is a text": events(['"hello"']),
    "a chunk that is broken": events([chunk("half"), '{"choices": [']),
    "content that is no text": events([chunk() | {"choices": [{"delta": {"content": [1]}, "finish_reason": {}}]}]),
    "choices that are no list": events([chunk() | {"choices": {"0": {}}, "model": 7, "usage": "many"}]),
    "error in the stream": events([chunk("half"), {"error": {"message": "out of memory", "code": 500}}]),
    "error in the stream as a text": events([chunk("half"), {"error": "out of memory"}]),
    "error with status 200": json_answer(200, {"error": {"message": "upstream is down", "type": "server_error"}}),
    "unknown reason to end": events([chunk("abc"), chunk(None, "tool_calls")]),
}


@pytest.mark.parametrize("fault", LATER.values(), ids=LATER.keys())
async def test_passing_faults_are_tried_again(server: FakeOpenAI, make_drafter: MakeDrafter, fault: Step) -> None:
    server.play(fault, answers())
    draft = await make_drafter(idle=0.2).draft(make_prompt())
    assert draft.status is DraftStatus.ANSWER
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", LATER.values(), ids=LATER.keys())
async def test_after_three_tries_it_is_for_later(
    server: FakeOpenAI, make_drafter: MakeDrafter, hurried: HurriedClock, fault: Step
) -> None:
    server.play(fault, fault, fault)
    with pytest.raises(Temporary):
        await make_drafter(idle=0.2).draft(make_prompt())
    assert hurried.waits == [0.5, 1.0]


async def test_a_refused_connection_is_for_later(make_drafter: MakeDrafter) -> None:
    with pytest.raises(Temporary, match=r"cannot be reached"):
        await make_drafter(base_url="http://127.0.0.1:1/v1").draft(make_prompt())


async def test_a_server_that_forbids_it_is_not_tried_again(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(error(503, {"x-should-retry": "false"}))
    with pytest.raises(Temporary):
        await drafter.draft(make_prompt())


async def test_a_trickle_ends_at_the_deadline(server: FakeOpenAI, make_drafter: MakeDrafter) -> None:
    server.play(trickle())
    with pytest.raises(Temporary, match=r"more than 0\.3 seconds"):
        await make_drafter(timeout=0.3, idle=5.0).draft(make_prompt())


async def test_the_server_is_left_when_a_draft_is_cancelled(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(trickle())
    draft = asyncio.create_task(drafter.draft(make_prompt()))
    async with asyncio.timeout(5):
        await server.asked_times(1)
        draft.cancel()
        await server.left.wait()
    with pytest.raises(asyncio.CancelledError):
        await draft


# --- somebody must act ------------------------------------------------------------------------------------------------

OPERATOR: dict[str, tuple[Step, type[BotError], str]] = {
    "quota": (error(429, code="insufficient_quota", type="insufficient_quota"), Permanent, "no credit"),
    "payment required": (error(402, code=402), Permanent, "no credit"),
    "wrong key": (error(401, code="invalid_api_key"), Unauthorised, "GEPETTTO_MODEL_KEY"),
    "wrong key, detail": (json_answer(401, {"detail": "Invalid API key"}), Unauthorised, "GEPETTTO_MODEL_KEY"),
    "wrong key, proxy": (error(400, type="no_db_connection", code="400"), Unauthorised, "GEPETTTO_MODEL_KEY"),
    "key too weak": (error(403), Unauthorised, MODEL),
    "wrong key, status 200": (json_answer(200, {"error": {"message": "no", "code": 401}}), Unauthorised, "KEY"),
    "wrong key, in the stream": (events([{"error": {"message": "no", "code": "401"}}]), Unauthorised, "KEY"),
    "unknown model": (error(404, code="model_not_found"), Gone, "model.model"),
    "unknown model, text": (json_answer(404, {"error": 'model "x" not found'}), Gone, "model.model"),
    "login page": (text_answer(200, "<html>Please sign in</html>"), Unreadable, "model.base_url"),
    "some other JSON": (json_answer(200, {"hello": "world"}), Unreadable, "model.base_url"),
    "not implemented": (error(501), Permanent, "501"),
    "bad request": (error(400, message="messages: too many roles"), Permanent, "too many roles"),
    "bad request, no error object": (
        json_answer(400, {"object": "error", "message": "bad roles", "code": 400}), Permanent, "bad roles",
    ),
    "bad request, empty": (text_answer(400, "", "text/plain"), Permanent, "400"),
    "refusal": (events([chunk(None, refusal="I will not."), chunk(None, "stop")]), Permanent, "I will not"),
    "content filter": (events([chunk("He"), chunk(None, "content_filter")]), Permanent, "declined"),
    "content filter, status": (error(400, code="content_filter"), Permanent, "declined"),
}  # fmt: skip


@pytest.mark.parametrize(("fault", "kind", "word"), OPERATOR.values(), ids=OPERATOR.keys())
async def test_lasting_faults_are_told_at_once(
    server: FakeOpenAI, drafter: OpenAIDrafter, fault: Step, kind: type[BotError], word: str
) -> None:
    server.play(fault)
    with pytest.raises(kind, match=word) as caught:
        await drafter.draft(make_prompt())
    assert type(caught.value) is kind
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


# --- parameters -------------------------------------------------------------------------------------------------------

REFUSED: dict[str, tuple[Step, str]] = {
    "by param": (error(400, code="unsupported_parameter", param="stream_options"), "stream_options"),
    "by value": (error(400, code="unsupported_value", param="temperature"), "temperature"),
    "by nested param": (error(400, code="invalid_value", param="response_format.json_schema"), "response_format"),
    "by pydantic": (
        json_answer(422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "no"}]}),
        "stream_options",
    ),
    "by words": (error(400, message="Unrecognized request argument supplied: reasoning_effort"), "reasoning_effort"),
    "by an old server": (
        error(500, message="[{'type': 'literal_error', 'loc': ('response_format',)}] validation errors"),
        "response_format",
    ),
}


@pytest.mark.parametrize(("fault", "parameter"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_refused_parameter_is_left_out_for_good(
    server: FakeOpenAI, make_drafter: MakeDrafter, hurried: HurriedClock, fault: Step, parameter: str
) -> None:
    drafter = make_drafter(temperature=0.0, reasoning_effort="low")
    server.play(fault, answers(), answers())
    await drafter.draft(make_prompt())
    await drafter.draft(make_prompt())
    assert [parameter in request for request in server.requests] == [True, False, False]
    assert hurried.waits == []


async def test_the_other_name_of_the_limit_is_tried(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    words = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
    server.play(error(400, message=words, param="max_tokens", code="unsupported_parameter"), answers())
    await drafter.draft(make_prompt())
    assert server.last["max_completion_tokens"] == 1024
    assert "max_tokens" not in server.last


async def test_a_needed_parameter_is_not_left_out(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(error(400, param="messages", code="invalid_value"))
    with pytest.raises(Permanent):
        await drafter.draft(make_prompt())


# --- too long ---------------------------------------------------------------------------------------------------------

OVERFLOW: dict[str, Step] = {
    "openai": error(400, code="context_length_exceeded", message="This model's maximum context length is 3000 tokens."),
    "llama.cpp": error(400, type="exceed_context_size_error", code=400, n_prompt_tokens=6000, n_ctx=3000),
    "vllm": json_answer(400, {"object": "error", "message": "maximum context length is 3000 tokens.", "code": 400}),
    "litellm": error(400, message="litellm.ContextWindowExceededError: too long", code="400"),
    "too large": text_answer(413, "too large"),
}


@pytest.mark.parametrize("fault", OVERFLOW.values(), ids=OVERFLOW.keys())
async def test_a_prompt_that_was_too_long_is_shortened_once(
    server: FakeOpenAI, make_drafter: MakeDrafter, fault: Step
) -> None:
    drafter = make_drafter(max_tokens=200)
    prompt = make_prompt(text="The service does not start.\n" * 400, sources=())
    server.play(fault, answers(status="ask_for_information", evidence=[]))
    draft = await drafter.draft(prompt)
    first, second = (len(request["messages"][1]["content"]) for request in server.requests)
    assert second < 0.8 * first
    assert "shortened" in draft.warnings


async def test_a_prompt_that_stays_too_long_is_for_the_operator(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(OVERFLOW["litellm"], OVERFLOW["litellm"])
    with pytest.raises(Permanent, match=r"model\.context"):
        await drafter.draft(make_prompt(text="The service does not start.\n" * 400))


# --- answers that do not fit ------------------------------------------------------------------------------------------


async def test_an_answer_in_the_wrong_form_is_repaired_once(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(says("Restart it, I would say."), answers())
    draft = await drafter.draft(make_prompt())
    assert draft.citations
    assert draft.warnings == ()
    assert "Restart it, I would say." in server.last["messages"][1]["content"]
    assert draft.usage is not None
    assert draft.usage.prompt_tokens == 1800


async def test_after_a_failed_repair_the_text_is_the_reply(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(says("Restart it, I would say."), says("Sorry?"))
    draft = await drafter.draft(make_prompt())
    assert (draft.text, draft.citations) == ("Restart it, I would say.", ())
    assert draft.warnings == ("plain_text", "unsupported")


async def test_the_ruin_of_an_object_is_no_reply(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(says('{"language": oops'), says('{"language": oops'))
    with pytest.raises(Temporary, match="no usable answer"):
        await drafter.draft(make_prompt())


@pytest.mark.parametrize("content", [None, "", "  \n"])
async def test_an_empty_answer_is_for_later(server: FakeOpenAI, drafter: OpenAIDrafter, content: str | None) -> None:
    server.play(events([chunk(content), chunk(None, "stop"), usage()]))
    with pytest.raises(Temporary, match="no usable answer"):
        await drafter.draft(make_prompt())


async def test_a_cut_answer_is_shown_as_cut(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    whole = draft_json()
    server.play(says(whole[: whole.index("[S1]") - 4], finish="length"))
    draft = await drafter.draft(make_prompt())
    assert draft.text.startswith("Restart it; the log says when it is re")
    assert "incomplete" in draft.warnings


async def test_a_server_that_knows_no_end_is_cut_on_our_side(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(events([chunk("word " * 30_000)] * 4))
    draft = await drafter.draft(make_prompt())
    assert {"incomplete", "plain_text"} <= set(draft.warnings)


async def test_a_limit_used_up_by_thinking_is_explained(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(events([chunk(None, "length"), usage(completion=1024, reasoning=1024)]))
    with pytest.raises(Permanent, match=r"raise model\.max_tokens"):
        await drafter.draft(make_prompt())


# --- what it cost -----------------------------------------------------------------------------------------------------


async def test_usage_and_cost_are_recorded(server: FakeOpenAI, make_drafter: MakeDrafter) -> None:
    prices: dict[str, Any] = {"prompt": 2.0, "cached": 1.0, "completion": 10.0}
    server.play(says(draft_json(), counts=usage(1000, 100, cached=400, reasoning=30)))
    used = (await make_drafter(prices=prices).draft(make_prompt())).usage
    assert used is not None
    assert (used.prompt_tokens, used.cached_tokens, used.completion_tokens, used.reasoning_tokens) == (
        1000,
        400,
        100,
        30,
    )
    assert used.cost == pytest.approx((600 * 2 + 400 * 1 + 100 * 10) / 1e6)
    assert (used.finish_reason, used.estimated) == ("stop", False)
    assert 0 < used.first_token_seconds <= used.seconds


async def test_missing_usage_is_estimated_and_said(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(events([chunk(draft_json()), chunk(None, "stop")]))
    used = (await drafter.draft(make_prompt())).usage
    assert used is not None
    assert used.estimated
    assert used.prompt_tokens > 300
    assert used.completion_tokens > 20
    assert used.cost is None


async def test_a_prompt_that_the_server_cut_is_noticed(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(says(draft_json(), counts=usage(prompt=200)))
    draft = await drafter.draft(make_prompt(text="The service does not start.\n" * 200))
    assert "prompt_cut" in draft.warnings


# --- a server that is down --------------------------------------------------------------------------------------------


async def test_a_server_that_is_down_is_left_alone_for_a_while(
    server: FakeOpenAI, drafter: OpenAIDrafter, hurried: HurriedClock
) -> None:
    server.play(*[error(500)] * 5)
    for _ in range(2):
        with pytest.raises(Temporary):
            await drafter.draft(make_prompt())
    with pytest.raises(Limited) as caught:
        await drafter.draft(make_prompt())
    assert len(server.requests) == 5
    assert caught.value.retry_after is not None
    hurried.advance(caught.value.retry_after)
    server.play(answers())
    assert (await drafter.draft(make_prompt())).status is DraftStatus.ANSWER


async def test_a_rejected_key_is_not_tried_with_every_issue(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(error(401))
    for _ in range(3):
        with pytest.raises(Unauthorised):
            await drafter.draft(make_prompt())
    assert len(server.requests) == 1


async def test_no_more_calls_at_once_than_the_server_has_places(server: FakeOpenAI, make_drafter: MakeDrafter) -> None:
    drafter = make_drafter(profile="llamacpp")
    server.play(silence(), silence(), answers())
    drafts = [asyncio.create_task(drafter.draft(make_prompt())) for _ in range(3)]
    async with asyncio.timeout(5):
        await server.asked_times(2)
        assert len(server.requests) == 2
        drafts[0].cancel()
        assert (await drafts[2]).status is DraftStatus.ANSWER
        drafts[1].cancel()
        await asyncio.gather(*drafts, return_exceptions=True)


def test_a_limit_that_leaves_no_room_for_the_issue_is_a_mistake(make_drafter: MakeDrafter) -> None:
    with pytest.raises(ConfigError, match=r"model\.max_tokens"):
        make_drafter(context=1024, max_tokens=1000)


async def test_an_issue_that_fits_nowhere_is_for_the_operator(make_drafter: MakeDrafter) -> None:
    with pytest.raises(Permanent, match=r"model\.context"):
        await make_drafter(context=512, max_tokens=64).draft(make_prompt())


# --- check ------------------------------------------------------------------------------------------------------------


async def check(drafter: OpenAIDrafter) -> dict[str, tuple[bool, bool, str, str]]:
    return {f.item: (f.ok, f.warning, f.detail, f.remedy) for f in await drafter.check()}


async def test_check_proves_model_key_and_call(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(says("OK"))
    findings = await check(drafter)
    assert list(findings) == list(ITEMS)
    assert all(ok and not warning for ok, warning, _, _ in findings.values())
    assert server.last["max_tokens"] == 16


async def test_check_names_the_models_there_are(server: FakeOpenAI, make_drafter: MakeDrafter) -> None:
    server.play(error(404))
    findings = await check(make_drafter(model="other-model"))
    ok, _, _, remedy = findings["model name"]
    assert not ok
    assert MODEL in remedy
    assert not findings["model reply"][0]


async def test_check_tolerates_a_server_without_a_list(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    for nothing in (error(404), text_answer(200, "<html></html>"), json_answer(200, {"object": "list", "data": None})):
        server.models = nothing
        server.play(says("OK"))
        ok, warning, _, _ = (await check(drafter))["model name"]
        assert ok
        assert warning


async def test_check_tells_a_rejected_key(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.models = error(401)
    server.play(error(401))
    findings = await check(drafter)
    assert [ok for ok, *_ in findings.values()] == [False, False, False]
    assert "GEPETTTO_MODEL_KEY" in findings["model key"][3]


async def test_check_tells_when_a_model_ends(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    entry = model_entry(MODEL, shutdown_date="2027-01-14")
    server.models = json_answer(200, {"object": "list", "data": [entry]})
    server.play(says("OK"))
    ok, warning, detail, _ = (await check(drafter))["model name"]
    assert ok
    assert warning
    assert "2027-01-14" in detail


async def test_check_accepts_an_answer_that_is_cut(server: FakeOpenAI, drafter: OpenAIDrafter) -> None:
    server.play(events([chunk(None, "length"), usage()]))
    assert (await check(drafter))["model reply"][0]
