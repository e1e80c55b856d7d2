"""Keys of machines: node, link, service; checkpoint and cosigning keys that take another's place.

Who may sign is in `rules/signers.py`. Rules are K16, K18 and K19 of docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import KeyId, party_of
from special_channel.core.entries import MachineEnrolled, SharedEntry
from special_channel.core.kinds.directory import known_person, needs_person
from special_channel.core.kinds.kind import Case, Kind, row
from special_channel.core.rows import directory_folds
from special_channel.core.rows.directory import KeyRow, PartyRow, commitment, decoded_key
from special_channel.core.rows.log_keys import LogKey, key_at
from special_channel.core.rows.past import Placed
from special_channel.core.rules.roles import SERVICE_KINDS
from special_channel.core.rules.signers import check_key, check_unknown, is_rooted
from special_channel.core.rules.signing_keys import SELF_SIGNED
from special_channel.core.rules.state import Row, RowKey, Rows

SUCCEEDED: Final = frozenset({"checkpoint", "cosigning"})
"""Roles with one key at a time: the next one takes its place."""


def _log_keys(party: PartyRow, role: str) -> tuple[LogKey, ...]:
    return party.checkpoint if role == "checkpoint" else party.cosigning


def needs_of_machine(rows: Rows, entry: SharedEntry) -> Iterator[RowKey]:
    """Return the key that an entry succeeds, once the party's row is read."""
    if not isinstance(entry, MachineEnrolled) or entry.body.role not in SUCCEEDED:
        return
    party = rows.get(("party", party_of(entry.by)))
    if isinstance(party, PartyRow):
        yield "key", _log_keys(party, entry.body.role)[-1].key


def _machine_key(entry: MachineEnrolled) -> KeyId:
    return suites.key_id(party_of(entry.by), entry.body.suite, decoded_key(entry.body.public))


def _needs(entry: MachineEnrolled, _: bytes | None) -> Iterator[RowKey]:
    try:
        yield "key", _machine_key(entry)
    except Malformed:
        return  # the judge refuses it with a code
    if entry.body.owner is not None:
        yield from needs_person(entry.body.owner)


def _judge(entry: MachineEnrolled, case: Case) -> None:
    body = entry.body
    public = check_key(body.suite, body.public)
    stated = [body.owner, body.desk, body.kinds]
    if any((one is not None) != (body.role == "service") for one in stated):
        raise Malformed(
            "entry-malformed", "A service has an owner, a desk and kinds.", field="body"
        )
    if body.owner is not None:
        known_person(body.owner, case.past, case.context)
    for kind in body.kinds or ():
        if kind not in SERVICE_KINDS:
            raise NotAllowed("service-kind", "No service writes this kind.", kind=kind)
    if body.role not in SELF_SIGNED:
        check_unknown(_machine_key(entry), case.past, case.context)
    if body.role in SUCCEEDED:
        _judge_succession(entry, public, case)


def _judge_succession(entry: MachineEnrolled, public: bytes, case: Case) -> None:
    """Refuse a checkpoint or cosigning key that nobody committed to (K16, K18)."""
    body, past = entry.body, case.past
    party = case.context.row(("party", past.party), PartyRow)
    assert party is not None  # noqa: S101 - own bug, not input: its founding enrolled a signer
    # The key of this past: a row may hold keys that were named later.
    last = key_at(_log_keys(party, body.role), past.index)
    if body.suite != "ed25519" or body.name != last.verifier.name:
        raise Malformed(
            "entry-malformed", "The key is Ed25519 and has the name of the last one.", field="body"
        )
    if body.next is None:
        raise Malformed(
            "entry-malformed", "The key commits to the one that follows.", field="body.next"
        )
    if is_rooted(case.candidate.signed, past, case.context):
        return
    if last.next != commitment(body.suite, public):
        raise RuleBroken(
            "successor-uncommitted", "The last key does not commit to this one; the root may."
        )


def _fold(entry: MachineEnrolled, rows: Rows, placed: Placed) -> Iterator[Row]:
    party = row(rows, PartyRow, ("party", placed.position.party))
    rooted = bool(placed.signed & set(party.roots[-1].keys))
    yield directory_folds.machine_enrolled(placed, entry, rooted=rooted)
    if entry.body.role in SUCCEEDED:
        last = row(rows, KeyRow, ("key", _log_keys(party, entry.body.role)[-1].key))
        yield from directory_folds.succeeded(party, last, placed, entry)


KINDS = (Kind(MachineEnrolled, _needs, _judge, _fold),)
