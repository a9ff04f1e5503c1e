"""What people are told when they ask for something, in English and in French."""

from __future__ import annotations

from bot.domain.phrases import Phrases

say = Phrases(
    not_allowed=(
        "You may not decide here; the reviewers are named in the configuration of this channel.",
        "Vous ne pouvez pas décider ici ; les relecteurs sont nommés dans la configuration de ce salon.",
    ),
    unknown_review=("There is no review {number}.", "Il n'y a pas de relecture {number}."),
    no_card_there=(
        "That is not a card of mine, or not any more.",
        "Ce n'est pas une de mes cartes, ou ce ne l'est plus.",
    ),
    other_card=(
        "This button belongs to another card; nothing was done.",
        "Ce bouton appartient à une autre carte ; rien n'a été fait.",
    ),
    stale_draft=(
        "Draft {seen} is not the current one any more: draft {current} is. Look at it, then decide again.",
        "Le brouillon {seen} n'est plus le brouillon courant : c'est le {current}. Relisez, puis décidez.",
    ),
    too_late=(
        "Nothing was done: this review is already {state}{who}.",
        "Rien n'a été fait : cette relecture est déjà dans l'état « {state} »{who}.",
    ),
    decided_by=(" ({name}: {verdict})", " ({name} : {verdict})"),
    nothing_to_send=(
        "There is no text to send; write one with an edit first.",
        "Il n'y a pas de texte à envoyer ; écrivez-en un d'abord par une modification.",
    ),
    approved=("Approved: draft {draft} is on its way.", "Approuvé : le brouillon {draft} part."),
    edited=(
        "Draft {draft} holds your text; approve it to send exactly that.",
        "Le brouillon {draft} contient votre texte ; approuvez-le pour envoyer exactement cela.",
    ),
    unchanged=("That is the text of draft {draft} already.", "C'est déjà le texte du brouillon {draft}."),
    empty_edit=("An empty text cannot be a reply.", "Un texte vide ne peut pas être une réponse."),
    regenerating=("Writing a new draft.", "Un nouveau brouillon est en cours d'écriture."),
    dismissed=("Dismissed; that can be undone.", "Écarté ; cela peut être annulé."),
    undone=("Back: draft {draft} waits again.", "De retour : le brouillon {draft} attend de nouveau."),
    fetched=("Drafting a reply to {title}.", "Brouillon en cours pour {title}."),
    fetched_known=("This issue has a review already.", "Ce ticket a déjà une relecture."),
    closed=("{title} is closed; there is nothing to answer.", "{title} est fermé ; il n'y a rien à répondre."),
    confidential=(
        "{title} is not public; it is never drafted in a chat.",
        "{title} n'est pas public ; il n'est jamais traité dans un salon.",
    ),
    nothing_waits=("Nothing waits for you.", "Rien ne vous attend."),
    waiting=("{count} waiting", "{count} en attente"),
    status=(
        "{waiting} waiting, {moving} in progress, {sent} sent, {dismissed} dismissed, {obsolete} obsolete; "
        "{passages} passages known",
        "{waiting} en attente, {moving} en cours, {sent} envoyées, {dismissed} écartées, {obsolete} caduques ; "
        "{passages} passages connus",
    ),
    status_oldest=("oldest: {age}", "la plus ancienne : {age}"),
    status_read=("{name} read {age} ago", "{name} lu il y a {age}"),
    status_unread=("{name} not read yet", "{name} pas encore lu"),
    status_paused=("paused: {names}", "en pause : {names}"),
    status_works=("nothing is in trouble", "rien à signaler"),
    trouble_tracker=("{name} cannot be read: {sentence}", "{name} ne peut pas être lu : {sentence}"),
    trouble_model=(
        "The model cannot answer; drafts are quotations until it can.",
        "Le modèle ne répond pas ; en attendant, les brouillons sont des citations.",
    ),
    trouble_chat=("{name} has stopped: {sentence}", "{name} s'est arrêté : {sentence}"),
    again_tracker=("{name} is read again.", "{name} est lu de nouveau."),
    again_model=("The model answers again.", "Le modèle répond de nouveau."),
    again_chat=("{name} serves again.", "{name} est de nouveau là."),
    minutes=("{count} min", "{count} min"),
    hours=("{count} h", "{count} h"),
    days=("{count} d", "{count} j"),
    this_channel=("this channel", "ce salon"),
    paused=(
        "Paused: no new cards for {what} until `resume`. What stands can still be decided.",
        "En pause : plus de nouvelle carte pour {what} jusqu'à `resume`. Les cartes présentes restent utilisables.",
    ),
    resumed=(
        "Resumed: new cards for {what} come again, oldest first.",
        "Reprise : les nouvelles cartes pour {what} reviennent, les plus anciennes d'abord.",
    ),
    paused_already=("That is paused already.", "C'est déjà en pause."),
    not_paused=("That is not paused.", "Ce n'est pas en pause."),
    brought=("The card is coming.", "La carte arrive."),
    stands_already=("Its card stands in the channel already.", "Sa carte est déjà dans le salon."),
    empty_question=("Ask a question, in a few words.", "Posez une question, en quelques mots."),
    failed=(
        "That failed on our side; it is recorded, and the log says why.",
        "Cela a échoué de notre côté ; c'est enregistré, et le journal dit pourquoi.",
    ),
    footer=(
        "_Drafted by GePeTTTo, read and approved by a maintainer._",
        "_Préparé par GePeTTTo, relu et approuvé par un mainteneur._",
    ),
)
