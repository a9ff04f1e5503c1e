"""What teaches nothing, in English and in French, and what only looks like it."""

from __future__ import annotations

import pytest

from bot.knowledge.trivial import REASONS, digest, reason, thanks

TRIVIAL = [
    ("closing", "Je ferme."),
    ("closing", "Bonjour, je ferme donc ce ticket, n'hésitez pas."),
    ("closing", "Closing."),
    ("closing", "I'm closing this, feel free to come back."),
    ("closing", "On ferme, pas de réponse depuis un mois"),
    ("fixed", "fixé"),
    ("fixed", "Fixed in 2.4.1"),
    ("fixed", "fixed in !431"),
    ("fixed", "C'est corrigé dans la version 20230614."),
    ("fixed", "Ça devrait être réglé maintenant"),
    ("fixed", "This has been fixed in the master branch."),
    ("duplicate", "Ceci est un duplicata de #1234"),
    ("duplicate", "C’est un doublon de #12, merci."),
    ("duplicate", "Duplicate of #77"),
    ("duplicate", "Closing as duplicate of https://git.example/a/b/-/issues/7"),
    ("duplicate", "voir #981"),
    ("release", "It will be in the next release."),
    ("release", "Ce sera dans la prochaine version."),
    ("thanks", "merci !"),
    ("thanks", "Thank you for the report!"),
    ("agreement", "+1"),
    ("agreement", "Pareil chez moi"),
    ("asks", "Can you provide logs?"),
    ("asks", "Pouvez-vous nous envoyer les logs et votre version ?"),
    ("command", "/close"),
    ("command", "/label ~bug\n/assign @ada"),
    ("assigned", "Je regarde"),
    ("link", "https://docs.example/faq"),
    ("quote", "> It does not start.\n"),
    ("code", "```\nsystemctl restart app\njournalctl -u app\n```"),
    ("short", "Yes, probably."),
    ("short", "Oui, normalement."),
    ("empty", "<!-- nothing -->"),
    ("empty", "  \n"),
]

TELLING = [
    "Fixed in 2.4.1: the cache was kept too long. Remove the folder cache/ once and restart the service.",
    "Merci pour le rapport. Il faut ouvrir les paramètres du compte, puis réactiver la synchronisation des contacts.",
    "This is expected: the server needs port 443 open towards the proxy, otherwise the handshake fails.",
    "Je ferme. La clé se renouvelle dans les préférences, onglet Sécurité, puis il faut redémarrer l'application.",
    "You can restart the daemon with `systemctl restart app`; the log tells when it is ready again.",
    "Closing the window does not end the application: it goes on in the tray, whose menu has a Quit entry for that.",
]


@pytest.mark.parametrize(("why", "note"), TRIVIAL)
def test_what_teaches_nothing_is_named(why: str, note: str) -> None:
    assert reason(note) == why
    assert why in REASONS


@pytest.mark.parametrize("note", TELLING)
def test_what_answers_is_kept(note: str) -> None:
    assert reason(note) == ""


@pytest.mark.parametrize("text", ["`" * 5000, "> " * 5000, "please " * 5000, "/a\n" * 5000, "![" * 5000, "<!--" * 5000])
def test_hostile_text_takes_no_time(text: str) -> None:
    assert isinstance(reason(text), str)


def test_a_canned_line_is_known_whomever_it_greets() -> None:
    first = digest("Hello @ada, please update to version 2.4.")
    assert first == digest("hello @bob,\nplease **update** to version 2.4!")
    assert first != digest("Hello @ada, please update to version 2.5.")


@pytest.mark.parametrize(
    ("said", "helped"),
    [
        ("Thanks, that did it!", True),
        ("Merci, ça marche.", True),
        ("Thanks, but it still fails.", False),
        ("Merci mais ça ne marche pas", False),
        ("Here is the log.", False),
    ],
)
def test_a_reporter_says_that_it_helped(said: str, helped: bool) -> None:
    assert thanks(said) is helped
