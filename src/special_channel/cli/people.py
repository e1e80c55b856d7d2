"""Holders of keys, by side, role and unit, from the parties' signed directories.

Does not know names of persons: a name is in the database of the person's node.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from typing import NamedTuple

from special_channel.cli.client import Node
from special_channel.cli.output import Output
from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.ids import PARTIES, KeyId, Party
from special_channel.core.entries import KeyEnrolled, PartyFounded, parse


class Holder(NamedTuple):
    """A key in a directory, and the role of its holder. A node's own keys have no unit.

    `rp`: relying party of an authenticator's key.
    """

    party: Party
    role: str
    unit: str
    suite: str
    public: bytes
    rp: str | None = None


Holders = Mapping[KeyId, Holder]


async def read_holders(node: Node) -> Holders:
    """Read the keys of the two directories. A key's id is the hash of suite and public key."""
    directory = await node.get("/api/directory")
    holders: dict[KeyId, Holder] = {}
    for party in PARTIES:
        for item in directory[party]:
            entry = parse(dsse.decode(str(item["envelope"]).encode()).payload)
            named: list[tuple[str, str, str, str, str | None]] = []
            if isinstance(entry, PartyFounded):
                named = [("root", "", entry.body.suite, entry.body.public, None)]
                named += [(key.role, "", key.suite, key.public, None) for key in entry.body.keys]
            elif isinstance(entry, KeyEnrolled):
                body = entry.body
                named = [(body.role, body.unit, body.suite, body.public, body.rp)]
            for role, unit, suite, text, rp in named:
                public = b64decode(text)
                key = suites.key_id(party, suite, public)
                holders[key] = Holder(party, role, unit, suite, public, rp)
    return holders


def named(out: Output, holders: Holders, key: KeyId) -> str:
    """Return side, role and unit of a key's holder; a dash for a key of no directory."""
    holder = holders.get(key)
    if holder is None:
        return "–"
    words = [out.label("side", holder.party), out.label("role", holder.role)]
    return " ".join([*words, holder.unit]).strip()
