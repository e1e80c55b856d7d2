"""Persons and keys of a side as the command line names them, read from the signed directory.

A person is named by the number among the persons of the log. Does not know names of people.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from special_channel.cli.client import Node
from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import EntryId, KeyId, Party, PersonId, Position
from special_channel.core.entries import (
    Entry,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    KeySuspended,
    PartyFounded,
    PersonLeft,
    RoleEnded,
    RoleGranted,
    parse,
)
from special_channel.core.entries.directory import Granting, PersonKey
from special_channel.core.rows.directory import decoded_key


@dataclass
class KnownKey:
    """A person's key: suite, position of its enrolment, open suspensions, and whether it ended.

    `revoked`: whether it ended by a revocation, not by the person's leaving.
    """

    key: KeyId
    person: PersonId
    suite: str
    position: str
    stops: list[EntryId] = field(default_factory=list)
    ended: bool = False
    revoked: bool = False


@dataclass
class KnownPerson:
    """A person by number, with functions by number of the grant, open ones alone."""

    person: PersonId
    number: int
    grants: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    last: int = 0
    stops: list[EntryId] = field(default_factory=list)
    left: bool = False


@dataclass
class Registry:
    """Persons and keys of a side."""

    party: Party
    persons: dict[PersonId, KnownPerson] = field(default_factory=dict)
    keys: dict[KeyId, KnownKey] = field(default_factory=dict)

    def person(self, typed: str) -> KnownPerson:
        """Look up a person by number or pseudonym.

        Raises:
            NotFound: `person-absent`.
        """
        for one in self.persons.values():
            if typed in {str(one.number), one.person}:
                return one
        raise NotFound("person-absent", "There is no such person on our side.", person=typed)

    def key(self, typed: str) -> KnownKey:
        """Look up a key by its id, with or without the side.

        Raises:
            NotFound: `key-absent`.
        """
        plain = "".join(typed.split()).lower()
        found = self.keys.get(plain if ":" in plain else f"{self.party}:{plain}")
        if found is None:
            raise NotFound("key-absent", "No such key is enrolled on our side.", key=typed)
        return found

    def keys_of(self, person: PersonId) -> list[KeyId]:
        """Return the keys of a person that have not ended, which a leader's grant lists (K9)."""
        return [one.key for one in self.keys.values() if one.person == person and not one.ended]

    def add(self, position: str, entry: Entry, id_: EntryId) -> None:
        """Take over what a directory entry says."""
        match entry:
            case PartyFounded():
                for one in entry.body.persons:
                    self._grant(one.person, 1, (one.role, one.desk, one.unit))
                    self._enrol(one.person, one, position)
            case RoleGranted():
                body: Granting = entry.body
                self._grant(body.person, body.grant, (body.role, body.desk, body.unit))
            case RoleEnded():
                self.persons[entry.body.person].grants.pop(entry.body.grant, None)
            case PersonLeft():
                self._leave(entry.body.person)
            case KeyEnrolled():
                self._enrol(entry.body.person, entry.body, position)
            case KeySuspended() | KeyRestored() | KeyRevoked():
                self._stop(entry, id_)
            case _:
                pass

    def _grant(self, person: PersonId, number: int, function: tuple[str, str, str]) -> None:
        known = self.persons.setdefault(person, KnownPerson(person, len(self.persons) + 1))
        known.grants[number] = function
        known.last = number

    def _enrol(self, person: PersonId, key: PersonKey, position: str) -> None:
        id_ = suites.key_id(self.party, key.suite, decoded_key(key.public))
        self.keys[id_] = KnownKey(id_, person, key.suite, position)

    def _leave(self, person: PersonId) -> None:
        self.persons[person].left = True
        self.persons[person].grants.clear()
        for key in self.keys.values():
            key.ended = key.ended or key.person == person

    def _stop(self, entry: KeySuspended | KeyRestored | KeyRevoked, id_: EntryId) -> None:
        named: KnownKey | KnownPerson | None = self.keys.get(entry.body.key or "")
        if named is None and not isinstance(entry, KeyRevoked):
            named = self.persons.get(entry.body.person or "")
        if named is None:
            return  # a machine's key
        if isinstance(entry, KeySuspended):
            named.stops.append(id_)
        elif isinstance(entry, KeyRestored):
            named.stops.remove(entry.ref)
        elif isinstance(named, KnownKey):
            named.revoked = named.revoked or not named.ended
            named.ended = True


async def read_registry(node: Node) -> Registry:
    """Read persons and keys of the side of the node's key."""
    registry = Registry(node.key.party)
    for item in (await node.get("/api/directory"))[node.key.party]:
        envelope = dsse.decode(str(item["envelope"]).encode())
        registry.add(str(item["position"]), parse(envelope.payload), envelope.id)
    return registry


async def first_since(node: Node, typed: str) -> int:
    """Return an index of our own log: of a position such as EU-812, or the first since a time.

    Raises:
        Malformed: `act-time`; also for a position in the other side's log.
    """
    if typed[:3].upper() in {"EU-", "CN-"}:
        position = Position.parse(typed.upper())
        if position.party != node.key.party:
            raise Malformed("act-time", "Doubt begins at an entry of our own log.", time=typed)
        return position.index
    if len(typed) < len("2026-11-26"):
        raise Malformed("act-time", "The time is not one.", time=typed)
    return int((await node.get("/api/first-since", {"at": typed}))["index"])
