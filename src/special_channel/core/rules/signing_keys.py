"""Public keys for verifying an entry's signatures, from the entry itself or from the directory.

Does not verify signatures, and does not decide whether a key may sign: see `replay/judge.py`.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Final, NamedTuple

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import BadSignature
from special_channel.core.bytes.ids import KeyId, party_of
from special_channel.core.entries import (
    Entry,
    KeyEnrolled,
    MachineEnrolled,
    PartyFounded,
    RootsRotated,
)
from special_channel.core.rows.directory import KeyRow, decoded_key
from special_channel.core.rules.state import Rows

SELF_SIGNED: Final = frozenset({"node", "service"})
"""Roles of machines with an enrolment signed by the new key itself."""


class SigningKey(NamedTuple):
    """A public key with its suite. `rp`: relying party of an authenticator's key."""

    suite: str
    public: bytes
    rp: str | None = None


def signing_key(key: KeyId, entry: Entry, rows: Rows) -> SigningKey:
    """Look up the public key of a signature.

    Raises:
        BadSignature: `key-unknown`.
        Malformed: `key-malformed`.
    """
    stated = stated_key(entry, key)
    if stated is not None:
        return stated
    row = rows.get(("key", key))
    if not isinstance(row, KeyRow):
        raise BadSignature("key-unknown", "No such key is enrolled.", key=key)
    return SigningKey(row.suite, b64decode(row.public), row.rp)


def new_key(entry: Entry) -> KeyId | None:
    """Return the new key that signs its own enrolment; None for other entries."""
    # `type`, not `isinstance`: ABCMeta, behind every model, makes `isinstance` slow.
    if type(entry) is KeyEnrolled or (
        type(entry) is MachineEnrolled and entry.body.role in SELF_SIGNED
    ):
        return entry.by
    return None


def stated_key(entry: Entry, key: KeyId) -> SigningKey | None:
    """Return a signer's public key from the entry's own body; None if absent.

    Raises:
        Malformed: `key-malformed`.
    """
    if type(entry) is KeyEnrolled and key == entry.by:
        return SigningKey(entry.body.suite, decoded_key(entry.body.public), entry.body.rp)
    if type(entry) is MachineEnrolled and key == new_key(entry):
        return SigningKey(entry.body.suite, decoded_key(entry.body.public))
    if type(entry) is not PartyFounded and type(entry) is not RootsRotated:
        return None
    party = party_of(key)
    return next(
        (
            stated
            for stated in _brought(entry)
            if suites.key_id(party, stated.suite, stated.public) == key
        ),
        None,
    )


def _brought(entry: Entry) -> Iterator[SigningKey]:
    """Yield the keys of a founding, or of a root set that follows."""
    if type(entry) is RootsRotated:
        for part in entry.body.keys:
            yield SigningKey(part.suite, decoded_key(part.public))
    if type(entry) is PartyFounded:
        for part in entry.body.roots.keys:
            yield SigningKey(part.suite, decoded_key(part.public))
        for one in entry.body.persons:
            yield SigningKey(one.suite, decoded_key(one.public), one.rp)
