"""The demonstration's mailbox in PostgreSQL, schema `desk`.

Does not send: messages are read on the node's mailbox page.
"""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.ports.people import MailboxItem
from special_channel.stores.database_errors import mapped
from special_channel.stores.sessions import Pool


class PostgresMailbox:
    """Port `Mailbox`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @mapped
    async def deliver(self, item: MailboxItem) -> None:
        """Store a message."""
        await self._pool.execute(
            "INSERT INTO desk.mailbox (id, recipient, subject, text, at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            item.id,
            item.recipient,
            item.subject,
            item.text,
            item.at,
        )

    @mapped
    async def items(self, limit: int) -> Sequence[MailboxItem]:
        """Return messages, newest first."""
        rows = await self._pool.fetch(
            "SELECT id, recipient, subject, text, at FROM desk.mailbox"
            " ORDER BY at DESC, id LIMIT $1",
            limit,
        )
        return [MailboxItem(**row) for row in rows]
