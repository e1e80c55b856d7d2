"""The demonstration's mailbox in PostgreSQL, schema `desk`.

Does not send: messages are read on the node's mailbox page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class MailboxItem:
    """A message that the demonstration shows on the node's mailbox page."""

    id: str
    recipient: str
    subject: str
    text: str
    at: datetime


class Mailbox(Store):
    """The local mailbox of the demonstration."""

    async def deliver(self, item: MailboxItem) -> None:
        """Store a message; deduplicate by id."""
        await self._insert("desk.mailbox", rest="ON CONFLICT DO NOTHING", **asdict(item))

    async def items(self, limit: int) -> Sequence[MailboxItem]:
        """Return the newest messages first."""
        return await self._objects(
            MailboxItem,
            "SELECT id, recipient, subject, text, at FROM desk.mailbox"
            " ORDER BY at DESC, id LIMIT $1",
            limit,
        )
