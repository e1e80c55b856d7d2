"""The contents of a bundle: disclosures and files, and the four words for their absence.

Erased (by which order), withheld (why), sealed (to whom), missing (a fault). Does not
judge entries: `audit.py` has done so and says which erasures are valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from special_channel.core.audit.evidence import Evidence, Withheld
from special_channel.core.audit.findings import Collected, Place
from special_channel.core.audit.scope import Class
from special_channel.core.bytes import canonical, parts
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.bytes.parts import DataPart, FilePart
from special_channel.core.entries import PartErased, PartRef, SharedEntry

MAX_LIST_BYTES = 512 * 1024 * 1024
"""A thousand parts of the largest size, each escaped once more."""


@dataclass(frozen=True, slots=True)
class Erased:
    """A valid declaration that a part is gone: where it stands, and on what basis."""

    position: Position
    basis: str
    order: str


Erasures = Mapping[tuple[EntryId, int], Erased]


def disclosures(data: bytes | None) -> tuple[bytes | None, ...] | None:
    """Read a bundle's list of disclosures; None where it is malformed.

    Absent parts are empty strings; an absent list is an empty one.
    """
    if data is None:
        return ()
    try:
        found = canonical.loads(data, max_bytes=MAX_LIST_BYTES)
    except Malformed:
        return None
    if not isinstance(found, list) or not {str}.issuperset(map(type, found)):
        return None
    return tuple([item.encode() or None for item in found])


def data_of(
    entry: SharedEntry, given: tuple[bytes | None, ...] | None
) -> tuple[bytes | None, bool]:
    """Return the canonical bytes of an entry's `data` document, and whether it is lacking.

    Lacking means absent, or not what the entry commits to. A document that was signed malformed is
    not lacking: the judge refuses its entry, as a node does.
    """
    refs = entry.optional("parts", ())
    for place, ref in enumerate(refs):
        if ref.k != "data":
            continue
        disclosure = given[place] if given is not None and place < len(given) else None
        if disclosure is None or parts.commitment(disclosure) != ref.c:
            return None, True
        try:
            part = parts.parse(disclosure)
        except Malformed:
            return None, False
        if not isinstance(part, DataPart):
            return None, False
        return canonical.dumps(part.data, max_depth=parts.MAX_DEPTH), False
    return None, False


def erasures(placed: Mapping[Position, SharedEntry]) -> Erasures:
    """Collect what valid entries declare erased; the first declaration of a part counts."""
    found: dict[tuple[EntryId, int], Erased] = {}
    for position, entry in placed.items():
        if isinstance(entry, PartErased):
            erased = Erased(position, entry.body.basis, entry.body.order or "")
            for place in entry.body.parts:
                found.setdefault((entry.ref, place), erased)
    return found


def _part_of(place: Place, part: int) -> Place:
    """Return the place of a part of an entry."""
    return Place(place.log, place.index, place.id, part)


class PartsAudit:
    """Checks the content of one entry after the other.

    Attributes:
        erased: What is erased, once that is known: content that an erasure names is to be
            checked afterwards.
        files: Digests of the attachments that disclosed descriptors name.
        present: How many disclosures are there and right.
    """

    def __init__(self, evidence: Evidence, found: Collected) -> None:
        self._evidence = evidence
        self.erased: Erasures = {}
        self._found = found
        self._withheld: dict[tuple[EntryId, int], Withheld] = {
            (each.id, each.part): each for each in evidence.withheld
        }
        self.files: set[str] = set()
        self.present = 0

    def check(
        self,
        place: Place,
        entry: SharedEntry,
        class_: Class,
        given: tuple[bytes | None, ...] | None,
    ) -> None:
        """Check the content of one entry. Only in scope is absent content a gap.

        Args:
            place: Where the entry is.
            entry: The entry.
            class_: Why it is in the bundle.
            given: What `disclosures` returned of its list.
        """
        refs = entry.optional("parts", ())
        self._check_list(place, len(refs), given)
        shown = given or ()
        for part, ref in enumerate(refs):
            disclosure = shown[part] if part < len(shown) else None
            called = class_ == "scope" or (class_ == "named" and ref.k == "data")
            if disclosure is not None:
                if not called:
                    self._found.add("part-extra", _part_of(place, part))
                self._check_present(place, part, ref, disclosure)
            elif called:
                self._check_absent(_part_of(place, part), ref.k)

    def _check_list(self, place: Place, count: int, given: tuple[bytes | None, ...] | None) -> None:
        """Check that the list of disclosures is there iff the entry has parts, with all of them.

        So it is for context, too, where every disclosure is absent: a dropped list is noticed.
        """
        is_there = place.id in self._evidence.parts
        if not is_there and count:
            file = f"data/parts/{place.id}.json"
            self._found.add("part-missing", Place(place.log, place.index, place.id, file=file))
        elif given is None or (is_there and len(given) < count):
            self._found.add("part-malformed", place)
        elif len(given) > count or (is_there and not count):
            self._found.add("part-extra", place)

    def _check_present(self, place: Place, part: int, ref: PartRef, disclosure: bytes) -> None:
        try:
            parts.check(ref.c, disclosure)
            content = parts.parse(disclosure)
        except Malformed as error:
            self._found.add(error.code, _part_of(place, part))
            return
        if content.role != ref.k:
            self._found.add("part-role", _part_of(place, part))
        if (place.id, part) in self.erased:
            self._found.add("erased-part-present", _part_of(place, part))
        self.present += 1
        if isinstance(content, FilePart):
            self._check_file(_part_of(place, part), content.sha256, content.len)

    def _check_file(self, where: Place, digest: str, stated: int) -> None:
        self.files.add(digest)
        actual = self._evidence.files.get(digest)
        file = f"data/files/{digest}"
        if actual is None:
            declared = self._withheld.get((where.id, where.part))
            if declared is not None:
                self._declare(where, declared)
            else:
                self._found.add("file-missing", where, file=file)
        elif actual != digest:
            self._found.add("file-digest", where, file=file)
        elif (length := self._evidence.lengths[digest]) != stated:
            self._found.add("file-length", where, file=file, stated=stated, length=length)

    def _check_absent(self, where: Place, role: str) -> None:
        erased = self.erased.get((where.id, where.part))
        declared = self._withheld.get((where.id, where.part))
        if erased is not None:
            facts = {"position": str(erased.position), "basis": erased.basis, "order": erased.order}
            known = {name: value for name, value in facts.items() if value}
            self._found.add("part-erased", where, **known)
        elif declared is not None and role != "data":
            self._declare(where, declared)
        else:
            # The judge needs `data`: a statement of the exporter does not excuse its absence.
            self._found.add("part-missing", where)
            if (where.id, where.part) in self._evidence.damaged:
                self._found.add("entry-damaged", where)

    def _declare(self, where: Place, declared: Withheld) -> None:
        facts = {"why": declared.why} | ({"to": declared.to} if declared.to else {})
        self._found.add(f"part-{declared.word}", where, **facts)

    def finish(self) -> None:
        """Name the content that belongs to no entry of the bundle."""
        for name in sorted(set(self._evidence.files) - self.files):
            self._found.add("part-extra", Place(file=f"data/files/{name}"))
        for entry_id in self._evidence.parts:
            if entry_id not in self._evidence.envelopes:
                self._found.add("part-extra", Place(id=entry_id))
