"""Entries of the directory: persons, their functions and keys, machines, roots, charters.

A party states its own directory. Contains no names of people: a person is a pseudonym with role,
unit and desk (docs/rules.md, K1 to K31).
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from special_channel.core.bytes.fields import Base64, Count, HostName, Model, Name, Suite, Word
from special_channel.core.bytes.ids import (
    Digest,
    EntryId,
    GrantNumber,
    KeyId,
    MachineRole,
    Origin,
    Party,
    PersonId,
    PersonRole,
    Timestamp,
)
from special_channel.core.entries.header import Header, KeyOrPerson, NamedEntries, WithData

PartCount = Annotated[int, Field(ge=1, le=9)]
"""A number of root parts."""

AtHome = Literal["stated-at-home"]
"""Reason of a stop of a person's key: the true one is in the side's private log."""


class RootPart(Model):
    """The public key of one part of the root."""

    suite: Suite
    public: Base64


class RootSet(Model):
    """The parts of a root: `threshold` of them sign; `next` commits to the set that follows.

    `keys` are in the order of key ids; `next` holds the commitments in ascending order.
    """

    keys: Annotated[tuple[RootPart, ...], Field(min_length=1, max_length=9)]
    threshold: PartCount
    next: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=9)]
    next_threshold: PartCount

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        """Refuse a threshold that the set cannot reach, and commitments out of order."""
        if self.threshold > len(self.keys) or self.next_threshold > len(self.next):
            raise ValueError("a threshold exceeds its set")
        if list(self.next) != sorted(set(self.next)):
            raise ValueError("commitments are not in ascending order")
        return self


class PersonKey(Model):
    """A person's public key. `rp`: relying party of an authenticator's key, a host name."""

    suite: Suite
    public: Base64
    rp: HostName | None = None

    @model_validator(mode="after")
    def _names_its_relying_party(self) -> Self:
        if (self.rp is not None) != (self.suite == "webauthn-es256"):
            raise ValueError("only an authenticator's key has a relying party, and always has one")
        return self


class FoundedPerson(PersonKey):
    """A person of a party's first entry, with grant 1 and the first key."""

    person: PersonId
    role: PersonRole
    desk: Word
    unit: Name


class Machine(Model):
    """A key of a machine.

    `name` is the key name in signed notes, for `checkpoint` and `cosigning`; `next` the commitment
    to the key that follows.
    """

    role: MachineRole
    suite: Suite
    public: Base64
    name: Name | None = None
    next: Digest | None = None


class Founding(Model):
    """A party's beginning: origin of the private log, root, first persons, machines."""

    party: Party
    private: Origin
    roots: RootSet
    persons: Annotated[tuple[FoundedPerson, ...], Field(min_length=2, max_length=6)]
    machines: Annotated[tuple[Machine, ...], Field(min_length=4, max_length=4)]


class PartyFounded(Header):
    """Founds a party: index 0 of a log, signed by the root and by every person named in it."""

    kind: Literal["party.founded"]
    body: Founding


class Rotation(RootSet):
    """The root set that follows, by number. `since`: root-signed acts from here on are in doubt."""

    number: Annotated[Count, Field(ge=2)]
    since: Count | None = None


class RootsRotated(Header):
    """Replaces the root set stated by `ref`; signed by the new parts."""

    kind: Literal["roots.rotated"]
    ref: EntryId
    body: Rotation


class Granting(Model):
    """A function of a person: role, desk and unit, from this entry on.

    `keys`: the person's keys that may use a grant of registrar, head or director. `until`: time
    limit. `absent`: the person for whom a stand-in acts, `for` in the payload.
    """

    person: PersonId
    grant: GrantNumber
    role: PersonRole
    desk: Word
    unit: Name
    keys: Annotated[tuple[KeyId, ...], Field(min_length=1, max_length=8)] | None = None
    until: Timestamp | None = None
    absent: PersonId | None = Field(default=None, alias="for")

    @model_validator(mode="after")
    def _limited(self) -> Self:
        """Refuse a stand-in without a time limit."""
        if self.absent is not None and self.until is None:
            raise ValueError("a stand-in has a time limit")
        return self


class RoleGranted(Header):
    """Grants a function to a person; the first grant makes the person."""

    kind: Literal["role.granted"]
    body: Granting


class Ending(Model):
    """A grant by number, and why it ends."""

    person: PersonId
    grant: GrantNumber
    reason: Literal["moved", "ended", "time-over"]


class RoleEnded(Header):
    """Ends a grant."""

    kind: Literal["role.ended"]
    body: Ending


class Leaving(Model):
    """A person who leaves. `since`: index of the own log from which the keys are doubtful."""

    person: PersonId
    since: Count | None = None


class PersonLeft(Header):
    """Ends all grants and all keys of a person for good."""

    kind: Literal["person.left"]
    body: Leaving


class Enrolment(PersonKey):
    """A new key of a person."""

    person: PersonId


class KeyEnrolled(Header):
    """Enrols a person's key; signed by the new key (possession) and by who confirms it."""

    kind: Literal["key.enrolled"]
    body: Enrolment


class MachineEnrolment(Machine):
    """A new machine key, and why it is needed.

    `owner`, `desk` and `kinds`: for a service, the person who answers for it, its desk, and the
    kinds that it may write.
    """

    reason: Literal["routine", "lost", "compromised"]
    owner: PersonId | None = None
    desk: Word | None = None
    kinds: (
        Annotated[
            tuple[
                Annotated[str, StringConstraints(pattern=r"^[a-z]{1,24}\.[a-z]{1,24}$")],
                ...,
            ],
            Field(min_length=1, max_length=6),
        ]
        | None
    ) = None


class MachineEnrolled(Header):
    """Enrols a machine's key."""

    kind: Literal["machine.enrolled"]
    body: MachineEnrolment


class Suspension(KeyOrPerson):
    """What is stopped, why, and since which index of the own log it is doubtful."""

    reason: AtHome | Literal["lost", "stolen", "suspected", "reported"]
    since: Count | None = None


class KeySuspended(Header):
    """Stops a key, or all keys of a person, at once; one person signs."""

    kind: Literal["key.suspended"]
    body: Suspension


class Restoration(KeyOrPerson):
    """The target of the suspension `ref`, and why it is lifted."""

    reason: AtHome | Literal["found", "mistaken"]


class KeyRestored(Header):
    """Lifts the suspension `ref`; two persons sign."""

    kind: Literal["key.restored"]
    ref: EntryId
    body: Restoration


class Revocation(Model):
    """A key that ends, why, and since which index of the own log it is doubtful."""

    key: KeyId
    reason: AtHome | Literal["lost", "stolen", "replaced", "retired"]
    since: Count | None = None


class KeyRevoked(Header):
    """Ends a key for good; two persons sign."""

    kind: Literal["key.revoked"]
    body: Revocation


class Review(Model):
    """Entries signed with a doubtful key: whether their author confirms or disowns them."""

    word: Literal["confirmed", "disowned"]
    entries: NamedEntries


class EntryReviewed(Header):
    """States of disputed entries whether they are the author's."""

    kind: Literal["entry.reviewed"]
    body: Review


class Adoption(Model):
    """A charter by number and digest; the document is the entry's `data` part."""

    number: Annotated[Count, Field(ge=1)]
    digest: Digest


class CharterAdopted(WithData):
    """Adopts a charter, in force once both logs contain the same number and digest."""

    kind: Literal["charter.adopted"]
    body: Adoption
