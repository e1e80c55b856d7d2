"""Ports of escalation: looks that are planned, asks to plan them for, alerts on their way.

Work, not facts: any of it may be thrown away and made again from the record. Does not
decide when anything is due.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from special_channel.core.bytes.ids import EntryId, Party, Position, QuestionNumber
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.private import EscalationRow
from special_channel.ports import Head, LogName, LogReading, PrivateTransaction, Record

AskKey = tuple[EntryId, QuestionNumber]

Way = tuple[str, str]
"""Recipient and channel of alerts."""
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

    async def open(self, after: AskKey | None, limit: int) -> Sequence[QuestionRow]:
        """Return open asks in the order of their keys, from behind one on."""
        ...

    async def get(self, asks: Sequence[AskKey]) -> Sequence[QuestionRow]:
        """Return those of these asks that exist."""
        ...

    async def changed(self, log: Party, first: int, size: int) -> Sequence[QuestionRow]:
        """Return asks of the threads that entries `first` to `size` of a log touch."""
        ...

    async def delivered(self, asker: Party, first: int, size: int) -> Sequence[QuestionRow]:
        """Return a side's open asks that stand at `first` to `size` of its log."""
        ...

    async def raised(self, asks: Sequence[AskKey]) -> Mapping[AskKey, Sequence[EscalationRow]]:
        """Return the own steps raised for these asks, over all due times, in order."""
        ...


AlertState = Literal[
    "waiting",
    "sent",
    "refused",
    "superseded",
    "undeliverable",
    "diverted",
    "digested",
    "acknowledged",
]
"""`superseded`: answered, moved, ended or overtaken by the next step before it could leave.
`diverted`: this way failed and another was taken. `digested`: listed in one message with
others. `acknowledged`: a person has the step, so nobody is told again. `refused`,
`undeliverable`: no way was left; the next on the ladder was told instead."""

AlertKind = Literal["step", "repeat", "warning", "digest", "canary", "notice"]
"""`step`: of the own ladder. `repeat`: the same once more. `warning`: before the due time,
its step is 100 and the share of the time. `digest`: lists others. `canary`: tells nobody
anything but that alerts come through. `notice`: of undelivered entries; its `due` is the
occurrence, its step 0 where that begins and 1 where it is over."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An alert on its way.

    Attributes:
        id: From `alerts.alert_id`; what takes another way has an id made of the first.
        ask: What it is about; a digest and a canary are about none.
        due: The due time it names.
        step: The step it tells of.
        channel: Which way it takes.
        document: The alert itself, JSON; from it every attempt makes the same bytes.
        at: When it was made.
        attempts: Tries so far, the one under way included.
        kind: What it is.
        recipient: Address, or the channel's name where that reaches a group.
        official: Number of the person told; 0 for a group.
        base: Id of the same alert on its first way.
        urgent: Does not wait for office hours, nor for a digest.
        repeat: Which repeat, from 1; 0: the first.
        not_before: Kept back until the recipient's office opens; None: sent at once.
        failing: Since when this way has failed.
    """

    id: str
    ask: AskKey
    due: str
    step: int
    channel: str
    document: str
    at: datetime
    attempts: int = 0
    kind: AlertKind = "step"
    recipient: str = ""
    official: int = 0
    base: str = ""
    urgent: bool = False
    repeat: int = 0
    not_before: datetime | None = None
    failing: datetime | None = None

    @property
    def since(self) -> datetime:
        """From when on it could leave."""
        return self.not_before or self.at


@dataclass(frozen=True, slots=True)
class Left:
    """A message that left: when, and whether it was a digest."""

    at: datetime
    kind: AlertKind


@dataclass(frozen=True, slots=True)
class Queued:
    """Alerts on one way that may be listed together, and whether others wait there.

    Attributes:
        way: Recipient and channel.
        count: How many may be listed.
        oldest: From when on the first of them could leave.
        newest: From when on the last of them could leave.
        alone: Whether a message waits there that is never listed.
    """

    way: Way
    count: int
    oldest: datetime
    newest: datetime
    alone: bool = field(default=False, kw_only=True)


class Outbox(Protocol):
    """Alerts until they have left: at least once each, under one id.

    `put`, `close` and `fold` happen in the caller's transaction, with the entries that say
    so.
    """

    async def put(self, transaction: PrivateTransaction, alerts: Sequence[Outgoing]) -> None:
        """Add alerts; an id that is there already is the same alert."""
        ...

    async def known(self, transaction: PrivateTransaction, id_: str) -> bool:
        """Tell whether an alert with this id was ever put."""
        ...

    async def queued(self, now: datetime) -> Sequence[Queued]:
        """Count the alerts whose turn has come, by way."""
        ...

    async def claim(
        self, now: datetime, lease: datetime, limit: int, gathering: Collection[Way] = ()
    ) -> Sequence[Outgoing]:
        """Take alerts whose turn has come, and nobody else until `lease`.

        All that wait on one way are taken together, for `limit` ways; of those on which many
        are `gathering`, only those that are never listed.
        """
        ...

    async def retry(self, id_: str, at: datetime, error: str, failing: datetime) -> None:
        """Give an alert back until `at`: what went wrong, and since when."""
        ...

    async def hold(self, ids: Sequence[str], at: datetime) -> None:
        """Give alerts back untried until `at`."""
        ...

    async def close(
        self,
        transaction: PrivateTransaction,
        id_: str,
        state: AlertState,
        at: datetime,
        provider: str = "",
    ) -> bool:
        """End an alert; False if it had ended already."""
        ...

    async def fold(
        self, transaction: PrivateTransaction, digest: Outgoing, ids: Sequence[str], at: datetime
    ) -> None:
        """Put a digest in the place of these alerts."""
        ...

    async def folded(self, id_: str) -> Sequence[Outgoing]:
        """Return the alerts that a digest lists."""
        ...

    async def left(self, ways: Sequence[Way], since: datetime) -> Mapping[Way, Sequence[Left]]:
        """Return what left for each (recipient, channel) since then, in order."""
        ...

    async def told(self, ask: AskKey, due: str) -> frozenset[str]:
        """Return the recipients of alerts about an ask and due time, in whatever state."""
        ...

    async def warned(self, asks: Sequence[AskKey]) -> Mapping[tuple[AskKey, str], int]:
        """Return the last warning's step by ask and due time, in whatever state."""
        ...

    async def reached(self, asks: Sequence[AskKey]) -> Mapping[tuple[AskKey, str], int]:
        """Return the last step of which somebody was really told, by ask and due time."""
        ...

    async def firsts(self, dues: Sequence[tuple[AskKey, str]]) -> Mapping[AskKey, str]:
        """Return by ask the id of the first alert about this due time of it, if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class AlertItem:
    """An alert and what became of it, for pages and API.

    Attributes:
        alert: The alert as the outbox has it.
        state: What became of it.
        next_at: When it is tried again, while it waits.
        closed: When it ended, None while it waits.
        error: Code of the last failure, or empty.
        provider: What the next server said, or why it ended.
        digest: Id of the message that lists it, or empty.
        raised: Id of the `escalation.raised` that it tells of, or empty.
        acknowledged: Whether a person has acknowledged that step.
    """

    alert: Outgoing
    state: AlertState
    next_at: datetime
    closed: datetime | None = None
    error: str = ""
    provider: str = ""
    digest: str = ""
    raised: str = ""
    acknowledged: bool = False


class AlertHistory(Protocol):
    """What became of alerts; canaries and notices are left out."""

    async def of_ask(self, ask: AskKey) -> Sequence[AlertItem]:
        """Return all alerts about an ask, the oldest first."""
        ...

    async def newest(
        self, limit: int, before: datetime | None = None, official: int | None = None
    ) -> Sequence[AlertItem]:
        """Return alerts made before then, to one person or all, the newest first."""
        ...

    async def get(self, id_: str) -> Sequence[AlertItem]:
        """Return an alert on every way that it took, the first way first; or nothing."""
        ...

    async def told(self, raised: EntryId) -> frozenset[int]:
        """Return the numbers of those told of a step, by its raising entry; 0: a group."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How escalation's work stands, for the watcher and the metrics.

    Attributes:
        pulse: When each task last did its work.
        looks: How many looks there are by state.
        overdue: How many armed looks are past their time.
        oldest_overdue: The time of the oldest of them.
        pending: How many alerts whose time has come wait, by channel.
        oldest_pending: From when on the oldest of them could leave.
        canary_due: When the last canary was made.
        canary_closed: When the last one that came through did.
        canary_seconds: How long that took from its due time.
    """

    pulse: Mapping[str, datetime]
    looks: Mapping[str, int]
    overdue: int
    oldest_overdue: datetime | None
    pending: Mapping[str, int]
    oldest_pending: datetime | None
    canary_due: datetime | None
    canary_closed: datetime | None
    canary_seconds: float


class Pulse(Protocol):
    """Says when escalation last did its work, across processes."""

    async def beat(self, beats: Mapping[str, datetime]) -> None:
        """Note when tasks last did their work; never goes back."""
        ...

    async def standing(self, now: datetime) -> Standing:
        """Return how the work stands."""
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

    async def heads(self) -> Mapping[Party, Head]:
        """Read the head rows of both shared logs, as of one moment."""
        ...

    async def cosigned_above(self, log: LogName, indexes: Sequence[int]) -> Mapping[int, str]:
        """Return by index what `cosigned` returns, where there is one."""
        ...


LinkDown = Callable[[], datetime | None]
"""Since when the link is down; None while it is up."""

Gap = Callable[[], Position | None]
"""The peer's entry for which later ones wait unjudged; None while none does."""
