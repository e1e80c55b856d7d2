"""Ports of escalation: planned looks at questions, and the outbox of alerts.

Work, not facts: all of it can be deleted and rebuilt from the record. Does not decide due times.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from special_channel.core.bytes.ids import EntryId, Party, Position, QuestionNumber
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.private import EscalationRow
from special_channel.ports import Head, LogName, LogQueries, PrivateTransaction, Record

QuestionKey = tuple[EntryId, QuestionNumber]
"""Key of a question: the note's id, and the question's number in the note."""

Way = tuple[str, str]
"""Recipient and channel of alerts."""

LookState = Literal["armed", "waiting", "stuck"]
"""`armed`: due at a time. `waiting`: for an event instead of a time, such as the proof of delivery.
`stuck`: given up after several failures, with an alarm for the operator."""


@dataclass(frozen=True, slots=True)
class Look:
    """The next look at a question: when escalation checks the question again.

    Attributes:
        ask: The question's key.
        at: Time of the next look; of the last look, if `waiting` or `stuck`.
        generation: Rises with each fact about the question; an older plan never replaces a newer.
        state: `armed`, `waiting` or `stuck`.
        undelivered: Whether there was no proof of delivery at the due time (rule 11: later steps
            are written only once the mirror has reached the peer's head).
        attempts: Number of consecutive failures.
    """

    ask: QuestionKey
    at: datetime
    generation: int
    state: LookState = "armed"
    undelivered: bool = False
    attempts: int = 0


class Looks(Protocol):
    """Planned looks, from which lost timers are rebuilt.

    Each call is atomic, durable when it returns, and safe to retry.
    """

    async def plan(self, looks: Sequence[Look], *, afresh: bool = False) -> None:
        """Store looks; ignore older generations.

        `undelivered` and `stuck` are kept within a generation, unless `afresh`.
        """
        ...

    async def drop(self, asks: Sequence[QuestionKey]) -> None:
        """Delete the looks of questions without further steps."""
        ...

    async def get(self, asks: Sequence[QuestionKey]) -> Mapping[QuestionKey, Look]:
        """Look up looks by question, in any state."""
        ...

    async def due(self, until: datetime, limit: int) -> Sequence[Look]:
        """Return up to `limit` armed looks due by `until`, earliest first."""
        ...

    async def armed(self, after: QuestionKey | None, limit: int) -> Sequence[Look]:
        """Return a page of armed looks in order of questions; `after`: last key of the previous."""
        ...


class OpenQuestions(Protocol):
    """Queries of open questions for escalation, one SQL query for each method."""

    async def open(self, after: QuestionKey | None, limit: int) -> Sequence[QuestionRow]:
        """Return a page of open questions in order of keys; `after`: last key of the previous."""
        ...

    async def get(self, asks: Sequence[QuestionKey]) -> Sequence[QuestionRow]:
        """Look up questions by key; unknown keys are omitted."""
        ...

    async def changed(self, log: Party, first: int, size: int) -> Sequence[QuestionRow]:
        """Return questions of the threads with entries from `first` up to `size` of a log."""
        ...

    async def delivered(self, asker: Party, first: int, size: int) -> Sequence[QuestionRow]:
        """Return a side's open questions at indexes from `first` up to `size` of its log."""
        ...

    async def raised(
        self, asks: Sequence[QuestionKey]
    ) -> Mapping[QuestionKey, Sequence[EscalationRow]]:
        """Return our side's ladder steps raised for questions, for all due times, in order."""
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
"""`superseded`: obsolete before sending, since the question was answered, moved or ended, or the
next step was due. `diverted`: sent on another channel, since this one failed. `digested`: listed in
a digest. `acknowledged`: stopped, since a person took over the step. `refused`, `undeliverable`: no
channel was left; the next recipient on the ladder was alerted instead."""

AlertKind = Literal["step", "repeat", "warning", "digest", "canary", "notice"]
"""`step`: a step of our side's ladder. `repeat`: a step's alert repeated. `warning`: before the due
time; its step is 100 plus the share of the time in per cent. `digest`: lists other alerts.
`canary`: a test that alerts arrive. `notice`: about undelivered entries; its `due` is the
occurrence, its step 0 for the beginning and 1 for the end."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An alert in the outbox.

    Attributes:
        id: From `alerts.alert_id`; on a further channel, an id derived from the first.
        ask: Key of the question; empty for a digest and a canary.
        due: The due time in the alert.
        step: The step of the alert.
        channel: Name of the channel.
        document: The alert as JSON, from which every attempt makes the same bytes.
        at: When the alert was made.
        attempts: Number of attempts, including a current one.
        kind: Kind of the alert.
        recipient: Address, or the channel's name for a group channel.
        official: Number of the recipient; 0 for a group.
        base: Id of the alert on its first channel.
        urgent: Whether to send outside office hours and without a digest.
        repeat: Number of the repeat, from 1; 0 for the first alert.
        not_before: Held until the recipient's office opens; None: sent at once.
        failing: Since when sending has failed on this channel.
    """

    id: str
    ask: QuestionKey
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
        """The earliest time of sending."""
        return self.not_before or self.at


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A sent message: its time and kind."""

    at: datetime
    kind: AlertKind


@dataclass(frozen=True, slots=True)
class QueuedAlerts:
    """Queued alerts to one recipient on one channel that may be listed in a digest.

    Attributes:
        way: Recipient and channel.
        count: Number of alerts that may be listed.
        oldest: The earliest time of sending among these alerts.
        newest: The latest time of sending among these alerts.
        alone: Whether an alert is queued that must not be listed.
    """

    way: Way
    count: int
    oldest: datetime
    newest: datetime
    alone: bool = field(default=False, kw_only=True)


class Outbox(Protocol):
    """The queue of alerts to send, each at least once and under one id.

    `put`, `close` and `fold` run in the caller's transaction, together with the private entries
    about the alerts.
    """

    async def put(self, transaction: PrivateTransaction, alerts: Sequence[Outgoing]) -> None:
        """Queue alerts; deduplicate by id."""
        ...

    async def known(self, transaction: PrivateTransaction, id_: str) -> bool:
        """Return whether an alert with this id was ever queued."""
        ...

    async def queued(self, now: datetime) -> Sequence[QueuedAlerts]:
        """Count alerts ready to send, by recipient and channel."""
        ...

    async def claim(
        self, now: datetime, lease: datetime, limit: int, gathering: Collection[Way] = ()
    ) -> Sequence[Outgoing]:
        """Lease alerts ready to send until `lease`.

        Takes all alerts of a recipient and channel together, for up to `limit` of such pairs. For
        pairs in `gathering`, whose alerts wait for a digest, takes only alerts never listed.
        """
        ...

    async def retry(self, id_: str, at: datetime, error: str, failing: datetime) -> None:
        """Schedule a retry at `at`; store the error's code and since when sending has failed."""
        ...

    async def hold(self, ids: Sequence[str], at: datetime) -> None:
        """End the lease without an attempt; send at `at` or later."""
        ...

    async def close(
        self,
        transaction: PrivateTransaction,
        id_: str,
        state: AlertState,
        at: datetime,
        provider: str = "",
    ) -> bool:
        """Close an alert; return False if it was closed before."""
        ...

    async def fold(
        self, transaction: PrivateTransaction, digest: Outgoing, ids: Sequence[str], at: datetime
    ) -> None:
        """Replace alerts by a digest."""
        ...

    async def folded(self, id_: str) -> Sequence[Outgoing]:
        """Return the alerts listed in a digest."""
        ...

    async def left(
        self, ways: Sequence[Way], since: datetime
    ) -> Mapping[Way, Sequence[SentMessage]]:
        """Return messages sent since a time by (recipient, channel), in order."""
        ...

    async def told(self, ask: QuestionKey, due: str) -> frozenset[str]:
        """Return the recipients of alerts about a question and due time, in any state."""
        ...

    async def warned(self, asks: Sequence[QuestionKey]) -> Mapping[tuple[QuestionKey, str], int]:
        """Return the last warning's step by question and due time, in any state."""
        ...

    async def reached(self, asks: Sequence[QuestionKey]) -> Mapping[tuple[QuestionKey, str], int]:
        """Return the last step with a delivered alert, by question and due time."""
        ...

    async def firsts(self, dues: Sequence[tuple[QuestionKey, str]]) -> Mapping[QuestionKey, str]:
        """Return the id of the first alert about each (question, due time), by question."""
        ...


@dataclass(frozen=True, slots=True)
class AlertItem:
    """An alert and its state, for pages and API.

    Attributes:
        alert: The alert in the outbox.
        state: Current state.
        next_at: Time of the next attempt, while the alert waits.
        closed: When the alert was closed; None while it waits.
        error: Code of the last failure, or empty.
        provider: Reply of the next server, or the reason for closing.
        digest: Id of the digest that lists the alert, or empty.
        raised: Id of the `escalation.raised` for the alert's step, or empty.
        acknowledged: Whether a person has acknowledged the step.
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
    """Queries of alerts and their states, without canaries and notices."""

    async def of_ask(self, ask: QuestionKey) -> Sequence[AlertItem]:
        """Return all alerts about a question, oldest first."""
        ...

    async def newest(
        self, limit: int, before: datetime | None = None, official: int | None = None
    ) -> Sequence[AlertItem]:
        """Return alerts made before a time, to one official or to all, newest first."""
        ...

    async def get(self, id_: str) -> Sequence[AlertItem]:
        """Return an alert on all its channels, first channel first; empty if unknown."""
        ...

    async def told(self, raised: EntryId) -> frozenset[int]:
        """Return numbers of officials alerted to a step, by its `escalation.raised`; 0: a group."""
        ...


@dataclass(frozen=True, slots=True)
class EscalationStatus:
    """Status of escalation, for watcher and metrics.

    Attributes:
        pulse: Time of each task's last run.
        looks: Numbers of looks by state.
        overdue: Number of armed looks past their time.
        oldest_overdue: Time of the oldest overdue look.
        pending: Numbers of alerts ready to send, by channel.
        oldest_pending: Earliest time of sending among these alerts.
        canary_due: When the last canary was made.
        canary_closed: When the last delivered canary was delivered.
        canary_seconds: Seconds from due time to delivery of the last delivered canary.
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
    """Times of escalation's last work, shared between processes."""

    async def beat(self, beats: Mapping[str, datetime]) -> None:
        """Store the times of tasks' last runs; never lower a time."""
        ...

    async def standing(self, now: datetime) -> EscalationStatus:
        """Return the status of escalation."""
        ...


class PeerHead(Protocol):
    """Request a freshly stamped head from the peer (rule 9)."""

    async def fresh_head(self, timeout: float = 0.5) -> str | None:  # noqa: ASYNC109 - the promise is: this long, then None
        """Return a head with a fully mirrored tree; None after `timeout` seconds. Never raises."""
        ...


class WholeRecord(Record, LogQueries, Protocol):
    """Queries of the record for escalation."""

    async def head(self, log: LogName) -> Head:
        """Read a log's head row."""
        ...

    async def heads(self) -> Mapping[Party, Head]:
        """Read the head rows of both shared logs in one snapshot."""
        ...

    async def cosigned_above(self, log: LogName, indexes: Sequence[int]) -> Mapping[int, str]:
        """Return the result of `cosigned` by index; omit indexes without a cosigned note."""
        ...


LinkDown = Callable[[], datetime | None]
"""Return since when the link has been down; None while the link is up."""

Gap = Callable[[], Position | None]
"""Return the peer's incomplete entry that later entries wait for; None without a gap."""
