"""Holders of keys, by side, role and unit, from the parties' signed directories.

Does not know names of persons: a name is in the database of the person's node.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from special_channel.cli.client import Node
from special_channel.cli.output import Output
from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.ids import PARTIES, KeyId, Party, PersonId
from special_channel.core.entries import (
    Entry,
    Machine,
    PartyFounded,
    RoleEnded,
    RoleGranted,
    RootSet,
    parse,
)
from special_channel.core.entries.directory import Enrolment, Founding


class Holder(NamedTuple):
    """A key in a directory, and the role of its holder. A machine and the root have no unit.

    `rp`: relying party of an authenticator's key.
    """

    party: Party
    role: str
    unit: str
    suite: str
    public: bytes
    rp: str | None = None


Holders = Mapping[KeyId, Holder]

_Functions = dict[PersonId, tuple[str, str]]
"""Role and unit of persons: of each one the oldest function in force, or the last one that was."""

_Key = tuple[str, str, str, str, str | None]
"""Role, unit, suite, public key in base64 and relying party."""


async def read_holders(node: Node) -> Holders:
    """Read the keys of the two directories. A key's id is the hash of suite and public key."""
    directory = await node.get("/api/directory")
    holders: dict[KeyId, Holder] = {}
    for party in PARTIES:
        entries = [
            parse(dsse.decode(str(item["envelope"]).encode()).payload) for item in directory[party]
        ]
        functions = _functions(entries)
        for entry in entries:
            for role, unit, suite, text, rp in _keys(entry, functions):
                public = b64decode(text)
                key = suites.key_id(party, suite, public)
                holders[key] = Holder(party, role, unit, suite, public, rp)
    return holders


def _functions(entries: Sequence[Entry]) -> _Functions:
    granted: dict[PersonId, dict[int, tuple[str, str]]] = {}
    ended: set[tuple[PersonId, int]] = set()
    for entry in entries:
        if isinstance(entry, PartyFounded):
            granted |= {one.person: {1: (one.role, one.unit)} for one in entry.body.persons}
        elif isinstance(entry, RoleGranted):
            body = entry.body
            granted.setdefault(body.person, {})[body.grant] = (body.role, body.unit)
        elif isinstance(entry, RoleEnded):
            ended.add((entry.body.person, entry.body.grant))
    return {
        person: next(
            (held for number, held in grants.items() if (person, number) not in ended),
            grants[max(grants)],
        )
        for person, grants in granted.items()
    }


def _keys(entry: Entry, functions: _Functions) -> list[_Key]:
    """Return the keys that a directory entry states."""
    body = entry.body
    if isinstance(body, Founding):
        parts = body.roots.keys
        return [
            *(("root", "", part.suite, part.public, None) for part in parts),
            *((one.role, one.unit, one.suite, one.public, one.rp) for one in body.persons),
            *((one.role, "", one.suite, one.public, None) for one in body.machines),
        ]
    if isinstance(body, RootSet):
        return [("root", "", part.suite, part.public, None) for part in body.keys]
    if isinstance(body, Machine):
        return [(body.role, "", body.suite, body.public, None)]
    if isinstance(body, Enrolment):
        return [(*functions.get(body.person, ("", "")), body.suite, body.public, body.rp)]
    return []


def named(out: Output, holders: Holders, key: KeyId) -> str:
    """Return side, role and unit of a key's holder; a dash for a key of no directory."""
    holder = holders.get(key)
    if holder is None:
        return "–"
    words = [out.label("side", holder.party), out.label("role", holder.role)]
    return " ".join([*words, holder.unit]).strip()
