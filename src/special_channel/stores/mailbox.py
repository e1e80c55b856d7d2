"""The demonstration's mailbox in PostgreSQL, schema `desk`.

Does not send: messages are read on the node's mailbox page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class MailboxItem:
    """A message that the demonstration shows on the node's mailbox page.

    Attributes:
        id: The letter's id.
        recipient: Its address.
        subject: One line.
        text: Plain text.
        at: When the letter was made.
        raw: The whole message (RFC 5322); empty if it was stored before this column.
    """

    id: str
    recipient: str
    subject: str
    text: str
    at: datetime
    raw: bytes = b""


_COLUMNS: Final = "id, recipient, subject, text, at, raw"

_MATCHING: Final = (
    " FROM desk.mailbox"
    " WHERE (strpos(lower(concat_ws(E'\n', recipient, subject, text)), lower($1)) > 0"
    " OR recipient = ANY ($2::text[]))"
)


class Mailbox(Store):
    """The local mailbox of the demonstration."""

    async def deliver(self, item: MailboxItem) -> None:
        """Store a message; deduplicate by id."""
        await self._insert("desk.mailbox", rest="ON CONFLICT DO NOTHING", **asdict(item))

    async def items(
        self,
        limit: int,
        text: str = "",
        recipients: Sequence[str] = (),
        *,
        oldest: bool = False,
    ) -> Sequence[MailboxItem]:
        """Return messages, the newest or the oldest first.

        Args:
            limit: Most messages.
            text: Part of an address, a subject or a text, in any case; empty for all.
            recipients: Addresses whose messages match as well.
            oldest: Whether the oldest come first.
        """
        order = "at, id DESC" if oldest else "at DESC, id"
        return await self._objects(
            MailboxItem,
            f"SELECT {_COLUMNS}{_MATCHING} ORDER BY {order} LIMIT $3",
            *(text, list(recipients), limit),
        )

    async def count(self, text: str = "", recipients: Sequence[str] = ()) -> int:
        """Count the messages of `items` without its limit."""
        return await self._count(f"SELECT count(*){_MATCHING}", text, list(recipients))

    async def item(self, mark: str) -> MailboxItem | None:
        """Return a message by the first digits of its id, or None."""
        found = await self._objects(
            MailboxItem,
            f"SELECT {_COLUMNS} FROM desk.mailbox"  # noqa: S608 - constants
            " WHERE starts_with(id, $1) ORDER BY id LIMIT 1",
            mark,
        )
        return next(iter(found), None)
