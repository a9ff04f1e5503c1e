from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from bot.domain.passage import Match
from bot.domain.prompt import Prompt
from bot.domain.review import DraftStatus, DraftText
from bot.drafters.openai.answers import WARNINGS, draft_from, plain, read, schema
from tests.drafters.fake_openai import draft_json
from tests.drafters.prompts import make_prompt
from tests.factories import make_match

GOOD = draft_json()
SOURCES = {"S1": make_match(), "S2": make_match(0.5, id="faq.md#stop", title="Stop", body="Press Ctrl-C to stop it.")}


def drafted(sources: dict[str, Match] = SOURCES, prompt: Prompt | None = None, **changes: Any) -> DraftText:
    written = read(draft_json(**changes))
    assert written is not None
    draft = draft_from(written, prompt or make_prompt(), sources)
    assert set(draft.warnings) <= WARNINGS
    return draft


# --- the form ---------------------------------------------------------------------------------------------------------


def objects(value: Any) -> list[dict[str, Any]]:
    inner = (
        [o for v in (value.values() if isinstance(value, dict) else value) for o in objects(v)]
        if isinstance(value, dict | list)
        else []
    )
    return ([value] if isinstance(value, dict) and value.get("type") == "object" else []) + inner


@pytest.mark.parametrize("ids", [(), ("S1",), ("S1", "S2", "S3")])
@pytest.mark.parametrize("bounds", [True, False])
def test_the_schema_is_one_that_strict_servers_accept(ids: tuple[str, ...], *, bounds: bool) -> None:
    form = schema(ids, bounds=bounds)
    Draft202012Validator.check_schema(form)
    for part in objects(form):
        assert part["required"] == list(part["properties"])
        assert part["additionalProperties"] is False
    assert ("maxLength" in json.dumps(form)) is bounds
    assert ("maxItems" in json.dumps(form)) is bounds


def test_a_model_thinks_in_the_order_of_the_fields() -> None:
    fields = list(schema(("S1",), bounds=False)["properties"])
    assert fields == ["language", "evidence", "status", "missing", "reply_markdown", "note_to_team"]


def test_only_the_sources_of_this_request_can_be_cited() -> None:
    item = schema(("S1", "S2"), bounds=False)["properties"]["evidence"]["items"]
    assert item["properties"]["source"]["enum"] == ["S1", "S2"]
    assert "evidence" not in schema((), bounds=False)["properties"]


def test_a_good_answer_keeps_to_the_schema() -> None:
    Draft202012Validator(schema(("S1",), bounds=True)).validate(json.loads(GOOD))


# --- reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"\n{GOOD}\n",
        f"```json\n{GOOD}\n```",
        f"Here you are:\n```\n{GOOD}\n```\nAnything else?",
        f"Sure! {GOOD} I hope this helps.",
        f'<think>maybe {{}} or {{"status": 1}}</think>{GOOD}',
        GOOD.replace("Restart it; ", "Restart it;\\n").replace("\\n", "\n"),
        json.dumps(json.loads(GOOD), indent=2),
        json.dumps(json.loads(GOOD) | {"extra": [1, {"a": None}]}),
    ],
)
def test_an_answer_is_read_from_where_models_put_it(text: str) -> None:
    written = read(text)
    assert written is not None
    assert written.status is DraftStatus.ANSWER
    assert written.reply.startswith("Restart it;")
    assert written.evidence == (("S1", "the log says when it is ready"),)


@pytest.mark.parametrize(
    "text",
    ["", "Restart it.", "{}", "[]", "null", '"text"', "{" * 100_000, "[" * 100_000, GOOD[:-20],
     draft_json(status="maybe"), draft_json(status=None), draft_json(reply_markdown=""), draft_json(reply_markdown=3)],
)  # fmt: skip
def test_what_is_no_answer_is_not_taken_for_one(text: str) -> None:
    assert read(text) is None


def test_abstaining_needs_no_reply() -> None:
    assert read(draft_json(status="insufficient_information", reply_markdown="")) is not None


@pytest.mark.parametrize("evidence", [None, "S1", [], ["S1"], [{"source": 1, "quote": "x"}], [{"source": "S1"}], {}])
def test_evidence_in_another_shape_is_none(evidence: Any) -> None:
    written = read(draft_json(evidence=evidence))
    assert written is not None
    assert written.evidence == ()


def test_an_unfinished_answer_gives_what_there_is() -> None:
    cut = GOOD[: GOOD.index("ready [S1]")]
    assert read(cut) is None
    written = read(cut, unfinished=True)
    assert written is not None
    assert written.reply == "Restart it; the log says when it is "
    assert read(GOOD[: GOOD.index('"status"')], unfinished=True) is None


@given(st.text(max_size=200), st.integers(0, len(GOOD)))
def test_reading_never_fails(noise: str, cut: int) -> None:
    for text in (noise, noise + GOOD[:cut] + noise, GOOD[:cut] + "\ud800"):
        read(text)
        read(text, unfinished=True)
        plain(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Restart it.", "Restart it."),
        ("<think>hm</think> Yes.", "Yes."),
        ("<think>hm", ""),
        ('{"a', ""),
        ("```json", ""),
    ],
)
def test_plain_text_is_shown_but_not_a_ruin(text: str, shown: str) -> None:
    assert plain(text) == shown


# --- no source, no claim ----------------------------------------------------------------------------------------------


def test_a_quote_is_shown_as_its_source_has_it() -> None:
    draft = drafted(evidence=[{"source": "S2", "quote": "press  CTRL-C to stop"}], reply_markdown="Stop it [S2].")
    assert [(c.id, c.quote, c.score) for c in draft.citations] == [("faq.md#stop", "Press Ctrl-C to stop", 0.5)]
    assert draft.warnings == ()


def test_an_invented_quote_is_dropped_and_said() -> None:
    evidence = [
        {"source": "S1", "quote": "the log says when it is ready"},
        {"source": "S2", "quote": "switch it off and on again"},
        {"source": "S9", "quote": "the log says when it is ready"},
    ]
    draft = drafted(evidence=evidence)
    assert [c.id for c in draft.citations] == ["faq.md#restart"]
    assert draft.warnings == ("quote_not_found",)


def test_an_answer_without_a_valid_citation_is_shown_as_unsupported() -> None:
    draft = drafted(evidence=[{"source": "S1", "quote": "switch it off and on again"}])
    assert draft.status is DraftStatus.ANSWER
    assert draft.text == "Restart it; the log says when it is ready."
    assert draft.warnings == ("quote_not_found", "unsupported", "source_removed")


def test_an_answer_to_an_issue_without_any_source_is_withheld() -> None:
    draft = drafted({}, evidence=[])
    assert (draft.status, draft.text, draft.citations) == (DraftStatus.INSUFFICIENT, "", ())
    assert "unsupported" in draft.warnings


def test_an_answer_to_a_question_without_any_source_is_shown_as_unsupported() -> None:
    draft = drafted({}, make_prompt(freeform=True, sources=()), evidence=[], reply_markdown="I think so.")
    assert (draft.status, draft.text) == (DraftStatus.ANSWER, "I think so.")
    assert "unsupported" in draft.warnings


def test_abstaining_sends_nothing_whatever_the_model_wrote() -> None:
    draft = drafted(status="insufficient_information", reply_markdown="Perhaps restart it?", evidence=[])
    assert (draft.status, draft.text) == (DraftStatus.INSUFFICIENT, "")
    assert draft.note_to_team


def test_asking_needs_no_source() -> None:
    draft = drafted({}, status="ask_for_information", evidence=[], reply_markdown="Which version is it?")
    assert (draft.status, draft.text, draft.warnings) == (DraftStatus.ASK, "Which version is it?", ())


@pytest.mark.parametrize(
    ("said", "language", "warned"), [("fr", "fr", True), ("en-GB", "en", False), ("English", "en", False)]
)
def test_another_language_than_the_issue_is_said(said: str, language: str, *, warned: bool) -> None:
    draft = drafted(language=said)
    assert draft.language == language
    assert ("language" in draft.warnings) is warned
