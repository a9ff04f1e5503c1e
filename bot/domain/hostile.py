"""Whether a text talks to the machine instead of to people. A signal for a banner, never a defence."""

from __future__ import annotations

import re

_PHRASES = re.compile(
    r"""(?ix)
    \b(?:ignore|disregard|forget|override) \s+ (?:\w+\s+){0,3} (?:instructions?|prompts?|rules?|guidelines?)\b
    | \b(?:ignore[zr]?|oublie[zr]?|ne\s+tiens\s+pas\s+compte\s+d\w*) \s+ (?:\w+\s+){0,3}
        (?:instructions?|consignes?|r[èe]gles?)\b
    | \b(?:system|developer|hidden|initial) \s+ prompts? \b
    | \b(?:prompt|message|instructions?) \s+ (?:du\s+)? syst[èe]me \b
    | \byou\s+are\s+now\b | \btu\s+es\s+(?:maintenant|d[ée]sormais)\b | \bvous\s+[êe]tes\s+(?:maintenant|d[ée]sormais)\b
    | \b(?:approve|send|post|publish) \s+ (?:this|it|the\s+(?:reply|draft|answer)) \s+
        (?:now|immediately|automatically)\b
    | \bapprove\s+this\b | \b(?:maintainers?|admins?) \s+ (?:have\s+|has\s+)? approved\b
    | \b(?:approuve[zr]?|valide[zr]?|envoie|envoyez) \s+ (?:ceci|cette\s+r[ée]ponse|ce\s+brouillon)\b
    | \b(?:as|en\s+tant\s+qu[e']) \s* (?:an?\s+|une?\s+)? (?:ai|ia|language\s+model|mod[èe]le\s+de\s+langage)\b
    | <\|? (?:im_start|im_end|system|endoftext) \|?> | \[/?INST\]
    """
)


def looks_like_instructions(text: str) -> bool:
    """English and French phrases that are addressed to a language model or to the approval."""
    return _PHRASES.search(text) is not None
