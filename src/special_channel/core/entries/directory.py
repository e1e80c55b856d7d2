"""Entries of the directory: keys, roles and charters. A party states its own keys.

Contains no names of people: only role, unit and desk title.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.fields import Base64, Count, Model, Name, Suite, Word
from special_channel.core.bytes.ids import Digest, FoundedRole, KeyId, OfficialRole, Origin, Party
from special_channel.core.entries.header import Header, WithData


class FoundedKey(Model):
    """A key from a party's first entry.

    `name` is the key name in signed notes, for `checkpoint` and `cosigning` keys.
    """

    role: FoundedRole
    suite: Suite
    public: Base64
    name: Name | None = None


class Founding(Model):
    """A party's beginning: its origins and first keys."""

    party: Party
    private: Origin
    suite: Suite
    public: Base64
    keys: Annotated[tuple[FoundedKey, ...], Field(min_length=5, max_length=8)]


class PartyFounded(Header):
    """Founds a party: index 0 of a log, signed by the root key pinned by readers."""

    kind: Literal["party.founded"]
    body: Founding


class Enrolment(Model):
    """A new key, with role, unit and desk of its holder, without a name."""

    suite: Suite
    public: Base64
    role: OfficialRole
    unit: Name
    desk: Word


class KeyEnrolled(Header):
    """Enrols a key; signed by the new key (possession) and by a registrar (confirmation)."""

    kind: Literal["key.enrolled"]
    body: Enrolment


class KeyAct(Model):
    """A key of the author's party, and the reason."""

    key: KeyId
    reason: Word


class KeySuspended(Header):
    """Stops a key at once; signed by its desk, a head of unit or a registrar."""

    kind: Literal["key.suspended"]
    body: KeyAct


class KeyRevoked(Header):
    """Ends a key permanently; two persons sign."""

    kind: Literal["key.revoked"]
    body: KeyAct


class KeyRestored(Header):
    """Lifts suspensions; two persons sign."""

    kind: Literal["key.restored"]
    body: KeyAct


class Adoption(Model):
    """A charter by number and digest; the document is the entry's `data` part."""

    number: Annotated[Count, Field(ge=1)]
    digest: Digest


class CharterAdopted(WithData):
    """Adopts a charter, in force once both logs contain the same number and digest."""

    kind: Literal["charter.adopted"]
    body: Adoption
