"""Entries of the directory: who may sign what. Each party states its own.

Holds no names of people: a role, a unit and a desk's title stand for them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from special_channel.core.bytes.fields import Base64, Count, Model, Name, Suite, Word
from special_channel.core.bytes.ids import Digest, FoundedRole, KeyId, OfficialRole, Origin, Party
from special_channel.core.entries.header import Header, WithData


class FoundedKey(Model):
    """A key that exists from a party's first entry.

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
    """Index 0 of a log, signed by the root key that readers pin."""

    kind: Literal["party.founded"]
    body: Founding


class Enrolment(Model):
    """A new key and what its holder is, without a name."""

    suite: Suite
    public: Base64
    role: OfficialRole
    unit: Name
    desk: Word


class KeyEnrolled(Header):
    """Signed by the new key itself (possession) and by a registrar (confirmation)."""

    kind: Literal["key.enrolled"]
    body: Enrolment


class KeyAct(Model):
    """A key of one's own party, and why."""

    key: KeyId
    reason: Word


class KeySuspended(Header):
    """Stops a key at once; anyone of its desk, a head of unit or a registrar may."""

    kind: Literal["key.suspended"]
    body: KeyAct


class KeyRevoked(Header):
    """Ends a key for good; two persons sign."""

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
    """In force once both logs hold the same number with one digest."""

    kind: Literal["charter.adopted"]
    body: Adoption
