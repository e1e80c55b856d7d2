"""Read a key: its spans, suspensions and end, and every entry signed with it.

Entries of our private log are shown to the holder and to those who look after keys alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import KeyId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import PRIVATE_KINDS, SHARED_KINDS
from special_channel.core.rows.directory import KeyRow, Stop
from special_channel.core.rules.doubt import doubtful_from, further_signers
from special_channel.stores.key_views import Signed, SignedCount, SignedEntry
from special_channel.web.key.since import since_doubt
from special_channel.web.key.spans import Span, spans_of
from special_channel.web.key.views import KeyDetail, SignedItem, SpanItem, StopItem
from special_channel.web.shared.query import Filters, PageQuery, WindowQuery, codes
from special_channel.web.shared.viewpoint import desk_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.directory import SideReader, read_side

KEEPERS: Final = frozenset({"registrar", "head", "director", "oversight"})
"""Roles that see what keys of others signed in our private log."""


class SpanQuery(Filters):
    """Entries since the key is doubtful, those before, or all, of a kind; and their order."""

    span: Literal["", "doubtful", "before"] = ""
    kind: Annotated[str, codes(sorted(SHARED_KINDS | PRIVATE_KINDS))] = ""
    sort: Literal["newest", "oldest"] = "newest"


class KeyPageQuery(SpanQuery, PageQuery):
    """A page of the entries signed with a key."""


class KeyQuery(SpanQuery, WindowQuery):
    """Entries signed with a key over the API."""


async def key_detail(
    context: PageContext, key: KeyId, query: SpanQuery, offset: int, limit: int
) -> KeyDetail:
    """Read a key of either side.

    Raises:
        NotFound: `key-unknown`.
    """
    row = (await context.own.stores.views.keys([key])).get(key) if "\0" not in key else None
    if row is None:
        raise NotFound("key-unknown", "No such key is enrolled.")
    side = await read_side(context, row.party)
    doubt = doubtful_from(row)
    spans, private = spans_of(row, doubt), sees_private(context, row)
    views = context.own.stores.views
    first = doubt if query.span == "doubtful" and doubt is not None else 0
    end = doubt if query.span == "before" else None
    which = Signed(row.party, key, private, first, end)
    counts = await views.signed_counts(which, [span.first for span in spans])
    kinds = await views.signed_kinds(which)
    oldest = query.sort == "oldest"
    signed = await views.signed(which, offset, limit, kind=query.kind, oldest=oldest)
    times = await views.accepted_at(row.party, _named(row, spans, doubt))
    reader = KeyReader(context, side, times)
    items = reader.spans(spans, counts, private=private)
    since = None
    if private and row.person and doubt is not None and (at := reader.before(doubt)):
        later = [item for item in items if item.first >= doubt]
        counted = sum(i.shared for i in later), sum(i.private or 0 for i in later)
        since = await since_doubt(context, row, doubt, at, counted)
    return KeyDetail(
        **context.sizes,
        party=row.party,
        key=key,
        suite=row.suite,
        role=row.machine,
        holder=reader.name(row.key),
        title=side.title(side.persons[row.person]) if row.person in side.persons else None,
        person=row.number or None,
        desks=_desks(row),
        state="active" if row.now == "unknown" else row.now,
        number=side.position(row.enrolled),
        at=reader.at(row.enrolled),
        confirmed=tuple(reader.name(each) for each in row.confirmed),
        founded=row.enrolled == 0,
        ended=None if row.ended is None else side.position(row.ended),
        ended_at=reader.at(row.ended),
        doubt=None if doubt is None else side.position(doubt),
        doubt_at=reader.at(doubt),
        stops=tuple(reader.stop(each) for each in row.stops),
        spans=items,
        total=kinds.get(query.kind, 0) if query.kind else sum(kinds.values()),
        kinds=tuple(kinds),
        signed=sum(item.total for item in items),
        items=await reader.signed(key, signed),
        since=since,
    )


def sees_private(context: PageContext, row: KeyRow) -> bool:
    """Tell whether the reader sees what a key signed in our private log."""
    if row.party != context.party:
        return False
    reader = context.reader.row
    mine = bool(row.person) and reader.person == row.person
    return mine or bool(reader.roles_now & KEEPERS)


def _desks(row: KeyRow) -> tuple[str, ...]:
    """Return the desks of a holder's functions in force; of a service its desk."""
    if row.machine:
        return (row.home,) if row.home else ()
    return tuple(grant.desk for grant in row.grants if grant.end is None)


@dataclass(frozen=True, slots=True)
class KeyReader:
    """What a key's page says of rows and entries.

    Attributes:
        side: The key's side, with names of our officials.
        times: When the entries that the key's row names were accepted, by index.
    """

    context: PageContext
    side: SideReader
    times: Mapping[int, str]

    def at(self, index: int | None) -> datetime | None:
        """Return when an entry was accepted; None if it is damaged or not here."""
        accepted = None if index is None else self.times.get(index)
        return instant(accepted) if accepted else None

    def before(self, index: int) -> datetime | None:
        """Return when the last entry before one was accepted: no reading between is left out."""
        return self.at(max(index - 1, 0))

    def name(self, key: KeyId) -> str:
        """Name who signs with a key: by name on our side, else by desk and number, or role."""
        row = self.side.keys.get(key)
        person = self.side.persons.get(row.person) if row else None
        if person is not None:
            return self.side.names.get(person.person) or self.side.title(person)
        return self.context.t.label("role", (row.machine if row else "") or "root")

    def stop(self, stop: Stop) -> StopItem:
        """Return a suspension."""
        by = self.side.keys.get(stop.by)
        return StopItem(
            position=self.side.position(stop.index),
            at=self.at(stop.index),
            by=None if by is not None and by.machine == "node" else self.name(stop.by),
            whole=stop.whole,
            doubt=None if stop.since is None else self.side.position(stop.since),
            restored=None if stop.restored is None else self.side.position(stop.restored),
        )

    def spans(
        self, spans: Sequence[Span], counts: Sequence[SignedCount], *, private: bool
    ) -> tuple[SpanItem, ...]:
        """Return spans with their numbers of entries."""
        found = {(count.span, count.private): count.entries for count in counts}
        return tuple(
            SpanItem(
                kind=span.kind,
                first=span.first,
                position=self.side.position(span.cause),
                at=self.at(span.cause),
                functions=self._functions(span),
                shared=found.get((place, False), 0),
                private=found.get((place, True), 0) if private else None,
            )
            for place, span in enumerate(spans, 1)
        )

    def _functions(self, span: Span) -> tuple[str, ...]:
        label, comma = self.context.t.label, "，" if self.context.lang == "zh-CN" else ", "
        return tuple(
            label("role", grant.role)
            + comma
            + desk_of(self.context, self.side.party, grant.desk).first(self.context.lang).text
            for grant in span.grants
        )

    async def signed(self, by: KeyId, entries: Sequence[SignedEntry]) -> tuple[SignedItem, ...]:
        """Return entries with thread, further signers and delivery."""
        views, party = self.context.own.stores.views, self.side.party
        threads = await views.threads_by_id([each.thread for each in entries if each.thread])
        shared = [Position(party, each.index) for each in entries if not each.private]
        notes = await views.deliveries(shared)
        items = []
        for each in entries:
            position = None if each.private else Position(party, each.index)
            thread = threads.get(each.thread) if each.thread else None
            note = notes.get(position) if position else None
            items.append(
                SignedItem(
                    position=str(position) if position else None,
                    at=instant(each.accepted),
                    kind=each.kind,
                    thread=str(thread.position) if thread else None,
                    author=None if each.by == by else self.name(each.by),
                    second=tuple(
                        self.name(key)
                        for key in further_signers(each.envelope, each.by)
                        if key != by
                    ),
                    delivered=self.context.cosigned(party, note) if note else None,
                    mark=self._mark(each, position),
                )
            )
        return tuple(items)

    def _mark(self, entry: SignedEntry, position: Position | None) -> str | None:
        """Return what an entry in doubt is, after its last review."""
        doubts = self.context.doubts
        if position is not None:
            found = doubts.entries.get(position)
            return found.doubt.word if found else None
        doubt = doubts.privately(entry.envelope, entry.by, entry.at)
        return doubt.word if doubt else None


def _named(row: KeyRow, spans: Sequence[Span], doubt: int | None) -> list[int]:
    """Return the indexes of all entries that a key's page names."""
    stops = [index for stop in row.stops for index in (stop.index, stop.restored)]
    causes = [span.cause for span in spans]
    if doubt:
        causes.append(doubt - 1)
    return [each for each in (row.enrolled, row.ended, doubt, *stops, *causes) if each is not None]
