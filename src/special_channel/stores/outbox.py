"""The outbox of alerts and its history, in PostgreSQL.

Does not decide recipients, times or channels.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Final, Literal

import asyncpg

from special_channel.ports import Transaction
from special_channel.stores.store import Store
from special_channel.stores.work import QuestionKey

Way = tuple[str, str]
"""Recipient and channel of alerts."""

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


_FIELDS: Final = tuple(each.name for each in fields(Outgoing) if each.name != "ask")
ALERT_COLUMNS: Final = ("note", "q", *_FIELDS)
"""The columns that `outgoing` reads."""

COLUMNS: Final = ", ".join(ALERT_COLUMNS)

OUTBOX_COLUMNS: Final = (
    *("id", "note", "q", "due", "step", "channel", "document", "at"),
    *("state", "attempts", "next_at", "lease", "error", "provider"),
    *("kind", "recipient", "official", "base", "urgent", "repeat", "not_before"),
    *("failing", "closed", "digest"),
)
"""Every column in the order of the table: alerts are written as tuples of the row type."""

_READY: Final = "state = 'waiting' AND next_at <= $1 AND (lease IS NULL OR lease <= $1)"
_NEVER_LISTED: Final = "kind IN ('digest', 'canary', 'notice')"

_NOT_GATHERING: Final = (
    f"({_NEVER_LISTED} OR (recipient, channel) NOT IN"  # noqa: S608 - constants
    " (SELECT * FROM unnest($4::text[], $5::text[])))"
)

_QUEUED: Final = f"""
SELECT recipient, channel, count(*) FILTER (WHERE NOT {_NEVER_LISTED}) AS count,
    min(coalesce(not_before, at)) FILTER (WHERE NOT {_NEVER_LISTED}) AS oldest,
    max(coalesce(not_before, at)) FILTER (WHERE NOT {_NEVER_LISTED}) AS newest,
    bool_or({_NEVER_LISTED}) AS alone
FROM work.outbox WHERE {_READY} GROUP BY recipient, channel
"""  # noqa: S608 - constants

_CLAIM: Final = f"""
WITH turn AS (
    SELECT recipient, channel FROM work.outbox
    WHERE {_READY} AND {_NOT_GATHERING}
    GROUP BY recipient, channel ORDER BY min(next_at), recipient, channel LIMIT $3
)
UPDATE work.outbox SET lease = $2, attempts = attempts + 1 WHERE id IN (
    SELECT o.id FROM work.outbox o JOIN turn USING (recipient, channel)
    WHERE {_READY} AND {_NOT_GATHERING}
    ORDER BY o.next_at, o.id FOR UPDATE OF o SKIP LOCKED
) RETURNING {COLUMNS}
"""  # noqa: S608 - constants


class Outbox(Store):
    """The queue of alerts to send, each at least once and under one id.

    `put`, `close` and `fold` run in the caller's transaction, together with the private entries
    about the alerts.
    """

    async def put(self, transaction: Transaction, alerts: Sequence[Outgoing]) -> None:
        """Add alerts in the caller's transaction."""
        if not alerts:
            return
        await transaction.execute(
            "INSERT INTO work.outbox SELECT * FROM unnest($1::work.outbox[])"
            " ON CONFLICT (id) DO NOTHING",
            [_columns_of(alert) for alert in alerts],
        )

    async def known(self, transaction: Transaction, id_: str) -> bool:
        """Return whether an alert with this id was ever queued."""
        rows = await transaction.execute("SELECT id FROM work.outbox WHERE id = $1", id_)
        return bool(rows)

    async def queued(self, now: datetime) -> Sequence[QueuedAlerts]:
        """Count alerts ready to send, by recipient and channel."""
        rows = await self._pool.fetch(_QUEUED, now)
        return [
            QueuedAlerts((recipient, channel), count, oldest or now, newest or now, alone=alone)
            for recipient, channel, count, oldest, newest, alone in rows
        ]

    async def claim(
        self, now: datetime, lease: datetime, limit: int, gathering: Collection[Way] = ()
    ) -> Sequence[Outgoing]:
        """Lease alerts ready to send until `lease`.

        Takes all alerts of a recipient and channel together, for up to `limit` of such pairs. For
        pairs in `gathering`, whose alerts wait for a digest, takes only alerts never listed.
        """
        recipients = [recipient for recipient, _ in gathering]
        channels = [channel for _, channel in gathering]
        rows = await self._pool.fetch(_CLAIM, now, lease, limit, recipients, channels)
        return sorted((outgoing(row) for row in rows), key=lambda alert: (alert.since, alert.id))

    async def retry(self, id_: str, at: datetime, error: str, failing: datetime) -> None:
        """Schedule a retry at `at`; store the error's code and since when sending has failed."""
        await self._pool.execute(
            "UPDATE work.outbox SET next_at = $2, error = $3, lease = NULL,"
            " failing = coalesce(failing, $4) WHERE id = $1 AND state = 'waiting'",
            *(id_, at, error, failing),
        )

    async def hold(self, ids: Sequence[str], at: datetime) -> None:
        """Release untried alerts until a time; the attempt is not counted."""
        await self._pool.execute(
            "UPDATE work.outbox SET next_at = $2, lease = NULL,"
            " attempts = greatest(attempts - 1, 0)"
            " WHERE id = ANY ($1::text[]) AND state = 'waiting'",
            *(list(ids), at),
        )

    async def close(
        self,
        transaction: Transaction,
        id_: str,
        state: AlertState,
        at: datetime,
        provider: str = "",
    ) -> bool:
        """Close an alert in the caller's transaction; False if closed already."""
        closed = await transaction.execute(
            "UPDATE work.outbox SET state = $2, closed = $3, provider = $4, lease = NULL"
            " WHERE id = $1 AND state = 'waiting' RETURNING id",
            *(id_, state, at, provider),
        )
        return bool(closed)

    async def fold(
        self, transaction: Transaction, digest: Outgoing, ids: Sequence[str], at: datetime
    ) -> None:
        """Replace alerts by a digest."""
        await self.put(transaction, [digest])
        await transaction.execute(
            "UPDATE work.outbox SET state = 'digested', closed = $3, digest = $2, lease = NULL"
            " WHERE id = ANY ($1::text[]) AND state = 'waiting'",
            *(list(ids), digest.id, at),
        )

    async def folded(self, id_: str) -> Sequence[Outgoing]:
        """Return the alerts listed in a digest."""
        rows = await self._pool.fetch(
            f"SELECT {COLUMNS} FROM work.outbox WHERE digest = $1 ORDER BY id",  # noqa: S608 - a constant
            id_,
        )
        return [outgoing(row) for row in rows]

    async def left(
        self, ways: Sequence[Way], since: datetime
    ) -> Mapping[Way, Sequence[SentMessage]]:
        """Return messages sent since a time by (recipient, channel), in order."""
        rows = await self._pool.fetch(
            "SELECT recipient, channel, closed, kind FROM work.outbox"
            " JOIN unnest($1::text[], $2::text[]) AS way (recipient, channel)"
            " USING (recipient, channel)"
            " WHERE state = 'sent' AND closed > $3 AND kind <> 'canary' ORDER BY closed",
            [recipient for recipient, _ in ways],
            [channel for _, channel in ways],
            since,
        )
        sent: dict[Way, list[SentMessage]] = {}
        for row in rows:
            message = SentMessage(row["closed"], row["kind"])
            sent.setdefault((row["recipient"], row["channel"]), []).append(message)
        return sent

    async def told(self, ask: QuestionKey, due: str) -> frozenset[str]:
        """Return the recipients of alerts about a question and due time, in any state."""
        rows = await self._pool.fetch(
            "SELECT DISTINCT recipient FROM work.outbox WHERE note = $1 AND q = $2 AND due = $3",
            *(*ask, due),
        )
        return frozenset(row["recipient"] for row in rows)

    async def warned(self, asks: Sequence[QuestionKey]) -> Mapping[tuple[QuestionKey, str], int]:
        """Return the last warning's step by question and due time, in any state."""
        return await self._last_steps(asks, "o.kind = 'warning'")

    async def reached(self, asks: Sequence[QuestionKey]) -> Mapping[tuple[QuestionKey, str], int]:
        """Return the last step with a delivered alert, by question and due time."""
        return await self._last_steps(
            asks, "o.kind IN ('step', 'repeat') AND 'sent' IN (o.state, d.state)"
        )

    async def _last_steps(
        self, asks: Sequence[QuestionKey], which: str
    ) -> dict[tuple[QuestionKey, str], int]:
        rows = await self._pool.fetch(
            "SELECT o.note, o.q, o.due, max(o.step) AS step FROM work.outbox o"  # noqa: S608
            " JOIN unnest($1::text[], $2::text[]) AS wanted (note, q) USING (note, q)"
            " LEFT JOIN work.outbox d ON d.id = o.digest AND o.state = 'digested'"
            f" WHERE {which} GROUP BY o.note, o.q, o.due",
            *([note for note, _ in asks], [q for _, q in asks]),
        )
        return {((note, q), due): step for note, q, due, step in rows}

    async def firsts(self, dues: Sequence[tuple[QuestionKey, str]]) -> Mapping[QuestionKey, str]:
        """Return the id of the first alert about each (question, due time), by question."""
        if not dues:
            return {}
        rows = await self._pool.fetch(
            "SELECT DISTINCT ON (note, q) note, q, id FROM work.outbox"
            " JOIN unnest($1::text[], $2::text[], $3::text[]) AS wanted (note, q, due)"
            " USING (note, q, due) ORDER BY note, q, step, id",
            *([note for (note, _), _ in dues], [q for (_, q), _ in dues], [due for _, due in dues]),
        )
        return {(row["note"], row["q"]): row["id"] for row in rows}


def _columns_of(alert: Outgoing) -> tuple[object, ...]:
    """Return an untried, waiting alert's values in the order of `OUTBOX_COLUMNS`."""
    note, q = alert.ask
    return (
        *(alert.id, note, q, alert.due, alert.step, alert.channel, alert.document, alert.at),
        *("waiting", 0, max(alert.at, alert.since), None, "", ""),
        *(
            alert.kind,
            alert.recipient,
            alert.official,
            alert.base or alert.id,
            alert.urgent,
            alert.repeat,
        ),
        *(alert.not_before, None, None, ""),
    )


def outgoing(row: asyncpg.Record) -> Outgoing:
    """Build an alert from a row with `COLUMNS`."""
    return Outgoing(ask=(row["note"], row["q"]), **{name: row[name] for name in _FIELDS})
