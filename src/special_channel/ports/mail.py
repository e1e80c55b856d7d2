"""Ports of ways to reach a person: letters without case content.

Does not write them: `channels/` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Matter:
    """What a letter is about, for receivers that are programs or show buttons.

    Attributes:
        number: Registration number of the note and the ask's number: `EU-877 Q1`.
        state: What is known, by its code.
        due: The due time in force.
        step: Number of the step on the own ladder.
        url: The thread on the own node.
    """

    number: str
    state: str
    due: datetime
    step: int
    url: str


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
        matters: The same once more, field by field; empty for a letter that only tries a way.
        notice: Whether it is about undelivered entries, and so about no question.
    """

    id: str
    to: str
    subject: str
    text: str
    html: str
    lang: str
    at: datetime
    in_reply_to: str | None = None
    matters: tuple[Matter, ...] = ()
    notice: bool = False

    @property
    def only_tries(self) -> bool:
        """Whether it says nothing but that a way works."""
        return not self.matters and not self.notice


@dataclass(frozen=True, slots=True)
class Delivered:
    """The next server took it. `provider` is what it said, for the delivery record."""

    message_id: str
    provider: str


class Mail(Protocol):
    """Delivers at least once: the same letter has the same id and says the same each time."""

    async def send(self, letter: Letter) -> Delivered:
        """Hand a letter over.

        Raises:
            Unavailable: `mail-temporary`, `mail-not-encrypted`, `channel-temporary`,
                `channel-misconfigured`; send it again later. It may have arrived all the same.
                The fact `retry_after`, in seconds, is there where the other end said so.
            NotAllowed: `mail-refused`, `channel-refused`: this letter will never be taken; use
                another way. `channel-gone`: no letter will be taken at this address any more.
        """
        ...


class Channel(Mail, Protocol):
    """A way to people as a node has it configured."""

    @property
    def group(self) -> bool:
        """Tell whether one message reaches a whole group, whoever the letter is to."""
        ...

    async def reach(self) -> None:
        """Find out whether the other end is there, without sending anything to anybody.

        Raises:
            Unavailable: as `send`.
        """
        ...
