"""Requests checked against an OpenAPI document, strictly: unknown paths, parameters and fields are problems.

The documents stand beside the project, in `../shared/reference`; where they are absent, `load` returns None
and the tests that need them skip with a reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft4Validator, Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.validators import extend  # type: ignore[import-untyped]

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "reference"

_METHODS = {"get", "put", "post", "delete", "patch", "head", "options"}


class Document:
    """One OpenAPI document, 3.0 or 3.1. `prefix` is what stands before its paths on a server."""

    def __init__(self, content: Mapping[str, Any], prefix: str = "") -> None:
        self.components = content.get("components", {})
        self._prefix = prefix
        self._old = str(content["openapi"]).startswith("3.0")
        self._validator = extend(Draft202012Validator, {"oneOf": self._one_of})
        self._kinds: dict[tuple[str, ...], dict[Any, Any]] = {}
        self._operations: list[tuple[str, re.Pattern[str], str, Mapping[str, Any], list[Any]]] = []
        # The template with the fewest holes is the one that is meant: /users/me before /users/{id}.
        for template, item in sorted(content["paths"].items(), key=lambda entry: entry[0].count("{")):
            form = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)))
            shared = item.get("parameters", [])
            for method in _METHODS & item.keys():
                self._operations.append((method, form, template, item[method], shared))

    @classmethod
    def load(cls, name: str, prefix: str = "") -> Document | None:
        """The reference document of this file name, or None where the reference folder is absent."""
        path = REFERENCE / name
        return cls(json.loads(path.read_text("utf-8")), prefix) if path.is_file() else None

    def template(self, method: str, path: str) -> str | None:
        """The path template that an encoded path belongs to."""
        found = self._find(method, path)
        return found[0] if found else None

    def problems(
        self, method: str, path: str, query: Mapping[str, list[str]] | None = None, body: Any = None
    ) -> list[str]:
        """What is wrong with a request. `path` is still encoded; query values are texts, as on the wire."""
        found = self._find(method, path)
        if found is None:
            return [f"{method} {path}: no such operation"]
        _, operation, holes, shared = found
        parameters = [self._resolved(one) for one in [*shared, *operation.get("parameters", [])]]
        return [
            *self._in_path(parameters, holes),
            *self._in_query(parameters, query or {}),
            *self._in_body(operation, body),
        ]

    def _find(self, method: str, path: str) -> tuple[str, Mapping[str, Any], dict[str, str], list[Any]] | None:
        if not path.startswith(self._prefix):
            return None
        for verb, form, template, operation, shared in self._operations:
            match = form.fullmatch(path[len(self._prefix) :])
            if verb == method.lower() and match is not None:
                holes = {name: unquote(value) for name, value in match.groupdict().items()}
                return template, operation, holes, shared
        return None

    def _in_path(self, parameters: list[Any], holes: dict[str, str]) -> list[str]:
        known = {one["name"]: one for one in parameters if one["in"] == "path"}
        return [
            problem
            for name, value in holes.items()
            if name in known
            for problem in self._mismatch(f"path {name}", known[name].get("schema", {}), [value])
        ]

    def _in_query(self, parameters: list[Any], query: Mapping[str, list[str]]) -> list[str]:
        known = {one["name"]: one for one in parameters if one["in"] == "query"}
        missing = [f"query {name}: missing" for name, one in known.items() if one.get("required") and name not in query]
        found = []
        for name, values in query.items():
            parameter = known.get(name) or known.get(name.removesuffix("[]"))
            if parameter is None:
                found.append(f"query {name}: unknown")
            else:
                found += self._mismatch(f"query {name}", parameter.get("schema", {}), values)
        return missing + found

    def _in_body(self, operation: Mapping[str, Any], body: Any) -> list[str]:
        declared = self._resolved(operation.get("requestBody", {}))
        if body is None:
            return ["body: missing"] if declared.get("required") else []
        schema = declared.get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return [] if body == {} else ["body: none expected"]
        unknown = _unknown_fields(self._resolved(schema), body)
        return [f"body {name}: unknown" for name in unknown] + self._errors("body", schema, body)

    def _mismatch(self, where: str, schema: Mapping[str, Any], values: list[str]) -> list[str]:
        """Texts carry no types: a value fits when any reading of it fits."""
        readings = _readings(values)
        problems = [self._errors(where, schema, reading) for reading in readings]
        return [] if any(not found for found in problems) else problems[-1]

    def _errors(self, where: str, schema: Mapping[str, Any], value: Any) -> list[str]:
        whole = {"components": self.components, "allOf": [schema]}
        validator = Draft4Validator(_nullable(whole)) if self._old else self._validator(whole)
        return [f"{where}: {error.message[:200]}" for error in validator.iter_errors(value)]

    def _one_of(self, validator: Any, alternatives: list[Any], instance: Any, schema: Any) -> Iterator[Any]:
        """Where every alternative has a `type` of its own, only the one that is meant: quicker, and its errors tell."""
        kinds = self._kinds_of(alternatives)
        kind = instance.get("type") if isinstance(instance, dict) else None
        if isinstance(kind, int | str) and kind in kinds:
            yield from validator.descend(instance, kinds[kind])
        else:
            yield from Draft202012Validator.VALIDATORS["oneOf"](validator, alternatives, instance, schema)

    def _kinds_of(self, alternatives: list[Any]) -> dict[Any, Any]:
        names = tuple(one.get("$ref", "") for one in alternatives)
        if "" in names:
            return {}
        if names not in self._kinds:
            types = [self._resolved(one).get("properties", {}).get("type", {}).get("enum", []) for one in alternatives]
            found = {each[0]: one for each, one in zip(types, alternatives, strict=True) if len(each) == 1}
            self._kinds[names] = found if len(found) == len(alternatives) else {}
        return self._kinds[names]

    def _resolved(self, node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            _, _, kind, name = node["$ref"].split("/")
            node = self.components[kind][name]
        return node


def _readings(values: list[str]) -> list[Any]:
    one = values[0] if len(values) == 1 else None
    found: list[Any] = [values, *([value.split(",") for value in values] if one is not None else [])]
    if one is not None:
        if re.fullmatch(r"-?[0-9]+", one):
            found += [int(one), [int(one)]]
        if one in {"true", "false"}:
            found.append(one == "true")
        found.append(one)
    return found


def _unknown_fields(schema: Any, body: Any) -> list[str]:
    closed = isinstance(schema, dict) and "properties" in schema and not schema.get("additionalProperties")
    combined = isinstance(schema, dict) and {"oneOf", "anyOf", "allOf"} & schema.keys()
    if not closed or combined or not isinstance(body, dict):
        return []
    return [name for name in body if name not in schema["properties"]]


def _nullable(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable: true` where JSON Schema lists the type null."""
    if isinstance(node, list):
        return [_nullable(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    plain = {name: _nullable(inner) for name, inner in node.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if node.get("nullable") is True else plain
