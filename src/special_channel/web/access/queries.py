"""Read grants of access for overseers. Does not decide what a grant admits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.entries import AccessGranted, parse
from special_channel.core.entries.private import Access
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.private import AccessRow
from special_channel.core.rules.access import is_in_force, needs_access
from special_channel.stores.access import WaitingGrant
from special_channel.web.access.views import (
    AccessView,
    GrantView,
    ReaderView,
    ScopeIds,
    ScopeView,
    WaitingView,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.threads import find_batch, find_thread

MOST_GRANTS: Final = 500
"""Grants on one page: some years of a side's orders."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Readers by pseudonym or key, and numbers of threads and lists by id."""

    readers: Mapping[str, ReaderView]
    holders: Mapping[KeyId, str]
    numbers: Mapping[str, str]

    def reader(self, person: str, key: str) -> ReaderView:
        which = person or key
        return self.readers.get(which) or ReaderView(reader=which, name=which[:11])

    def signer(self, key: KeyId) -> str:
        """Return the name of who signed first."""
        return self.reader(self.holders.get(key, key), "").name

    def scope(
        self, threads: Sequence[str], batches: Sequence[str], first: str, last: str
    ) -> ScopeView:
        return ScopeView(
            threads=tuple(self.numbers.get(each, each) for each in threads),
            lists=tuple(self.numbers.get(each, each) for each in batches),
            first=first or None,
            last=last or None,
        )


async def access_of(context: PageContext) -> AccessView:
    """Read the overseer's own grants, all grants, and those that wait."""
    me, own = context.reader, context.own
    rows = await own.desk.access.all(MOST_GRANTS)
    waiting = [(each, granted(each.envelope)) for each in await own.acts.access.waiting()]
    scopes: list[AccessRow | Access] = [*rows, *(entry.body for _, entry in waiting)]
    known = await _known(
        context,
        [each for one in scopes for each in one.threads or ()],
        [each for one in scopes for each in one.batches or ()],
    )
    now = timestamp(context.now)
    grants = [_grant(known, row, now) for row in rows]
    mine = {me.row.person, me.key}
    return AccessView(
        person=me.row.person,
        key=me.key,
        private_log=own.node.identity.private_origin,
        own=tuple(each for each in grants if each.reader.reader in mine),
        grants=tuple(grants),
        waiting=tuple(_waiting(context, known, each, entry.body) for each, entry in waiting),
        readers=tuple(known.readers.values()),
    )


async def scope_ids(context: PageContext, threads: Iterable[str], lists: Iterable[str]) -> ScopeIds:
    """Look up threads and lists by their numbers.

    Raises:
        NotFound: `thread-unknown`, `batch-unknown`.
    """
    # One by one: an order names a handful.
    return ScopeIds(
        threads=tuple([(await find_thread(context, each)).thread for each in threads]),
        batches=tuple([(await find_batch(context, each)).batch for each in lists]),
    )


def granted(envelope: bytes) -> AccessGranted:
    """Return the entry of a grant that waits."""
    entry = parse(dsse.decode(envelope).payload)
    assert isinstance(entry, AccessGranted)  # noqa: S101 - own bug: nothing else waits here
    return entry


async def _known(
    context: PageContext, threads: Sequence[str], batches: Sequence[EntryId]
) -> _Known:
    views, me = context.own.stores.views, context.reader.row
    rows = [
        row
        for row in (await views.keys(None)).values()
        if row.party == context.party and row.now == "active" and _reads_by_grant(row)
    ]
    officials = await context.own.desk.officials.of_keys([row.key for row in rows])
    names = {key: each.name for key, each in officials.items()}
    readers = {
        which: ReaderView(reader=which, name=names.get(row.key, row.desk), me=which == _which(me))
        for row in rows
        if (which := _which(row))
    }
    found = await views.threads_by_id(threads)
    lists = await views.batches_by_id(batches)
    numbers = {id_: str(row.position) for id_, row in found.items()}
    numbers |= {id_: f"EU-{row.index}" for id_, row in lists.items()}
    return _Known(readers, {row.key: _which(row) for row in rows}, numbers)


def _which(row: KeyRow) -> str:
    return row.person or row.key


def _reads_by_grant(row: KeyRow) -> bool:
    return row.machine == "service" or (bool(row.grants) and needs_access(row))


def _grant(known: _Known, row: AccessRow, now: str) -> GrantView:
    return GrantView(
        id=row.id,
        position=f"PRIVATE-{row.index}",
        reader=known.reader(row.person, row.key),
        scope=known.scope(row.threads, row.batches, row.first, row.last),
        until=instant(row.until),
        purpose=row.purpose,
        order=row.order,
        in_force=is_in_force(row, now),
        ended=None if row.ended is None else f"PRIVATE-{row.ended}",
    )


def _waiting(context: PageContext, known: _Known, grant: WaitingGrant, body: Access) -> WaitingView:
    reader = known.reader(body.person or "", body.key or "")
    days = (body.dates.first, body.dates.last) if body.dates else ("", "")
    return WaitingView(
        id=grant.id,
        envelope=grant.envelope.decode(),
        payload=dsse.decode(grant.envelope).payload.decode(),
        reader=reader,
        scope=known.scope(body.threads or (), body.batches or (), *days),
        until=instant(body.until),
        purpose=body.purpose,
        order=body.order,
        by=known.signer(grant.by),
        at=grant.at,
        mine=reader.me or known.holders.get(grant.by) == _which(context.reader.row),
    )
