"""What Discord accepts: sizes and shapes of messages, forms, suggestions and commands.

Every check returns sentences, none when all is well.
"""

from tests.fake_discord.limits.counting import length, unicode_problems
from tests.fake_discord.limits.forms import choice_problems, modal_problems
from tests.fake_discord.limits.messages import FILE_BYTES, message_problems, nonce_problems
from tests.fake_discord.limits.places import command_problems, tag_problems, thread_problems

__all__ = [
    "FILE_BYTES",
    "choice_problems",
    "command_problems",
    "length",
    "message_problems",
    "modal_problems",
    "nonce_problems",
    "tag_problems",
    "thread_problems",
    "unicode_problems",
]
