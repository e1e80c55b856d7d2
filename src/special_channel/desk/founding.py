"""Found a party: draw its keys and build the first entry of its log.

No other module creates a log (rule 20). Does not open the database: the caller appends the entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import FoundedRole, Party
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import sign
from special_channel.desk.keyfile import KeyFile

FOUNDED: Final[tuple[FoundedRole, ...]] = ("registrar", "node", "checkpoint", "cosigning", "link")
"""Roles of the keys in a party's first entry; every role has a separate key."""


@dataclass(frozen=True, slots=True)
class PartyKeys:
    """The root key and the founded keys, by role."""

    root: KeyFile
    founded: dict[FoundedRole, KeyFile]


def party_keys(party: Party, origin: str, draw: Callable[[int], bytes]) -> PartyKeys:
    """Draw a party's keys; `draw` returns the requested number of random bytes."""
    names = {"checkpoint": origin, "cosigning": cosigning_name(origin)}
    return PartyKeys(
        root=KeyFile.make(party, "root", draw(32)),
        founded={
            role: KeyFile.make(party, role, draw(32), name=names.get(role, "")) for role in FOUNDED
        },
    )


def cosigning_name(origin: str) -> str:
    """Return the cosigning key's name in signed notes: `eu.channel.example/cosign`."""
    host, _, _ = origin.rpartition("/")
    return f"{host}/cosign"


def founding(keys: PartyKeys, origin: str, private_origin: str, at: str) -> Submission:
    """Build `party.founded` and sign the entry with the root key alone."""
    founded: list[Value] = []
    for role, key in keys.founded.items():
        item: dict[str, Value] = {"role": role, "suite": key.private.suite, "public": key.public}
        if key.name:
            item["name"] = key.name
        founded.append(item)
    payload: dict[str, Value] = {
        "v": 1,
        "log": origin,
        "kind": "party.founded",
        "by": keys.root.key,
        "at": at,
        "seen": [],
        "body": {
            "party": keys.root.party,
            "private": private_origin,
            "suite": keys.root.private.suite,
            "public": keys.root.public,
            "keys": founded,
        },
    }
    return sign(payload, [keys.root.signer])
