"""Keys of the own side: one's own, and for the registrar all of them and those that wait.

Does not confirm or refuse anything.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import KeyId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    KeySuspended,
    parse,
)
from special_channel.core.rows.directory import KeyRow
from special_channel.ports import Stored
from special_channel.ports.people import Enrolment, Official
from special_channel.web.pages.access import (
    EnrolPage,
    KeyLine,
    KeysPage,
    KeyState,
    PendingKey,
    RegistrarPage,
    Root,
)
from special_channel.web.pages.feed import FeedLine
from special_channel.web.reading.feed import feed_line
from special_channel.web.shared.people import desk_of
from special_channel.web.shell.content import entry_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import author_of

PEOPLE = frozenset({"desk", "head", "director", "oversight", "registrar", "witness"})
"""Roles of keys that people hold."""


@dataclass(frozen=True, slots=True)
class _History:
    """When keys were enrolled, by index, and why the last thing happened to each."""

    accepted: Mapping[int, datetime]
    reasons: Mapping[KeyId, str]


async def own_keys(context: PageContext, new_feed: str = "") -> KeysPage:
    """Read the reader's keys and feeds; `new_feed` is an address just made."""
    me = context.reader
    ids = await context.own.officials.keys_of(me.official.id) if me.official else ()
    rows = await context.own.views.keys(sorted({me.key, *ids}))
    history = await _history(context)
    return KeysPage(
        tuple(
            _line(context, row, me.official, history)
            for row in sorted(rows.values(), key=lambda row: -row.enrolled)
        ),
        feeds=await _feeds(context),
        new_feed=new_feed,
        shortcuts=me.official.shortcuts if me.official else None,
    )


async def _feeds(context: PageContext) -> tuple[FeedLine, ...] | None:
    official = context.reader.official
    if official is None:
        return None
    return tuple(feed_line(one) for one in await context.own.feeds.of_official(official.id))


async def registrar(context: PageContext) -> RegistrarPage:
    """Read what waits for the registrar, and all keys that people of the own side hold."""
    waiting = await context.own.enrolment.enrolments.waiting()
    names = {official.id: official for official in await context.own.officials.all()}
    rows = await context.own.views.keys()
    own = [row for row in rows.values() if row.party == context.party and row.role in PEOPLE]
    holders = await context.own.officials.of_keys([row.key for row in own])
    history = await _history(context)
    return RegistrarPage(
        pending=tuple(_pending(context, item, names[item.official]) for item in waiting),
        keys=tuple(
            _line(context, row, holders.get(row.key), history)
            for row in sorted(own, key=lambda row: -row.enrolled)
        ),
        confirmable=context.own.registrar is not None,
    )


async def enrol(context: PageContext) -> EnrolPage:
    """Return the roots that a new key's holder compares with the paper."""
    rows = await context.own.views.keys([pin.root for pin in context.own.identity.pins.values()])
    ordered = sorted(rows.values(), key=lambda row: row.party != context.party)
    return EnrolPage(tuple(Root(row.party, fingerprint(row.suite, row.public)) for row in ordered))


def fingerprint(suite: str, public: str) -> str:
    """Return what is read aloud: SHA-256 of suite, a zero byte and the key, as key ids have it."""
    return sha256(suite.encode() + b"\x00" + b64decode(public)).hexdigest()


async def _history(context: PageContext) -> _History:
    entries = await context.own.views.directory_entries(context.party)
    return _History({entry.index: instant(entry.accepted) for entry in entries}, _reasons(entries))


def _reasons(entries: Sequence[Stored]) -> dict[KeyId, str]:
    found: dict[KeyId, str] = {}
    for stored in entries:
        entry = entry_of(stored)
        if isinstance(entry, KeySuspended | KeyRevoked):
            found[entry.body.key] = entry.body.reason
        elif isinstance(entry, KeyRestored):
            found.pop(entry.body.key, None)
    return found


def _line(
    context: PageContext, row: KeyRow, official: Official | None, history: _History
) -> KeyLine:
    state: KeyState = "active" if row.now == "unknown" else row.now
    return KeyLine(
        key=row.key,
        suite=row.suite,
        author=author_of(context, row, official),
        state=state,
        since=history.accepted.get(row.events[-1].index if row.events else row.enrolled),
        position=str(Position(row.party, row.enrolled)),
        this_computer=context.who is not None and row.key == context.who.key,
        reason=history.reasons.get(row.key, ""),
    )


def _pending(context: PageContext, item: Enrolment, official: Official) -> PendingKey:
    entry = parse(dsse.decode(item.envelope).payload)
    assert isinstance(entry, KeyEnrolled)  # noqa: S101 - `enrolment.offer` has read it
    return PendingKey(
        request=item.key,
        name=official.name,
        role=official.role,
        unit=official.unit,
        desk=desk_of(context, context.party, official.desk),
        suite=entry.body.suite,
        fingerprint=fingerprint(entry.body.suite, entry.body.public),
        asked_at=item.at,
        confirm_url=f"/registrar/{item.key}/confirm",
        refuse_url=f"/registrar/{item.key}/refuse",
    )
