"""Languages and stems: what two people write differently and mean alike is found alike."""

from __future__ import annotations

import pytest

from bot.knowledge.language import detect
from bot.knowledge.tokens import fold, letters, tokens


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I restart the service when it is stuck?", "en"),
        ("Comment redémarrer le service quand il ne répond plus ?", "fr"),
        ("Wie kann ich den Dienst neu starten, wenn er nicht mehr läuft?", "de"),
        ("¿Cómo puedo reiniciar el servicio cuando no responde?", "es"),
        ("Come posso riavviare il servizio quando non risponde?", "it"),
        ("Como posso reiniciar o serviço quando ele não responde?", "pt"),
        ("xyzzy 42", ""),
        ("", ""),
    ],
)
def test_the_language_is_told_by_its_function_words(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("réinitialiser", "reinitialiser", "fr"),
        ("sauvegardes", "sauvegarde", "fr"),
        ("l'erreur", "erreur", "fr"),
        ("l’erreur", "erreurs", "fr"),
        ("restarting", "restarts", "en"),
        ("don't", "don", "en"),
    ],
)
def test_forms_of_a_word_are_one_stem(one: str, other: str, language: str) -> None:
    assert tokens(one, language) == tokens(other, language)


def test_function_words_say_nothing() -> None:
    assert tokens("how do I do the thing", "en") == ["thing"]


@pytest.mark.parametrize(
    ("text", "stem"),
    [("AccessControlException", "control"), ("max_tokens", "max_tokens"), ("v2.4.1", "v2.4.1"), ("E1234", "e1234")],
)
def test_identifiers_are_found_whole_and_in_parts(text: str, stem: str) -> None:
    assert stem in tokens(text, "en")


def test_folding_and_letters() -> None:
    assert fold("Éçà") == "eca"
    assert letters("abc") == (" ab", "abc", "bc ", " abc", "abc ")
