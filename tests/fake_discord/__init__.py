"""A Discord for tests: REST and gateway in one application on 127.0.0.1, for the real discord.py.

It enforces what Discord enforces, and keeps in `problems` what a correct bot never does. Time is the test's clock.
"""

from tests.fake_discord.components import Button
from tests.fake_discord.faults import Fault
from tests.fake_discord.gateway import Intent
from tests.fake_discord.interactions import Interaction
from tests.fake_discord.model import Attachment, Channel, Guild, Member, Message, Role, Tag, User
from tests.fake_discord.permissions import Permission
from tests.fake_discord.server import TOKEN, FakeDiscord

__all__ = [
    "TOKEN",
    "Attachment",
    "Button",
    "Channel",
    "FakeDiscord",
    "Fault",
    "Guild",
    "Intent",
    "Interaction",
    "Member",
    "Message",
    "Permission",
    "Role",
    "Tag",
    "User",
]
