"""Which entries are acts on people, whom they are about, and which are an alarm.

Reads entries with the rows that they name. Does not tell anybody: `people_notices.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from special_channel.channels.notices import ActLine
from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import KeyId, Party, PersonId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import Entry, MachineEnrolled, parse
from special_channel.core.rows.directory import Grant, KeyRow, PersonRow
from special_channel.core.rules.state import RowKey, Rows, person_key
from special_channel.ports import Stored

ACTS: Final = frozenset(
    {
        "role.granted",
        "role.ended",
        "person.left",
        "key.enrolled",
        "key.suspended",
        "key.restored",
        "key.revoked",
        "machine.enrolled",
        "roots.rotated",
        "log.restored",
    }
)
"""Kinds that change who may do what on a side, and with which key."""

COUNTED: Final = frozenset({"role.granted", "key.suspended"})
"""Kinds that stop or empower a person."""

BURST, BURST_TIME = 5, timedelta(hours=1)
"""So many persons stopped or empowered within this time are an alarm."""


@dataclass(frozen=True, slots=True)
class PeopleAct:
    """An act on people.

    Attributes:
        entry: The entry.
        stored: The entry as stored, with its position.
        party: The side whose act it is.
        person: Pseudonym of whom it is about; empty for machines, roots and the log.
        number: Number of that person; 0 as above.
        machine: Role of the machine that it is about, or empty.
        author: Pseudonym of the author; empty for machines and parts of the root.
        rooted: Whether a part of the root signed.
        registrar: Whether it is about a registrar or the function of one.
    """

    entry: Entry
    stored: Stored
    party: Party
    person: PersonId
    number: int
    machine: str
    author: PersonId
    rooted: bool
    registrar: bool

    @property
    def counted(self) -> bool:
        """Whether it stops or empowers a person."""
        return self.stored.kind in COUNTED and bool(self.person)

    @property
    def line(self) -> ActLine:
        """The line about the act in a letter: what and when, by number, without a name."""
        return ActLine(
            self.stored.kind,
            str(Position(self.party, self.stored.index)),
            instant(self.stored.accepted),
            self.number,
            self.machine,
            whole=getattr(self.entry.body, "key", None) is None,
        )

    def alarms(self) -> Iterator[str]:
        """Yield the codes of the alarms of an act of our own side."""
        if self.registrar:
            yield "registrar-changed"
        if self.rooted or self.stored.kind in {"roots.rotated", "log.restored"}:
            yield "root-acted"
        if self.machine:
            yield "machine-changed"

    def peer_alarms(self) -> Iterator[str]:
        """Yield the codes of the alarms of an act of the other side."""
        if self.stored.kind == "roots.rotated":
            yield "peer-root-changed"
        if isinstance(self.entry, MachineEnrolled) and self.machine in {"checkpoint", "cosigning"}:
            yield "peer-checkpoint-key-changed"


def parsed(entries: Sequence[Stored]) -> list[tuple[Stored, dsse.Envelope, Entry]]:
    """Parse the entries that are acts on people."""
    found = []
    for stored in entries:
        if stored.kind in ACTS and stored.envelope:
            envelope = dsse.decode(stored.envelope)
            found.append((stored, envelope, parse(envelope.payload)))
    return found


def row_keys(party: Party, envelope: dsse.Envelope, entry: Entry) -> Iterator[RowKey]:
    """Yield the keys of the rows that `act_of` needs."""
    for signature in envelope.signatures:
        yield "key", signature.keyid
    yield "key", entry.by
    person, key = _target(entry)
    if key:
        yield "key", key
    if person:
        yield person_key(party, person)


def act_of(
    party: Party, stored: Stored, envelope: dsse.Envelope, entry: Entry, rows: Rows
) -> PeopleAct:
    """Describe an act on people by its rows."""
    person, key = _target(entry)
    key_row, row = rows.get(("key", key)), rows.get(person_key(party, person))
    machine: str = entry.body.role if isinstance(entry, MachineEnrolled) else ""
    number, grants = 0, tuple[Grant, ...]()
    if isinstance(key_row, KeyRow):
        machine, person = machine or key_row.machine, person or key_row.person
        number, grants = key_row.number, key_row.grants
    if isinstance(row, PersonRow):
        number, grants = row.number, row.grants
    signers = [rows.get(("key", each.keyid)) for each in envelope.signatures]
    author = rows.get(("key", entry.by))
    return PeopleAct(
        entry=entry,
        stored=stored,
        party=party,
        person=person,
        number=number,
        machine=machine,
        author=author.person if isinstance(author, KeyRow) else "",
        rooted=any(isinstance(each, KeyRow) and each.machine == "root" for each in signers),
        registrar=_of_registrar(stored, entry, grants),
    )


def _target(entry: Entry) -> tuple[PersonId, KeyId]:
    person: PersonId = getattr(entry.body, "person", None) or ""
    key: KeyId = getattr(entry.body, "key", None) or ""
    return person, key


def _of_registrar(stored: Stored, entry: Entry, grants: Sequence[Grant]) -> bool:
    number = getattr(entry.body, "grant", None)
    if number is not None:
        return any(each.number == number and each.role == "registrar" for each in grants)
    # Grants that this very entry has ended count as well: the act is about a registrar.
    held = (each for each in grants if each.end is None or each.end >= stored.index)
    return any(each.role == "registrar" for each in held)
