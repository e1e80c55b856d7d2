"""Errors, sorted by what the caller does next.

Does not know HTTP statuses or exit codes: `web/problems.py` and `cli` hold those
tables. Does not hold the sentences people read: `messages/` has one per code.
"""

from __future__ import annotations


class ChannelError(Exception):
    """A failure with a stable code.

    Attributes:
        code: Kebab-case, stable for ever; the key into `messages/`.
        detail: One English sentence that is safe to show. Never holds content of
            entries, secrets or personal data.
        facts: Placeholders for the translated sentence (limits, positions, names of
            fields). Safe to show.
    """

    def __init__(self, code: str, detail: str = "", /, **facts: str | int) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail or code
        self.facts: dict[str, str | int] = facts

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail != self.code else self.code


class Refused(ChannelError):  # noqa: N818 - says what the caller does next
    """The caller's input is at fault; nothing was written."""


class Malformed(Refused):
    """The bytes are not what their format asks for."""


class BadSignature(Refused):
    """A signature is missing, wrong, or by a key that may not sign this."""


class NotAllowed(Refused):
    """The caller may not do this."""


class NotFound(Refused):
    """What was named does not exist here, or not for this caller."""


class RuleBroken(Refused):
    """Well formed and signed, but against a rule of the channel."""


class Unavailable(ChannelError):  # noqa: N818 - says what the caller does next
    """Nothing was written; the same call may be tried again."""


class OutcomeUnknown(ChannelError):  # noqa: N818 - says what the caller does next
    """It may have been written; read back before trying again."""


class Corrupt(ChannelError):  # noqa: N818 - says what the caller does next
    """The record fails its own proof; stop the process."""
