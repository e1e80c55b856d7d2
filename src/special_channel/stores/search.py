"""Search the index of full-text search. PostgreSQL, schema `private`.

Returns the places of texts, and no text. Does not fill the index (`stores/search_index.py`) and
does not parse what somebody typed (`core/search/queries.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.search.queries import Clause, Needle, Query, Way
from special_channel.stores.search_index import Kind, Place, Source
from special_channel.stores.store import Store

Order = Literal["newest", "best"]

RECENT: Final = 600
"""Newest texts that are read without the index: a common word fills a page with them."""

RANKED: Final = 1000
"""Newest hits among which the best are chosen."""


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Filter of hits; an empty field matches all.

    Attributes:
        party: Side of the text; our own side's internal texts and applications are `own`.
        own: Our side.
        since: First time as signed; `until`: the first time after the last.
        person: Author, by side and number: `eu-12`.
        desk: Desk of the author, by side and code: `eu-permits`.
        state: `open` or `closed` thread.
        batch: List of the thread, or the list itself.
    """

    own: Party
    party: str = ""
    kind: Kind | Literal[""] = ""
    since: str = ""
    until: str = ""
    person: str = ""
    desk: str = ""
    state: str = ""
    batch: EntryId | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """The place of a text that was found.

    Attributes:
        at: Time of its entry as signed, or empty.
        near: Whether a part was found only as another form or in the other language.
        score: Rank among the hits; 0 if the newest come first.
    """

    source: Source
    key: str
    at: str
    near: bool = False
    score: int = 0

    @property
    def place(self) -> Place:
        """Source and key."""
        return self.source, self.key


class _Values:
    """Values of a statement, each under its number."""

    def __init__(self) -> None:
        self.all: list[object] = []

    def add(self, value: object, type_: str = "text") -> str:
        self.all.append(value)
        return f"${len(self.all)}::{type_}"


class Search(Store):
    """Searches for texts."""

    async def find(
        self,
        query: Query,
        fits: SearchFilter,
        *,
        order: Order,
        after: SearchHit | None,
        limit: int,
    ) -> list[SearchHit]:
        """Return up to `limit` hits after the hit `after`: exact ones first, then the others.

        Within each group, `newest` or `best` first; best are texts with most mentions of the words
        for their length, subjects and numbers first.
        """
        if not query.clauses:
            return []
        hits: list[SearchHit] = []
        for near in (False, True):
            if after is not None and after.near and not near:
                continue
            start = after if after is not None and after.near == near else None
            hits += await self._hits(query, fits, order, start, limit - len(hits), near)
            if len(hits) == limit:
                break
        return hits

    async def unranked(self, query: Query, fits: SearchFilter) -> bool:
        """Tell whether more hits match than `best` compares, exact ones or others."""
        if not query.clauses:
            return False
        for near in (False, True):
            values = _Values()
            found = _found(query, near, values, "private.searchable", _filters(fits, values))
            counted = f"SELECT count(*) FROM (SELECT FROM ({found}) AS f LIMIT {RANKED + 1}) AS c"  # noqa: S608
            if await self._count(counted, *values.all) > RANKED:
                return True
        return False

    async def _hits(
        self,
        query: Query,
        fits: SearchFilter,
        order: Order,
        after: SearchHit | None,
        limit: int,
        near: bool,  # noqa: FBT001
    ) -> list[SearchHit]:
        if order == "best":
            values = _Values()
            rows = await self._pool.fetch(
                _best(query, fits, after, limit, near, values), *values.all
            )
            return [SearchHit(near=near, **dict(row)) for row in rows]
        # A common word is found among the newest texts at once; the index would return the places
        # of half the record first, to be sorted. Any other word is rare enough for the index.
        for recent in (True, False):
            values = _Values()
            statement = _newest(query, fits, after, limit, near, values, recent)
            rows = await self._pool.fetch(statement, *values.all)
            if len(rows) == limit:
                break
        return [SearchHit(near=near, **dict(row)) for row in rows]


def _newest(  # noqa: PLR0913, PLR0917 - one pass of `find`
    query: Query,
    fits: SearchFilter,
    after: SearchHit | None,
    limit: int,
    near: bool,  # noqa: FBT001
    values: _Values,
    recent: bool,  # noqa: FBT001
) -> str:
    past = (
        f" AND (s.at, s.source, s.key) < ({values.add(after.at)}, {values.add(after.source)},"
        f" {values.add(after.key)})"
        if after
        else ""
    )
    texts = (
        "(SELECT * FROM private.searchable AS s WHERE true"  # noqa: S608 - constants
        f"{past} ORDER BY s.at DESC, s.source DESC, s.key DESC LIMIT {RECENT})"
        if recent
        else "private.searchable"
    )
    found = _found(query, near, values, texts, f"{'' if recent else past}{_filters(fits, values)}")
    return (
        f"WITH hits AS MATERIALIZED ({found})"  # noqa: S608 - constants
        " SELECT source, key, at FROM hits"
        f" ORDER BY at DESC, source DESC, key DESC LIMIT {values.add(limit, 'integer')}"
    )


def _best(
    query: Query,
    fits: SearchFilter,
    after: SearchHit | None,
    limit: int,
    near: bool,  # noqa: FBT001
    values: _Values,
) -> str:
    found = _found(query, near, values, "private.searchable", _filters(fits, values))
    places = (
        values.add(_pattern(needle))
        for clause in query.clauses
        for needle in clause.ways[0].needles
    )
    often = " + ".join(
        f"(length(s.folded) - length(replace(s.folded, {each}, ''))) / length({each})"
        for each in places
    )
    past = (
        f" WHERE (score, at, source, key) < ({values.add(after.score, 'integer')},"
        f" {values.add(after.at)}, {values.add(after.source)}, {values.add(after.key)})"
        if after
        else ""
    )
    return (
        f"WITH found AS MATERIALIZED ({found}),"  # noqa: S608 - constants
        " hits AS MATERIALIZED (SELECT source, key FROM found"
        f" ORDER BY at DESC, source DESC, key DESC LIMIT {RANKED}),"
        " ranked AS (SELECT s.source, s.key, s.at,"
        f" 1000 * least(100, {often}) / (200 + length(s.folded))"
        " + CASE WHEN s.kind IN ('note', 'internal', 'other') THEN 0 ELSE 1000 END AS score"
        " FROM hits JOIN private.searchable AS s USING (source, key))"
        f" SELECT source, key, at, score FROM ranked{past}"
        " ORDER BY score DESC, at DESC, source DESC, key DESC"
        f" LIMIT {values.add(limit, 'integer')}"
    )


def _found(query: Query, near: bool, values: _Values, texts: str, rest: str) -> str:  # noqa: FBT001
    """Return the query for exact hits, or for all others, among `texts`; `rest`: conditions."""
    # Apart, since a condition on both would be evaluated again for each row of the index. Words of
    # a text that was cut are empty, so that none is found twice.
    exact = Query(tuple(Clause(clause.ways[:1]) for clause in query.clauses))
    conditions = [
        f"{finds(query, values)} AND NOT {finds(exact, values)}" if near else finds(exact, values)
        for finds in (_indexed, _cut)
    ]
    return " UNION ALL ".join(
        f"SELECT s.source, s.key, s.at FROM {texts} AS s WHERE {each}{rest}"  # noqa: S608 - constants
        for each in conditions
    )


def _indexed(query: Query, values: _Values) -> str:
    """Return the condition for texts found by a query, answered by the index at once.

    Phrases are compared with the text, among texts with every word of the phrase.
    """
    indexed = " & ".join(f"({_either(clause)})" for clause in query.clauses)
    compared = [
        f"({' OR '.join(_compared(way, values) for way in clause.ways)})"
        for clause in query.clauses
        if not all(needle.told for way in clause.ways for needle in way.needles)
    ]
    return f"({' AND '.join((f's.words @@ {values.add(indexed)}::tsquery', *compared))})"


def _cut(query: Query, values: _Values) -> str:
    """Return the condition for texts with too many words for the index."""
    ways = (
        f"({' OR '.join(_in_text(way.needles, values) for way in clause.ways)})"
        for clause in query.clauses
    )
    return f"(s.cut AND {' AND '.join(ways)})"


def _either(clause: Clause) -> str:
    return " | ".join(f"({_all(way)})" for way in clause.ways)


def _all(way: Way) -> str:
    # Words consist of letters, digits and the sign of a stem: no quotation mark, no backslash.
    return " & ".join(f"'{word}'" for needle in way.needles for word in needle.words)


def _compared(way: Way, values: _Values) -> str:
    indexed = f"s.words @@ {values.add(_all(way))}::tsquery"
    untold = [needle for needle in way.needles if not needle.told]
    return f"{indexed} AND {_in_text(untold, values)}" if untold else indexed


def _in_text(needles: Sequence[Needle], values: _Values) -> str:
    return " AND ".join(f"strpos(s.folded, {values.add(_pattern(each))}) > 0" for each in needles)


def _pattern(needle: Needle) -> str:
    """Return what the folded text contains where a needle is found."""
    return needle.text if needle.kind == "text" else f" {needle.words[0]} "


_SIDE: Final = "s.party = ANY ({})"
_KIND: Final = "s.kind = {}"
_SINCE: Final = "s.at >= {}"
_UNTIL: Final = "s.at < {} AND s.at <> ''"
_PERSON: Final = """s.author IN (SELECT k.key FROM record.keys AS k
    JOIN record.persons AS p ON p.doc ->> 'person' = k.person
    WHERE k.person <> '' AND p.party || '-' || p.number = {})"""
_DESK: Final = """s.author IN (
    SELECT k.key FROM record.keys AS k WHERE k.party || '-' || k.desk = {})"""
_STATE: Final = (
    "s.thread IN (SELECT t.key FROM record.threads AS t WHERE t.closed = ({} = 'closed'))"
)
_BATCH: Final = """(s.thread IN (SELECT t.key FROM record.threads AS t WHERE t.batch = {0})
    OR s.source = 'batch' AND s.key = {0})"""


def _filters(fits: SearchFilter, values: _Values) -> str:
    # Internal texts and applications are our side's.
    sides = [fits.party, ""] if fits.party == fits.own else [fits.party]
    wanted = (
        (_SIDE, sides if fits.party else [], "text[]"),
        (_KIND, fits.kind, "text"),
        (_SINCE, fits.since, "text"),
        (_UNTIL, fits.until, "text"),
        (_PERSON, fits.person, "text"),
        (_DESK, fits.desk, "text"),
        (_STATE, fits.state, "text"),
        (_BATCH, fits.batch, "text"),
    )
    return "".join(
        f" AND {condition.format(values.add(value, type_))}"
        for condition, value, type_ in wanted
        if value
    )
