"""Query licences, requests for priority and kept columns in PostgreSQL.

Does not fold or sum quantities: `doc` holds the row that core computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Literal

import orjson

from special_channel.core.entries.permits import Licence
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.rows.priorities import PriorityRow
from special_channel.stores.number_text import contains, number_part
from special_channel.stores.store import Store


@dataclass(frozen=True, slots=True)
class LicenceFilter:
    """Filter of licences; an empty string matches all.

    Attributes:
        on: A date in China.
        text: Part of the licence's number.
        code: A control code.
        standing: `to_come`, `in_force`, `ended` or `expired`, on the date `on`.
        type: Kind of licence.
        until: Last day of validity at the latest.
        application: Number of the application for which the licence was issued.
    """

    on: str
    text: str = ""
    code: str = ""
    standing: str = ""
    application: str = ""
    type: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class PriorityFilter:
    """Filter of requests for priority; an empty string matches all.

    Attributes:
        text: Part of the number of a requested application; case is ignored.
        reason: Code of the EU's reason.
        state: `unanswered`: with applications that have no answer; `answered`: without such;
            `granted`: with priority granted in CN's last answer on an application.
        since: First instant of acceptance; `until`: the first instant after the last.
    """

    text: str = ""
    reason: str = ""
    state: Literal["", "unanswered", "answered", "granted"] = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class CodedApplication:
    """An application with the control code of its newest list."""

    application: ApplicationRow
    code: str


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """Numbers of a group's applications by state.

    Attributes:
        value: The group: a member state, a sector, or `true`/`false` for small firms; "" if the
            list had no value.
        states: Numbers by state: stated by CN, otherwise by the EU; "" if stated by neither.
        asked: Number of applications with a request for priority.
        granted: Number of applications with priority granted in CN's last answer.
    """

    value: str
    states: Mapping[str, int] = field(default_factory=dict)
    asked: int = 0
    granted: int = 0

    @property
    def total(self) -> int:
        """Number of applications in the group."""
        return sum(self.states.values())


_FITS: Final = (
    f" FROM record.licences WHERE ($2 = '' OR {contains('key', '$2')})"
    " AND ($3 = '' OR codes @> ARRAY[$3]) AND ($4 = '' OR applications @> ARRAY[$4])"
    " AND ($5 = '' OR $5 = CASE WHEN ended_on <> '' AND ended_on <= $1 THEN 'ended'"
    " WHEN valid_to < $1 THEN 'expired' WHEN valid_from > $1 THEN 'to_come' ELSE 'in_force' END)"
    " AND ($6 = '' OR type = $6) AND ($7 = '' OR valid_to <= $7)"
)

_WANTED: Final = "w ->> 'number'"

_REQUESTS: Final = (
    " FROM record.priorities AS p WHERE ($1 = '' OR EXISTS ("
    " SELECT FROM jsonb_array_elements(p.doc -> 'wanted') AS w"
    f" WHERE {contains(_WANTED, '$1')}))"
    " AND ($2 = '' OR p.doc ->> 'reason' = $2)"
    " AND CASE $3 WHEN 'unanswered' THEN p.open > 0 WHEN 'answered' THEN p.open = 0"
    """ WHEN 'granted' THEN p.doc @> '{"wanted": [{"answer": "granted"}]}' ELSE true END"""
    " AND p.doc ->> 'accepted' >= $4 AND ($5 = '' OR p.doc ->> 'accepted' < $5)"
)

_OVER: Final = "(valid_to < $1 OR ended_on <> '' AND ended_on <= $1)"
_PLACES: Final = f"{_OVER}, CASE WHEN NOT {_OVER} THEN valid_to END, valid_to DESC, key"

_NEWEST: Final = (
    "SELECT DISTINCT ON (number) number, columns FROM private.kept_rows ORDER BY number, idx DESC"
)

_LISTED_CODES: Final = (
    "SELECT DISTINCT ON (number) number, control_code FROM record.listings"
    " WHERE control_code <> '' ORDER BY number, (doc ->> 'listed_in')::bigint DESC"
)
"""Control codes on lists, present only if the charter opts in."""

_STATE: Final = "coalesce(nullif(a.cn_state, ''), a.eu_state, '')"

# First the numbers that ever had one of the codes, from indexes, then what is newest of each. To
# sort the newest of every number took three times as long, as did a scan of all applications, which
# PostgreSQL would choose without the limit.
_COVERABLE: Final = f"""
SELECT had.number, c.code, count(*) OVER () AS total
FROM (
    SELECT number FROM private.kept_rows WHERE columns ->> 'control_code' = ANY ($1::text[])
    UNION SELECT number FROM record.listings
    WHERE control_code = ANY ($1) AND control_code <> ''
) AS had
CROSS JOIN LATERAL (
    SELECT {_STATE} AS state FROM record.applications AS a WHERE a.key = had.number LIMIT 1
) AS stated
CROSS JOIN LATERAL (
    SELECT columns FROM private.kept_rows AS r WHERE r.number = had.number
    ORDER BY r.idx DESC LIMIT 1
) AS k
LEFT JOIN LATERAL (
    SELECT control_code FROM record.listings AS s WHERE s.number = had.number
        AND s.control_code <> '' ORDER BY (s.doc ->> 'listed_in')::bigint DESC LIMIT 1
) AS l ON true
CROSS JOIN LATERAL (SELECT coalesce(l.control_code, k.columns ->> 'control_code') AS code) AS c
WHERE stated.state = ANY ($2::text[]) AND c.code = ANY ($1)
    AND ($3::text[] = '{{}}' OR lower(k.columns ->> 'eu_company') = ANY ($3))
ORDER BY had.number LIMIT $4
"""  # noqa: S608 - constants


class Permits(Store):
    """Licences and requests for priority in both logs, and private columns in the private log."""

    async def licences(
        self, sought: LicenceFilter, offset: int, limit: int, *, by_number: bool = False
    ) -> tuple[Sequence[LicenceRow], int]:
        """Return a page of licences and the total: next to expire first, then past ones.

        With `by_number` in order of their numbers.
        """
        values = (
            *(
                sought.on,
                number_part(sought.text),
                sought.code,
                sought.application,
                sought.standing,
            ),
            *(sought.type, sought.until),
        )
        order = "key" if by_number else _PLACES
        page = f"SELECT doc{_FITS} ORDER BY {order} OFFSET $8 LIMIT $9"
        rows = await self._rows(LicenceRow, page, *values, offset, limit)
        return rows, await self._count(f"SELECT count(*){_FITS}", *values)

    async def licence(self, number: str) -> LicenceRow | None:
        """Look up a licence by number."""
        read = "SELECT doc FROM record.licences WHERE key = $1"
        return await self._one(LicenceRow, read, number, name=lambda _: number)

    async def numbers_among(self, numbers: Sequence[str]) -> Sequence[str]:
        """Return those of the numbers that are licences."""
        found = await self._pool.fetch(
            "SELECT key FROM record.licences WHERE key = ANY ($1::text[]) ORDER BY key",
            list(numbers),
        )
        return [row["key"] for row in found]

    async def issued_for(self, applications: Sequence[str]) -> Sequence[str]:
        """Return numbers of licences issued for any of the applications, at most 50."""
        found = await self._pool.fetch(
            "SELECT key FROM record.licences WHERE applications && $1::text[]"
            " ORDER BY key LIMIT 50",
            list(applications),
        )
        return [row["key"] for row in found]

    async def like(self, body: Licence) -> Sequence[LicenceRow]:
        """Return licences of other numbers with the same codes, dates and applications.

        At most 500; quantities are not compared.
        """
        # A correction is in the place of the first issue, so the terms of now can be in any.
        return await self._rows(
            LicenceRow,
            "SELECT doc FROM record.licences WHERE key <> $1 AND valid_from = $2 AND valid_to = $3"
            " AND applications @> $4::text[] AND applications <@ $4::text[]"
            " AND codes @> $5::text[] AND codes <@ $5::text[]"
            " AND doc -> 'issues' @> jsonb_build_array(jsonb_build_object('issued_on', $6::text))"
            " ORDER BY key LIMIT 500",
            *(body.licence, body.valid_from, body.valid_to, list(body.applications)),
            *([line.code for line in body.lines], body.issued_on),
        )

    async def draws(self, licences: Sequence[str]) -> Mapping[str, Sequence[DrawRow]]:
        """Return draw-downs by licence number, in the order of CN's log."""
        which = "WHERE licence = ANY ($1::text[]) ORDER BY licence, idx"
        rows = await self._select(DrawRow, which, list(licences))
        by_licence: dict[str, list[DrawRow]] = {number: [] for number in licences}
        for row in rows:
            by_licence[row.licence].append(row)
        return by_licence

    async def kept(self, application: str) -> Mapping[str, str]:
        """Return our side's private columns of an application, from its newest list."""
        columns = await self._pool.fetchval(
            "SELECT coalesce((SELECT columns FROM private.kept_rows WHERE number = $1"  # noqa: S608
            " ORDER BY idx DESC LIMIT 1), '{}')"
            " || coalesce((SELECT jsonb_build_object('control_code', l.control_code)"
            f" FROM ({_LISTED_CODES}) AS l WHERE l.number = $1), '{{}}')",
            application,
        )
        return dict(orjson.loads(columns))

    async def listed_codes(self, applications: Sequence[str]) -> Mapping[str, str]:
        """Return the control code on the last list of each application whose lists state one."""
        rows = await self._pool.fetch(
            "SELECT DISTINCT ON (number) number, control_code FROM record.listings"
            " WHERE number = ANY ($1::text[]) AND control_code <> '' AND NOT withdrawn"
            " ORDER BY number, (doc ->> 'listed_in')::bigint DESC",
            list(applications),
        )
        return {row["number"]: row["control_code"] for row in rows}

    async def coverable(
        self, codes: Sequence[str], states: Sequence[str], customers: Sequence[str], limit: int
    ) -> tuple[Sequence[CodedApplication], int]:
        """Return applications in one of `states` with a private control code among `codes`.

        `customers`: unless empty, company names to match; case is ignored. Also returns the total.
        """
        named = sorted(name.lower() for name in customers)
        sought = codes, states, named, limit
        # Names of companies are texts, which an erasure must reach: the key has their digest alone.
        key = (
            "coverable",
            tuple(codes),
            tuple(states),
            sha256(orjson.dumps(named)).digest(),
            limit,
        )
        found, total = await self._cache.get(key, lambda: self._found(*sought))
        rows = await self._by_key(ApplicationRow, [number for number, _ in found])
        coded = [CodedApplication(rows[each], code) for each, code in found if each in rows]
        return coded, total

    async def _found(self, *sought: object) -> tuple[Sequence[tuple[str, str]], int]:
        """Return numbers with their codes, and the total; `sought`: arguments of `coverable`."""
        rows = await self._pool.fetch(_COVERABLE, *sought)
        return [(row["number"], row["code"]) for row in rows], rows[0]["total"] if rows else 0

    async def priorities(
        self, sought: PriorityFilter, offset: int, limit: int, *, oldest: bool = False
    ) -> tuple[Sequence[PriorityRow], int]:
        """Return a page of matching requests for priority, newest first, and their total."""
        text = number_part(sought.text)
        values = text, sought.reason, sought.state, sought.since, sought.until
        order = "" if oldest else " DESC"
        page = f"SELECT p.doc{_REQUESTS} ORDER BY p.idx{order} OFFSET $6 LIMIT $7"
        rows = await self._rows(PriorityRow, page, *values, offset, limit)
        return rows, await self._count(f"SELECT count(*){_REQUESTS}", *values)

    async def priority(self, index: int) -> PriorityRow | None:
        """Look up a request by its index in the EU's log."""
        read = "SELECT doc, 'eu' AS party, idx FROM record.priorities WHERE idx = $1"
        return await self._one(PriorityRow, read, index)

    async def groups(self, columns: Sequence[str]) -> Mapping[str, Sequence[GroupCounts]]:
        """Count applications ever listed with private columns, grouped by each column.

        Uses the value in each application's newest list. Groups are ordered by name, never by size.
        """
        return await self._cache.get(("groups", *columns), lambda: self._groups(columns))

    async def _groups(self, columns: Sequence[str]) -> Mapping[str, Sequence[GroupCounts]]:
        rows = await self._pool.fetch(
            "SELECT c.name, coalesce(k.columns ->> c.name, '') AS value, k.state,"  # noqa: S608
            " count(*) AS rows, count(*) FILTER (WHERE k.priority <> '') AS asked,"
            " count(*) FILTER (WHERE k.priority = 'granted') AS granted FROM ("
            f"SELECT n.columns, {_STATE} AS state, a.priority"
            f" FROM ({_NEWEST}) AS n JOIN record.applications AS a ON a.key = n.number) AS k"
            " CROSS JOIN unnest($1::text[]) AS c (name) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            list(columns),
        )
        by_column: dict[str, dict[str, GroupCounts]] = {name: {} for name in columns}
        for row in rows:
            group = by_column[row["name"]].get(row["value"], GroupCounts(row["value"]))
            by_column[row["name"]][row["value"]] = GroupCounts(
                group.value,
                {**group.states, row["state"]: row["rows"]},
                group.asked + row["asked"],
                group.granted + row["granted"],
            )
        return {name: list(groups.values()) for name, groups in by_column.items()}
