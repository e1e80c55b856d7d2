"""Read grants of access for overseers. Does not decide what a grant admits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.entries import AccessGranted, parse
from special_channel.core.entries.private import Access
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.private import AccessRow
from special_channel.core.rules.access import is_in_force, needs_access
from special_channel.desk.act_steps import find
from special_channel.desk.act_words import Aim, aim_of
from special_channel.stores.acts import ActRow
from special_channel.web.access import words
from special_channel.web.access.views import (
    AccessFilters,
    AccessView,
    GrantAct,
    GrantView,
    ReaderView,
    ScopeIds,
    ScopeView,
)
from special_channel.web.shared.acts import ActDetail, ActItem, May
from special_channel.web.shared.capitals import both
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import MAX_ROWS
from special_channel.web.shell.threads import find_batch, find_thread

_Terms = TypeVar("_Terms", GrantView, GrantAct)


@dataclass(frozen=True, slots=True)
class Known:
    """Readers and overseers of our side, and numbers of threads and lists by id.

    Attributes:
        readers: Who reads by grants alone, by pseudonym or key.
        names: Names of overseers and services, by pseudonym or key.
        holders: Pseudonym of each overseer's key; of a service the key itself.
        overseers: Pseudonyms of who can sign a grant.
    """

    readers: Mapping[str, ReaderView]
    names: Mapping[str, str]
    holders: Mapping[KeyId, str]
    overseers: frozenset[str]
    numbers: Mapping[str, str]

    def reader(self, person: str, key: str) -> ReaderView:
        """Return a reader, also one without a function by now."""
        which = person or key
        return self.readers.get(which) or ReaderView(reader=which, name=self.name(which))

    def name(self, which: str) -> str:
        """Return the name of a reader or signer, by pseudonym or key."""
        return self.names.get(which, which[:11])

    def scope(
        self, threads: Sequence[str], batches: Sequence[str], first: str, last: str
    ) -> ScopeView:
        """Return a scope with the numbers of threads and lists."""
        return ScopeView(
            threads=tuple(self.numbers.get(each, each) for each in threads),
            lists=tuple(self.numbers.get(each, each) for each in batches),
            first=first or None,
            last=last or None,
        )

    def scope_of(self, body: Access) -> ScopeView:
        """Return the scope that a grant states."""
        days = (body.dates.first, body.dates.last) if body.dates else ("", "")
        return self.scope(body.threads or (), body.batches or (), *days)


async def access_of(context: PageContext, filters: AccessFilters) -> AccessView:
    """Read the overseer's own grants, and grants of our side that match, with those that wait."""
    me, own = context.reader, context.own
    rows = await own.desk.access.all(MAX_ROWS)
    waiting = await own.acts.access.waiting()
    closed = await own.acts.access.rows.not_granted(context.now, MAX_ROWS)
    known = await known_of(
        context, [*rows, *(granted(each.envelope).body for each in (*waiting, *closed))]
    )
    now = timestamp(context.now)
    grants = [_grant(known, row, now) for row in rows]
    mine = {me.row.person, me.key}
    return AccessView(
        person=me.row.person,
        key=me.key,
        private_log=own.node.identity.private_origin,
        own=tuple(each for each in grants if each.reader.reader in mine),
        grants=_matching(grants, filters),
        waiting=_matching([_act(context, known, each) for each in waiting], filters),
        closed=_matching([_act(context, known, each) for each in closed], filters),
        readers=tuple(known.readers.values()),
    )


def _matching(grants: Sequence[_Terms], filters: AccessFilters) -> tuple[_Terms, ...]:
    """Return the grants of a filter, in its order; `grants`: the newest first."""
    text = filters.text.casefold()
    matching = [
        each
        for each in grants
        if text in f"{each.reader.name}\n{each.purpose}\n{each.order}".casefold()
        and filters.state in {"", each.state}
    ]
    if filters.sort == "expiry":
        # Who looks for what ends next is not led through all that ended.
        matching.sort(key=lambda each: (each.state not in {"in-force", "waiting"}, each.until))
    return tuple(matching[::-1] if filters.sort == "oldest" else matching)


async def grant_act(context: PageContext, id_: EntryId) -> GrantAct:
    """Return a waiting grant, or what became of it.

    Raises:
        NotFound: `act-absent`.
    """
    row = await find(context.own.acts.access.rows, id_)
    return _act(context, await known_of(context, [granted(row.envelope).body]), row)


async def waiting_with(context: PageContext, aim: Aim) -> EntryId:
    """Return the grant with an aim that waits; empty if none does."""
    rows = await context.own.acts.access.waiting()
    return next((row.id for row in rows if aim_of(granted(row.envelope)) == aim), "")


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
    """Return the entry of a waiting grant."""
    entry = parse(dsse.decode(envelope).payload)
    assert isinstance(entry, AccessGranted)  # noqa: S101 - own bug: nothing else waits here
    return entry


async def known_of(context: PageContext, scopes: Sequence[AccessRow | Access]) -> Known:
    """Read our side's overseers and services, and the numbers of what scopes name."""
    views, me = context.own.stores.views, context.reader.row
    rows = [
        row
        for row in (await views.keys(None)).values()
        if row.party == context.party and (row.machine == "service" or _oversees(row))
    ]
    officials = await context.own.desk.officials.of_keys([row.key for row in rows])
    named = {row.key: officials[row.key].name for row in rows if row.key in officials}
    active = [row for row in rows if row.now == "active"]
    # A person may have a key that our directory does not name: any named key tells the name.
    names = {_which(row): row.desk for row in rows}
    names |= {_which(row): named[row.key] for row in rows if row.key in named}
    found = await views.threads_by_id([each for one in scopes for each in one.threads or ()])
    lists = await views.batches_by_id([each for one in scopes for each in one.batches or ()])
    numbers = {id_: str(row.position) for id_, row in found.items()}
    return Known(
        readers={
            which: ReaderView(
                reader=which,
                name=names[which],
                me=_which(me) in {which, row.owner},
                owner=row.owner or None,
            )
            for row in active
            if needs_access(row) and (which := _which(row))
        },
        names=names,
        holders={row.key: _which(row) for row in rows},
        overseers=frozenset(row.person for row in active if row.person),
        numbers=numbers | {id_: f"EU-{row.index}" for id_, row in lists.items()},
    )


def detail(context: PageContext, act: GrantAct) -> ActDetail:
    """Return a waiting grant as the card of an act shows it."""
    fields = {name: getattr(act, name) for name in ActItem.model_fields}
    t = context.t
    return ActDetail(
        **fields,
        facts=words.facts(
            words.scope_words(act.scope, context.lang, t),
            both(act.until, context.party, context.lang, context.now),
            (act.purpose, act.order),
            t,
        ),
        because=t.gettext("act-because.oversight") if act.may == "sign" else "",
        signed=act.signed,
        can=act.can,
        button=t.gettext("act-sign.access.granted"),
    )


def _which(row: KeyRow) -> str:
    return row.person or row.key


def _oversees(row: KeyRow) -> bool:
    return any(grant.role == "oversight" and grant.end is None for grant in row.grants)


def _grant(known: Known, row: AccessRow, now: str) -> GrantView:
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


def _act(context: PageContext, known: Known, row: ActRow) -> GrantAct:
    envelope = dsse.decode(row.envelope)
    body = granted(row.envelope).body
    signers = tuple(signature.keyid for signature in envelope.signatures)
    signed = {known.holders.get(key, key) for key in signers}
    reader = known.reader(row.person, row.key)
    able = sorted(
        known.name(each) for each in known.overseers - signed - {row.person, reader.owner}
    )
    return GrantAct(
        id=row.id,
        kind=row.kind,
        title=words.title(reader.name, context.t),
        state=row.state_at(context.now),
        person=row.person or None,
        key=row.key or None,
        by=row.by,
        signers=signers,
        at=timestamp(row.at),
        expires=timestamp(row.expires),
        may=_may(context, row, reader, known.holders.get(row.by, "")),
        began=known.holders.get(row.by) == context.reader.row.person,
        envelope=row.envelope.decode(),
        reader=reader,
        scope=known.scope_of(body),
        until=instant(body.until),
        purpose=body.purpose,
        order=body.order,
        signed=tuple(sorted(known.name(each) for each in signed)),
        can=tuple(able),
    )


def _may(context: PageContext, row: ActRow, reader: ReaderView, first: str) -> May:
    """Return what the overseer may do with a waiting grant."""
    me = context.reader.row.person
    if row.state_at(context.now) != "waiting" or me in {row.person, reader.owner}:
        return "read"
    return "withdraw" if first == me else "sign"
