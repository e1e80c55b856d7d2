"""Count the acts on people that wait for a reader's signature, for the menu of every page.

Reads acts and rows again only after a change of an act, of the directory or of the other side's
known size, which the menu's row tells. `act_second.py` decides about signatures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import EntryId, KeyId, Party, PersonId
from special_channel.core.entries import Entry, EntryReviewed, parse
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.core.rules.doubt import KnownDoubts
from special_channel.desk.act_second import Acting, second
from special_channel.stores.acts import ActRow, Acts
from special_channel.stores.menu_rows import MenuRow
from special_channel.stores.private_views import DirectoryViews

MOST: Final = 200
"""Acts that are looked at: more than a side begins in three days of hard work."""


@dataclass(frozen=True, slots=True)
class ActPeople:
    """Rows of our side by which the next signature of an act is decided.

    `answered`: number of our side's entries that the other side is known to hold (K3). `doubted`:
    persons whose keys put an entry in doubt, by entry.
    """

    keys: Mapping[KeyId, KeyRow]
    persons: Mapping[PersonId, PersonRow]
    answered: int
    doubted: Mapping[EntryId, frozenset[PersonId]]


def doubted_persons(doubts: KnownDoubts) -> Mapping[EntryId, frozenset[PersonId]]:
    """Return the persons whose keys put an entry in doubt, by entry."""
    return {each.signed.id: each.persons for each in doubts.entries.values()}


def acting_of(people: ActPeople, row: ActRow) -> Acting:
    """Return an act with the rows for deciding on its next signature."""
    envelope = dsse.decode(row.envelope)
    signers = [signature.keyid for signature in envelope.signatures]
    person = target(people, row)
    entry, holder = parse(envelope.payload), people.persons.get(person)
    besides = {one for id_ in reviewed(entry) for one in people.doubted.get(id_, ())}
    return Acting(entry, signers, person, holder, people.keys, people.answered, besides)


def reviewed(entry: Entry) -> Sequence[EntryId]:
    """Return the entries of a review; empty for another act."""
    return entry.body.entries if isinstance(entry, EntryReviewed) else ()


def target(people: ActPeople, row: ActRow) -> PersonId:
    """Return the person acted on: stated, or the holder of the key acted on."""
    held = people.keys.get(row.key)
    return row.person or (held.person if held else "")


@dataclass(frozen=True, slots=True)
class WaitingActs:
    """Waiting acts at one moment, with their number for the person of each key."""

    people: ActPeople
    acts: Sequence[Acting]
    _counts: dict[KeyId, int] = field(default_factory=dict)

    def count(self, key: KeyId) -> int:
        """Count the acts that the person of a key may sign next."""
        if not self.acts or (row := self.people.keys.get(key)) is None:
            return 0
        if key not in self._counts:
            self._counts[key] = sum(second(act, row) is not None for act in self.acts)
        return self._counts[key]


_NONE: Final = WaitingActs(ActPeople({}, {}, 0, {}), ())


class ActQueue:
    """Waiting acts, cached in the process."""

    def __init__(self, acts: Acts, views: DirectoryViews, party: Party) -> None:
        self._acts = acts
        self._views = views
        self._party = party
        self._at: tuple[object, ...] = ()
        self._waiting = _NONE

    async def read(self, row: MenuRow, doubts: KnownDoubts, now: datetime) -> WaitingActs:
        """Return the waiting acts.

        Args:
            row: The menu's row, read with `MOST` acts.
            doubts: The doubt of the record, by which nobody reviews what their own key signed.
            now: Acts lapse by it.
        """
        if not row.acts:
            return _NONE
        at = (row.acts, row.directory, row.answered)
        if at != self._at:
            self._waiting = await self._read(row, doubts, now)
            self._at = at
        return self._waiting

    async def _read(self, row: MenuRow, doubts: KnownDoubts, now: datetime) -> WaitingActs:
        acts = (await self._acts.waiting(now))[:MOST]
        keys = {each.key: each for each in await self._views.side_keys(self._party)}
        people = ActPeople(keys, {}, row.answered, doubted_persons(doubts))
        targets = sorted({target(people, each) for each in acts} - {""})
        people = replace(people, persons=await self._views.persons(self._party, targets))
        return WaitingActs(people, [act for each in acts if (act := _readable(people, each))])


def _readable(people: ActPeople, row: ActRow) -> Acting | None:
    try:
        return acting_of(people, row)
    except ChannelError:
        # An act of before an update, which nobody can sign any more, hides no page.
        return None
