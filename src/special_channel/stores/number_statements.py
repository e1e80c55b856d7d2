"""The statement that counts applications for `numbers.py`. Not run here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from special_channel.core.bytes.fields import REFERENCE_MARK
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
lines AS MATERIALIZED (
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
# A reference counts once its number is listed.
_LISTS: Final = (
    f"SELECT 'list', min(b.list), b.idx, s.side, {_COUNTS}"  # noqa: S608
    " FROM (SELECT key, list, idx FROM record.batches ORDER BY idx DESC LIMIT $6) AS b"
    " JOIN record.listings AS l ON l.batch = b.key AND NOT l.withdrawn"
    f" AND NOT starts_with(l.number, '{REFERENCE_MARK}')"
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
MONTHLY: Final = frozenset({"listed", "accepted", "approved", "refused"})
_MONTHS: Final = (
    _month("listed", "substr(f.first_listed, 1, 7)", "f.side = 'eu'"),
    _month("accepted", "to_char(f.accepted, 'YYYY-MM')", "f.accepted IS NOT NULL"),
    _month("approved", _DECIDED_IN, f"f.how = '{LETTERS['approved']}'"),
    _month("refused", _DECIDED_IN, f"f.how = '{LETTERS['refused']}'"),
)

_NONE: Final = ", ".join(["0"] * 11) + ", 0, NULL::int[], 0, NULL::int[]"
_ISSUED: Final = "l.issued_on"
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

STATED_CODES: Final[Mapping[str, str]] = {
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


def _coded(source: str) -> str:
    codes = STATED_CODES[source]
    # Without ages: sorting ages by code would cost more than the rest of the statement.
    return (
        f"SELECT 'by-{source}', coalesce(c.code, ''), -1, f.side, {_MEASURES},"  # noqa: S608
        " 0, NULL::int[], 0, NULL::int[]"
        f" FROM facts AS f LEFT JOIN ({codes}) AS c ON c.number = f.key"
        f" WHERE EXISTS ({codes}) GROUP BY c.code, f.side"
    )


_CODED: Final = {source: _coded(source) for source in STATED_CODES}

_SIZES: Final = (
    "SELECT c.*, eu.size AS eu, cn.size AS cn FROM record.heads AS eu"
    " JOIN record.heads AS cn ON eu.log = 'eu' AND cn.log = 'cn' LEFT JOIN ({counted}) AS c ON true"
)

WHOLE: Final = f"WITH {_FACTS}" + _SIZES.format(
    counted=" UNION ALL ".join((_ALL, _LISTS, *_MONTHS, *_CODES, *_CODED.values()))
)
"""Counts the present record. Values: date, numbers of days, first day, the date's number of days,
limit in days, number of lists."""

_EARLIER: Final = """
earlier_applications AS MATERIALIZED (
    SELECT a.key, a.first_listed, string_to_array(a.eu, E'\\n') COLLATE "C" AS eu_told,
        string_to_array(a.cn, E'\\n') COLLATE "C" AS cn_told
    FROM unnest($7::text[], $8::text[], $9::text[], $10::text[]) AS a (key, first_listed, eu, cn)),
earlier_licences AS MATERIALIZED (
    SELECT l.type, l.issued_on, string_to_array(l.codes, E'\\n') AS codes,
        string_to_array(l.numbers, E'\\n') AS applications
    FROM unnest($11::text[], $12::text[], $13::text[], $14::text[])
        AS l (type, issued_on, codes, numbers)),
earlier_batches AS MATERIALIZED (
    SELECT key, list, idx FROM record.batches WHERE idx < $15::bigint),
earlier_listings AS MATERIALIZED (
    SELECT l.batch, l.number, l.control_code, l.doc,
        (l.doc ->> 'withdrawn')::bigint BETWEEN 0 AND $15::bigint - 1 AS withdrawn
    FROM record.listings AS l WHERE (l.doc ->> 'listed_in')::bigint < $15::bigint),
"""

_VIEWS: Final = ("applications", "batches", "listings", "licences")


def _earlier(statement: str) -> str:
    """Return the statement on the views of an earlier record."""
    for view in _VIEWS:
        statement = statement.replace(f"record.{view}", f"earlier_{view}")
    return statement


# Without own codes: kept columns have no past, and no figure that is given out contains them.
EARLIER: Final = (
    f"WITH {_EARLIER}"  # noqa: S608 - constants alone
    + _earlier(_FACTS)
    + "SELECT c.*, $15::bigint AS eu, $16::bigint AS cn FROM ("
    + _earlier(
        " UNION ALL ".join((_ALL, _LISTS, *_MONTHS, *_CODES, _CODED["licence"], _CODED["list"]))
    )
    + ") AS c"
)
"""Counts an earlier record. Values: those of `WHOLE`; applications with both sides' status lines;
licences with codes and numbers; sizes of both logs. Several texts in one value are on lines."""
