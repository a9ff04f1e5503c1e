"""What the sub-commands say to people."""

from __future__ import annotations

from bot.domain.phrases import Phrases

PHRASES = Phrases(
    no_reply=("No reply is proposed.", "Aucune réponse n'est proposée."),
    status_answer=("answer", "réponse"),
    status_ask_for_information=("asks for information", "demande des précisions"),
    status_insufficient_information=("not enough is known", "pas assez d'éléments"),
    status_not_a_question=("not a question", "pas une question"),
    match_strong=("strong", "forte"),
    match_possible=("possible", "possible"),
    match_none=("none", "aucune"),
    proposal=("Proposal", "Proposition"),
    match=("Match", "Concordance"),
    written_by=("Written by", "Rédigée par"),
    sources=("Sources", "Sources"),
    related=("Related", "Voir aussi"),
    warnings=("Warnings", "Attention"),
    keyboard=(
        "Type the issue; its first line is the title. Ctrl-D ends it.",
        "Saisissez le ticket ; sa première ligne est le titre. Ctrl-D termine.",
    ),
    ok=("ok", "ok"),
    warn=("warn", "attention"),
    fail=("FAIL", "ÉCHEC"),
    checks_failed=("{failed} of {all} checks failed.", "{failed} vérification(s) sur {all} en échec."),
    added=("added or changed", "ajoutés ou modifiés"),
    unchanged=("unchanged", "inchangés"),
    removed=("removed", "retirés"),
    unreadable=("unreadable", "illisibles"),
    learning=("Learning", "Apprentissage"),
    files_unreadable=("{count} file(s) could not be read.", "{count} fichier(s) n'ont pas pu être lus."),
    up_to_date=("The store is up to date (revision {to}).", "Le stockage est à jour (révision {to})."),
    migrated=("The store went from revision {old} to {to}.", "Le stockage est passé de la révision {old} à {to}."),
    password=("Password of {user}: ", "Mot de passe de {user} : "),
    logged_in=(
        "{user} is logged in. The login is in {path}, for this account alone: keep it with the store, and unset the "
        "password. `gepettto check` comes next.",
        "{user} est connecté. La connexion est dans {path}, pour ce compte seul : gardez-la avec le stockage, et "
        "oubliez le mot de passe. `gepettto check` est la suite.",
    ),
    nothing=("nothing", "rien"),
)
