"""GePeTTTo: drafts replies to GitLab issues, lets a maintainer decide in chat, sends what was approved."""

from __future__ import annotations

__version__ = "0.1.0"
