"""Who may suspend a key, alone or with a second person, and how many (K11).

Does not judge what is suspended: `kinds/stops.py` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Final

from special_channel.core.bytes.errors import BadSignature, NotAllowed
from special_channel.core.bytes.ids import KeyId, Party, party_of
from special_channel.core.entries import KeySuspended
from special_channel.core.rows.directory import Grant, KeyRow, PartyRow, PersonRow, Stop
from special_channel.core.rows.past import Past
from special_channel.core.rules.doubt import Doubts, enrolled_in_doubt
from special_channel.core.rules.judge_context import Candidate, JudgeContext
from special_channel.core.rules.persons import LEADERS
from special_channel.core.rules.signers import function_of, others
from special_channel.core.rules.state import RowKey, Rows, person_key

MAX_OPEN: Final = 2
"""Open suspensions of others by one person, before the next one needs a second person."""

_OF_TWO: Final = frozenset({"node", "link"})
"""Machines that two persons suspend: without them a side neither writes nor receives."""


def judge_stopper(
    candidate: Candidate,
    entry: KeySuspended,
    target: KeyRow | PersonRow,
    past: Past,
    context: JudgeContext,
) -> None:
    """Refuse a suspension by people who may not suspend this key or person.

    Raises:
        NotAllowed: `role`.
        BadSignature: `persons-missing`, `suspend-limit`.
    """
    role, stated = function_of(entry, past, context)
    if role == "node" and target.person:  # the holder used the stop card
        return
    author = context.key(entry.by)
    assert author is not None  # noqa: S101 - own bug, not input: step 6 has read this row
    if stated is None or not may_stop(author, (stated,), target, past):
        raise NotAllowed(
            "role", "A key is suspended by its own desk or a head of unit.", kind=entry.kind
        )
    seconds = [
        row
        for row in others(candidate.signed, entry.by, context)
        if may_stop(row, row.functions(past), target, past)
    ]
    if _machine(target) in _OF_TWO:
        roles = {stated.role}.union(*(row.roles(past) for row in seconds))
        if not seconds or not roles & LEADERS:
            raise BadSignature("persons-missing", "Two persons suspend a key of the node.")
    elif (
        not seconds
        and target.person != author.person
        and not is_of_doubt(target, author, context.rows)
        and len(open_stops(author.party, author.person, context.rows)) >= MAX_OPEN
    ):
        raise BadSignature(
            "suspend-limit", "After two suspensions a second person signs.", limit=MAX_OPEN
        )


def is_of_doubt(target: KeyRow | PersonRow, author: KeyRow, rows: Rows) -> bool:
    """Return whether a key in doubt enrolled the key to be suspended, which no limit counts (K23).

    Doubt that the author of the suspension stated does not count. `rows`: those of
    `needs_of_stopper`, and the party's.
    """
    if not isinstance(target, KeyRow):
        return False
    # Otherwise one person could doubt a registrar's key from the first entry on, and then suspend
    # alone whoever has a key that this registrar confirmed.
    person = rows.get(person_key(author.party, author.person))
    own = person.keys if isinstance(person, PersonRow) else ()
    keys = (rows.get(("key", key)) for key in target.confirmed)
    party = rows.get(("party", target.party))
    doubts = Doubts.of(
        (_without_stops_by(own, key) for key in keys if isinstance(key, KeyRow)),
        [party] if isinstance(party, PartyRow) else [],
    )
    return enrolled_in_doubt(target, doubts)


def _without_stops_by(keys: Collection[KeyId], row: KeyRow) -> KeyRow:
    return replace(row, stops=tuple(stop for stop in row.stops if stop.by not in keys))


def may_stop(row: KeyRow, grants: Iterable[Grant], target: KeyRow | PersonRow, past: Past) -> bool:
    """Return whether a person may suspend a key or person, in one of these functions."""
    if target.person and row.person == target.person:
        return True
    if _machine(target) in _OF_TWO:
        return True
    desks = _desks(target, past)
    return any(grant.role in LEADERS or grant.desk in desks for grant in grants)


def _machine(target: KeyRow | PersonRow) -> str:
    return target.machine if isinstance(target, KeyRow) else ""


def _desks(target: KeyRow | PersonRow, past: Past) -> frozenset[str]:
    if isinstance(target, KeyRow) and target.machine:
        return frozenset({target.desk})
    return frozenset(one.desk for one in target.grants if one.holds(past, past.party))


def open_stops(party: Party, person: str, rows: Rows) -> tuple[tuple[str, str], ...]:
    """Return the suspensions of others by a person that nobody has settled, as (id, target).

    A restoration settles a suspension, and so does a later revocation of the key, or of a key of
    the person suspended, and the leaving of that person. `rows`: those of `needs_of_stopper`.
    """
    found = rows.get(person_key(party, person))
    stops = found.stopping if isinstance(found, PersonRow) else ()
    return tuple(stop for stop in stops if _is_open(stop, party, rows))


def _is_open(stop: tuple[str, str], party: Party, rows: Rows) -> bool:
    id_, target = stop
    row = rows.get(target_key(party, target))
    if isinstance(row, KeyRow):
        return row.ended is None and _holds(row.stops, id_) is not None
    assert isinstance(row, PersonRow)  # noqa: S101 - own bug: the fold wrote the target
    held = _holds(row.stops, id_)
    if held is None or row.left is not None:
        return False
    keys = (rows.get(("key", key)) for key in row.keys)
    return not any(
        isinstance(key, KeyRow) and key.ended is not None and key.ended > held.index for key in keys
    )


def _holds(stops: Iterable[Stop], id_: str) -> Stop | None:
    return next((stop for stop in stops if stop.id == id_ and stop.restored is None), None)


def target_key(party: Party, target: str) -> RowKey:
    """Return the key of the row of a suspended key or person."""
    return ("key", target) if ":" in target else person_key(party, target)


def needs_of_stopper(rows: Rows, entry: KeySuspended) -> Iterable[RowKey]:
    """Return the keys of the rows from which open suspensions by the author follow."""
    author = rows.get(("key", entry.by))
    if not isinstance(author, KeyRow) or not author.person:
        return
    party = party_of(entry.by)
    yield person_key(party, author.person)
    row = rows.get(person_key(party, author.person))
    asked = rows.get(("key", entry.body.key)) if entry.body.key else None
    for key in asked.confirmed if isinstance(asked, KeyRow) else ():
        yield "key", key
    for _, target in row.stopping if isinstance(row, PersonRow) else ():
        yield target_key(party, target)
        stopped = rows.get(target_key(party, target))
        for key in stopped.keys if isinstance(stopped, PersonRow) else ():
            yield "key", key
