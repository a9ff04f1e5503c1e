"""Which account and device the bot is; `gepettto matrix login` keeps it in a file that only its owner can read."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A login; ids that are empty are the token's own. The token is never printed."""

    token: str
    user_id: str = ""
    device_id: str = ""

    def __repr__(self) -> str:
        return f"Device({self.user_id or '?'}, {self.device_id or '?'})"


def read_device(path: Path) -> Device | None:
    """None when nobody has logged in."""
    try:
        found = json.loads(path.read_text())
        return Device(token=found["token"], user_id=found["user_id"], device_id=found["device_id"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(f"{path} cannot be read as a login; run `gepettto matrix login` again.") from None


def write_device(path: Path, device: Device) -> None:
    """Whole or not at all, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(device), file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
