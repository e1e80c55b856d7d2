"""Found a party whose root parts were made elsewhere: a request to sign, then the signed entry.

The node's machine draws the keys of its machines alone. No secret of the root or of a person is
ever on it (docs/rules.md, K15).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from special_channel.config import Settings
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import KeyId, MachineRole, party_of
from special_channel.core.bytes.suites import key_id
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import PartyFounded
from special_channel.core.rows.directory import decoded_key, root_keys, root_pin
from special_channel.core.rows.submission import Submission
from special_channel.desk.founding import (
    MACHINES,
    Side,
    founding_payload,
    machine_keys,
    stated_machines,
)
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.root_files import (
    CommitmentsFile,
    PersonFile,
    Request,
    SetFile,
    entry_of,
)
from special_channel.desk.root_payloads import requested
from special_channel.wiring.files import key_file
from special_channel.wiring.founding import Founded, create
from special_channel.wiring.sources import SystemClock, SystemRandomness

PREPARED: Final[tuple[MachineRole, ...]] = ("checkpoint", "cosigning")
"""Machines whose next key is drawn with the founding."""


def founding_request(
    settings: Settings,
    roots: SetFile,
    following: CommitmentsFile,
    persons: Sequence[PersonFile],
    by: KeyId,
) -> Request:
    """Build the request of a founding; draw the keys of the machines if there are none yet.

    Args:
        settings: The node's.
        roots: Public half of the root set.
        following: Commitments to the set after it.
        persons: Public halves of the first persons' keys.
        by: The part that signs for certain; empty: the first of the set.

    Raises:
        Malformed: `root-field-unfit` for a file of the other side; `root-file-malformed`; the codes
            of `entries.parse`; `key-file-malformed`, `key-file-open`, `file-unwritable`.
        NotFound: `key-file-missing` if the keys of some machines are there and others are not.
    """
    node = settings.node
    parties = [("--roots", roots.party), ("--following", following.party)]
    for option, party in (*parties, *(("--founder", each.party) for each in persons)):
        if party != node.party:
            raise Malformed("root-field-unfit", "It is the other side's file.", option=option)
    machines, prepared = _machines(settings)
    payload = founding_payload(
        Side(node.party, node.origin, node.private_origin),
        roots.followed_by(following).model_dump(mode="json"),
        [_person(each) for each in persons],
        stated_machines(machines, prepared),
        by=by or _first(roots),
        at=timestamp(SystemClock().now()),
    )
    return requested(payload, node.party, {}, 0)


def _first(roots: SetFile) -> KeyId:
    part = roots.keys[0]
    return key_id(roots.party, part.suite, decoded_key(part.public))


def _person(stated: PersonFile) -> dict[str, Value]:
    # Each request draws the pseudonyms anew: the persons sign the request that has theirs.
    drawn = {"person": SystemRandomness().bytes(16).hex()}
    return drawn | cast("dict[str, Value]", stated.stated())


def _machines(
    settings: Settings,
) -> tuple[dict[MachineRole, KeyFile], dict[MachineRole, KeyFile]]:
    """Read the machines' keys, as an earlier request drew them; draw them if there are none."""
    folder = settings.node.keys
    if any(folder.glob("*.json")):
        machines = {role: key_file(settings, role) for role in MACHINES}
        prepared = {role: key_file(settings, f"{role}-next") for role in PREPARED}
        return machines, prepared
    machines, prepared = machine_keys(
        settings.node.party, settings.node.origin, SystemRandomness().bytes
    )
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    for role, key in machines.items():
        key.write(folder / f"{role}.json")
    for role, key in prepared.items():
        key.write(folder / f"{role}-next.json")
    return machines, prepared


async def found_signed(settings: Settings, envelope: bytes) -> Founded:
    """Found the party by an entry that its root and persons have signed.

    Raises:
        Malformed: `root-file-malformed`; `founding-differs` if the entry names another side, log or
            key than this node has; `already-founded` if there is a log.
        RuleBroken, BadSignature: The judge's codes.
        Unavailable, Refused: As `engines` and the append.
    """
    _, entry = entry_of(envelope)
    if not isinstance(entry, PartyFounded):
        raise Malformed("root-file-malformed", "This is no founding.", field="kind")
    machines = {role: key_file(settings, role) for role in MACHINES}
    _compare(settings, entry, machines)
    return await create(settings, root_pin(entry.body.roots), machines, Submission(envelope))


def _compare(settings: Settings, entry: PartyFounded, machines: dict[MachineRole, KeyFile]) -> None:
    """Refuse a founding of another node: its log could never be continued here."""
    node, body = settings.node, entry.body
    stated = {machine.role: machine.public for machine in body.machines}
    differs: dict[str, bool] = {
        "party": {party_of(entry.by), body.party} != {node.party},
        "origin": entry.log != node.origin,
        "private_origin": body.private != node.private_origin,
        "root": (pinned := settings.pins.get(node.party)) is not None
        and pinned.root != root_pin(body.roots),
        **{role: stated.get(role) != key.public for role, key in machines.items()},
    }
    for field, other in differs.items():
        if other:
            raise Malformed("founding-differs", "It is not this node's founding.", field=field)
    if entry.by not in root_keys(body.party, body.roots):
        raise Malformed("root-file-malformed", "No part of the root founds.", field="by")
