"""The tables of the documentation that follow from the code; run as a program, it writes them into the files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bot.settings import Sections

ROOT = Path(__file__).parents[1]

Schema = dict[str, Any]


def settings_tables() -> str:
    """Every section with its keys, types, defaults and meanings."""
    return "\n\n".join(_section(name, schema) for name, schema in sections().items())


def sections_table() -> str:
    """The sections, and what each is for."""
    rows = [f"| `[{name}]` | {schema['description']} |" for name, schema in sections().items()]
    return "\n".join(["| section | about |", "| --- | --- |", *rows])


def sections() -> dict[str, Schema]:
    """The JSON schema of every section, by its name."""
    schema = Sections.model_json_schema()
    return {name: schema["$defs"][_model(part)] for name, part in schema["properties"].items()}


def _model(part: Schema) -> str:
    """The definition that a property refers to, optional or not."""
    found = re.search(r'"#/\$defs/(\w+)"', json.dumps(part))
    assert found, part
    return found[1]


def _section(name: str, schema: Schema) -> str:
    if "properties" not in schema:
        return "\n".join([f"### `[{name}]`", "", schema["description"], "", "Its keys are names of your own."])
    required = schema.get("required", [])
    rows = [
        f"| `{key}` | {_type(part)} | {_default(part, key in required)} | {part['description']} |"
        for key, part in schema["properties"].items()
    ]
    head = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([f"### `[{name}]`", "", schema["description"], "", *head, *rows])


def _type(part: Schema) -> str:
    if "enum" in part:
        return ", ".join(f'`"{word}"`' for word in part["enum"])
    if "anyOf" in part:
        return " or ".join(_type(option) for option in part["anyOf"] if option != {"type": "null"})
    if part["type"] == "array":
        return f"list of {_type(part['items'])}"
    words = {"string": "text", "number": "number", "integer": "whole number", "object": "table", "boolean": "yes or no"}
    return part["format"] if part.get("format") == "path" else words[part["type"]]


def _default(part: Schema, required: bool) -> str:
    if required:
        return "required"
    return "" if part["default"] is None else f"`{json.dumps(part['default'], ensure_ascii=False)}`"


TABLES = {
    ROOT / "README.md": ("sections", sections_table),
    ROOT / "docs" / "reference.md": ("settings", settings_tables),
}


def filled(path: Path) -> str:
    """The file with its generated part as it should be."""
    name, table = TABLES[path]
    before, begin, rest = path.read_text().partition(f"<!-- generated: {name} -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    assert begin, f"{path} has no place for {name}"
    assert end, f"{path} has no end of {name}"
    return f"{before}{begin}\n{table()}\n\n{end}{after}"


if __name__ == "__main__":
    for document in TABLES:
        document.write_text(filled(document))
