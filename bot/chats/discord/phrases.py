"""What the bot says on Discord, in English and in French."""

from __future__ import annotations

from bot.domain.phrases import Phrases

words = Phrases(
    # --- the card
    number=("no. {number}", "n° {number}"),
    labels_more=("{count} more", "{count} de plus"),
    draft_long=(
        "{total} characters, shown {shown}; `reply.md` is exactly what would be sent.",
        "{total} caractères, dont {shown} affichés ; `reply.md` est exactement ce qui serait envoyé.",
    ),
    draft_unseen=(
        "Not every character can be shown here; `reply.md` is exactly what would be sent.",
        "Tous les caractères ne peuvent pas être affichés ici ; `reply.md` est exactement ce qui serait envoyé.",
    ),
    draft_broken=(
        "This text holds characters that cannot be sent; edit it first.",
        "Ce texte contient des caractères qui ne peuvent pas être envoyés ; modifiez-le d'abord.",
    ),
    sources_more=("and {count} more", "et {count} de plus"),
    decided=("{name} {verdict}, on {chat}, {age}", "{name} {verdict}, sur {chat}, {age}"),
    verdict_approve=("approved draft {draft}", "a approuvé le brouillon {draft}"),
    verdict_edit=("wrote another text after draft {draft}", "a écrit un autre texte après le brouillon {draft}"),
    verdict_regenerate=(
        "asked for another text after draft {draft}",
        "a demandé un autre texte que le brouillon {draft}",
    ),
    verdict_dismiss=("dismissed draft {draft}", "a écarté le brouillon {draft}"),
    verdict_undo=("brought draft {draft} back", "a rétabli le brouillon {draft}"),
    see_reply=("Read the reply", "Lire la réponse"),
    approve=("Approve", "Approuver"),
    regenerate=("Regenerate", "Régénérer"),
    edit=("Edit", "Modifier"),
    dismiss=("Dismiss", "Écarter"),
    undo=("Undo", "Rétablir"),
    thread=("Thread", "Fil"),
    more=("More", "Ticket entier"),
    # --- lists and answers
    list_more=("… and {count} more", "… et {count} de plus"),
    bring=("Bring a card here", "Faire venir une carte"),
    digest_one=("{total} issue waits without a card", "{total} ticket attend sans carte"),
    digest_many=("{total} issues wait without a card", "{total} tickets attendent sans carte"),
    digest_none=("Nothing waits without a card any more.", "Plus rien n'attend sans carte."),
    alert_title=("The bot needs somebody", "Le robot a besoin de quelqu'un"),
    digest_title=("Issues that wait without a card", "Tickets qui attendent sans carte"),
    nothing_found=("Nothing that we know answers this.", "Rien de ce que nous savons n'y répond."),
    answer_long=(
        "The answer is too long to be posted here; `answer.md` holds all of it.",
        "La réponse est trop longue pour être publiée ici ; `answer.md` la contient en entier.",
    ),
    post_here=("Post here", "Publier ici"),
    posted_here=("Posted.", "Publié."),
    # --- forms
    form_edit=("Edit draft {number}", "Modifier le brouillon {number}"),
    form_write=("Write a reply", "Écrire une réponse"),
    form_text=("Reply", "Réponse"),
    form_part=("Reply, part {part} of {parts}", "Réponse, partie {part} sur {parts}"),
    form_upload=("Or upload the whole reply", "Ou téléversez la réponse entière"),
    form_upload_why=(
        "A text file, such as reply.md; it counts instead of the text above",
        "Un fichier texte, comme reply.md ; il remplace le texte ci-dessus",
    ),
    form_too_long=(
        "This draft cannot be edited in a form: {total} characters. Take `reply.md` from the card, or begin anew, "
        "and upload the whole reply.",
        "Ce brouillon ne se modifie pas dans un formulaire : {total} caractères. Prenez `reply.md` sur la carte, ou "
        "repartez de zéro, puis téléversez la réponse entière.",
    ),
    form_regenerate=("Write it anew", "Réécrire le brouillon"),
    form_instruction=("What should be different?", "Que faut-il changer ?"),
    form_dismiss=("Dismiss this draft", "Écarter ce brouillon"),
    form_reason=("Why?", "Pourquoi ?"),
    form_optional=("May stay empty", "Peut rester vide"),
    # --- answers to a click
    failed=(
        "That failed on our side; it is recorded, and the log says why.",
        "Cela a échoué de notre côté ; c'est enregistré, et le journal dit pourquoi.",
    ),
    no_longer=(
        "This control does not work any more; /drafts lists what waits.",
        "Cette commande ne fonctionne plus ; /drafts liste ce qui attend.",
    ),
    not_here=(
        "This channel is not configured; commands and buttons answer only where cards are posted.",
        "Ce salon n'est pas configuré ; commandes et boutons ne répondent que là où les cartes sont publiées.",
    ),
    not_allowed=(
        "You may not decide here; the reviewers are named in the configuration of this channel.",
        "Vous ne pouvez pas décider ici ; les relecteurs sont nommés dans la configuration de ce salon.",
    ),
    kept_text=("{reason} Your text is in the file below.", "{reason} Votre texte est dans le fichier ci-dessous."),
    edit_which=(
        "Choose a draft from the suggestions, or give the number of its card.",
        "Choisissez un brouillon parmi les suggestions, ou donnez le numéro de sa carte.",
    ),
    card_changing=(
        "The card has just changed; look again, then react again.",
        "La carte vient de changer ; relisez-la, puis réagissez de nouveau.",
    ),
    reaction_edit_hint=(
        "To edit, press Edit, use /edit, or reply to the card: mention me and write the whole new text.",
        "Pour modifier, cliquez sur Modifier, utilisez /edit, ou répondez à la carte en me mentionnant avec tout le "
        "nouveau texte.",
    ),
    edited_too_often=(
        "Discord does not let this card be edited again so soon. It is now: {state}.",
        "Discord ne permet pas encore de modifier cette carte. Elle est maintenant : {state}.",
    ),
    # --- threads and forums
    use_thread=("Regenerate with this thread", "Régénérer avec ce fil"),
    thread_opened=(
        "Here is room to talk about this draft. What reviewers write here, mentioning me, can become an instruction.",
        "Ici, on peut discuter de ce brouillon. Ce que les relecteurs y écrivent en me mentionnant peut devenir une "
        "consigne.",
    ),
    thread_nothing_readable=(
        "Nothing here can be read: Discord shows me only messages that mention me, and only reviewers count.",
        "Rien n'est lisible ici : Discord ne me montre que les messages qui me mentionnent, et seuls ceux des "
        "relecteurs comptent.",
    ),
    thread_used=(
        "A new draft is being written with what {names} wrote here.",
        "Un nouveau brouillon est en cours d'écriture, d'après ce que {names} a écrit ici.",
    ),
    version=("**Draft {number}** by {name}:", "**Brouillon {number}** de {name} :"),
    version_edited=("**Draft {number}**, written by {name}:", "**Brouillon {number}**, écrit par {name} :"),
    reason_given=("{name} dismissed the draft: {reason}", "{name} a écarté le brouillon : {reason}"),
    tag_waiting=("waiting", "en attente"),
    tag_sent=("sent", "envoyé"),
    tag_dismissed=("dismissed", "écarté"),
    tag_failed=("failed", "en échec"),
    # --- commands
    command_answer=("Draft a reply to this issue now", "Préparer maintenant une réponse à ce ticket"),
    command_ask=(
        "Answer a question; you alone see it, and may post it",
        "Répondre à une question ; vous seul voyez la réponse, et pouvez la publier",
    ),
    command_drafts=("List what waits, with links to the cards", "Lister ce qui attend, avec des liens vers les cartes"),
    command_edit=(
        "Write a reply anew: with a text, a file, or a form",
        "Réécrire une réponse : avec un texte, un fichier ou un formulaire",
    ),
    command_status=(
        "How much waits, was sent, was dismissed",
        "Combien attendent, ont été envoyées, ont été écartées",
    ),
    command_pause=(
        "Hold new cards of a project, or of this channel, back",
        "Retenir les nouvelles cartes d'un projet, ou de ce salon",
    ),
    command_resume=("Show new cards again", "Afficher de nouveau les nouvelles cartes"),
    menu_answer=("Answer this message", "Répondre à ce message"),
    option_issue=("An open issue, or its address", "Un ticket ouvert, ou son adresse"),
    option_question=("What you want to know", "Ce que vous voulez savoir"),
    option_project=("A project; absent: this channel", "Un projet ; absent : ce salon"),
    option_draft=("The draft, or the number of its card", "Le brouillon, ou le numéro de sa carte"),
    option_text=("The whole new text", "Tout le nouveau texte"),
    option_file=("A text file that holds the whole reply", "Un fichier texte qui contient toute la réponse"),
)
