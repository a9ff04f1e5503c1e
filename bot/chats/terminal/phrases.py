"""What the terminal itself says, in English and in French."""

from __future__ import annotations

from bot.domain.phrases import Phrases

say = Phrases(
    welcome=("GePeTTTo {version}. `help` lists the commands.", "GePeTTTo {version}. `aide` liste les commandes."),
    new_card=("new: {number}  {title}  (`show {number}`)", "nouveau : {number}  {title}  (`show {number}`)"),
    no_card=("No card is shown; `start` shows the first one.", "Aucune carte affichée ; `start` montre la première."),
    no_draft=("This card has no draft to {what}.", "Cette carte n'a pas de brouillon."),
    no_number=("Name the card: `show 3`.", "Nommez la carte : `show 3`."),
    no_target=("Name an address or a file: `add https://…`.", "Nommez une adresse ou un fichier : `add https://…`."),
    nothing_to_undo=("Nothing was dismissed here.", "Rien n'a été écarté ici."),
    unchanged=("The text is unchanged; nothing was done.", "Le texte n'a pas changé ; rien n'a été fait."),
    unreadable=("{path} cannot be read: {reason}.", "{path} ne peut pas être lu : {reason}."),
    exists=("{path} exists already; name another file.", "{path} existe déjà ; nommez un autre fichier."),
    unwritable=("{path} cannot be written: {reason}.", "{path} ne peut pas être écrit : {reason}."),
    saved=("Saved to {path}.", "Enregistré dans {path}."),
    confirm=("Send exactly this? [y/N] ", "Envoyer exactement ceci ? [o/N] "),
    no_editor=(
        "The editor {editor} could not be run; set EDITOR, or use `edit TEXT`.",
        "L'éditeur {editor} n'a pas pu être lancé ; définissez EDITOR, ou utilisez `edit TEXTE`.",
    ),
    goodbye=("What waits, waits on.", "Ce qui attend attend encore."),
)
