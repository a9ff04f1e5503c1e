"""One family of errors, named by who has to act.

BotError                 root; `str(error)` is one sentence that tells the person what to do
├── ConfigError          the operator: the configuration is wrong (exit code 2)
├── UsageError           the person at the keyboard: this request cannot be understood (exit code 2)
├── Refused              a person asked for something that is not allowed or not possible now
│   ├── NotAllowed       … because they may not decide here
│   ├── StaleDraft       … because what they saw is not what stands there now
│   └── IllegalMove      … because the review's state does not allow it
├── Overtaken            somebody else moved the review first (compare-and-swap found no row)
├── Temporary            nobody: the same call can work later, and was certainly not carried out
│   └── Limited          … and the other side said how long to wait
├── InDoubt              nobody: the call may have been carried out; look before trying again
└── Permanent            the operator or the team: the same call will fail again
    ├── Gone             the thing does not exist or cannot be seen any more
    ├── Unauthorised     the credentials are wrong, expired or too weak
    └── Unreadable       an answer or a file that cannot be understood
"""

from __future__ import annotations


class BotError(Exception):
    """Root of every error this program raises on purpose."""


class ConfigError(BotError):
    """The configuration is wrong; the sentence names the file and the key."""


class UsageError(BotError):
    """A command or an argument cannot be understood."""


class Refused(BotError):
    """A person asked for something that is not allowed or not possible now."""


class NotAllowed(Refused):
    """This person may not decide here."""


class StaleDraft(Refused):
    """What the person saw is not what stands there now."""


class IllegalMove(Refused):
    """The review's state does not allow this step."""


class Overtaken(BotError):
    """Somebody else moved the review first."""


class Temporary(BotError):
    """The call was certainly not carried out, and can work later."""


class Limited(Temporary):
    """The other side asks us to wait `retry_after` seconds (None: it did not say how long)."""

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class InDoubt(BotError):
    """The call may have been carried out: look for its result before trying again."""


class Permanent(BotError):
    """The same call will fail again until somebody changes something."""


class Gone(Permanent):
    """The thing does not exist, or cannot be seen with our credentials."""


class Unauthorised(Permanent):
    """The credentials are wrong, expired or too weak."""


class Unreadable(Permanent):
    """An answer or a file that cannot be understood."""
