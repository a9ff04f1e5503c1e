"""GitLab: its REST API v4 through python-gitlab, from worker threads, behind one hardened backend."""

from bot.trackers.gitlab.backend import Bounds
from bot.trackers.gitlab.tracker import GitLabTracker

__all__ = ["Bounds", "GitLabTracker"]
