"""Errors, classified by the caller's next step.

Does not know HTTP statuses or exit codes: `web/http/problems.py` and `cli` have the tables. Does
not contain sentences for people: `messages/` has a sentence for each code.
"""

from __future__ import annotations


class ChannelError(Exception):
    """A failure with a stable code.

    Attributes:
        code: Kebab-case, never changed; the key into `messages/`.
        detail: An English sentence, safe to show: without content of entries, secrets or
            personal data.
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
    """The caller's input is wrong; nothing was written."""


class Malformed(Refused):
    """The bytes do not have their format."""


class BadSignature(Refused):
    """A signature is missing, wrong, or by a key without the authority to sign."""


class NotAllowed(Refused):
    """The caller lacks permission."""


class NotFound(Refused):
    """The named object does not exist, or is hidden from the caller."""


class RuleBroken(Refused):
    """Well formed and signed, but against a rule of the channel."""


class Unavailable(ChannelError):  # noqa: N818 - says what the caller does next
    """Nothing was written; the caller may retry."""


class OutcomeUnknown(ChannelError):  # noqa: N818 - says what the caller does next
    """The data may have been written; read back before a retry."""


class Corrupt(ChannelError):  # noqa: N818 - says what the caller does next
    """The stored record fails verification; stop the process."""
