"""The JSON that `answer` and `ask` print."""

from __future__ import annotations

from bot.domain.passage import Citation, MatchWord
from bot.domain.prompt import Answer
from bot.domain.review import DraftStatus, Usage

ANSWER = Answer(
    status=DraftStatus.ANSWER,
    reply="Yes.",
    confidence=0.123456,
    match=MatchWord.STRONG,
    language="en",
    drafter="model",
    sources=(Citation(id="a", title="A", url="https://a.example", quote="q"),),
    related=(Citation(id="b", title="B", url="u", score=0.5, terms=("word",)),),
    model="m-1",
    usage=Usage(prompt_tokens=7, completion_tokens=3, seconds=1.23456),
)


def test_the_shape_is_the_documented_one() -> None:
    json = ANSWER.as_json()
    assert list(json)[:10] == [
        "status", "reply", "confidence", "match", "sources", "related", "language", "drafter", "model", "usage",
    ]  # fmt: skip
    assert json["confidence"] == 0.1235
    assert json["sources"] == [{"id": "a", "title": "A", "url": "https://a.example", "quote": "q"}]
    assert json["related"] == [{"key": "b", "title": "B", "url": "u", "score": 0.5, "why": ["word"]}]
    assert (json["usage"]["prompt_tokens"], json["usage"]["cost"], json["usage"]["seconds"]) == (7, None, 1.235)


def test_without_a_model_there_is_none() -> None:
    json = Answer(
        status=DraftStatus.INSUFFICIENT, reply="", confidence=0, match=MatchWord.NONE, language="fr", drafter="quoting"
    ).as_json()
    assert (json["model"], json["usage"], json["sources"]) == (None, None, [])
