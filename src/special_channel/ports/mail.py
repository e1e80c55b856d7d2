"""Ports of ways to reach a person: letters without case content.

Does not write them: `channels/` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """One alert as a mail. Holds no case content: a number, a state, a link.

    Attributes:
        id: The alert's deterministic id; the Message-ID is made of it.
        to: Address of one recipient.
        subject: One line.
        text: Plain text.
        html: The same as HTML.
        lang: BCP 47 language of both.
        at: When the alert was made, for the Date line.
        in_reply_to: Id of the thread's first alert, so that mail programs file them together.
    """

    id: str
    to: str
    subject: str
    text: str
    html: str
    lang: str
    at: datetime
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The next server took it. `provider` is what it said, for the delivery record."""

    message_id: str
    provider: str


class Mail(Protocol):
    """Delivers at least once: the same letter has the same Message-ID and the same bytes."""

    async def send(self, letter: Letter) -> Delivered:
        """Hand a letter over.

        Raises:
            Unavailable: `mail-temporary`, `mail-not-encrypted`; send it again later. It may
                have arrived all the same.
            NotAllowed: `mail-refused`; the server will never take it. Use another way.
        """
        ...
