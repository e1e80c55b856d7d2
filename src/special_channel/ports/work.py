"""Ports of escalation: looks that are planned, asks to plan them for, alerts on their way.

Work, not facts: any of it may be thrown away and made again from the record. Does not
decide when anything is due.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from special_channel.core.asks import AskRow
from special_channel.core.ids import EntryId, Party, QuestionNumber
from special_channel.core.private import EscalationRow
from special_channel.ports import Head, LogName, LogReading, PrivateTransaction, Record

AskKey = tuple[EntryId, QuestionNumber]
"""An ask: the note that asks and the question's number in it."""

LookState = Literal["armed", "waiting", "stuck"]
"""`waiting`: for something that no clock brings, such as the proof of delivery. `stuck`:
given up after several failures; an operator was told."""


@dataclass(frozen=True, slots=True)
class Look:
    """When to look at an ask again.

    Attributes:
        ask: Which.
        at: When; for `waiting` and `stuck`, when it was looked at last.
        generation: Rises with each fact about the ask, so that an older plan never
            replaces a newer one.
        state: Whether a time is waited for.
        undelivered: At its due time no proof of delivery was held (rule 11: what comes
            later is written only once the mirror has reached the peer's head).
        attempts: Failures in a row.
    """

    ask: AskKey
    at: datetime
    generation: int
    state: LookState = "armed"
    undelivered: bool = False
    attempts: int = 0


class Looks(Protocol):
    """Planned looks: what the reminders are made of when they are lost.

    Durable when a call returns; each call is atomic. Any of them may be repeated.
    """

    async def plan(self, looks: Sequence[Look], *, afresh: bool = False) -> None:
        """Set looks; an older generation changes nothing.

        A mark `undelivered` stays as long as the generation does, and so does `stuck`,
        unless `afresh`.
        """
        ...

    async def drop(self, asks: Sequence[AskKey]) -> None:
        """Forget asks that nothing is ahead of."""
        ...

    async def get(self, asks: Sequence[AskKey]) -> Mapping[AskKey, Look]:
        """Return the looks of these asks, in whatever state."""
        ...

    async def due(self, until: datetime, limit: int) -> Sequence[Look]:
        """Return armed looks not later than `until`, the earliest first."""
        ...

    async def armed(self, after: AskKey | None, limit: int) -> Sequence[Look]:
        """Return armed looks in the order of their asks, from behind one on."""
        ...


class OpenAsks(Protocol):
    """What escalation reads of the views, each in one query."""

    async def open(self, after: AskKey | None, limit: int) -> Sequence[AskRow]:
        """Return open asks in the order of their keys, from behind one on."""
        ...

    async def get(self, asks: Sequence[AskKey]) -> Sequence[AskRow]:
        """Return those of these asks that exist."""
        ...

    async def changed(self, log: Party, first: int, size: int) -> Sequence[AskRow]:
        """Return asks of the threads that entries `first` to `size` of a log touch."""
        ...

    async def delivered(self, asker: Party, first: int, size: int) -> Sequence[AskRow]:
        """Return a side's open asks that stand at `first` to `size` of its log."""
        ...

    async def raised(self, asks: Sequence[AskKey]) -> Mapping[AskKey, Sequence[EscalationRow]]:
        """Return the own steps raised for these asks, over all due times, in order."""
        ...


AlertState = Literal["waiting", "sent", "refused", "superseded", "undeliverable"]
"""`superseded`: answered, moved or ended before it could leave."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An alert on its way.

    Attributes:
        id: From `alerts.alert_id`.
        ask: What it is about.
        due: The due time it names.
        step: The step it tells of.
        channel: Which way it takes.
        document: The alert itself, JSON; from it every attempt makes the same bytes.
        at: When it was made.
        attempts: Tries so far, the one under way included.
    """

    id: str
    ask: AskKey
    due: str
    step: int
    channel: str
    document: str
    at: datetime
    attempts: int = 0


class Outbox(Protocol):
    """Alerts until they have left: at least once each, under one id.

    `put` and `close` happen in the caller's transaction, with the entries that say so.
    """

    async def put(self, transaction: PrivateTransaction, alerts: Sequence[Outgoing]) -> None:
        """Add alerts; an id that is there already is the same alert."""
        ...

    async def claim(self, now: datetime, lease: datetime, limit: int) -> Sequence[Outgoing]:
        """Take alerts whose turn has come, and nobody else until `lease`."""
        ...

    async def retry(self, id_: str, at: datetime, error: str) -> None:
        """Give an alert back until `at`; `error` is the code of what went wrong."""
        ...

    async def close(
        self, transaction: PrivateTransaction, id_: str, state: AlertState, provider: str = ""
    ) -> bool:
        """End an alert; False if it had ended already."""
        ...

    async def first(self, ask: AskKey, due: str) -> str | None:
        """Return the id of the first alert about an ask and due time."""
        ...


class PeerHead(Protocol):
    """Asks the other node for its freshly stamped head (rule 9)."""

    async def fresh_head(self, timeout: float = 0.5) -> str | None:  # noqa: ASYNC109 - the promise is: this long, then None
        """Return one whose whole tree is mirrored here, or None in time. Never raises."""
        ...


class WholeRecord(Record, LogReading, Protocol):
    """The record as escalation reads it."""

    async def head(self, log: LogName) -> Head:
        """Read a log's head row."""
        ...


LinkDown = Callable[[], datetime | None]
"""Since when the link is down; None while it is up."""
