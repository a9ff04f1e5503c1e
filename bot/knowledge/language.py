"""Which language a text is written in, by a vote of its function words. They serve as stop words too."""

from __future__ import annotations

import re

FUNCTION_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "a an and are as at be been but by can could did do does for from get had has have how i if in into "
        "is it its just me my no not of off on or our out should so some than that the their them then there "
        "these they this to too up us was we were what when where which who why will with would you your am "
        "im any all about after because before only also",
        "fr": "à a ai au aux avec c ce ces cet cette comme comment d dans de des du elle en est et être eu fait "
        "faut il ils j je l la le les leur lorsque lui m ma mais me mes mon n ne nos notre nous on ou où par "
        "pas peut plus pour pourquoi qu quand que quel quelle quelles quels qui s sa sans se ses si son sont "
        "sur t ta te tes toi ton tous tout tu un une vos votre vous y été était puis-je est-ce doit dois avez "
        "ont suis sommes donc",
        "de": "aber als am an auch auf aus bei bin bis das dass dem den der des die doch du ein eine einem einen "
        "einer es für hat ich ihr im in ist ja kann man mein mich mir mit nach nicht noch nur oder sein sich "
        "sie sind so und uns von vor wenn wer wie wir wird zu zum zur über warum wo",
        "es": "a al algo como con cuando de del desde donde dónde el ella en entre era es esta este está esto ha "
        "hay la las le lo los me mi más muy no nos o para pero por porque puede qué que quien se ser si sin "
        "sobre su sus también te tiene un una y ya yo cómo puedo",
        "it": "a ai al alla anche che chi ci come con cosa da dal dei del della delle di dove e è ed gli ha ho i il "
        "in io la le lo ma mi mia mio ne nel nella non o per perché più può quando quello questa questo se si "
        "sono su tra un una uno posso",
        "pt": "a ao aos as com como da das de do dos e é ela ele em essa esse esta este eu foi há isso isto já mais "
        "mas me meu minha muito na não nas no nos o os ou para pela pelo por porque posso quando que quem se "
        "sem ser seu sua são também tem um uma você onde",
    }.items()
}

_LANGUAGES: dict[str, list[str]] = {}
"""The languages that each function word belongs to."""
for _language, _known in FUNCTION_WORDS.items():
    for _word in _known:
        _LANGUAGES.setdefault(_word, []).append(_language)

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_MOST_WORDS = 400


def detect(text: str) -> str:
    """ISO 639-1 code of the language; empty when too few function words speak for one."""
    words = [word.lower() for word in _WORD.findall(text[:8000])[:_MOST_WORDS]]
    votes = dict.fromkeys(FUNCTION_WORDS, 0)
    for word in words:
        for language in _LANGUAGES.get(word, ()):
            votes[language] += 1
    (best, most), (_, second) = sorted(votes.items(), key=lambda item: -item[1])[:2]
    return best if most >= 2 and most > second else ""
