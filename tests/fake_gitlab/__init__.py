"""A GitLab for tests: real HTTP on 127.0.0.1, typed and strict, with faults on order.

It refuses routes, parameters and tokens it does not know, and checks every request against GitLab's own
OpenAPI document where that is at hand.
"""

from tests.fake_gitlab.faults import Fault, Kind
from tests.fake_gitlab.server import TOKEN, FakeGitLab, Seen
from tests.fake_gitlab.webhooks import HookRow
from tests.fake_gitlab.world import IssueRow, NoteRow, Project, World

__all__ = ["TOKEN", "FakeGitLab", "Fault", "HookRow", "IssueRow", "Kind", "NoteRow", "Project", "Seen", "World"]
