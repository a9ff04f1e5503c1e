"""A model behind an OpenAI-compatible server, by streamed Chat Completions.

`drafter` is the way of one draft; `line` keeps calling until there is an answer or a reason; `client`
alone talks to the world. Pure: `messages` (prompt -> messages), `answers` (answer -> draft text),
`profiles` (what which server understands), `faults` (what an error means), `breaker`, `usage`.
"""

from __future__ import annotations

from bot.drafters.openai.drafter import OpenAIDrafter

__all__ = ["OpenAIDrafter"]
