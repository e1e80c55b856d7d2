"""Parties, persons and their keys: founding, root sets, grants, enrolment.

Who may sign each kind is in `rules/signers.py`. Rules are K1 to K31 of docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import BadSignature, Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import PARTIES, KeyId, PersonId, party_of, peer_of
from special_channel.core.entries import (
    FoundedPerson,
    KeyEnrolled,
    Machine,
    PartyFounded,
    PersonLeft,
    RoleEnded,
    RoleGranted,
    RootsRotated,
    SharedEntry,
)
from special_channel.core.entries.directory import Granting, RootPart
from special_channel.core.kinds.kind import Case, Kind, row, row_or_none
from special_channel.core.rows import directory, directory_folds
from special_channel.core.rows.directory import KeyRow, PartyRow, PersonRow
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rules.judge_context import JudgeContext, owned
from special_channel.core.rules.signers import (
    check_key,
    check_unknown,
    founding_signers,
    function_of,
    threshold_missed,
)
from special_channel.core.rules.state import Row, RowKey, Rows, person_key

MAX_KEYS: Final = 8
"""Active keys of a person (K10)."""

MAX_PERSON_KEYS: Final = 64
"""Keys of a person in all, so that an act on a person reads a bounded number of rows."""

_LIMITED: Final = frozenset({"checkpoint", "cosigning"})


def needs_of_person(rows: Rows, entry: SharedEntry) -> Iterator[RowKey]:
    """Return the keys of the person whom an entry names, once the person's row is read."""
    person = getattr(entry.body, "person", None)
    found = rows.get(person_key(party_of(entry.by), person)) if person else None
    if isinstance(found, PersonRow):
        for key in found.keys:
            yield "key", key


def needs_person(person: PersonId) -> Iterator[RowKey]:
    """Return the keys of a person's row on either side: the judge names the other side's."""
    for party in PARTIES:
        yield person_key(party, person)


def _granted_needs(entry: RoleGranted, _: bytes | None) -> Iterator[RowKey]:
    yield from needs_person(entry.body.person)
    if entry.body.absent is not None:
        yield from needs_person(entry.body.absent)


def _person_needs(entry: RoleEnded | PersonLeft | KeyEnrolled, _: bytes | None) -> Iterator[RowKey]:
    return needs_person(entry.body.person)


def _person(
    person: PersonId, past: Past, context: JudgeContext, code: str = "person-ended"
) -> PersonRow | None:
    """Look up a person of the own side who has a grant in the past.

    Raises:
        NotAllowed: `owner` for a person of the other side.
        RuleBroken: `code` for a person who left.
    """
    found = context.row(person_key(past.party, person), PersonRow)
    if found is None:
        other = context.row(person_key(peer_of(past.party), person), PersonRow)
        # Only a person of the past: the other side may have made the person since (K1).
        if other is not None and other.grants[0].start < past.size(other.party):
            owned(other.party, past)
        return None
    if found.left is not None:
        raise RuleBroken(code, "The person has left.")
    return found


def known_person(
    person: PersonId, past: Past, context: JudgeContext, code: str = "person-ended"
) -> PersonRow:
    """Look up a person of the own side who has not left.

    Raises:
        NotAllowed: `owner`.
        RuleBroken: `person-unknown`, and `code` for a person who left.
    """
    found = _person(person, past, context, code)
    if found is None:
        raise RuleBroken("person-unknown", "No such person holds a function.")
    return found


def keys_of(person: PersonRow | None, rows: Rows) -> list[KeyRow]:
    """Look up the rows of all keys of a person."""
    return [row(rows, KeyRow, ("key", key)) for key in person.keys] if person else []


# Founding ------------------------------------------------------------------------------


def _judge_founded(entry: PartyFounded, case: Case) -> None:
    past, context = case.past, case.context
    if past.index != 0 or entry.body.party != past.party:
        raise RuleBroken("founding-place", "A party is founded by the first entry of its log.")
    if directory.root_pin(entry.body.roots) != context.pins[past.party].root:
        raise BadSignature("root-untrusted", "The root is not the one pinned here.")
    _judge_founded_keys(entry)
    parts, persons = founding_signers(entry)
    signed = case.candidate.signed
    if not persons <= signed:
        raise BadSignature("signature-missing", "A founded person has not signed.")
    if entry.by not in parts or len(parts & signed) < entry.body.roots.threshold:
        raise threshold_missed(entry.body.roots.threshold, len(parts & signed))


def _judge_founded_keys(entry: PartyFounded) -> None:
    party, body = party_of(entry.by), entry.body
    _judge_order(list(directory.root_keys(party, body.roots)))
    stated: list[RootPart | FoundedPerson | Machine]
    stated = [*body.roots.keys, *body.persons, *body.machines]
    keys = [suites.key_id(party, one.suite, check_key(one.suite, one.public)) for one in stated]
    if len(set(keys)) != len(keys):
        raise RuleBroken("key-known", "A key is named twice.")
    if len({one.person for one in body.persons}) != len(body.persons):
        raise Malformed("entry-malformed", "A person is named twice.", field="body.persons")
    if [one.role for one in body.persons].count("registrar") < 2:  # noqa: PLR2004  # K15
        raise Malformed("entry-malformed", "A side has two registrars.", field="body.persons")
    if {one.role for one in body.machines} != {"node", "checkpoint", "cosigning", "link"}:
        raise Malformed("entry-malformed", "Each machine has one key.", field="body.machines")
    for one in body.machines:
        if one.role in _LIMITED and (one.name is None or one.suite != "ed25519"):
            raise Malformed(
                "entry-malformed", "A checkpoint key is Ed25519 and has a name.", field="body"
            )


def _judge_order(keys: list[KeyId]) -> None:
    if keys != sorted(set(keys)):
        raise Malformed("entry-malformed", "Root parts are in the order of key ids.", field="keys")


def _fold_founded(entry: PartyFounded, _: Rows, placed: Placed) -> Iterator[Row]:
    party, others_ = directory_folds.founded(placed, entry)
    yield party
    yield from others_


# Root sets -----------------------------------------------------------------------------


def needs_of_roots(rows: Rows, entry: SharedEntry) -> Iterator[RowKey]:
    """Return the keys of the root parts in use and of new parts, once the party's row is read."""
    if not isinstance(entry, RootsRotated):
        return
    found = rows.get(("party", party_of(entry.by)))
    if isinstance(found, PartyRow):
        try:
            fresh = directory.root_keys(found.party, entry.body)
        except Malformed:
            fresh = ()  # the judge refuses it with a code
        for key in (*found.roots[-1].keys, *fresh):
            yield "key", key


def _judge_rotated(entry: RootsRotated, case: Case) -> None:
    past, body = case.past, entry.body
    party = case.context.row(("party", past.party), PartyRow)
    last = party.root_at(past) if party else None
    if last is None or (entry.ref, body.number) != (last.id, last.number + 1):
        raise RuleBroken("root-number", "This is not the root set that follows.")
    keys = list(directory.root_keys(past.party, body))
    _judge_order(keys)
    for part in body.keys:
        public = check_key(part.suite, part.public)
        if directory.commitment(part.suite, public) not in last.next:
            raise RuleBroken("root-commitment", "The last root set does not commit to this key.")
    signed = set(keys) & case.candidate.signed
    if body.threshold != last.next_threshold or len(signed) < body.threshold:
        raise threshold_missed(last.next_threshold, len(signed))
    if entry.by not in signed:
        raise BadSignature("root-threshold", "A new part of the root is the author.")
    for key in keys:
        if key not in last.keys:
            check_unknown(key, past, case.context)
    judge_since(body.since, past)


def judge_since(since: int | None, past: Past) -> None:
    """Refuse doubt from an index that the log does not hold yet.

    Raises:
        RuleBroken: `since-order`.
    """
    if since is not None and since > past.index:
        raise RuleBroken("since-order", "Doubt begins at an entry that is not there yet.")


def _fold_rotated(entry: RootsRotated, rows: Rows, placed: Placed) -> Iterator[Row]:
    party = row(rows, PartyRow, ("party", placed.position.party))
    old = [row(rows, KeyRow, ("key", key)) for key in party.roots[-1].keys]
    yield from directory_folds.rotated(party, old, placed, entry)


# Persons -------------------------------------------------------------------------------


def _judge_granted(entry: RoleGranted, case: Case) -> None:
    body = entry.body
    person = _person(body.person, case.past, case.context)
    last = person.grants[-1].number if person else 0
    if body.grant != last + 1:
        raise RuleBroken("grant-number", "This is not the number of the next grant.")
    if any(key not in (person.keys if person else ()) for key in body.keys or ()):
        raise RuleBroken("reference", "A key named is not the person's.")
    if body.absent is not None:
        _judge_stand_in(body, body.absent, case)


def _judge_stand_in(body: Granting, absent: PersonId, case: Case) -> None:
    """Refuse a stand-in with another function than the absent person's (K27)."""
    person = known_person(absent, case.past, case.context)
    if absent == body.person:
        raise NotAllowed("own-grant", "Nobody stands in for the own person.")
    held = (grant for grant in person.grants if grant.end is None and not grant.absent)
    if not any((grant.role, grant.desk) == (body.role, body.desk) for grant in held):
        raise RuleBroken("reference", "The absent person holds no such function.")


def _fold_granted(entry: RoleGranted, rows: Rows, placed: Placed) -> Iterator[Row]:
    person = row_or_none(rows, PersonRow, person_key(party_of(entry.by), entry.body.person))
    party = row(rows, PartyRow, ("party", placed.position.party))
    rooted = entry.by in party.roots[-1].keys
    return directory_folds.granted(
        party, person, keys_of(person, rows), placed, entry, rooted=rooted
    )


def _judge_role_ended(entry: RoleEnded, case: Case) -> None:
    body = entry.body
    person = known_person(body.person, case.past, case.context)
    grants = [one for one in person.grants if one.number == body.grant and one.end is None]
    if not grants:
        raise RuleBroken("grant-ended", "The function has ended already, or was never granted.")
    role, _ = function_of(entry, case.past, case.context)
    by_time = role == "node"
    if by_time != (body.reason == "time-over") or (by_time and not grants[0].until):
        raise NotAllowed(
            "role", "The node alone ends a function when its time is over.", kind=entry.kind
        )


def _fold_role_ended(entry: RoleEnded, rows: Rows, placed: Placed) -> Iterator[Row]:
    person = row(rows, PersonRow, person_key(party_of(entry.by), entry.body.person))
    return directory_folds.grant_ended(person, keys_of(person, rows), placed, entry)


def _judge_left(entry: PersonLeft, case: Case) -> None:
    known_person(entry.body.person, case.past, case.context)
    judge_since(entry.body.since, case.past)


def _fold_left(entry: PersonLeft, rows: Rows, placed: Placed) -> Iterator[Row]:
    person = row(rows, PersonRow, person_key(party_of(entry.by), entry.body.person))
    return directory_folds.left(person, keys_of(person, rows), placed, entry)


# Keys ----------------------------------------------------------------------------------


def _judge_enrolled(entry: KeyEnrolled, case: Case) -> None:
    person = known_person(entry.body.person, case.past, case.context)
    if not any(grant.end is None for grant in person.grants):
        raise RuleBroken("person-unknown", "The person holds no function in force.")
    rows = (case.context.key(key) for key in person.keys)
    active = sum(found is not None and found.ended is None for found in rows)
    if active >= MAX_KEYS or len(person.keys) >= MAX_PERSON_KEYS:
        raise RuleBroken("key-count", "The person has as many keys as allowed.", limit=MAX_KEYS)


def _fold_enrolled(entry: KeyEnrolled, rows: Rows, placed: Placed) -> Iterator[Row]:
    person = row(rows, PersonRow, person_key(party_of(entry.by), entry.body.person))
    party = row(rows, PartyRow, ("party", placed.position.party))
    rooted = bool(placed.signed & set(party.roots[-1].keys))
    yield from directory_folds.enrolled(person, placed, entry, placed.signed, rooted=rooted)


KINDS = (
    Kind(PartyFounded, judge=_judge_founded, fold=_fold_founded),
    Kind(RootsRotated, judge=_judge_rotated, fold=_fold_rotated),
    Kind(RoleGranted, _granted_needs, _judge_granted, _fold_granted),
    Kind(RoleEnded, _person_needs, _judge_role_ended, _fold_role_ended),
    Kind(PersonLeft, _person_needs, _judge_left, _fold_left),
    Kind(KeyEnrolled, _person_needs, _judge_enrolled, _fold_enrolled),
)
