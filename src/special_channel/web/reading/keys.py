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
from special_channel.web.reading.words import entry_of
from special_channel.web.shell.context import Scene
from special_channel.web.shell.people import author_of, desk_of

PEOPLE = frozenset({"desk", "head", "director", "oversight", "registrar", "witness"})
"""Roles of keys that people hold."""


@dataclass(frozen=True, slots=True)
class _History:
    """When keys were enrolled, by index, and why the last thing happened to each."""

    accepted: Mapping[int, datetime]
    reasons: Mapping[KeyId, str]


async def own_keys(scene: Scene, new_feed: str = "") -> KeysPage:
    """Read the reader's keys and feeds; `new_feed` is an address just made."""
    me = scene.reader
    ids = await scene.own.officials.keys_of(me.official.id) if me.official else ()
    rows = await scene.own.views.keys(sorted({me.key, *ids}))
    history = await _history(scene)
    return KeysPage(
        tuple(
            _line(scene, row, me.official, history)
            for row in sorted(rows.values(), key=lambda row: -row.enrolled)
        ),
        feeds=await _feeds(scene),
        new_feed=new_feed,
        shortcuts=me.official.shortcuts if me.official else None,
    )


async def _feeds(scene: Scene) -> tuple[FeedLine, ...] | None:
    official = scene.reader.official
    if official is None:
        return None
    return tuple(feed_line(one) for one in await scene.own.feeds.of_official(official.id))


async def registrar(scene: Scene) -> RegistrarPage:
    """Read what waits for the registrar, and all keys that people of the own side hold."""
    waiting = await scene.own.enrolment.enrolments.waiting()
    names = {official.id: official for official in await scene.own.officials.all()}
    rows = await scene.own.views.keys()
    own = [row for row in rows.values() if row.party == scene.party and row.role in PEOPLE]
    holders = await scene.own.officials.of_keys([row.key for row in own])
    history = await _history(scene)
    return RegistrarPage(
        pending=tuple(_pending(scene, item, names[item.official]) for item in waiting),
        keys=tuple(
            _line(scene, row, holders.get(row.key), history)
            for row in sorted(own, key=lambda row: -row.enrolled)
        ),
        confirmable=scene.own.registrar is not None,
    )


async def enrol(scene: Scene) -> EnrolPage:
    """Return the roots that a new key's holder compares with the paper."""
    rows = await scene.own.views.keys([pin.root for pin in scene.own.identity.pins.values()])
    ordered = sorted(rows.values(), key=lambda row: row.party != scene.party)
    return EnrolPage(tuple(Root(row.party, fingerprint(row.suite, row.public)) for row in ordered))


def fingerprint(suite: str, public: str) -> str:
    """Return what is read aloud: SHA-256 of suite, a zero byte and the key, as key ids have it."""
    return sha256(suite.encode() + b"\x00" + b64decode(public)).hexdigest()


async def _history(scene: Scene) -> _History:
    entries = await scene.own.views.directory_entries(scene.party)
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


def _line(scene: Scene, row: KeyRow, official: Official | None, history: _History) -> KeyLine:
    state: KeyState = "active" if row.now == "unknown" else row.now
    return KeyLine(
        key=row.key,
        suite=row.suite,
        author=author_of(scene, row, official),
        state=state,
        since=history.accepted.get(row.events[-1].index if row.events else row.enrolled),
        position=str(Position(row.party, row.enrolled)),
        this_computer=scene.who is not None and row.key == scene.who.key,
        reason=history.reasons.get(row.key, ""),
    )


def _pending(scene: Scene, item: Enrolment, official: Official) -> PendingKey:
    entry = parse(dsse.decode(item.envelope).payload)
    assert isinstance(entry, KeyEnrolled)  # noqa: S101 - `enrolment.offer` has read it
    return PendingKey(
        request=item.key,
        name=official.name,
        role=official.role,
        unit=official.unit,
        desk=desk_of(scene, scene.party, official.desk),
        suite=entry.body.suite,
        fingerprint=fingerprint(entry.body.suite, entry.body.public),
        asked_at=item.at,
        confirm_url=f"/registrar/{item.key}/confirm",
        refuse_url=f"/registrar/{item.key}/refuse",
    )
