"""The longer SQL statements of `views.py`. Does not run statements."""

from __future__ import annotations

from typing import Final

from special_channel.stores.number_text import contains
from special_channel.stores.record.queries import entry_columns

ENTRY: Final = f"SELECT {entry_columns('eu')}"

BATCH: Final = "SELECT doc, 'eu' AS party, idx FROM record.batches WHERE"

LAST: Final = (
    ENTRY  # noqa: S608 - constants alone
    + " FROM unnest($1::text[]) AS wanted (thread) CROSS JOIN LATERAL ("
    "SELECT * FROM record.entries AS x WHERE x.thread = wanted.thread AND x.code = ''"
    " AND x.kind IN ('note.posted', 'note.corrected', 'thread.opened')"
    " ORDER BY x.ord DESC, x.log DESC LIMIT 1) AS e"
)

# An assignment names a person: all of the person's keys hold the thread.
HANDS: Final = (
    "SELECT w.thread, coalesce("
    "(SELECT array_agg(DISTINCT k.key) FROM private.assignments AS a"
    " JOIN record.keys AS k ON k.person = a.official AND k.person <> ''"
    " WHERE a.key = w.thread),"
    " (SELECT array_agg(DISTINCT n.author) FROM record.notes AS n"
    " WHERE n.thread = w.thread AND n.party = $2)) AS keys FROM unnest($1::text[]) AS w (thread)"
)

# One note decides. Subqueries with a limit are looked up thread by thread; PostgreSQL would make
# of EXISTS a table of all notes, whose size grows with the record.
_HELD_BY: Final = """
    (SELECT true FROM private.assignments AS a
        JOIN record.keys AS k ON k.person = a.official AND k.person <> ''
        WHERE a.key = {thread} AND k.key = ANY ({keys}) LIMIT 1),
    (SELECT true FROM record.notes AS n
        WHERE n.thread = {thread} AND n.party = {party} AND n.author = ANY ({keys}) LIMIT 1),
    (SELECT true FROM record.threads AS o
        WHERE o.key = {thread} AND o.doc #>> '{{opened,0,by}}' = ANY ({keys}) LIMIT 1),
    (SELECT false FROM private.assignments AS a
        WHERE a.key = {thread} AND a.official <> '' LIMIT 1),
    (SELECT false FROM record.notes AS n WHERE n.thread = {thread} AND n.party = {party} LIMIT 1)
"""

HELD: Final = f"""
SELECT w.thread, coalesce(
    {_HELD_BY.format(thread="w.thread", party="$2", keys="$3::text[]")}
) AS by_these FROM unnest($1::text[]) AS w (thread)
"""  # noqa: S608 - constants alone
"""Whether persons with these keys are assigned a thread, opened it or wrote in it; null for other
threads without a holder and without a note of our side."""

# As `web/shell/scopes.py` says of threads that are read already.
_FITS: Final = """({keys} IS NULL OR coalesce({held}, t.party <> {party}))"""


def _fits(party: str, keys: str) -> str:
    return _FITS.format(
        party=party, keys=keys, held=_HELD_BY.format(thread="t.key", party=party, keys=keys)
    )


_OPENED: Final = "t.doc #>> '{opened,0,accepted}'"

WANTED: Final = f"""
    FROM record.threads AS t WHERE ($1 = 'all' OR closed = ($1 = 'closed'))
    AND ($2::text IS NULL OR batch = $2) AND {_fits("$3::text", "$4::text[]")}
    AND ($5::text = '' OR t.party = $5)
"""
"""Threads of a filter, with values for every list's fields."""

HOLDER: Final = (
    "coalesce((SELECT a.official FROM private.assignments AS a WHERE a.key = t.key), '') = {0}"
)
"""Threads assigned to a person; an empty text: to nobody."""

# As `desk/unit_holdings.py` tells the desk: of the person, else of our side's last author.
DESK: Final = """coalesce(
    (SELECT nullif(k.desk, '') FROM private.assignments AS a
        JOIN record.keys AS k ON k.person = a.official
        WHERE a.key = t.key AND a.official <> '' ORDER BY k.idx DESC LIMIT 1),
    (SELECT k.desk FROM record.keys AS k WHERE k.key = coalesce(
        (SELECT n.author FROM record.notes AS n
            WHERE n.thread = t.key AND n.party = {1} ORDER BY n.idx DESC LIMIT 1),
        CASE WHEN t.party = {1} THEN t.doc #>> '{{opened,0,by}}' END)), '') = {0}"""
"""Threads of a side's desk; an empty text: threads of nobody."""


def threads_in_order(wanted: str, first: int, *, oldest: bool) -> str:
    """Return the statement for a page of threads.

    Args:
        wanted: `WANTED` with further conditions.
        first: Number of the first placeholder: before, limit, offset, threads to leave out.
        oldest: By the time of opening; otherwise latest activity first.
    """
    before, limit, offset, besides = (f"${first + place}" for place in range(4))
    order = "opened, key" if oldest else "ord DESC, key"
    return f"""
SELECT doc FROM (
    SELECT key, ord, {_OPENED} AS opened, doc {wanted}
    AND ({before}::bigint IS NULL OR ord < {before})
    ORDER BY {order} LIMIT {limit} OFFSET {offset}
) AS t WHERE key <> ALL ({besides}::text[]) ORDER BY {order}
"""  # noqa: S608 - constants alone


PRIVATELY: Final = (
    f"SELECT {entry_columns('private')} FROM private.entries AS e"  # noqa: S608 - constants alone
    " WHERE e.thread = ANY ($1::text[]) AND e.kind = ANY ($2::text[])"
    " ORDER BY e.ord, e.log, e.idx"
)

DELIVERED: Final = (
    "SELECT wanted.log, wanted.idx, c.note"
    " FROM unnest($1::text[], $2::bigint[]) AS wanted (log, idx) CROSS JOIN LATERAL ("
    "SELECT note FROM record.cosigned AS x WHERE x.log = wanted.log AND x.size > wanted.idx"
    " ORDER BY x.size LIMIT 1) AS c"
)

LISTED: Final = (
    "SELECT l.doc, count(*) OVER () AS total FROM record.listings AS l"  # noqa: S608 - constants
    " LEFT JOIN record.applications AS a ON a.key = l.number WHERE l.batch = $1"
    " AND ($2 = '' OR a.eu_state = $2 OR a.cn_state = $2) AND ($3 = '' OR l.match = $3)"
    " AND (NOT $4::boolean OR coalesce(a.differs, false))"
    f" AND ($5 = '' OR {contains('l.number', '$5')}) AND l.row_number >= $6"
)

ROW_ORDERS: Final = {
    "row": "l.row_number",
    "number": "l.number, l.row_number",
    "urgency": "array_position('{line_stop,urgent,normal}'::text[], l.urgency), l.row_number",
}
"""Orders of the rows of a batch."""

HOW_FAR: Final = (
    "SELECT l.batch, coalesce(a.eu_state, '') AS eu, coalesce(a.cn_state, '') AS cn,"
    " count(*) AS rows, count(*) FILTER (WHERE l.answered >= 0) AS answered,"
    " count(*) FILTER (WHERE a.differs) AS differing, coalesce(max(a.eu_as_of), '') AS eu_as_of,"
    " coalesce(max(a.cn_as_of), '') AS cn_as_of FROM record.listings AS l"
    " LEFT JOIN record.applications AS a ON a.key = l.number"
    " WHERE l.batch = ANY ($1::text[]) AND NOT l.withdrawn GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)
"""Rows of lists, without withdrawn ones, by both sides' states: every count in one pass."""

OPEN_THREADS: Final = (
    "SELECT batch, count(*) AS open FROM record.threads"
    " WHERE batch = ANY ($1::text[]) AND NOT closed GROUP BY batch"
)

RETURNED: Final = (
    "SELECT CASE $2 WHEN 'eu' THEN a.eu_source ELSE a.cn_source END AS source, count(*) AS rows"
    " FROM record.listings AS l JOIN record.applications AS a ON a.key = l.number"
    " WHERE l.batch = $1 AND NOT l.withdrawn"
    " AND CASE $2 WHEN 'eu' THEN a.eu_state ELSE a.cn_state END = 'returned'"
    " GROUP BY 1 ORDER BY 1"
)

# Every erasure order is read, to find orders not executed here: their number is small.
ERASED: Final = (
    "SELECT e.id, x.ordinal::integer AS ordinal, x.erasure_log AS log, x.erasure_idx AS idx,"
    " 0 AS rank FROM record.entries AS e JOIN record.erased AS x USING (log, idx)"
    " WHERE e.id = ANY ($1::text[])"
    " UNION ALL SELECT ref, ordinal, log, idx, 1 FROM record.erasure_orders"
    " WHERE ref = ANY ($1::text[])"
    " ORDER BY rank, idx, log"
)

ERASED_PRIVATELY: Final = (
    "SELECT e.id, x.ordinal::integer, x.erasure_idx FROM private.entries AS e"
    " JOIN private.erased AS x ON x.idx = e.idx WHERE e.id = ANY ($1::text[])"
)

# A sequential search of every part, without an index: rare, and the text is stored nowhere else.
WITH_PARTS: Final = (
    "SELECT e.idx AS index, e.id, e.kind, coalesce(upper(t.party) || '-' || t.idx, '') AS thread,"
    " coalesce(o.payload #>> '{body,list}', o.payload #>> '{body,id}', '') AS about,"
    " e.author AS by, e.accepted, p.here"
    " FROM private.entries AS e CROSS JOIN LATERAL record.payload(e.envelope) AS o (payload)"
    " CROSS JOIN LATERAL (SELECT array_agg(x.disclosure IS NOT NULL ORDER BY x.ordinal) AS here,"
    " bool_or(position($1::bytea IN x.disclosure) > 0) AS holds FROM private.parts AS x"
    " WHERE (x.log, x.idx) = (e.log, e.idx)) AS p"
    " LEFT JOIN record.threads AS t ON t.key = e.thread"
    " WHERE e.roles <> '' AND e.idx < $2 AND ($1 = ''::bytea OR p.holds)"
    " ORDER BY e.idx DESC LIMIT $3"
)
"""Entries with parts; `position` compares bytes without decoding."""

LAST_ANSWERS: Final = (
    "SELECT DISTINCT ON (number) doc FROM record.listings"
    " WHERE number = ANY ($1::text[]) AND answered >= 0"
    " ORDER BY number, coalesce(nullif(doc ->> 'answer_of', '-1')::bigint, answered) DESC,"
    " answered DESC, row_number"
)
"""The list row with the last answer, for each application; corrections have the age of the
corrected answer."""

LISTED_ELSEWHERE: Final = (
    "SELECT DISTINCT l.number FROM record.listings AS l"
    " JOIN record.applications AS a ON a.key = l.number"
    " WHERE l.batch = $1 AND a.times_listed > 1 ORDER BY 1"
)
"""Numbers on a batch's list that are on another list as well, or in two rows."""
