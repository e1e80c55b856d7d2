"""Ports of alert channels: messages to people, without case content.

The channels themselves are in `channels/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

MARK: Final = 16
"""First digits of an alert's id, which identify it in a message and in its page's address."""

MAILS: Final = ("mail", "mailbox")
"""Names of the channels that reach a person's mailbox; all others are chats and programs."""


@dataclass(frozen=True, slots=True)
class Matter:
    """The question that a letter is about, as fields for webhooks and messages with buttons.

    Attributes:
        number: Registration number of the note, and the question's number: `EU-877 Q1`.
        state: Code of the question's state.
        due: The due time in force.
        step: Number of the step on our side's ladder.
        url: URL of the thread on our side's node.
        doubt: Doubt about the note, with `key`, `since` and `word`; None without doubt (K21).
        name: The question in the reader's words: `EU-877, question 1`.
    """

    number: str
    state: str
    due: datetime
    step: int
    url: str
    doubt: Mapping[str, str] | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One alert as a mail. No case content: a number, a state, a link, doubt about a key.

    Attributes:
        id: The alert's deterministic id, from which the Message-ID is made.
        to: Address of one recipient.
        subject: One line.
        text: Plain text.
        html: The text as HTML.
        lang: BCP 47 language of text and HTML.
        at: When the alert was made, for the Date line.
        in_reply_to: Id of the thread's first alert, by which mail programs group a thread.
        matters: The questions field by field; empty for a letter that only tests a channel.
        notice: Whether the letter is about undelivered entries instead of questions.
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
        """Whether the letter only tests a channel."""
        return not self.matters and not self.notice


@dataclass(frozen=True, slots=True)
class Delivered:
    """Acceptance by the next server. `provider`: its reply, for the delivery record."""

    message_id: str
    provider: str


class Channel(Protocol):
    """A configured way to reach people.

    Letters are delivered at least once; every attempt has the same id and content.
    """

    async def send(self, letter: Letter) -> Delivered:
        """Send a letter.

        Raises:
            Unavailable: `mail-temporary`, `mail-not-encrypted`, `channel-temporary`,
                `channel-misconfigured`: retry later; the letter may have arrived nevertheless.
                The fact `retry_after`, in seconds, is present if the server gave a time.
            NotAllowed: `mail-refused`, `channel-refused`: the server will never accept the letter;
                use another channel. `channel-gone`: the address accepts no more letters.
        """
        ...

    @property
    def group(self) -> bool:
        """Whether one message reaches a whole group, regardless of the letter's recipient."""
        ...

    async def reach(self) -> None:
        """Check that the server can be reached, without sending a message.

        Raises:
            Unavailable: As for `send`.
        """
        ...
