"""`gepettto answer` on a real evaluation folder: `python -m tests.benchmarks.answers FOLDER`.

FOLDER holds kb.jsonl and queries.jsonl. The base becomes a Markdown FAQ, every query an issue file, and
`answer` runs over all of them through the same code as the command. P@1 and Recall@5 are over the
answerable queries, with the sources and related entries of the answer as the ranking.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bot.app.commands import answer_with
from bot.app.parts import open_parts
from bot.settings import load

Row = dict[str, Any]


def rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def write_faq(base: list[Row], folder: Path) -> None:
    """One file an entry, so that an id can be told from the passage's address."""
    for entry in base:
        text = "\n".join(f"    {line}" if line.startswith("#") else line for line in entry["text"].splitlines())
        question = entry.get("question_body") or ""
        title = " ".join(entry["title"].split()) or "Untitled"
        (folder / f"{entry['id']}.md").write_text(f"# {title}\n\n{question}\n\n{text}\n", encoding="utf-8")


async def main(folder: Path) -> None:
    base, queries = rows(folder / "kb.jsonl"), rows(folder / "queries.jsonl")
    hits = wanted = abstained = drafted_wrongly = 0
    found = 0.0
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "faq").mkdir()
        write_faq(base, work / "faq")
        config = work / "gepettto.toml"
        config.write_text('[store]\nurl = "sqlite:///store.db"\n[knowledge]\npaths = ["faq"]\n')
        async with open_parts(load(config, {})) as parts:
            for query in queries:
                issue = work / f"{query['id']}.md"
                issue.write_text(f"# {query['title']}\n\n{query['text']}\n", encoding="utf-8")
                answer = await answer_with(parts, str(issue), None)
                ranked = [
                    s.id.split("#")[0].rsplit("/", 1)[-1].removesuffix(".md")
                    for s in (*answer.sources, *answer.related)
                ]
                ranked = [entry for entry in ranked if entry not in query.get("exclude", [])]
                abstained += answer.status.value != "answer"
                if query["gold"]:
                    wanted += 1
                    hits += ranked[:1] != [] and ranked[0] in query["gold"]
                    found += len(set(ranked[:5]) & set(query["gold"])) / len(query["gold"])
                else:
                    drafted_wrongly += answer.status.value == "answer"
    unanswerable = len(queries) - wanted
    print(f"{folder.name}: {len(queries)} issues, P@1 {hits / wanted:.2f}, Recall@5 {found / wanted:.2f}, ", end="")
    print(f"abstained {abstained}, drafted without an answer in the base {drafted_wrongly} of {unanswerable}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
