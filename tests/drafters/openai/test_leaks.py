"""field 1, 24: an obedient model that repeats its instructions."""

from __future__ import annotations

from bot.drafters.openai.leaks import repeats
from bot.drafters.openai.messages import RULES


def test_a_part_of_the_rules_is_recognised_however_it_is_written() -> None:
    part = RULES.splitlines()[5]
    for text in (RULES, f"Sure! {part}", part.upper(), part.replace(" ", "\n> ")):
        assert repeats(text, RULES)


def test_an_ordinary_reply_is_not_the_rules() -> None:
    assert not repeats("Please restart the service, and tell us what the log says then. Nothing else is needed.", RULES)
    assert not repeats("", RULES)
    assert not repeats("what stands between", "what stands between")
