"""What is said on Matrix, in English and in French."""

from __future__ import annotations

from bot.domain.phrases import Phrases

say = Phrases(
    # --- cards
    number=("review {number}", "relecture {number}"),
    opened=("opened by {name}, {when}", "ouvert par {name}, {when}"),
    confirmed=("{name}: {verdict} in {chat}, {when}", "{name} : {verdict} dans {chat}, {when}"),
    verdict_approve=("approved", "approuvé"),
    verdict_edit=("edited", "modifié"),
    verdict_regenerate=("asked for another draft", "autre brouillon demandé"),
    verdict_dismiss=("dismissed", "écarté"),
    verdict_undo=("brought back", "repris"),
    do_approve=("{sign} sends exactly this", "{sign} envoie exactement ceci"),
    do_regenerate=("{sign} another draft", "{sign} autre brouillon"),
    do_edit=("{sign} how to edit", "{sign} comment modifier"),
    do_dismiss=("{sign} no reply", "{sign} pas de réponse"),
    or_words=(
        "Or reply with the new text, or write `{prefix} {commands} {number}`.",
        "Ou répondez avec le nouveau texte, ou écrivez `{prefix} {commands} {number}`.",
    ),
    do_undo=("`{prefix} undo {number}` brings it back.", "`{prefix} undo {number}` le fait revenir."),
    attached=(
        "This is the beginning. The exact text that would be sent is reply.md ({size} bytes), in the thread.",
        "Ceci est le début. Le texte exact qui serait envoyé est reply.md ({size} octets), dans le fil.",
    ),
    attaching=(
        "The exact text is being attached; until then it cannot be approved.",
        "Le texte exact est en cours d'ajout ; il ne peut pas encore être approuvé.",
    ),
    file=("The exact text of draft {draft}", "Le texte exact du brouillon {draft}"),
    changed=("Review {number}: {state}", "Relecture {number} : {state}"),
    reply=("The reply", "La réponse"),
    # --- lists and answers
    more=("… and {count} more", "… et {count} de plus"),
    held=("not shown yet: `{prefix} show {number}`", "pas encore affiché : `{prefix} show {number}`"),
    digest=(
        "{total} reviews wait without a card; `{prefix} show NUMBER` brings one.",
        "{total} relectures attendent sans carte ; `{prefix} show NUMÉRO` en fait venir une.",
    ),
    digest_none=("No review waits without a card any more.", "Plus aucune relecture n'attend sans carte."),
    nothing_found=("Nothing that is known answers this.", "Rien de connu ne répond à cela."),
    # --- talk
    version=("Draft {number} by {name}:", "Brouillon {number} de {name} :"),
    version_edited=("Draft {number}, written by {name}:", "Brouillon {number}, écrit par {name} :"),
    reason=("{name} dismissed it: {reason}", "{name} l'a écarté : {reason}"),
    how_to_edit=(
        "Reply to the card with the whole new text; it becomes the next draft, which you can then approve.",
        "Répondez à la carte avec tout le nouveau texte ; il devient le prochain brouillon, à approuver.",
    ),
    just_changed=(
        "The card has just changed, and may have shown something else to you; look again, then decide again. "
        "(A reaction: take it away, then give it anew.)",
        "La carte vient de changer et vous montrait peut-être autre chose ; relisez-la, puis décidez à nouveau. "
        "(Une réaction : retirez-la, puis remettez-la.)",
    ),
    not_whole=(
        "The exact text is not attached yet; decide when it is.",
        "Le texte exact n'est pas encore joint ; décidez quand il le sera.",
    ),
    taken_away=(
        "Taking the reaction away stops nothing: that draft was approved and is on its way, or there already.",
        "Retirer la réaction n'arrête rien : ce brouillon a été approuvé et part, ou est déjà arrivé.",
    ),
    unreadable=(
        "I cannot decrypt that message. Send it again; if it stays so, `gepettto check` may tell why.",
        "Je ne peux pas déchiffrer ce message. Renvoyez-le ; si cela persiste, `gepettto check` en dira la cause.",
    ),
    which=(
        "Which review? Write its number, or reply to its card: `{prefix} {command} 3`.",
        "Quelle relecture ? Écrivez son numéro, ou répondez à sa carte : `{prefix} {command} 3`.",
    ),
    no_card_here=(
        "The card of review {number} does not stand here; `{prefix} show {number}` brings it.",
        "La carte de la relecture {number} n'est pas ici ; `{prefix} show {number}` la fait venir.",
    ),
    no_issue=("Name the issue by its address: `answer https://…`.", "Donnez l'adresse du ticket : `answer https://…`."),
    not_allowed=(
        "You may not decide here; the reviewers are named in the bot's configuration.",
        "Vous ne pouvez pas décider ici ; les relecteurs sont nommés dans la configuration du robot.",
    ),
    unknown_command=(
        "There is no command “{word}”; `help` lists them.",
        "Il n'y a pas de commande « {word} » ; `help` les liste.",
    ),
    unknown_command_near=(
        "There is no command “{word}”; did you mean `{near}`?",
        "Il n'y a pas de commande « {word} » ; vouliez-vous dire `{near}` ?",
    ),
    # --- help
    help_title=(
        "Commands; “{prefix}” or my name comes first. On a card, react, or write in its thread without the number.",
        "Commandes, après « {prefix} » ou mon nom. Sur une carte, réagissez, ou écrivez dans son fil sans le numéro.",
    ),
    help_approve=("approve N: send exactly what the card shows", "approve N : envoyer exactement ce que dit la carte"),
    help_regenerate=("regenerate N [HOW]: another draft", "regenerate N [COMMENT] : un autre brouillon"),
    help_edit=("edit N TEXT: your text becomes the next draft", "edit N TEXTE : votre texte, prochain brouillon"),
    help_dismiss=("dismiss N [WHY]: no reply from here", "dismiss N [RAISON] : pas de réponse d'ici"),
    help_undo=("undo N: bring a dismissed one back", "undo N : faire revenir ce qui fut écarté"),
    help_answer=("answer URL: draft a reply to this issue now", "answer URL : préparer une réponse à ce ticket"),
    help_ask=(
        "ask [QUESTION]: a freeform question; as a reply, it answers that message",
        "ask [QUESTION] : une question libre ; en réponse, il répond à ce message",
    ),
    help_drafts=("drafts: what waits", "drafts : ce qui attend"),
    help_show=("show N: bring the card of a review here", "show N : faire venir la carte d'une relecture"),
    help_status=("status: how much waits, moves, is done", "status : ce qui attend, avance, est fini"),
    help_pause=("pause [PROJECT]: no new cards", "pause [PROJET] : plus de nouvelles cartes"),
    help_resume=("resume [PROJECT]: cards come again", "resume [PROJET] : les cartes reviennent"),
    help_help=("help: this list", "help : cette liste"),
)
