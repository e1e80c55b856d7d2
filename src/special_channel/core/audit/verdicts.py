"""What an audit says of each entry: valid, invalid, not to be judged. The end of step 3.

A byte an entry for the valid ones; what is refused is decided when all has been read, since
only then it is known what is missing. Does not judge: `audit.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from special_channel.core.audit.entries import Entries, Invalid, Read
from special_channel.core.audit.findings import Collected
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import EntryId, Party, Position, peer_of
from special_channel.core.entries import LogRestored, PartErased, PeerRefused, SharedEntry
from special_channel.core.log.leaf import Leaf

_NODE_SAYS = {"entry-id": "leaf-entry-disagree"}
"""A node's code for what a verifier names more exactly."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why an entry has no effect; without a code it could not be judged."""

    position: Position
    leaf: Leaf
    code: str
    facts: Mapping[str, str | int]


class Unread:
    """Entries that nobody can read or judge: the first that fits is found without a search.

    A bundle may lack each entry that another names, so a search for each would take for ever.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._by_id: dict[EntryId, Position] = {}
        self._openings: dict[str | None, Position] = {}
        self._charters: dict[str, Position] = {}

    def add(self, position: Position, leaf: Leaf) -> None:
        """Add an entry."""
        _keep_first(self._by_id, leaf.id, position)
        if leaf.kind == "thread.opened":
            _keep_first(self._openings, leaf.thread, position)
        elif leaf.kind == "charter.adopted":
            _keep_first(self._charters, leaf.kind, position)

    def lacking(self, refusal: _Refusal) -> Position | None:
        """Return the first entry for whose lack, reported at its place, another is refused.

        Both are faults: only the name of the second differs. A key that no readable entry enrols
        is `key-unknown`, whatever else is lacking.
        """
        match refusal.code:
            case "reference":
                return self._by_id.get(str(refusal.facts.get("id")))
            case "thread-unknown":
                return self._openings.get(refusal.leaf.thread)
            case "charter-absent":
                return self._charters.get("charter.adopted")
            case _:
                return None


_Key = TypeVar("_Key")


def _keep_first(places: dict[_Key, Position], key: _Key, position: Position) -> None:
    """Keep the first position in the order of reports: the EU's log before CN's."""
    before = places.get(key)
    if before is None or _in_reports(position) < _in_reports(before):
        places[key] = position


def _in_reports(position: Position) -> tuple[bool, int]:
    return position.party != "eu", position.index


class Verdicts:
    """Verdicts over the entries of both logs, given in causal order.

    Attributes:
        valid: A true byte for each index of a log with a valid entry.
        count: How many those are.
        stating: Valid entries that state something about others: erasures, refusals, restorations.
        unread: Entries that the scope calls for and nobody can read.
    """

    def __init__(self, entries: Entries, found: Collected) -> None:
        """Begin without any."""
        self._entries = entries
        self._found = found
        self._refused: list[_Refusal] = []
        self.valid: dict[Party, bytearray] = {}
        self.count = 0
        self.stating: dict[Position, SharedEntry] = {}
        self.unread = Unread()

    def begin(self, sizes: Mapping[Party, int]) -> None:
        """Make room for logs of these sizes."""
        self.valid = {party: bytearray(size) for party, size in sizes.items()}

    def is_valid(self, read: Read) -> None:
        """Take down that an entry is valid."""
        self.valid[read.position.party][read.position.index] = 1
        self.count += 1
        if isinstance(read.entry, PartErased | PeerRefused | LogRestored):
            self.stating[read.position] = read.entry

    def is_invalid(
        self, position: Position, leaf: Leaf, code: str, facts: Mapping[str, str | int] = {}
    ) -> None:
        """Take down that an entry has no effect."""
        self._entries.invalid[position] = Invalid(position, leaf.id, code, facts)

    def refuse(self, read: Read, error: Refused) -> None:
        """Take down why the judge refuses an entry; `decide` says what comes of it."""
        self._refused.append(_Refusal(read.position, read.leaf, error.code, error.facts))

    def leave_unjudged(self, read: Read) -> None:
        """Take down that an entry can't be judged, since its `data` is not there."""
        self._refused.append(_Refusal(read.position, read.leaf, "", {}))

    def decide(self) -> None:
        """Tell what is invalid from what only can't be judged, for lack of another entry."""
        for each in self._refused:
            lacks = self.unread.lacking(each)
            if not each.code:
                self._found.at(each.position, each.leaf.id, "entry-unjudged")
            elif lacks is not None:
                self._found.at(each.position, each.leaf.id, "entry-unjudged", lacks=str(lacks))
            else:
                self.is_invalid(each.position, each.leaf, each.code, each.facts)
            if not each.code or lacks is not None or each.code == "key-unknown":
                # Whether its key is enrolled where an entry is missing, nobody can tell.
                self.unread.add(each.position, each.leaf)

    def refusals(self) -> dict[Position, frozenset[str]]:
        """Return the codes by which valid entries of the other log refuse entries."""
        found: dict[Position, frozenset[str]] = {}
        for position, entry in self.stating.items():
            if isinstance(entry, PeerRefused):
                refused = Position(peer_of(position.party), entry.body.index)
                found[refused] = found.get(refused, frozenset()) | {entry.body.code}
        return found

    def name_invalid(self) -> None:
        """Report what has no effect: declared where the other side has refused it (rule 18)."""
        refused = self.refusals()
        for position, invalid in self._entries.invalid.items():
            stated = _NODE_SAYS.get(invalid.code, invalid.code)
            declared = stated in refused.get(position, ())
            if declared:
                self._found.at(position, invalid.id, "entry-refused", code=stated)
            if not declared or invalid.code == "key-unknown":
                # A key that nobody enrolled is a fault even where the other log says so, too.
                self._found.at(position, invalid.id, invalid.code, **invalid.facts)
        for position, codes in refused.items():
            valid = self.valid[position.party]
            leaf = self._entries.leaf(position) if position.index < len(valid) else None
            if leaf is not None and valid[position.index]:
                # The other node judged otherwise, or states what is not so: its state is another.
                self._found.at(position, leaf.id, "refusal-differs", code=min(codes))
