"""What a configuration may hold, and the one sentence each mistake in it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot import log
from bot.errors import ConfigError
from bot.settings import SECRETS, Settings, load
from bot.settings.kinds import host_and_port

TOKEN = "glpat-" + "x" * 20
MODEL = '[model]\nbase_url = "http://localhost/v1"\nmodel = "m"\n'

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "g.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return write


def refusal(path: Path, environ: Mapping[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {})
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert caught.value.__cause__ is None, "a cause would print the values of the file"
    return sentence.replace(str(path), "FILE")


def test_an_empty_file_is_a_configuration(write: Write) -> None:
    settings = load(write(""), {})
    assert settings.gitlab is None
    assert settings.log.level == "warning"


def test_relative_paths_start_at_the_file(write: Write, tmp_path: Path) -> None:
    settings = load(
        write('[store]\nurl = "sqlite:///a/b.db"\n[folder]\npath = "../i"\n[knowledge]\npaths = ["faq.md", "/abs.md"]'),
        {},
    )
    assert settings.store.url == f"sqlite:///{tmp_path}/a/b.db"
    assert settings.folder is not None
    assert settings.folder.path == tmp_path.parent / "i"
    assert settings.folder.replies is None
    assert settings.knowledge.paths == [tmp_path / "faq.md", Path("/abs.md")]


def test_the_default_store_stands_beside_the_file(write: Write, tmp_path: Path) -> None:
    assert load(write(""), {}).store.url == f"sqlite:///{tmp_path}/var/gepettto.db"


def test_a_file_in_the_working_folder_has_absolute_paths_too(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("")
    monkeypatch.chdir(tmp_path)
    assert load(Path("g.toml"), {}).store.url == f"sqlite:///{tmp_path}/var/gepettto.db"


def test_without_a_path_the_environment_names_the_file(write: Write) -> None:
    path = write('[log]\nlevel = "debug"')
    settings = load(None, {"GEPETTTO_CONFIG": str(path)})
    assert (settings.log.level, settings.path) == ("debug", path)


def test_without_anything_the_default_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"config/gepettto\.toml: there is no such file; copy"):
        load(None, {})


def test_a_byte_order_mark_is_no_mistake(write: Write) -> None:
    assert load(write(b'\xef\xbb\xbf[log]\nlevel = "info"'), {}).log.level == "info"


LISTEN = 'must be host:port like "127.0.0.1:8080" or "[::1]:8080"'
NO_LISTEN = [
    "",
    "8080",
    ":8080",
    "localhost",
    "h:",
    "h:0",
    "h:65536",
    "h:http",
    "::1:80",
    "[::1]",
    "http://h:80",
    "u@h:80",
]


@pytest.mark.parametrize(
    ("listen", "address"),
    [("127.0.0.1:8080", ("127.0.0.1", 8080)), ("[::1]:80", ("::1", 80)), ("Localhost:1", ("Localhost", 1))],
)
def test_where_to_listen(write: Write, listen: str, address: tuple[str, int]) -> None:
    web = load(write(f'[web]\nlisten = "{listen}"'), {}).web
    assert web
    assert host_and_port(web.listen) == address


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[gitlab\n", "this is not TOML: Expected ']' at the end of a table declaration (at line 1, column 8)"),
        ("[gitlab]\nx", "this is not TOML: Expected '=' after a key in a key/value pair (at end of document)"),
        ("n = " + "9" * 5000, "a value in it is too large to be read"),
        (b"[log]\nlevel = '\xff'", "line 2 is not UTF-8 text; save the file as UTF-8"),
        ("[gitalb]", 'unknown section [gitalb]; did you mean "gitlab"'),
        (
            "[zzz]",
            "unknown section [zzz]; known sections are store, gitlab, folder, discord, matrix, terminal, cards, "
            "routes, model, knowledge, reply, web, log",
        ),
        ('[gitlab]\nurls = "x"', 'unknown key "gitlab.urls"; did you mean "url"'),
        ('[model]\nbaseurl = "x"', 'unknown key "model.baseurl"; did you mean "base_url"'),
        ("[log]\nxyz = 1", 'unknown key "log.xyz"; known keys are level'),
        ("[secrets]", 'unknown section [secrets]; did you mean "store"'),
        ("[folder]", 'the section [folder] needs the key "path"'),
        ("gitlab = 1", "gitlab must be a section: its name in square brackets, then its keys, not a whole number"),
        ('[gitlab]\npoll_interval = "60"', "gitlab.poll_interval must be a number, not text"),
        ("[gitlab]\npoll_interval = true", "gitlab.poll_interval must be a number, not true or false"),
        ("[gitlab]\npoll_interval = 0", "gitlab.poll_interval must be greater than 0"),
        ("[gitlab]\npoll_interval = inf", "gitlab.poll_interval must be a finite number"),
        ("[gitlab]\nurl = 1979-05-27", "gitlab.url must be text in quotes, not a date"),
        ('[gitlab]\nlabels = "bug"', "gitlab.labels must be a list in square brackets, not text"),
        ('[gitlab]\nlabels = [""]', "gitlab.labels[0] must be text that is not empty"),
        (
            "[gitlab]\nprojects = [1, true]",
            'gitlab.projects[1] must be a numeric id, or a path in quotes like "group/project"',
        ),
        (
            "[knowledge]\nlearn_from = [7, 'ada', '']",
            'knowledge.learn_from[2] must be a numeric id, or a user name in quotes like "ada"',
        ),
        ("[folder]\npath = 3", "folder.path must be a path in quotes"),
        ("[knowledge]\npaths = ['a', '']", "knowledge.paths[1] must be a path in quotes"),
        (MODEL + "context = 8.5", "model.context must be a whole number, not a decimal number"),
        (MODEL + "temperature = 3", "model.temperature must be at most 2"),
        (MODEL + "prices = {prompt = -1}", "model.prices.prompt must be at least 0"),
        (MODEL + "prices = {promt = 1}", "model.prices.promt must be one of 'prompt', 'cached', 'completion'"),
        ("[reply]\nfooter = 'x'", "reply.footer must be a table: { name = value }, not text"),
        ("[log]\nlevel = 'loud'", "log.level must be one of 'debug', 'info', 'warning', 'error'"),
        ("[store]\nurl = 'mysql://x/y'", "store.url must be sqlite:///FILE or postgresql://USER@HOST/NAME"),
        ("[discord]\nguild = 5", 'the section [discord] needs the key "channel"'),
        (
            "[discord]\nguild = 'x'\nchannel = 1",
            'discord.guild must be an id of Discord, a number like "1234567890" (in Discord: Copy ID)',
        ),
        (
            "[discord]\nguild = 5\nchannel = 6",
            "discord nobody may decide; put ids into reviewer_roles or reviewer_users",
        ),
        (
            "[discord]\nguild = 5\nchannel = 6\nreviewer_roles = [5]",
            "discord reviewer_roles names @everyone (the server's own id); name the roles that may decide",
        ),
        ("[cards]\nat_once = 0", "cards.at_once must be at least 1"),
        ("[cards]\nquiet = '22-7'", 'cards.quiet must be two times of the day like "22:00-07:00"'),
        ("[cards]\ntimezone = 'Mars/Base'", 'cards.timezone must be a time zone like "Europe/Paris" or "UTC"'),
        ("[routes]\n'a/b' = ['']", "routes.a/b[0] must be text that is not empty"),
        ("routes = 1", "routes must be a table: { name = value }, not a whole number"),
        *((f"[web]\nlisten = '{listen}'", f"web.listen {LISTEN}") for listen in NO_LISTEN),
        ("[web]\nurl = 'https://x'", 'the section [web] needs the key "listen"'),
        ("[store]\nurl = 'sqlite:///'", "store.url must be sqlite:///FILE or postgresql://USER@HOST/NAME"),
    ],
)
def test_a_mistake_is_one_sentence(write: Write, text: str | bytes, sentence: str) -> None:
    assert refusal(write(text)) == f"FILE: {sentence}."


def test_a_key_outside_any_section_is_told_where_keys_stand(write: Write) -> None:
    assert refusal(write("url = 'x'")).startswith('FILE: the key "url" stands outside any section; sections are store,')


def test_an_unknown_key_is_named_before_the_missing_one_it_explains(write: Write) -> None:
    assert refusal(write('[folder]\npaht = "x"')) == 'FILE: unknown key "folder.paht"; did you mean "path".'


@pytest.mark.parametrize(
    "url", ["gitlab.com", "ftp://gitlab.com", "https://", "https://[x", "https://h:99999", "https://a b"]
)
def test_an_address_names_a_host(write: Write, url: str) -> None:
    assert "gitlab.url must be an address that begins with https://" in refusal(write(f"[gitlab]\nurl = '{url}'"))


@pytest.mark.parametrize("url", ["https://me@h", "https://me:pw@h", "https://h?x=1", "https://h#x"])
def test_an_address_carries_no_credentials(write: Write, url: str) -> None:
    sentence = refusal(write(f"[gitlab]\nurl = '{url}'"))
    assert sentence == "FILE: gitlab.url must be an address without user, password, query and fragment."


def test_an_address_loses_its_last_slash(write: Write) -> None:
    settings = load(write('[gitlab]\nurl = "https://git.example.org/gitlab/"'), {})
    assert settings.gitlab is not None
    assert settings.gitlab.url == "https://git.example.org/gitlab"


def test_a_secret_in_the_file_is_sent_to_the_environment_and_not_repeated(write: Write) -> None:
    sentence = refusal(write(f'[gitlab]\ntoken = "{TOKEN}"'))
    assert TOKEN not in sentence
    assert "set GEPETTTO_GITLAB_TOKEN or GEPETTTO_GITLAB_TOKEN_FILE in the environment" in sentence


def test_values_of_wrong_keys_are_never_repeated(write: Write) -> None:
    for text in (f'[gitlab]\nurl = "{TOKEN}"', f'[gitlab]\npoll_interval = "{TOKEN}"', f'[log]\nlevel = "{TOKEN}"'):
        assert TOKEN not in refusal(write(text))


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "FILE: the file cannot be read (Is a directory)."


def test_an_unreadable_file(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert refusal(tmp_path / "loop") == "FILE: the file cannot be read (Too many levels of symbolic links)."


# --- secrets ------------------------------------------------------------------------------------


def token_of(settings: Settings) -> str | None:
    token = settings.secrets.gitlab_token
    return None if token is None else token.get_secret_value()


def test_a_secret_comes_from_the_environment(write: Write) -> None:
    assert token_of(load(write(""), {"GEPETTTO_GITLAB_TOKEN": TOKEN})) == TOKEN


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_comes_from_a_file_without_its_line_end(write: Write, tmp_path: Path, end: str) -> None:
    (tmp_path / "token").write_text(TOKEN + end)
    assert token_of(load(write(""), {"GEPETTTO_GITLAB_TOKEN_FILE": str(tmp_path / "token")})) == TOKEN


def test_an_empty_variable_counts_as_unset(write: Write) -> None:
    assert token_of(load(write(""), {"GEPETTTO_GITLAB_TOKEN": "", "GEPETTTO_GITLAB_TOKEN_FILE": ""})) is None


def test_two_places_for_one_secret_are_refused(write: Write, tmp_path: Path) -> None:
    sentence = refusal(write(""), {"GEPETTTO_MODEL_KEY": TOKEN, "GEPETTTO_MODEL_KEY_FILE": str(tmp_path)})
    assert sentence == "GEPETTTO_MODEL_KEY and GEPETTTO_MODEL_KEY_FILE are both set; keep one of them."


def test_a_secret_file_that_is_absent_or_empty(write: Write, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for name, problem in (("absent", "cannot be read (No such file or directory)"), ("empty", "is empty")):
        sentence = refusal(write(""), {"GEPETTTO_GITLAB_TOKEN_FILE": str(tmp_path / name)})
        assert sentence == f"GEPETTTO_GITLAB_TOKEN_FILE names {tmp_path / name}, which {problem}."


@pytest.mark.parametrize("wrong", [f" {TOKEN}", f"{TOKEN}\n{TOKEN}", TOKEN + "é", TOKEN + "\u200b", TOKEN + "\0"])
def test_a_secret_with_foreign_characters_is_refused_without_showing_it(
    write: Write, tmp_path: Path, wrong: str
) -> None:
    (tmp_path / "token").write_text(wrong)
    for environ in ({"GEPETTTO_GITLAB_TOKEN": wrong}, {"GEPETTTO_GITLAB_TOKEN_FILE": str(tmp_path / "token")}):
        sentence = refusal(write(""), environ)
        assert sentence.startswith(next(iter(environ)) + " holds a space or a character that no token has")
        assert TOKEN not in sentence


def test_secrets_are_never_printed_and_the_log_masks_them(write: Write) -> None:
    odd = "plain-looking-" + "q" * 9
    path = write('[store]\nurl = "postgresql://me:s3cr%40t-pw@host/name"')
    settings = load(path, {name: odd + name for name in SECRETS})
    for text in (repr(settings), str(settings), repr(settings.secrets), repr(settings.store)):
        assert odd not in text
        assert "s3cr" not in text
    for secret in (*settings.secrets.values(), "s3cr@t-pw", "s3cr%40t-pw"):
        assert secret not in log.secrets.masked(f"it is {secret}, really")


def test_settings_do_not_change(write: Write) -> None:
    settings = load(write(""), {})
    with pytest.raises(ValueError, match="frozen"):
        settings.log = settings.log
