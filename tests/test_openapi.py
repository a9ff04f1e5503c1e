"""The checker itself: it must find what it is there to find."""

from __future__ import annotations

import pytest

from tests.openapi import Document

CONTENT = {
    "openapi": "3.0.3",
    "paths": {
        "/things/{id}/notes": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": {
                "parameters": [
                    {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["asc", "desc"]}},
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                    {"name": "iids", "in": "query", "schema": {"type": "array", "items": {"type": "integer"}}},
                ]
            },
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewNote"}}},
                }
            },
        },
        "/things/all/notes": {"get": {}},
    },
    "components": {
        "schemas": {
            "NewNote": {
                "type": "object",
                "required": ["body"],
                "properties": {"body": {"type": "string"}, "label": {"type": "string", "nullable": True}},
            }
        }
    },
}


@pytest.fixture
def document() -> Document:
    return Document(CONTENT, prefix="/api")


def test_a_correct_request_has_no_problems(document: Document) -> None:
    assert document.problems("GET", "/api/things/7/notes", {"sort": ["asc"], "page": ["2"], "iids[]": ["1"]}) == []
    assert document.problems("POST", "/api/things/7/notes", {}, {"body": "x", "label": None}) == []


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/api/nothing", {}, None),
        ("GET", "/things/7/notes", {}, None),
        ("DELETE", "/api/things/7/notes", {}, None),
        ("GET", "/api/things/seven/notes", {}, None),
        ("GET", "/api/things/7/notes", {"sort": ["up"]}, None),
        ("GET", "/api/things/7/notes", {"colour": ["red"]}, None),
        ("GET", "/api/things/7/notes", {"page": ["two"]}, None),
        ("POST", "/api/things/7/notes", {}, None),
        ("POST", "/api/things/7/notes", {}, {"body": 5}),
        ("POST", "/api/things/7/notes", {}, {"body": "x", "colour": "red"}),
        ("POST", "/api/things/7/notes", {}, {"body": None}),
    ],
)
def test_every_deviation_is_a_problem(
    document: Document, method: str, path: str, query: dict[str, list[str]], body: object
) -> None:
    assert document.problems(method, path, query, body)


def test_the_template_with_fewer_holes_wins(document: Document) -> None:
    assert document.template("GET", "/api/things/all/notes") == "/things/all/notes"
    assert document.template("GET", "/api/things/7/notes") == "/things/{id}/notes"


def test_an_absent_document_is_none() -> None:
    assert Document.load("no-such-document.json") is None


def test_alternatives_are_told_apart_by_their_type() -> None:
    def kind(number: int, **fields: object) -> dict[str, object]:
        return {"type": "object", "properties": {"type": {"type": "integer", "enum": [number]}, **fields}}

    names = {"Text": kind(1, content={"type": "string"}), "Line": kind(2, wide={"type": "boolean"})}
    alternatives = [{"$ref": f"#/components/schemas/{name}"} for name in names]
    body = {"content": {"application/json": {"schema": {"type": "array", "items": {"oneOf": alternatives}}}}}
    document = Document(
        {"openapi": "3.1.0", "paths": {"/parts": {"post": {"requestBody": body}}}, "components": {"schemas": names}}
    )
    assert document.problems("POST", "/parts", {}, [{"type": 1, "content": "x"}, {"type": 2, "wide": True}]) == []
    assert document.problems("POST", "/parts", {}, [{"type": 1, "content": 5}]) == ["body: 5 is not of type 'string'"]
    assert document.problems("POST", "/parts", {}, [{"type": 3}])
