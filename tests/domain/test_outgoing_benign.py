"""Ordinary replies leave byte for byte as they were written: a filter that gets in the way is switched off."""

from __future__ import annotations

import pytest

from bot.domain.outgoing import Allowed, editable, make_safe

ALLOWED = Allowed(
    mentions=frozenset({"alice", "bob"}),
    hosts=frozenset({"docs.example.org", "gitlab.example.org"}),
    references=frozenset({"#12", "!7", "tools/runner#4"}),
)

REPLIES = [
    "Thanks for the report! Could you tell us which version you use?",
    "Hi @alice, this was fixed in !7; see also #12 and tools/runner#4.",
    "## How to fix it\n\n1. Stop the service.\n2. Delete the cache.\n3. Start it again.",
    "Run this:\n\n```sh\nsudo apt-get install -y foo\nfoo --version | grep 2\n```\n\nThen try again.",
    "1. Install it:\n   ```sh\n   pip install foo[bar]==1.2 @local\n   ```\n"
    "2. Configure it:\n\n   ```toml\n   [a]\n   b = 1\n   ```\n3. Done.",
    "- First\n  - Nested\n    - Deeper, with `code`\n- Second\n\n  A paragraph in the item.\n"
    "\n      indented code\n\n- Third",
    "- [x] done\n- [ ] to do\n  - [ ] part of it",
    "| Option | Meaning |\n|:-------|--------:|\n| `-v` | verbose |\n| `-q` | quiet, *really* |",
    "> I get an error\n\nThat is expected: the file `/etc/foo.conf` is missing.",
    "> quoted\n> - list\n>   more\n\nand *emphasis*, **strong**, ~~gone~~, ***both***.",
    "See the [installation guide](https://docs.example.org/install#linux) and https://docs.example.org/faq.",
    "See [the\nguide](https://docs.example.org/install) for more.",
    "The docs have [a page][1] on this.\n\n[1]: https://docs.example.org/a/b?c=d&e=f",
    "Use `@decorator`, `#include <stdio.h>`, `git show 1234abcd`, `!important` and `<br>` in your code.",
    "```python\n@property\ndef f(self) -> List[int]:\n    return self.x  # see #99, mail a_b\n```",
    "```\n$ cat /proc/cpuinfo\n/usr/bin/env: bad\n```".replace("\n/usr", "\n /usr"),
    "Set `PATH` to `/usr/local/bin:$PATH`, then check with `echo $PATH`.",
    "It takes ~10 minutes and about 50 % of 2 GB; 3 < 4, 5 > 4, a && b, R&D, AT&T.",
    "Title\n=====\n\nSubtitle\n--------\n\ntext\n\n---\n\nmore",
    "Line one  \nline two\\\nline three",
    "A footnote[^1].\n\n[^1]: Here it is, in `code`.",
    "1. a\n\n    ```yaml\n    script:\n      - make\n    ```\n\n2. b",
    "* Item\n\n  ```diff\n  - old\n  + new\n  ```\n* Item",
    "Try `foo(bar)[0]` or array[0](1); also f(x) = [a, b], and don't forget: it's 100% \"fine\" (really).",
    "The ``code with ` backtick`` is fine, and so is a_snake_case_name or 2 * 3 * 4.",
    "Bonjour @bob, merci pour ce rapport ! Pourriez-vous préciser la version utilisée ?",
    "Voici la marche à suivre :\n\n1. Arrêtez le service ;\n2. supprimez le dossier `~/.cache/foo` ;\n3. relancez.",
    "C’est corrigé dans la version 2.4.1 (voir #12). « Merci » à tous\u202f! 🎉",
    "Le fichier se trouve dans /etc/foo ou bien dans ~/.config/foo, selon l’installation.",
    "Pour cela :\n\n```bash\ncd /tmp && ./configure --prefix=$HOME/foo\n```\n\nPuis redémarrez, s’il vous plaît.",
    "Voir [la documentation](https://docs.example.org/fr/été) — et l'option `--sans-échec`.".replace("été", "ete"),
    "Je n’ai pas trouvé de réponse. Pouvez-vous joindre :\n\n- le journal complet ;\n"
    "- la sortie de `foo --version` ;\n- votre système (Debian 12, Fedora 40, …) ?",
    "Attention : `rm -rf` supprime **tout**.\n\n> Note : la commande `foo | tee log.txt` garde une copie.",
    "    indented code\n    of two lines\n\nand text",
    "Press Ctrl+C, wait 5 s. Version v1.2.3-rc.1, e.g. 10.0.0.1:8080, 2024-05-01T10:00:00Z, 1048576 bytes.",
    "The span `goes over\ntwo lines` here, and that is fine.",
    "```text\n~~~\n````\n```".replace("````", "'''"),
]


@pytest.mark.parametrize("text", REPLIES)
def test_an_ordinary_reply_is_not_touched(text: str) -> None:
    out = make_safe(text, allowed=ALLOWED, footer="Drafted by a machine.", marker="m")
    assert editable(out.body, footer="Drafted by a machine.", marker="m") == text
    assert out.changes == ()
