"""From a file and an environment to `Settings`; every mistake is a ConfigError of one sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr, ValidationError

from bot import log
from bot.errors import ConfigError
from bot.settings import mistakes
from bot.settings.sections import SECRETS, Secrets, Sections, Settings

DEFAULT_PATH = Path("config/gepettto.toml")
_CHOSEN_BY_PEOPLE = "GEPETTTO_MATRIX_PASSWORD"
"""A password may hold any character; tokens are made by machines."""


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The configuration at `path` (else $GEPETTTO_CONFIG, else config/gepettto.toml), with the secrets in `environ`.

    Relative paths in the file are taken from the file's folder. The log learns to mask every secret.
    """
    path = path or Path(environ.get("GEPETTTO_CONFIG") or DEFAULT_PATH)
    sections = _sections(_document(path), path)
    values = {field: _secret(name, environ) for name, field in SECRETS.items()}
    files = {field: Path(file) for name, field in SECRETS.items() if (file := environ.get(f"{name}_FILE"))}
    secrets = Secrets(**values, files=files)
    log.secrets.learn(*secrets.values(), *_password(sections.store.url))
    return Settings(**dict(sections), secrets=secrets, path=path)


def _document(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: there is no such file; copy config/gepettto.example.toml to it, or name another with --config."
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: the file cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}: line {line} is not UTF-8 text; save the file as UTF-8.") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: this is not TOML: {error}.") from None
    except (ValueError, RecursionError):  # a number of thousands of digits; lists within lists within lists
        raise ConfigError(f"{path}: a value in it is too large to be read.") from None


def _sections(document: dict[str, Any], path: Path) -> Sections:
    try:
        return Sections.model_validate(document, context={"folder": path.absolute().parent})
    except ValidationError as error:
        raise ConfigError(f"{path}: {mistakes.sentence(error)}") from None


def _secret(name: str, environ: Mapping[str, str]) -> SecretStr | None:
    """The value of `name`, or the content of the file that `name`_FILE names; an empty variable counts as unset."""
    value, file = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if value and file:
        raise ConfigError(f"{name} and {name}_FILE are both set; keep one of them.")
    value = secret_in(f"{name}_FILE", Path(file)) if file else _usable(name, value)
    return SecretStr(value) if value else None


def secret_in(name: str, path: Path) -> str:
    """The secret in the file that the variable `name` names."""
    return _usable(name, _content(name, path))


def _usable(name: str, value: str) -> str:
    if not name.startswith(_CHOSEN_BY_PEOPLE) and any(not "!" <= character <= "~" for character in value):
        raise ConfigError(f"{name} holds a space or a character that no token has; copy the token again.")
    return value


def _content(name: str, path: Path) -> str:
    try:
        value = path.read_bytes().decode(errors="replace").rstrip("\r\n")
    except OSError as error:
        raise ConfigError(f"{name} names {path}, which cannot be read ({error.strerror}).") from None
    if not value:
        raise ConfigError(f"{name} names {path}, which is empty.")
    return value


def _password(url: str) -> list[str]:
    password = urlsplit(url).password or ""
    return [password, unquote(password)]
