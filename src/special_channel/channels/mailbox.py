"""Mailbox channel of the demonstration: letters appear on a page of the node.

Letters never leave the machine. Does not render: the page reads the rows.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from special_channel.ports import Delivered, Letter


class MailboxMail:
    """Port `Channel` that stores letters on this node."""

    group: ClassVar[bool] = False

    def __init__(self, put: Callable[[Letter], Awaitable[None]]) -> None:
        """`put` stores a letter durably, unless its id is already stored."""
        self._put = put

    async def reach(self) -> None:
        """Do nothing: the mailbox is on this node."""

    async def send(self, letter: Letter) -> Delivered:
        """Store the letter; repeats are stored once."""
        await self._put(letter)
        return Delivered(letter.id, "mailbox")
