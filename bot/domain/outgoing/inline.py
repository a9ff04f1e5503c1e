"""One block of text, read from left to right, and written as it may stand in a note.

Code spans are trusted only in one line and only when nothing before them can take their backticks away; so
every backtick, bracket and angle that is not part of something recognised is escaped. A block that is
harmless even if no code span in it were one stays as it is, byte for byte.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from bot.domain.outgoing import edges, links, references
from bot.domain.outgoing.characters import is_hidden

_IN_URL = r"(?:[^\s<>`|\[\]]|\[secret\])"

_TOKEN = re.compile(
    r"(?P<ticks>`+)"
    rf"|(?P<url>[A-Za-z][A-Za-z0-9+.-]{{0,30}}+\\?:\\?/\\?/{_IN_URL}*+)"
    rf"|(?P<www>(?<![A-Za-z0-9])[wW]{{3}}\\?\.{_IN_URL}++)"
    r"|(?P<address>(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]++)++)"
    rf"|(?P<mention>{references.MENTION})"
    rf"|(?P<reference>{references.REFERENCE})"
    rf"|(?P<commit>{references.COMMIT})"
    r"|(?P<entity>&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)"
    r"|(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<open>!?\[)|(?P<close>\])|(?P<angle><(?=[A-Za-z/!?]))|(?P<tildes>~{3,})|(?P<dollar>\$)",
    re.ASCII,
)
_RUN = re.compile(r"`+")
_TARGET = re.compile(
    r"\([ \t]*(?:<(?P<angled>[^<>\n`\\]*)>|(?P<bare>(?:[^\s<>()`\\\[\]\"']|\([^\s<>()`\\\[\]\"']*+\))++))"
    r"(?:[ \t]+(?:\"[^\"\\`\n<>@]*\"|'[^'\\`\n<>@]*'))?[ \t]*\)"
)
_AUTOLINK = re.compile(r"<(?P<url>[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>`]*)>")
_DEFINED = re.compile(r":[ \t]*(?P<target>\S*)")
_ELSEWHERE = re.compile(r"[:&\\]|\A/")
_TABLE = re.compile(r"(?m)^(?=[^\n]*-)[ \t>|:*+0-9.)-]++$")
_TRAILING = ".,;:!?'\"*_~)}»”’"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a reply may name; everything else is shown as code, so that GitLab does not act on it.

    `references` as `references_in` gives them, from the issue's thread and from the sources that are cited.
    """

    mentions: frozenset[str] = frozenset()  # user names already in the thread
    hosts: frozenset[str] = frozenset()  # seen in the sources, configured, the tracker's own
    references: frozenset[str] = frozenset()


def clean(block: str, allowed: Allowed) -> tuple[str, set[str]]:
    """The block as it may be sent, and the names of what was changed."""
    as_text = _Reader(block, allowed, trust_code=False)
    if as_text.read() == block:
        return block, set()
    reader = _Reader(block, allowed, trust_code=True)
    return reader.read(), reader.changes


class _Reader:
    def __init__(self, block: str, allowed: Allowed, *, trust_code: bool) -> None:
        self.block, self.allowed, self.trust_code = block, allowed, trust_code
        self.here = 0
        self.out: list[str] = []
        self.brackets: list[int] = []  # where in `out` the open ones stand
        self.changes: set[str] = set()
        # A pair of dollars is a formula that can swallow a backtick; a table cell ends inside a code span.
        self.formula = trust_code and block.count("$") > 1
        self.table = trust_code and _TABLE.search(block) is not None

    def read(self) -> str:
        while token := _TOKEN.search(self.block, self.here):
            self.put(self.block[self.here : token.start()])
            self.here = token.end()
            getattr(self, f"on_{token.lastgroup}")(token)
        self.put(self.block[self.here :])
        written, names = edges.clean("".join(self.out))
        self.changes |= names
        return written

    def put(self, piece: str, change: str = "") -> None:
        if piece:
            self.out.append(piece)
        if change:
            self.changes.add(change)

    def put_code(self, text: str, change: str) -> None:
        """A code span of our own, kept apart from backticks and backslashes around it."""
        if "".join(self.out[-2:]).endswith(("`", "\\")):
            self.put(" ")
        self.put(f"`{text}`", change)
        if self.block.startswith("`", self.here):
            self.put(" ")

    def on_ticks(self, token: re.Match[str]) -> None:
        end = self._closing(token)
        if end and self.trust_code:
            span = self.block[token.start() : end]
            in_cell = re.sub(r"\\*\|", r"\\|", span) if self.table else span
            self.put(in_cell, "fence" if in_cell != span else "")
            self.here = end
        elif self.trust_code or (len(token[0]) > 2 and not end):
            self.put("\\`" * len(token[0]), "fence")
        else:
            self.put(token[0])

    def _closing(self, token: re.Match[str]) -> int:
        """Where the code span ends, in the same line; 0 when it does not. Longer runs than 80 are no code in GitLab."""
        line_end = self.block.find("\n", token.end())
        runs = _RUN.finditer(self.block, token.end(), line_end if line_end >= 0 else len(self.block))
        return next((run.end() for run in runs if run[0] == token[0]), 0) if len(token[0]) <= 80 else 0

    def on_url(self, token: re.Match[str]) -> None:
        url = token[0].rstrip(_TRAILING)
        self.here = token.start() + len(url)
        self._address(url, url, keep=self._stands_alone(token))

    def on_www(self, token: re.Match[str]) -> None:
        name = token[0].rstrip(_TRAILING)
        self.here = token.start() + len(name)
        self._address(f"http://{name}", name, keep=self._stands_alone(token))

    def _follows(self, token: re.Match[str], before: str) -> bool:
        return re.match(before, self.block[max(token.start() - 1, 0) : token.start()], re.ASCII) is not None

    def _stands_alone(self, token: re.Match[str]) -> bool:
        """No backtick behind it, which GitLab would take into the address, and no word before it that it would end."""
        return not self.block.startswith("`", token.end()) and not self._follows(token, r"\w")

    def _address(self, url: str, written: str, *, keep: bool) -> None:
        if keep and self._may_be_clicked(url):
            self.put(written)
        else:
            self._refuse(url, written)

    def _refuse(self, url: str, written: str) -> None:
        self.put_code(self._shown(written) or " ", "link")
        if links.leads_on(url, self.allowed.hosts):
            self.changes.add("redirect")

    def _may_be_clicked(self, url: str) -> bool:
        named = references.named_by(url)
        return links.may_be_clicked(url, self.allowed.hosts) and (not named or named in self.allowed.references)

    def _shown(self, url: str) -> str:
        """Addresses on known hosts that are only not to be linked stay as they are."""
        return url if links.may_be_clicked(url, self.allowed.hosts) else links.defanged(re.sub(r"\\(?=[:/.])", "", url))

    def on_address(self, token: re.Match[str]) -> None:
        self.put_code(token[0], "link")

    def on_mention(self, token: re.Match[str]) -> None:
        if references.is_known(token["name"], self.allowed.mentions):
            self.put(token[0])
        else:
            self.put_code(token[0].replace("\\", ""), "mention")

    def on_reference(self, token: re.Match[str]) -> None:
        reference = token[0].replace("\\", "")
        # "bob#12" would be an issue of the project bob.
        if reference in self.allowed.references and not self._follows(token, r"[\w./-]"):
            self.put(token[0])
        else:
            self.put_code(reference, "reference")

    def on_commit(self, token: re.Match[str]) -> None:
        if not references.names_commit(token[0]) or token[0] in self.allowed.references:
            self.put(token[0])
        else:
            self.put_code(token[0], "reference")

    def on_entity(self, token: re.Match[str]) -> None:
        """`&#64;` is an @ for GitLab; only those stay that stand for themselves."""
        character = html.unescape(token[0])
        plain = character == token[0] or all(c in "<>&\"'" or not c.isascii() for c in character)
        if plain and not is_hidden(character):
            self.put(token[0])
        else:
            self.put_code(token[0], "html")

    def on_escape(self, token: re.Match[str]) -> None:
        self.put(token[0])

    def on_dollar(self, token: re.Match[str]) -> None:
        self.put("\\$" if self.formula else "$", "fence" if self.formula else "")

    def on_tildes(self, token: re.Match[str]) -> None:
        self.put("\\" + token[0], "fence")

    def on_open(self, token: re.Match[str]) -> None:
        image = token[0].startswith("!")
        if self.block.startswith("[", self.here):  # a wiki link, which may lead anywhere
            self.put("\\!\\[" if image else "\\[", "link")
            return
        self.brackets.append(len(self.out))
        self.put("\\![" if image else "[", "image" if image else "")

    def on_close(self, _token: re.Match[str]) -> None:
        start = self.brackets.pop() if self.brackets else None
        target = _TARGET.match(self.block, self.here)
        if start is not None and target:
            self.here = target.end()
            self._link(start, target)
        elif self.block.startswith("(", self.here):
            self.here += 1
            self.put("]\\(", "link")
        elif self._defines_elsewhere():
            self.here += 1
            self.put("]\\:", "link")
        else:
            self.put("]")

    def _link(self, start: int, target: re.Match[str]) -> None:
        url = target["angled"] if target["bare"] is None else target["bare"]
        text = "".join(self.out[start + 1 : start + 65])
        allowed = links.stays_inside(url) or self._may_be_clicked(url)
        if allowed and not links.pretends(text, url):
            self.out[start] = "["
            self.put("]" + target[0])
            self.brackets.clear()  # a link holds no link
            return
        self.out[start] = ""
        self.put(" (" if text else "(")
        self._refuse(url, url)
        self.put(")")

    def _defines_elsewhere(self) -> bool:
        """`[label]: target` that would lead to a place we do not know."""
        definition = _DEFINED.match(self.block, self.here)
        if definition is None:
            return False
        target = definition["target"].strip("<>")
        if not target:
            return definition.end() < len(self.block)
        return _ELSEWHERE.search(target) is not None and not self._may_be_clicked(target)

    def on_angle(self, token: re.Match[str]) -> None:
        if self.block.startswith("<!--", token.start()):
            end = self.block.find("-->", token.start() + 2)
            if end >= 0:
                self.here = end + 3
                self.put(" " if self.out and not self.out[-1][-1:].isspace() else "", "html")
                return
        autolink = _AUTOLINK.match(self.block, token.start())
        if autolink is None:
            self.put("\\<", "html")
        elif self._may_be_clicked(autolink["url"]):
            self.here = autolink.end()
            self.put(autolink[0])
        else:
            self.here = autolink.end()
            self._refuse(autolink["url"], autolink["url"])
