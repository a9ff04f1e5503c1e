"""The exit filter, case by case. Numbers name the attacks of the project's threat list."""

from __future__ import annotations

import time

import pytest

from bot.domain import outgoing
from bot.domain.outgoing import LIMIT, Allowed, editable, hosts_in, make_safe, marker_line, references_in
from tests.domain.readers import Page, commands

ALLOWED = Allowed(
    mentions=frozenset({"bob", "Éva", "all"}),
    hosts=frozenset({"good.example", "gitlab.example", "www.good.example"}),
    references=frozenset({"#12", "group/proj#4", "group/proj!7"}),
)
FOOTER = "Drafted by a machine, approved by a person."
MARKER = "0b2c7f1e-1111-4222-8333-944445555666"


def written(text: str) -> str:
    """The body without footer and marker."""
    return editable(make_safe(text, allowed=ALLOWED, footer=FOOTER, marker=MARKER).body, footer=FOOTER, marker=MARKER)


def changes(text: str) -> tuple[str, ...]:
    return make_safe(text, allowed=ALLOWED, footer=FOOTER, marker=MARKER).changes


class TestCommands:
    """field 6; gitlab 24."""

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "/close",
                "  /close",
                "\t/close",
                "Hello\n/assign @all",
                "Hello\r\n/close",
                "Hello\r/close",
                "x\u2028/close",
            ),
            *(
                "x\x85/close",
                "x\x0b/close",
                "x\x0c/close",
                "\u200b/close",
                "\ufeff/close",
                "\u202e/close",
                "\xa0/close",
            ),
            *(
                "<!-- x -->/close",
                "<!-- x\n -->\n/close",
                "- /close",
                "> /close",
                "1. /close",
                "- [ ] /close",
                "> - /close",
            ),
            *(">>>\n/close\n>>>", "<pre>\n/close\n</pre>", "    /close", "\\\n/close", "`x\n/close\n`", "/CLOSE", "/x"),
            *("text\n    ```\n/close\n    ```", "~~~\nx\n~~~\n/close", "- ```\n  x\n/close", "> ```\n> x\n/close"),
            *(
                "```\nx\n```\n/close",
                "``` `\n/close\n```",
                "\x1b[0m/close",
                "&nbsp;\n/close",
                "[a]:\n/close",
                "$$\n/close\n$$",
            ),
        ],
    )
    def test_no_line_begins_with_a_slash(self, text: str) -> None:
        body = written(text)
        assert commands(body) == []
        assert not [line for line in body.split("\n") if line.startswith("/")]

    def test_outside_code_the_slash_is_escaped_and_in_a_fence_it_is_moved(self) -> None:
        text = "/close\n\n```\n/usr/bin\n  /opt\n```"
        assert written(text) == "\\/close\n\n```\n /usr/bin\n  /opt\n```"
        assert changes(text) == ("quick_action",)

    def test_paths_in_a_sentence_stay(self) -> None:
        assert written("Look into /var/log and and/or ask.") == "Look into /var/log and and/or ask."

    def test_includes_are_no_commands_either(self) -> None:
        assert written("::include{file=a.md}") == "\\::include{file=a.md}"
        assert written("```\n::include{file=a.md}\n```") == "```\n ::include{file=a.md}\n```"


class TestFences:
    """field 6, 30; discord 21."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("~~~sh\nls\n~~~", "```sh\nls\n```"),
            ("~~~\n```\n~~~", "````\n```\n````"),
            ("~~~ a`b\nx\n~~~", "```a\nx\n```"),
            ("```\nopen", "```\nopen\n```"),
            ("- ```\n  a\n@all\n  ```", "- ```\n  a\n  @all\n  ```"),
            ("1. a\n\n   ```\n@all\n```\n\n@all", "1. a\n\n   ```\n   @all\n   ```\n\n`@all`"),
            ("text\n    ```\n    @all\n    ```", "text\n```\n@all\n```"),
            ("text\n2. ```\n   x\n   ```", "text\n```\nx\n```"),
            ("\t```\n\tx\n\t```", "```\nx\n```"),
            ("> ```\n> a\n@all", "> ```\n> a\n> ```\n`@all`"),
            ("  > ```\n  > a\n  > ```", "```\na\n```"),
            ("```mermaid\nA-->B\n```", "```text\nA-->B\n```"),
            ("```json:table\n{}\n```", "```json\n{}\n```"),
            ("[^1]: ```\n@all\n```", "[^1]\\: \\`\\`\\`\n`@all`\n```\n```"),
            ("a ~~~ b", "a \\~~~ b"),
            (">>>\nquoted\n>>>", "\\>>>\nquoted\n\\>>>"),
            ("$$\n```\n$$", "\\$\\$\n```\n$$\n```"),
        ],
    )
    def test_every_reader_agrees_where_code_ends(self, text: str, expected: str) -> None:
        assert written(text) == expected
        assert "fence" in changes(text)

    @pytest.mark.parametrize(
        "text",
        [
            "```\n@all #99 https://evil.example <b> ![x](y)\n```",
            "1. a\n\n    ```sh\n    ls @all\n    ```\n\n2. b",
            "- a\n  - b\n\n    ```\n    @all\n\n    ```",
            "> ```py\n> @decorator\n> ```",
            "- ```\n  @all\n  ```",
            "1. a\n2. ```\n   @all\n   ```",
            "10. a\n\n    ```\n    @all\n    ```",
            "````md\n```\n@all\n```\n````",
            "```\n\t@all\n```",
            "``` c++\n@all\n`````",
        ],
    )
    def test_code_stays_byte_for_byte(self, text: str) -> None:
        assert written(text) == text
        assert changes(text) == ()

    def test_data_at_the_top_does_not_turn_the_fences_around(self) -> None:
        assert Page(written("---\n```\n---\n@all\n```")).mentions() == set()
        assert written("---\nx: 1\n---").startswith("\\---")
        assert written("# coding: x\n---\n").startswith("# coding: x\n\\---")

    def test_a_text_that_never_settles_is_sent_as_code(self) -> None:
        """field 28: no set of rules may keep the filter running."""
        text, names = outgoing._settled("a ```` b\n/x", lambda text: (text + "!", set()))
        assert text.startswith("`````\n a ```` b\n /x!")
        assert text.endswith("\n`````")
        assert names == {"fence"}


class TestMentions:
    """field 7; gitlab 24; discord 19."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Thanks @bob!", "Thanks @bob!"),
            ("Thanks @Bob.", "Thanks @Bob."),
            ("@all @here @everyone @room", "`@all` `@here` `@everyone` `@room`"),
            ("@group/sub and @bob/sub", "`@group/sub` and `@bob/sub`"),
            ("*@eve* é@eve (@eve)", "*`@eve`* é`@eve` (`@eve`)"),
            ("\\@eve", "`@eve`"),
            ("@bob\\-eve @\\_eve @bob\\/sub", "`@bob-eve` `@_eve` `@bob/sub`"),
            ("react@18.2.0 a@b", "`react@18.2.0` a@b"),
            ("`x`@eve`y`", "`x` `@eve` `y`"),
            ("\\\\@eve", "\\\\ `@eve`"),
            ("&#64;eve &commat;eve", "`&#64;`eve `&commat;`eve"),
            ("@<!-- -->eve", "@ eve"),
        ],
    )
    def test_only_people_of_the_thread_are_called(self, text: str, expected: str) -> None:
        assert written(text) == expected

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "`a\n@all`",
                "`a\n- @all`",
                "$a `x$ @all` b",
                "[a](<b`c>) @all `",
                "[a]: https://good.example '`\n' @all `",
            ),
            *(
                "<a title='`'> @all `",
                "https://good.example/` @all `",
                "| a | b |\n|--|--|\n| `x | @all` |",
                "`` ` @all",
            ),
            *("`" * 90 + " @all " + "`" * 90, "<!--`--> @all `", "![`](x) @all `", "\\`@all`", "$`a` ` b`$ @all`"),
        ],
    )
    def test_a_backtick_that_is_none_protects_nobody(self, text: str) -> None:
        assert Page(written(text)).mentions() == set()


class TestReferences:
    """gitlab 24."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("See #12 and group/proj#4.", "See #12 and group/proj#4."),
            ("See #13, !2, %3, $4, &5 and GL-6", "See `#13`, `!2`, `%3`, `$4`, `&5` and `GL-6`"),
            ('~label ~"two words" [issue:5]', '`~label` `~"two words"` `[issue:5]`'),
            ("other/proj#4 \\#13 &amp;5", "`other/proj#4` `#13` `&amp;5`"),
            ("In 1234abcd it broke, not in 12345678 or defaced", "In `1234abcd` it broke, not in 12345678 or defaced"),
            ("550e8400-e29b-41d4-a716-446655440000", "`550e8400-e29b-41d4-a716-446655440000`"),
            ("#13#13", "`#13` `#13`"),
            ("_#13_ **https://good.example/x**#13", "`_#13`_ **`hxxps://good.example/x**#13`"),
            ("# 13\n## #12", "# 13\n## #12"),
            ("C# and F#, `#13`, ~~old~~, ~5 min, 100 %", "C# and F#, `#13`, ~~old~~, ~5 min, 100 %"),
        ],
    )
    def test_only_what_the_thread_names_is_linked(self, text: str, expected: str) -> None:
        assert written(text) == expected

    def test_the_address_of_an_issue_is_a_reference(self) -> None:
        known = "https://gitlab.example/group/proj/-/issues/4 https://gitlab.example/group/proj/-/merge_requests/7"
        unknown = "https://gitlab.example/group/proj/-/work_items/5"
        commit = "https://gitlab.example/group/proj/-/commit/1234abcd"
        assert written(f"{known} {unknown} {commit}") == f"{known} `{unknown}` `{commit}`"

    def test_references_in_lists_what_a_thread_names(self) -> None:
        text = (
            "#1, g/p!2, https://gitlab.example/g/p/-/issues/3#note_4, 1234abcd, https://h.example/g/p/-/commit/abcdef12"
        )
        assert references_in(text) >= {"#1", "g/p!2", "g/p#3", "1234abcd", "abcdef12"}
        assert references_in("# Heading, C#, `x`, 1234567") == frozenset()


class TestLinks:
    """field 8, 9, 10; discord 20."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("[a](https://evil.example/x)", "a (`hxxps://evil.example/x`)"),
            ("[a](<https://evil.example/x y>)", "a (`hxxps://evil.example/x y`)"),
            ('[a](https://evil.example "t")', "a (`hxxps://evil.example`)"),
            ("[](https://evil.example)", "(`hxxps://evil.example`)"),
            ("[https://good.example](https://gitlab.example)", "https://good.example (`https://gitlab.example`)"),
            ("[good.example](https://gitlab.example)", "good.example (`https://gitlab.example`)"),
            ("[a](javascript:alert(1)) [b](data:text/html,x)", "a (`javascript:alert(1)`) b (`data:text/html,x`)"),
            ("[a](//evil.example) [b](/close)", "a (`//evil.example`) b (`/close`)"),
            ("[a](https://good.example@evil.example)", "a (`hxxps://good.example@evil.example`)"),
            ("[a](https://good.example.evil.example)", "a (`hxxps://good.example.evil.example`)"),
            ("[a](https://good.example/?u=https://evil.example)", "a (`hxxps://good.example/?u=https://evil.example`)"),
            ("[a](https://good.example/#%252F%252Fevil)", "a (`hxxps://good.example/#%252F%252Fevil`)"),
            ("[a](https://good.example/&#47;x)", "a (`hxxps://good.example/&#47;x`)"),
            ("[a](https://gооd.example)", "a (`hxxps://g\\u043e\\u043ed.example`)"),
            ("[a](https://xn--gd-1lta.example)", "a (`hxxps://xn--gd-1lta.example`)"),
            ("[a](https://evil.example/`)", "[a]\\(`hxxps://evil.example/` \\`)"),
            ("[a][b]\n\n[b]: https://evil.example", "[a][b]\n\n[b]\\: `hxxps://evil.example`"),
            ("[b]:\n//evil.example", "[b]\\:\n\\//evil.example"),
            ("[a\nb]: //evil.example", "[a\nb]\\: //evil.example"),
            ("<https://evil.example> <https://good.example>", "`hxxps://evil.example` <https://good.example>"),
            (
                "https://evil.example. www.evil.example, ftp://x.example",
                "`hxxps://evil.example`. `www.evil.example`, `ftp://x.example`",
            ),
            ("\\https://evil.example", "\\ `hxxps://evil.example`"),
            ("https:\\//evil.example www\\.evil.example", "`hxxps://evil.example` `www.evil.example`"),
            ("[[a|https://evil.example]]", "\\[[a|`hxxps://evil.example`]]"),
            ("https://good.example/@all", "`hxxps://good.example/@all`"),
            ("<git@good.example>", "\\<`git@good.example`>"),
        ],
    )
    def test_nothing_leads_to_an_unknown_place(self, text: str, expected: str) -> None:
        assert written(text) == expected
        assert "link" in changes(text)

    @pytest.mark.parametrize(
        "text",
        [
            "[a](https://good.example/a_(b)?x=1&y=2#z)",
            '[a](https://good.example "Title") and https://GOOD.example:8080/x, www.good.example.',
            "[a](#heading) [b](docs/setup.md#linux) [c](./README.md)",
            "[README.md](https://good.example/README.md)",
            "[good.example](https://good.example)",
            "[log](/uploads/0123456789abcdef0123456789abcdef/log.txt)",
            "[a][b] and [b]\n\n[b]: https://good.example/x",
            "[`code`](https://good.example/x)",
            "[note]: see below, and [1]: there",
        ],
    )
    def test_known_places_stay(self, text: str) -> None:
        assert written(text) == text

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("![x](https://evil.example/i.png?secret)", "x (`hxxps://evil.example/i.png?secret`)"),
            ("![x](https://good.example/i.png)", "[x](https://good.example/i.png)"),
            ("![](data:image/png;base64,AAAA)", "(`data:image/png;base64,AAAA`)"),
            ("![x][y]", "\\![x][y]"),
            ("![[x]]", "\\!\\[[x]]"),
            (
                "[![b](https://good.example/b.svg)](https://good.example)",
                "\\[[b](https://good.example/b.svg)]\\(https://good.example)",
            ),
        ],
    )
    def test_images_are_not_loaded(self, text: str, expected: str) -> None:
        assert written(text) == expected
        assert Page(written(text)).images == 0

    def test_long_hostile_addresses_are_shortened(self) -> None:
        assert len(written("[a](https://evil.example/" + "x" * 5000 + ")")) < 300

    def test_hosts_in_takes_plain_addresses_only(self) -> None:
        text = "See https://Good.example/x, (http://b.example) https://u:p@c.example [x](https://d.example/y)."
        assert hosts_in(text) == {"good.example", "b.example", "d.example"}


class TestHtml:
    """field 3, 8; gitlab 24."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("<details><summary>x</summary>", "\\<details>\\<summary>x\\</summary>"),
            ("<img src=https://evil.example/x>", "\\<img src=`hxxps://evil.example/x`>"),
            ("a <!-- hidden\n --> b", "a  b"),
            ("a<!-- x -->b", "a b"),
            ("<!-- open", "\\<!-- open"),
            (marker_line("another") + "\nHi", "\nHi".strip()),
            ("a < b and c > d, 1<2, <3", "a < b and c > d, 1<2, <3"),
            ("Vec<T>", "Vec\\<T>"),
            ("&lt;b&gt; &amp; &eacute; &unknown;", "&lt;b&gt; &amp; &eacute; &unknown;"),
            ("&ZeroWidthSpace; &#8238;", "`&ZeroWidthSpace;` `&#8238;`"),
        ],
    )
    def test_markup_becomes_text_and_comments_vanish(self, text: str, expected: str) -> None:
        assert written(text) == expected

    def test_a_foreign_marker_is_no_comment_any_more(self) -> None:
        body = make_safe(f"{marker_line('x')}\n\nHi", allowed=ALLOWED, footer=FOOTER, marker=MARKER).body
        assert Page(body).comments == [f"gepettto:{MARKER}"]


class TestHiddenCharacters:
    """field 4, 30; discord 23."""

    def test_they_are_removed(self) -> None:
        text = "a\u200bb\u202ec\U000e0041d\x00e\x1b[31mf\x1b]0;t\x07g\u2060h\ufe01i\u00adj"
        assert written(text) == "abcdefghij"
        assert changes(text) == ("hidden",)

    def test_lone_surrogates_become_visible(self) -> None:
        assert written("a\ud800b") == "a\ufffdb"

    def test_emoji_and_french_spaces_stay(self) -> None:
        text = "Merci ! 👩‍💻 ❤️ 1️⃣ 👍🏽 « oui » : déjà\xa0?\u202f!"
        assert written(text) == text

    def test_line_ends_are_one_kind_and_no_change(self) -> None:
        assert (written("a\r\nb\rc"), changes("a\r\nb\rc")) == ("a\nb\nc", ())


class TestSecrets:
    """field 13, 14; discord 28."""

    def test_they_are_masked_in_text_and_in_code(self) -> None:
        token = "glpat-" + "x" * 20
        text = f"Use {token}\n\n```\npassword=hunter22\n```\n\nor write to jane.doe@corp.io"
        assert written(text) == "Use [secret]\n\n```\npassword=[secret]\n```\n\nor write to [email]"
        assert changes(text) == ("email", "secret")

    def test_an_address_with_credentials_is_not_linked(self) -> None:
        text = "https://me:" + "pa55word@good.example/x"
        assert written(text) == "`hxxps://[secret]@good.example/x`"

    def test_a_hidden_character_does_not_save_them(self) -> None:
        assert "xxxx" not in written("glpat-xxxx\u200b" + "x" * 16)

    def test_cloning_is_not_personal(self) -> None:
        text = "```\ngit clone git@gitlab.example:group/proj.git\n```"
        assert written(text) == text


class TestFrame:
    """field 30; gitlab 25, 26; discord 25, 26."""

    def test_footer_and_marker_are_the_end(self) -> None:
        body = make_safe("Hi", allowed=ALLOWED, footer=FOOTER, marker=MARKER).body
        assert body == f"Hi\n\n---\n\n{FOOTER}\n\n<!-- gepettto:{MARKER} -->"

    def test_the_footer_is_one_line_and_may_be_none(self) -> None:
        def end(footer: str) -> str:
            return make_safe("Hi", allowed=ALLOWED, footer=footer, marker="m").body

        assert end("") == "Hi\n\n<!-- gepettto:m -->"
        assert end("/a\nb") == "Hi\n\n---\n\n\\/a b\n\n<!-- gepettto:m -->"

    def test_the_marker_is_one_harmless_line(self) -> None:
        assert marker_line("a/b\n--> x") == "<!-- gepettto:a-b-x -->"

    @pytest.mark.parametrize("footer", [FOOTER, ""])
    def test_an_edit_starts_from_the_text_alone(self, footer: str) -> None:
        body = make_safe("Hi\n\n/x", allowed=ALLOWED, footer=footer, marker=MARKER).body
        assert editable(body, footer=footer, marker=MARKER) == "Hi\n\n\\/x"
        assert editable(body.replace("\n", "\r\n") + "\r\n", footer="", marker=MARKER).startswith("Hi")

    def test_a_pasted_whole_body_does_not_get_a_second_footer(self) -> None:
        body = make_safe("Hi", allowed=ALLOWED, footer=FOOTER, marker=MARKER).body
        pasted = make_safe(body.replace("\n", "\r\n"), allowed=ALLOWED, footer=FOOTER, marker=MARKER)
        assert (pasted.body, pasted.changes) == (body, ())

    @pytest.mark.parametrize("text", ["", " \n\t", "\u200b", "\r\n", "<!-- only a comment -->", "\xa0", "\ufeff"])
    def test_nothing_to_say_is_nothing_to_send(self, text: str) -> None:
        assert make_safe(text, allowed=ALLOWED, footer=FOOTER, marker=MARKER).body == ""

    @pytest.mark.parametrize("text", ["👍", "👍 🎉\n", ":tada:", "👩‍💻❤️", "1️⃣", " :+1: 😀"])
    def test_emoji_alone_are_refused(self, text: str) -> None:
        assert make_safe(text, allowed=ALLOWED, footer=FOOTER, marker=MARKER) == outgoing.Outgoing(
            body="", changes=("emoji",)
        )

    @pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1, 100_000])
    @pytest.mark.parametrize("unit", ["x", "word ", "A line.\n", "A paragraph.\n\n", "@all ", "`@all` "])
    def test_long_texts_are_cut_where_it_hurts_least(self, unit: str, size: int) -> None:
        text = (unit * size)[:size]
        out = make_safe(text, allowed=ALLOWED, footer=FOOTER, marker=MARKER)
        assert LIMIT // 3 < len(out.body) <= LIMIT
        assert "cut" in out.changes
        assert "[…]\n\n---" in out.body
        assert out.body.endswith(marker_line(MARKER))
        assert make_safe(written(text), allowed=ALLOWED, footer=FOOTER, marker=MARKER).body == out.body

    def test_a_cut_fence_is_closed(self) -> None:
        text = "```\n" + "/line\n" * 10_000 + "```"
        assert "```\n\n[…]" in written(text)
        assert commands(written(text)) == []

    def test_a_text_that_fits_is_not_cut(self) -> None:
        text = "x" * (LIMIT - len(make_safe("x", allowed=ALLOWED, footer=FOOTER, marker=MARKER).body) + 1)
        out = make_safe(text, allowed=ALLOWED, footer=FOOTER, marker=MARKER)
        assert (len(out.body), out.changes) == (LIMIT, ())


BOMBS = {
    "letters": "a" * 200_000,
    "brackets": "[" * 200_000,
    "nested links": "[a" * 30_000 + "](x:)" * 30_000,
    "images": "![" * 100_000,
    "open targets": "](" * 100_000,
    "parentheses": "[a](" + "(" * 200_000,
    "links": "[a](https://evil.example/x) " * 10_000,
    "quotes": ">" * 200_000,
    "quote lines": "> " * 100_000 + "```",
    "lists": "- " * 100_000,
    "deep list": "\n".join(" " * (2 * n) + "- a" for n in range(600)),
    "backticks": "".join("`" * n + " " for n in range(1, 600)),
    "ticks and signs": "`@all" * 40_000,
    "comments": "<!--" * 50_000,
    "angles": "<a" * 100_000,
    "hex": "a1-" * 70_000 + "z",
    "paths": "a/" * 100_000,
    "dots": "a." * 100_000 + "@",
    "mails": "a@a." * 50_000,
    "entities": "&#64;" * 40_000,
    "dashes": "-" * 200_000 + "x",
    "stars": "* " * 100_000 + "x",
    "keys": "-----BEGIN PRIVATE KEY-----" * 8_000,
    "passwords": "password" * 25_000,
    "assignments": "password=" * 25_000,
    "jwt": "eyJ" * 70_000,
    "escapes": "\x1b[" * 100_000,
    "slashes": "/\n" * 100_000,
    "newlines": "\n" * 200_000,
    "spaces": " " * 200_000 + "/x",
    "coding": "#" + "coding" * 30_000 + "\n---",
    "fences": "```\n" * 50_000,
    "schemes": "a+" * 100_000 + "://",
    "dollars": "$`" * 100_000,
    "megabyte": "Hello @all, see [x](https://evil.example) `a\n" * 25_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_finished_quickly(name: str) -> None:
    """field 28; discord 23: bounded time whatever comes in."""
    start = time.process_time()
    body = make_safe(BOMBS[name], allowed=ALLOWED, footer=FOOTER, marker=MARKER).body
    assert len(body) <= LIMIT
    assert time.process_time() - start < 5
