"""Markdown that was written for an issue, made fit for Discord: its formatting stays, what would act does not."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

from bot.chats.discord.text import cut, is_web, literal, plain, seen

# Nothing renders in code, and a backslash there would be shown.
_CODE = re.compile(r"(```.*?```|(?<!`)(`+)(?!`).{1,500}?(?<!`)\2(?!`))", re.DOTALL)
_INVITATION = re.compile(r"\A(?:https?://)?(?:[\w-]+\.)*(?:discord(?:app)?\.com/invite|discord\.gg)/", re.IGNORECASE)
_URL = r"https?://(?:[^\s<>()]|\([^\s<>()]*\))+(?<![.,;:!?*_~])"
_ACTING = re.compile(
    r"\\(?P<escaped>[^\w\s])"
    r"|!?\[(?P<text>[^\[\]\n]*)\]\(\s*<?(?P<target>[^\s<>()]+(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:\s+\"[^\"\n]*\")?\s*\)"
    rf"|<?(?P<url>{_URL})>?"
    r"|(?P<invitation>discord(?:app)?\.(?:gg|com/invite)/)"
    r"|&(?P<entity>lt|gt|amp);"
    r"|(?P<sign><|@(?=everyone|here)|\|\|)",
    re.IGNORECASE,
)
_ENTITIES = {"lt": r"\<", "gt": r"\>", "amp": "&"}


def postable(text: str, known: Collection[str]) -> str:
    """Emphasis, lists, quotations and code as they were; addresses open, never unfurled; mentions as plain words.

    A link keeps its own words when it leads to a host of `known`, otherwise its address stands beside them.
    """
    hosts = {host for url in known if (host := _host(url))}
    parts = _CODE.split(seen(text).strip())
    # The pattern has two groups: text, code, the code's ticks, text, …
    for number in range(0, len(parts), 3):
        parts[number] = _ACTING.sub(lambda found: _harmless(found, hosts), parts[number])
    return "".join(part for number, part in enumerate(parts) if number % 3 != 2)


def _harmless(found: re.Match[str], hosts: set[str]) -> str:
    if found["escaped"]:
        return found[0]
    if found["target"]:
        return _link(found["text"], found["target"], hosts)
    if found["url"]:
        return _address(found["url"])
    if found["entity"]:
        return _ENTITIES[found["entity"].lower()]
    return "".join(f"\\{sign}" if sign in "<@|/" else sign for sign in found[0])


def _link(text: str, target: str, hosts: set[str]) -> str:
    shows_address = re.search(r"://|\w\.\w{2,}(?:/|$)", text) is not None
    words = literal(plain(text))
    if _host(target) in hosts and text and not shows_address:
        return f"[{words}](<{target}>)"
    return f"{words} ({_address(target)})".lstrip()


def _address(url: str) -> str:
    """In angle brackets Discord makes it a link without a preview; an invitation would be a card even so."""
    if not is_web(url) or _INVITATION.match(url):
        return literal(url)
    return f"<{url}>"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "") if is_web(url) else ""
    except ValueError:
        return ""


def cut_markdown(text: str, most: int) -> str:
    """The beginning, with its code block closed."""
    shown = cut(text, most - 4)
    return f"{shown}\n```" if shown.count("```") % 2 else shown
