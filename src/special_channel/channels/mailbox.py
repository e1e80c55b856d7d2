"""Mailbox channel of the demonstration: letters appear on a page of the node.

Letters never leave the machine. Does not render: the page reads the rows.
"""

from __future__ import annotations

from typing import Protocol

from special_channel.ports import Delivered, Letter


class MailboxRows(Protocol):
    """Storage of letters. `put` is idempotent by the letter's id and durable on return."""

    async def put(self, letter: Letter) -> None:
        """Store a letter unless its id is already stored.

        Raises:
            Unavailable: the store's code.
        """
        ...


class MailboxMail:
    """Port `Mail` that stores letters on this node."""

    def __init__(self, rows: MailboxRows) -> None:
        self._rows = rows

    @property
    def group(self) -> bool:
        """Whether a letter reaches a whole group: never."""
        return False

    async def reach(self) -> None:
        """Do nothing: the mailbox is on this node."""

    async def send(self, letter: Letter) -> Delivered:
        """Store the letter; repeats are stored once."""
        await self._rows.put(letter)
        return Delivered(letter.id, "mailbox")
