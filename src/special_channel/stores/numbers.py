"""Count applications in PostgreSQL: one statement, without parsing documents.

Does not compute a side's states: rows contain them as core wrote them (`stores/told.py`).
One statement is one snapshot, so sizes and numbers agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

import asyncpg

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.ports.numbers import (
    CODE_SOURCES,
    CodedNumbers,
    CodeNumbers,
    CodeSource,
    Counts,
    DayNumbers,
    ListNumbers,
    MonthNumbers,
    Numbers,
    Sides,
    Spread,
)
from special_channel.stores.database_errors import mapped
from special_channel.stores.sessions import Pool
from special_channel.stores.shown import ShownRows, shown
from special_channel.stores.size_cache import SizeCache
from special_channel.stores.told import (
    ACCEPTED,
    BEGINNING,
    BEGUN,
    END,
    ENDED,
    LETTERS,
    PAUSED,
    RETURNED,
)


def _last(side: str) -> str:
    """Return the SQL expression of a side's last status line up to the date."""
    # Usually the last line of all, so the search of the array is seldom needed.
    lines = f"a.{side}_told"
    last = f"{lines}[cardinality({lines})]"
    return (
        f"CASE WHEN {last} < $1 || '~' THEN {last} ELSE"  # noqa: S608 - names of columns
        f" (SELECT max(t) FROM unnest({lines}) AS t WHERE t < $1 || '~') END"
    )


_FACTS: Final = f"""
WITH lines AS MATERIALIZED (
    SELECT a.key, a.first_listed, s.side, s.t IS NOT NULL AS stated,
        nullif(substr(s.t, {ACCEPTED}, 10), '{" " * 10}')::date AS accepted,
        nullif(substr(s.t, {ENDED}, 10), '{" " * 10}')::date AS ended,
        substr(s.t, {END}, 1) AS how, substr(s.t, {PAUSED}, 1) = 'p' AS paused,
        substr(s.t, {RETURNED}, 1) <> ' ' AS back,
        substr(s.t, {BEGINNING}, 1) AS begun
    FROM record.applications AS a
    CROSS JOIN LATERAL (VALUES ('eu', {_last("eu")}), ('cn', {_last("cn")})) AS s (side, t)
    WHERE a.first_listed BETWEEN '0' AND $1),
spans AS MATERIALIZED (
    SELECT key, first_listed, side, stated, accepted, ended, how, back,
        accepted IS NOT NULL OR begun IN ('{BEGUN["now"]}', '{BEGUN["before"]}') AS taken,
        (accepted IS NOT NULL OR begun = '{BEGUN["now"]}') AND how = ' ' AS runs,
        (accepted IS NOT NULL OR begun = '{BEGUN["now"]}') AND how = ' ' AND paused AS stands,
        how IN ('a', 'r', 'd') AS decided,
        CASE WHEN NOT paused THEN ($2::int[])[accepted - $3::date + 1] END AS since
    FROM lines),
facts AS MATERIALIZED (
    SELECT *, CASE WHEN runs THEN $4::int - since END AS age,
        CASE WHEN decided THEN ($2::int[])[ended - $3::date + 1] - since END AS took
    FROM spans)
"""  # noqa: S608 - constants alone

_SPREAD: Final = "percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {})"

_MEASURES: Final = ", ".join(
    (
        "count(*) AS listed",
        "count(*) FILTER (WHERE f.stated) AS stated",
        "count(*) FILTER (WHERE f.taken) AS accepted",
        "count(*) FILTER (WHERE f.decided) AS decided",
        *(
            f"count(*) FILTER (WHERE f.how = '{LETTERS[end]}') AS {end}"
            for end in ("approved", "refused", "not_accepted", "withdrawn", "returned")
        ),
        "count(*) FILTER (WHERE f.back) AS sent_back",
        "count(*) FILTER (WHERE f.runs) AS running",
        "count(*) FILTER (WHERE f.stands) AS uncounted",
        "count(*) FILTER (WHERE f.age > $5::int) AS over",
    )
)

_COUNTS: Final = ", ".join(
    (
        _MEASURES,
        "count(f.age) AS aged",
        f"{_SPREAD.format('f.age')} AS age",
        "count(f.took) AS timed",
        f"{_SPREAD.format('f.took')} AS took",
    )
)

_ALL: Final = (
    f"SELECT 'all' AS what, '' AS part, -1::bigint AS idx, f.side, {_COUNTS}"  # noqa: S608
    " FROM facts AS f GROUP BY f.side"
)

# A list with an application first listed after the date was closed after the date.
_LISTS: Final = (
    f"SELECT 'list', min(b.list), b.idx, s.side, {_COUNTS}"  # noqa: S608
    " FROM (SELECT key, list, idx FROM record.batches ORDER BY idx DESC LIMIT $6) AS b"
    " JOIN record.listings AS l ON l.batch = b.key AND NOT l.withdrawn"
    " CROSS JOIN (VALUES ('eu'), ('cn')) AS s (side)"
    " LEFT JOIN facts AS f ON f.key = l.number AND f.side = s.side"
    " GROUP BY b.idx, s.side HAVING count(f.key) = count(*)"
)


def _month(what: str, month: str, where: str) -> str:
    empty = ", ".join(["0"] * 12)
    return (
        f"SELECT '{what}', {month}, -1, f.side, count(*), {empty}, 0, NULL::int[], 0, NULL::int[]"  # noqa: S608
        f" FROM facts AS f WHERE {where} GROUP BY 2, f.side"
    )


_DECIDED_IN: Final = "to_char(f.ended, 'YYYY-MM')"
_MONTHLY: Final = frozenset({"listed", "accepted", "approved", "refused"})
_MONTHS: Final = (
    _month("listed", "substr(f.first_listed, 1, 7)", "f.side = 'eu'"),
    _month("accepted", "to_char(f.accepted, 'YYYY-MM')", "f.accepted IS NOT NULL"),
    _month("approved", _DECIDED_IN, f"f.how = '{LETTERS['approved']}'"),
    _month("refused", _DECIDED_IN, f"f.how = '{LETTERS['refused']}'"),
)

_NONE: Final = ", ".join(["0"] * 11) + ", 0, NULL::int[], 0, NULL::int[]"
_ISSUED: Final = "l.doc #>> '{issues,0,issued_on}'"
_CODES: Final = (
    (
        f"SELECT 'code', c.code, -1, l.type, count(*), sum(cardinality(l.applications)), {_NONE}"  # noqa: S608
        " FROM record.licences AS l CROSS JOIN unnest(l.codes) AS c (code)"
        f" WHERE {_ISSUED} <= $1 GROUP BY c.code, l.type"
    ),
    (
        f"SELECT 'general', min({_ISSUED}), -1, '', count(*), 0, {_NONE}"  # noqa: S608
        f" FROM record.licences AS l WHERE l.type = 'general' AND {_ISSUED} <= $1"
    ),
)

_STATED_CODES: Final[Mapping[CodeSource, str]] = {
    "licence": (
        "SELECT DISTINCT n.number, c.code FROM record.licences AS l"  # noqa: S608 - constants alone
        " CROSS JOIN unnest(l.applications) AS n (number) CROSS JOIN unnest(l.codes) AS c (code)"
        f" WHERE {_ISSUED} <= $1"
    ),
    "list": (
        "SELECT DISTINCT ON (number) number, control_code AS code FROM record.listings"
        " WHERE control_code <> '' AND NOT withdrawn"
        " ORDER BY number, (doc ->> 'listed_in')::bigint DESC"
    ),
    "own": (
        "SELECT DISTINCT ON (number) number, btrim(columns ->> 'control_code') AS code"
        " FROM private.kept_rows WHERE btrim(columns ->> 'control_code') <> ''"
        " ORDER BY number, idx DESC"
    ),
}
"""Each application's control code, by source; the last statement of a source counts."""

# Without ages: sorting ages by code would cost more than the rest of the statement.
_CODED: Final = tuple(
    f"SELECT 'by-{source}', coalesce(c.code, ''), -1, f.side, {_MEASURES},"  # noqa: S608
    " 0, NULL::int[], 0, NULL::int[]"
    f" FROM facts AS f LEFT JOIN ({_STATED_CODES[source]}) AS c ON c.number = f.key"
    f" WHERE EXISTS ({_STATED_CODES[source]}) GROUP BY c.code, f.side"
    for source in CODE_SOURCES
)

_SIZES: Final = (
    "SELECT c.*, eu.size AS eu, cn.size AS cn FROM record.heads AS eu"
    " JOIN record.heads AS cn ON eu.log = 'eu' AND cn.log = 'cn' LEFT JOIN ({counted}) AS c ON true"
)

_WHOLE: Final = _FACTS + _SIZES.format(
    counted=" UNION ALL ".join((_ALL, _LISTS, *_MONTHS, *_CODES, *_CODED))
)


class PostgresNumberRows:
    """Port `NumberRows`. Results are cached: they depend on the entries and the query alone."""

    def __init__(self, pool: Pool | ShownRows) -> None:
        self._pool = shown(pool)
        self._cache = SizeCache(self._pool)

    @mapped
    async def numbers(self, on: str, days: DayNumbers, limit: int, lists: int) -> Numbers:
        """Count applications as of a date."""
        query = (on, sum(days.numbers), limit, lists)
        return await self._cache.get(query, lambda: self._counted(on, days, limit, lists))

    async def _counted(self, on: str, days: DayNumbers, limit: int, lists: int) -> Numbers:
        rows = await self._pool.fetch(_WHOLE, *_values(on, days, limit), lists)
        counted = [row for row in rows if row["what"]]
        return Numbers(
            eu=rows[0]["eu"],
            cn=rows[0]["cn"],
            sides=_sides(row for row in counted if row["what"] == "all"),
            lists=_lists(row for row in counted if row["what"] == "list"),
            months=_months(row for row in counted if row["what"] in _MONTHLY),
            codes=_codes(row for row in counted if row["what"] == "code"),
            first_general=next(row["part"] or "" for row in counted if row["what"] == "general"),
            coded={
                source: _coded(row for row in counted if row["what"] == f"by-{source}")
                for source in CODE_SOURCES
            },
        )


def _values(on: str, days: DayNumbers, limit: int) -> tuple[object, ...]:
    return on, days.numbers, days.first, days.of(date.fromisoformat(on)), limit


def _sides(rows: Iterable[asyncpg.Record]) -> Sides:
    by_side = {row["side"]: _counts(row) for row in rows}
    return {party: by_side.get(party, Counts()) for party in PARTIES}


def _lists(rows: Iterable[asyncpg.Record]) -> tuple[ListNumbers, ...]:
    by_index: dict[int, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        by_index[row["idx"]].append(row)
    return tuple(
        ListNumbers(by_index[index][0]["part"], index, _sides(by_index[index]))
        for index in sorted(by_index)
    )


def _months(rows: Iterable[asyncpg.Record]) -> tuple[MonthNumbers, ...]:
    by_month: dict[str, dict[str, dict[Party, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        by_month[row["part"]][row["what"]][row["side"]] = row["listed"]
    return tuple(_of_month(month, by_month[month]) for month in sorted(by_month))


def _codes(rows: Iterable[asyncpg.Record]) -> tuple[CodeNumbers, ...]:
    by_code: dict[str, CodeNumbers] = {}
    for row in rows:
        numbers = by_code.get(row["part"], CodeNumbers(row["part"]))
        applications = numbers.applications + row["stated"]
        by_code[row["part"]] = replace(
            numbers, **{row["side"]: row["listed"], "applications": applications}
        )
    return tuple(by_code[code] for code in sorted(by_code))


def _coded(rows: Iterable[asyncpg.Record]) -> tuple[CodedNumbers, ...]:
    by_code: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        by_code[row["part"]].append(row)
    if not any(by_code):
        return ()
    codes = sorted(by_code, key=lambda code: (not code, code))
    return tuple(CodedNumbers(code, _sides(by_code[code])) for code in codes)


def _of_month(month: str, counts: Mapping[str, Mapping[Party, int]]) -> MonthNumbers:
    return MonthNumbers(
        month,
        counts.get("listed", {}).get("eu", 0),
        *(dict(counts.get(what, {})) for what in ("accepted", "approved", "refused")),
    )


_NAMES: Final = (
    "listed", "stated", "accepted", "decided", "approved", "refused", "not_accepted",
    "withdrawn", "returned", "sent_back", "running", "uncounted", "over",
)  # fmt: skip


def _counts(row: asyncpg.Record) -> Counts:
    return Counts(
        **{name: row[name] for name in _NAMES},
        age=Spread(row["aged"], *(row["age"] or (None, None))),
        took=Spread(row["timed"], *(row["took"] or (None, None))),
    )
