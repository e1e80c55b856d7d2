"""Query acknowledgements of our side's ladder steps, in PostgreSQL. Does not write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final, Literal

from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.ports.mail import MARK
from special_channel.stores.outbox import ALERT_COLUMNS, AlertState, Outgoing, outgoing
from special_channel.stores.store import Store
from special_channel.stores.work import QuestionKey


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


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts to list; a field with its default value matches every alert.

    Attributes:
        official: Number of the recipient; None: of everybody.
        state: State.
        since: Made at this instant or later.
        until: Made before this instant.
        after: Made after this instant.
        oldest: In the order of time; otherwise newest first.
    """

    official: int | None = None
    state: AlertState | Literal[""] = ""
    since: datetime | None = None
    until: datetime | None = None
    after: datetime | None = None
    oldest: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A person's acknowledgement of a step: their key, and when the entry was accepted."""

    by: KeyId
    accepted: str


_ACKNOWLEDGED: Final = """
SELECT s.id, e.author, e.accepted
FROM private.escalations AS s
CROSS JOIN LATERAL jsonb_array_elements_text(s.doc -> 'acknowledged') AS a (idx)
JOIN private.entries AS e ON e.log = 'private' AND e.idx = a.idx::bigint
WHERE s.id = ANY ($1::text[])
ORDER BY e.idx
"""


class Acknowledgements(Store):
    """Query entries of kind `escalation.acknowledged`."""

    async def of(self, raised: Sequence[EntryId]) -> Mapping[EntryId, Sequence[Acknowledgement]]:
        """Return acknowledgements by id of their `escalation.raised`, in the log's order.

        Raises:
            Unavailable: `database-unavailable`.
        """
        acknowledgements: dict[EntryId, list[Acknowledgement]] = {}
        for row in await self._pool.fetch(_ACKNOWLEDGED, list(raised)):
            fact = Acknowledgement(row["author"], row["accepted"])
            acknowledgements.setdefault(row["id"], []).append(fact)
        return acknowledgements


_STATE: Final = tuple(each.name for each in fields(AlertItem) if each.name != "alert")

_ITEM: Final = (
    ", ".join(f"o.{name}" for name in ALERT_COLUMNS)
    + ", o.state, o.next_at, o.closed, o.error, o.provider, o.digest,"
    " coalesce(e.id, '') AS raised, coalesce(e.acknowledged, false) AS acknowledged"
    " FROM work.outbox o LEFT JOIN private.escalations AS e"
    " ON (e.note, e.q::text, e.due, e.step) = (o.note, o.q, o.due, o.step)"
)
_SHOWN: Final = "o.kind NOT IN ('canary', 'notice')"


class AlertHistory(Store):
    """Queries of alerts and their states, without canaries and notices."""

    async def of_ask(self, ask: QuestionKey) -> Sequence[AlertItem]:
        """Return all alerts about a question, oldest first."""
        return await self._items(
            "o.note = $1 AND o.q = $2 ORDER BY o.at, o.id <> o.base, o.id", *ask
        )

    async def newest(self, limit: int, wanted: AlertFilter | None = None) -> Sequence[AlertItem]:
        """Return matching alerts, newest first unless the filter says otherwise."""
        wanted = wanted or AlertFilter()
        order = "o.at, o.id" if wanted.oldest else "o.at DESC, o.id DESC"
        return await self._items(
            f"{_SHOWN} AND ($2::bigint IS NULL OR o.official = $2) AND $3 IN ('', o.state)"
            " AND ($4::timestamptz IS NULL OR o.at >= $4)"
            " AND ($5::timestamptz IS NULL OR o.at < $5)"
            f" AND ($6::timestamptz IS NULL OR o.at > $6) ORDER BY {order} LIMIT $1",
            *(limit, wanted.official, wanted.state, wanted.since, wanted.until, wanted.after),
        )

    async def get(self, id_: str) -> Sequence[AlertItem]:
        """Return an alert on all its channels, first channel first; empty if unknown.

        `id_` is the alert's id, or its mark: the first `MARK` digits, as in a mail's address.
        """
        named = "id >= $1 AND id < $1 || 'g'" if len(id_) == MARK else "id = $1"
        return await self._items(
            f"o.base = (SELECT base FROM work.outbox WHERE {named} ORDER BY id LIMIT 1)"  # noqa: S608
            f" AND {_SHOWN} ORDER BY o.at, o.id <> o.base, o.id",
            id_,
        )

    async def _items(self, where: str, *values: object) -> list[AlertItem]:
        rows = await self._pool.fetch(f"SELECT {_ITEM} WHERE {where}", *values)
        return [AlertItem(outgoing(row), *[row[name] for name in _STATE]) for row in rows]

    async def told(self, raised: EntryId) -> frozenset[int]:
        """Return numbers of officials alerted to a step, by its `escalation.raised`; 0: a group."""
        rows = await self._pool.fetch(
            "SELECT DISTINCT o.official FROM work.outbox o JOIN private.escalations AS e"
            " ON (e.note, e.q::text, e.due, e.step) = (o.note, o.q, o.due, o.step)"
            " WHERE e.id = $1",
            raised,
        )
        return frozenset(row["official"] for row in rows)
