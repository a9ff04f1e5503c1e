"""What Discord takes, as numbers.

From its documentation (https://docs.discord.com/developers/reference, .../resources/message,
.../components/reference) and its OpenAPI description. discord.py checks hardly any of them.
"""

from __future__ import annotations

CONTENT = 2000
LAYOUT_TEXT = 4000
"""All texts of a message made of components together."""
LAYOUT_PARTS = 40
EMBED_DESCRIPTION = 4096
EMBEDS_TEXT = 6000
"""All texts of all embeds of a message together."""
BUTTONS_IN_A_ROW = 5
BUTTON_LABEL = 80
OPTIONS = 25
OPTION_TEXT = 100
"""A label, a description or a value of a menu's option."""
PLACEHOLDER = 150
CUSTOM_ID = 100
MODAL_TITLE = 45
MODAL_PARTS = 5
INPUT_LABEL = 45
INPUT_DESCRIPTION = 100
INPUT_TEXT = 4000
COMMAND_DESCRIPTION = 100
MENU_NAME = 32
TAG_NAME = 20
THREAD_NAME = 100


def size(text: str) -> int:
    """Length in UTF-16 units. Discord does not say what it counts; this is never less than the code points."""
    return len(text) + sum(character > "\uffff" for character in text)
