"""Changes of the directory's rows by each kind of entry.

Does not judge: `kinds/directory.py` and `rules/signers.py` do.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator
from dataclasses import replace

from special_channel.core.bytes.ids import EntryId, KeyId, Party
from special_channel.core.bytes.suites import key_id
from special_channel.core.entries import (
    EntryReviewed,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    KeySuspended,
    Machine,
    MachineEnrolled,
    PartyFounded,
    PersonLeft,
    RoleEnded,
    RoleGranted,
    RootSet,
    RootsRotated,
)
from special_channel.core.entries.directory import MachineEnrolment
from special_channel.core.log.note import VerifierKey
from special_channel.core.rows.directory import (
    CHECKPOINT_ALGORITHM,
    COSIGNATURE_ALGORITHM,
    Grant,
    KeyRow,
    PartyRow,
    PersonRow,
    ReviewRow,
    Roots,
    Stop,
    root_keys,
    root_pin,
)
from special_channel.core.rows.log_keys import LogKey, Reason
from special_channel.core.rows.past import Placed


def founded(placed: Placed, entry: PartyFounded) -> tuple[PartyRow, tuple[KeyRow | PersonRow, ...]]:
    """Return the party's row, and the rows of its root, persons and machines."""
    party, body = placed.position.party, entry.body
    machines = [_machine(party, 0, one, rooted=True) for one in body.machines]
    by_role = {row.machine: row for row in machines}
    stated = {one.role: one for one in body.machines}
    row = PartyRow(
        party=party,
        origin=entry.log,
        private=body.private,
        pin=root_pin(body.roots),
        roots=(_roots(placed, 1, body.roots),),
        persons=len(body.persons),
        keys=tuple(sorted((str(row.machine), row.key) for row in machines)),
        checkpoint=(_log_key(by_role["checkpoint"], stated["checkpoint"]),),
        cosigning=(_log_key(by_role["cosigning"], stated["cosigning"]),),
    )
    persons: list[KeyRow | PersonRow] = []
    for number, one in enumerate(body.persons, 1):
        grant = Grant(1, one.role, one.desk, one.unit, 0, rooted=True)
        key = KeyRow(
            key=key_id(party, one.suite, b64decode(one.public)),
            party=party,
            suite=one.suite,
            public=one.public,
            enrolled=0,
            rp=one.rp,
            person=one.person,
            number=number,
            grants=(grant,),
            rooted=True,
        )
        persons += (key, PersonRow(one.person, party, number, (grant,), (key.key,)))
    return row, (*_root_parts(placed, body.roots), *persons, *machines)


def _roots(placed: Placed, number: int, roots: RootSet, since: int | None = None) -> Roots:
    return Roots(
        placed.id,
        placed.position.index,
        number,
        root_keys(placed.position.party, roots),
        roots.threshold,
        roots.next,
        roots.next_threshold,
        since,
    )


def _root_parts(placed: Placed, roots: RootSet) -> list[KeyRow]:
    party, index = placed.position.party, placed.position.index
    return [
        KeyRow(key, party, part.suite, part.public, index, "root", rooted=True)
        for key, part in zip(root_keys(party, roots), roots.keys, strict=True)
    ]


def _machine(party: Party, index: int, one: Machine, *, rooted: bool) -> KeyRow:
    return KeyRow(
        key=key_id(party, one.suite, b64decode(one.public)),
        party=party,
        suite=one.suite,
        public=one.public,
        enrolled=index,
        machine=one.role,
        name=one.name or "",
        rooted=rooted,
    )


def _log_key(row: KeyRow, stated: Machine, reason: Reason = "") -> LogKey:
    algorithm = CHECKPOINT_ALGORITHM if row.machine == "checkpoint" else COSIGNATURE_ALGORITHM
    vkey = VerifierKey(row.name, algorithm, b64decode(row.public)).encode()
    return LogKey(row.key, vkey, row.enrolled, reason, stated.next or "")


def rotated(
    row: PartyRow, old: Iterable[KeyRow], placed: Placed, entry: RootsRotated
) -> tuple[PartyRow | KeyRow, ...]:
    """Add a root set: the parts before it sign nothing more."""
    roots = _roots(placed, entry.body.number, entry.body, entry.body.since)
    kept = set(roots.keys)
    parts = tuple(old)
    ended = (
        replace(part, ended=placed.position.index, how="revoked")
        for part in parts
        if part.key not in kept
    )
    # A part of both sets keeps its row: what it signed before stays signed by a known key.
    held = {part.key for part in parts}
    fresh = (part for part in _root_parts(placed, entry.body) if part.key not in held)
    return replace(row, roots=(*row.roots, roots)), *ended, *fresh


def granted(
    party: PartyRow,
    person: PersonRow | None,
    keys: Iterable[KeyRow],
    placed: Placed,
    entry: RoleGranted,
    *,
    rooted: bool,
) -> Iterator[PartyRow | PersonRow | KeyRow]:
    """Add a grant; the first one makes the person."""
    body = entry.body
    if person is None:
        party = replace(party, persons=party.persons + 1)
        person = PersonRow(body.person, party.party, party.persons)
        yield party
    grant = Grant(
        body.grant,
        body.role,
        body.desk,
        body.unit,
        placed.position.index,
        keys=body.keys or (),
        until=body.until or "",
        absent=body.absent or "",
        rooted=rooted,
    )
    yield from _with_grants(person, keys, (*person.grants, grant))


def grant_ended(
    person: PersonRow, keys: Iterable[KeyRow], placed: Placed, entry: RoleEnded
) -> Iterator[PersonRow | KeyRow]:
    """End a grant."""
    grants = tuple(
        replace(grant, end=placed.position.index) if grant.number == entry.body.grant else grant
        for grant in person.grants
    )
    return _with_grants(person, keys, grants)


def _with_grants(
    person: PersonRow, keys: Iterable[KeyRow], grants: tuple[Grant, ...]
) -> Iterator[PersonRow | KeyRow]:
    yield replace(person, grants=grants)
    for key in keys:
        yield replace(key, grants=grants)


def left(
    person: PersonRow, keys: Iterable[KeyRow], placed: Placed, entry: PersonLeft
) -> Iterator[PersonRow | KeyRow]:
    """End all grants and keys of a person for good."""
    index, since = placed.position.index, entry.body.since
    grants = tuple(
        replace(grant, end=index) if grant.end is None else grant for grant in person.grants
    )
    yield replace(person, grants=grants, left=index, since=since)
    for key in keys:
        if key.ended is None:
            yield replace(
                key, grants=grants, ended=index, how="left", since=_earlier(key.since, since)
            )
        else:
            yield replace(key, grants=grants, since=_earlier(key.since, since))


def enrolled(
    person: PersonRow, placed: Placed, entry: KeyEnrolled, signed: Iterable[KeyId], *, rooted: bool
) -> tuple[PersonRow, KeyRow]:
    """Return the rows of a person with a new key, and of the key."""
    body = entry.body
    row = KeyRow(
        key=entry.by,
        party=placed.position.party,
        suite=body.suite,
        public=body.public,
        enrolled=placed.position.index,
        rp=body.rp,
        person=body.person,
        number=person.number,
        grants=person.grants,
        stops=person.stops,
        rooted=rooted,
        confirmed=tuple(sorted(set(signed) - {entry.by})),
    )
    return replace(person, keys=(*person.keys, row.key)), row


def machine_enrolled(placed: Placed, entry: MachineEnrolled, *, rooted: bool) -> KeyRow:
    """Return the row of a machine's new key."""
    body = entry.body
    row = _machine(placed.position.party, placed.position.index, body, rooted=rooted)
    return replace(row, owner=body.owner or "", home=body.desk or "", kinds=tuple(body.kinds or ()))


def log_key(party: Party, index: int, body: MachineEnrolment) -> LogKey:
    """Return a checkpoint or cosigning key as its entry at an index names it."""
    return _log_key(_machine(party, index, body, rooted=False), body, body.reason)


def first_log_key(party: Party, stated: Machine) -> LogKey:
    """Return a founded checkpoint or cosigning key."""
    return _log_key(_machine(party, 0, stated, rooted=True), stated)


def succeeded(
    party: PartyRow, last: KeyRow, placed: Placed, entry: MachineEnrolled
) -> tuple[PartyRow, KeyRow]:
    """Add a checkpoint or cosigning key to the party's; the key before it signs nothing more."""
    key = log_key(party.party, placed.position.index, entry.body)
    if entry.body.role == "checkpoint":
        party = replace(party, checkpoint=(*party.checkpoint, key))
    else:
        party = replace(party, cosigning=(*party.cosigning, key))
    return party, replace(last, ended=placed.position.index, how="revoked")


def suspended(
    rows: Iterable[PersonRow | KeyRow], placed: Placed, entry: KeySuspended
) -> Iterator[PersonRow | KeyRow]:
    """Add a suspension to a key, or to a person and all keys."""
    stop = Stop(
        placed.id,
        placed.position.index,
        entry.by,
        whole=entry.body.key is None,
        since=entry.body.since,
    )
    return (replace(row, stops=(*row.stops, stop)) for row in rows)


def stopping(
    person: PersonRow, before: Iterable[tuple[EntryId, str]], placed: Placed, entry: KeySuspended
) -> PersonRow:
    """Add a suspension of another to its author's row; `before` are those not settled yet."""
    target = entry.body.key or entry.body.person or ""
    return replace(person, stopping=(*before, (placed.id, target)))


def restored(
    rows: Iterable[PersonRow | KeyRow], placed: Placed, entry: KeyRestored
) -> Iterator[PersonRow | KeyRow]:
    """Lift a suspension."""
    for row in rows:
        stops = tuple(
            replace(stop, restored=placed.position.index) if stop.id == entry.ref else stop
            for stop in row.stops
        )
        yield replace(row, stops=stops)


def revoked(row: KeyRow, placed: Placed, entry: KeyRevoked) -> KeyRow:
    """End a key for good; a second revocation only moves the begin of the doubt."""
    since = _earlier(row.since, entry.body.since)
    if row.ended is not None:
        return replace(row, since=since)
    return replace(row, ended=placed.position.index, how="revoked", since=since)


def reviewed(placed: Placed, entry: EntryReviewed) -> Iterator[ReviewRow]:
    """Return the review of each entry named."""
    for id_ in entry.body.entries:
        party, index = placed.position.party, placed.position.index
        yield ReviewRow(id_, entry.body.word, entry.by, party, index)


def _earlier(one: int | None, other: int | None) -> int | None:
    stated = [index for index in (one, other) if index is not None]
    return min(stated, default=None)
