"""The words of cards, in English and in French; shared by all chats."""

from __future__ import annotations

from datetime import datetime

from bot.domain.card import Card
from bot.domain.changes import Difference, What
from bot.domain.hidden import hidden_passages
from bot.domain.phrases import Phrases
from bot.domain.receipt import Receipt
from bot.domain.review import State

_HIDDEN_SHOWN = 2

card_words = Phrases(
    state_new=("new", "nouveau"),
    state_drafting=("drafting", "en rédaction"),
    state_pending=("waiting for you", "vous attend"),
    state_approved=("approved", "approuvé"),
    state_sending=("sending", "envoi en cours"),
    state_sent=("sent", "envoyé"),
    state_dismissed=("dismissed", "écarté"),
    state_stuck=("no draft", "sans brouillon"),
    state_unsent=("not sent", "non envoyé"),
    state_obsolete=("obsolete", "caduc"),
    match_strong=("strong match", "correspondance forte"),
    match_possible=("possible match", "correspondance possible"),
    match_none=("no match", "aucune correspondance"),
    opened_by=("opened by {name}, {age}", "ouvert par {name}, {age}"),
    more_lines=(
        "… {count} more lines: `show {number}` shows all",
        "… encore {count} lignes : `show {number}` montre tout",
    ),
    draft_by=("Draft {number} by {name}", "Brouillon {number} de {name}"),
    draft_edited=("Draft {number}, written by {name}", "Brouillon {number}, écrit par {name}"),
    no_draft=("There is no draft.", "Il n'y a pas de brouillon."),
    nothing_proposed=("Nothing is proposed: {note}", "Rien n'est proposé : {note}"),
    sources=("Sources", "Sources"),
    related=("Also close", "Également proches"),
    note=("For the team: {note}", "Pour l'équipe : {note}"),
    problem=("Problem: {problem}", "Problème : {problem}"),
    decided=("{name}: {verdict} in {chat}, {age}", "{name} : {verdict} dans {chat}, {age}"),
    reply=("The reply stands at {url}", "La réponse se trouve à {url}"),
    landed_up=("👍 {count}", "👍 {count}"),
    landed_down=("👎 {count}", "👎 {count}"),
    landed_thanked=("the reporter said thanks", "l'auteur a dit merci"),
    landed_reopened=("the issue was reopened", "le ticket a été rouvert"),
    landed_answered=("{name} wrote after it", "{name} a écrit ensuite"),
    now=("just now", "à l'instant"),
    minutes=("{count} min ago", "il y a {count} min"),
    hours=("{count} h ago", "il y a {count} h"),
    days=("{count} d ago", "il y a {count} j"),
    problem_closed=("the issue was closed", "le ticket a été fermé"),
    problem_converted=("the issue was turned into another type", "le ticket a changé de type"),
    problem_moved=("the issue was moved", "le ticket a été déplacé"),
    problem_gone=("the issue cannot be seen any more", "le ticket n'est plus visible"),
    problem_confidential=("the issue is confidential", "le ticket est confidentiel"),
    problem_service_desk=("the issue is a Service Desk request", "le ticket est une demande Service Desk"),
    problem_bot=("the issue was written by a bot", "le ticket a été écrit par un robot"),
    stored_otherwise=(
        "GitLab stored another text than the approved one: read the reply there.",
        "GitLab a enregistré un autre texte que celui qui a été approuvé : relisez la réponse sur place.",
    ),
    hidden_text=("Hidden in the issue: “{text}”", "Caché dans le ticket : « {text} »"),
    problem_opted_out=("a label or a phrase says: no bot", "un label ou une phrase dit : pas de robot"),
    problem_author_limit=(
        "this author has had today's drafts; fetch the issue to have it drafted",
        "cet auteur a eu ses brouillons du jour ; récupérez le ticket pour en avoir un",
    ),
    problem_daily_limit=(
        "today's drafts are used up; fetch the issue to have it drafted",
        "les brouillons du jour sont épuisés ; récupérez le ticket pour en avoir un",
    ),
    problem_changed=(
        "the issue changed after this draft was shown; read it again, then decide",
        "le ticket a changé après l'affichage de ce brouillon ; relisez-le, puis décidez",
    ),
    different_title=("title: “{before}” → “{after}”", "titre : « {before} » → « {after} »"),
    different_body=("the description was edited", "la description a été modifiée"),
    different_labels=("labels", "labels"),
    different_kind=("type: {before} → {after}", "type : {before} → {after}"),
    different_locked=("the discussion was locked", "la discussion a été verrouillée"),
    different_unlocked=("the discussion was unlocked", "la discussion a été déverrouillée"),
    different_note=("{who} wrote: “{after}”", "{who} a écrit : « {after} »"),
    different_note_edited=(
        "{who} edited a note: “{before}” → “{after}”",
        "{who} a modifié une note : « {before} » → « {after} »",
    ),
    different_note_deleted=(
        "a note of {who} was deleted: “{before}”",
        "une note de {who} a été supprimée : « {before} »",
    ),
    different_more=("and {after} more changes", "et {after} autres changements"),
)

warning_words = Phrases(
    changed=("the issue changed since the draft was written", "le ticket a changé depuis la rédaction"),
    cut=("the text was too long and was cut", "le texte, trop long, a été coupé"),
    dangerous_command=(
        "a command in the text destroys things or runs a download: read it twice",
        "une commande du texte détruit ou exécute un téléchargement : relisez-la",
    ),
    email=("an e-mail address was masked", "une adresse électronique a été masquée"),
    emoji=("a reply of emoji alone is not sent", "une réponse faite d'émojis seuls n'est pas envoyée"),
    fence=("a code block was closed or rewritten", "un bloc de code a été fermé ou réécrit"),
    hidden=("invisible characters were removed", "des caractères invisibles ont été retirés"),
    hidden_text=("the issue hides text from its readers", "le ticket cache du texte à ses lecteurs"),
    html=("HTML was made harmless", "du HTML a été neutralisé"),
    image=("an image became a link", "une image est devenue un lien"),
    incomplete=("the model ran into its limit; the text is cut", "le modèle a atteint sa limite ; le texte est coupé"),
    instructions=("the issue tries to give instructions", "le ticket essaie de donner des consignes"),
    language=("the reply is not in the issue's language", "la réponse n'est pas dans la langue du ticket"),
    link=("a link to an unknown host was made harmless", "un lien vers un hôte inconnu a été neutralisé"),
    mention=("a mention was made harmless", "une mention a été neutralisée"),
    model_down=("the model could not answer; quoted instead", "le modèle n'a pas répondu ; citation à la place"),
    number=(
        "a telephone or account number was masked",
        "un numéro de téléphone ou de compte a été masqué",
    ),
    plain_text=(
        "the model kept to no form; its claims cite nothing",
        "le modèle n'a suivi aucun format ; rien n'est cité",
    ),
    prompt_leaked=(
        "the model repeated its own instructions; its text was dropped",
        "le modèle a répété ses propres consignes ; son texte a été écarté",
    ),
    prompt_cut=("the model read less than it was sent", "le modèle a lu moins que ce qui lui a été envoyé"),
    quick_action=("a quick action was made harmless", "une action rapide a été neutralisée"),
    quote_not_found=("a quotation was not in its source and was dropped", "une citation introuvable a été retirée"),
    redirect=(
        "a link would have led on to another place and was made harmless",
        "un lien aurait mené ailleurs et a été neutralisé",
    ),
    reference=("a reference was made harmless", "une référence a été neutralisée"),
    shortened=("not all of the thread fitted into the prompt", "tout le fil ne tenait pas dans la consigne"),
    source_removed=("an unproven source was taken out", "une source non vérifiée a été retirée"),
    secret=("a secret was masked", "un secret a été masqué"),
    unsupported=("no source supports this text", "aucune source n'appuie ce texte"),
)


def state_word(language: str, state: State) -> str:
    return card_words(language, f"state_{state}")


def warning(language: str, name: str) -> str:
    """The sentence for a warning; a name that nobody translated is shown as it is."""
    return warning_words(language, name) if name in warning_words.entries else name


def problem_of(language: str, card: Card) -> str:
    """Why a review stands where it stands; empty when there is nothing to say."""
    known = f"problem_{card.review.problem}"
    return card_words(language, known) if known in card_words.entries else card.review.problem


def hidden_in(language: str, card: Card) -> list[str]:
    """A line for each passage that the issue hides from its readers, with the words in it."""
    return [card_words(language, "hidden_text", text=text) for text in hidden_passages(card.issue.body)[:_HIDDEN_SHOWN]]


def difference_lines(language: str, difference: Difference) -> list[str]:
    """What changed in the issue: a sentence, then what went (−) and what came (+). Not escaped."""
    fields = {"who": difference.who, "before": difference.before, "after": difference.after}
    lines = [card_words(language, f"different_{difference.what}", **fields)]
    if difference.what in {What.BODY, What.LABELS}:
        lines += [f"− {line}" for line in difference.before.split("\n") if line]
        lines += [f"+ {line}" for line in difference.after.split("\n") if line]
    return lines


def receipt_line(language: str, receipt: Receipt | None) -> str:
    """How the reply landed; empty while nobody did anything. Holds a person's name, not escaped."""
    if receipt is None:
        return ""
    parts = [
        card_words(language, "landed_up", count=receipt.up) if receipt.up else "",
        card_words(language, "landed_down", count=receipt.down) if receipt.down else "",
        card_words(language, "landed_thanked") if receipt.thanked else "",
        card_words(language, "landed_reopened") if receipt.reopened else "",
        card_words(language, "landed_answered", name=receipt.answered) if receipt.answered else "",
    ]
    return " · ".join(part for part in parts if part)


def age(language: str, then: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits."""
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return card_words(language, "now")
    if minutes < 60:
        return card_words(language, "minutes", count=minutes)
    if minutes < 48 * 60:
        return card_words(language, "hours", count=minutes // 60)
    return card_words(language, "days", count=minutes // 1440)
