"""The demo's way to reach a person: a mailbox on the node's own page.

Does not leave the machine. Does not show anything: the page reads the rows.
"""

from __future__ import annotations

from typing import Protocol

from special_channel.ports import Delivered, Letter


class MailboxRows(Protocol):
    """Where letters lie. `put` is idempotent by the letter's id and durable on return."""

    async def put(self, letter: Letter) -> None:
        """Keep a letter, or nothing if it lies there already.

        Raises:
            Unavailable: the store's code.
        """
        ...


class MailboxMail:
    """Port `Mail` that keeps letters on this node."""

    def __init__(self, rows: MailboxRows) -> None:
        self._rows = rows

    @property
    def group(self) -> bool:
        """Tell that a letter is for its recipient alone."""
        return False

    async def reach(self) -> None:
        """Find it there: it is on this node."""

    async def send(self, letter: Letter) -> Delivered:
        """Keep the letter; a repeat lies there once."""
        await self._rows.put(letter)
        return Delivered(letter.id, "mailbox")
