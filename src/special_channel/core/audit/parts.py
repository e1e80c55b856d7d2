"""Check the contents of a bundle: disclosures, files, and reasons for their absence.

Four reasons: erased (with the order), withheld (with a reason), sealed (with the recipient), and
missing (a fault). Does not judge entries: `audit.py` supplies the valid erasures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from special_channel.core.audit.evidence import Evidence, WithheldPart
from special_channel.core.audit.findings import FindingCollector, Place
from special_channel.core.audit.scope import Class
from special_channel.core.bytes import canonical, parts
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.bytes.parts import DataPart, FilePart
from special_channel.core.entries import PartErased, PartRef, SharedEntry

MAX_LIST_BYTES = 512 * 1024 * 1024
"""Limit for a list: a thousand parts of the largest size, escaped as JSON strings."""


@dataclass(frozen=True, slots=True)
class ErasedPart:
    """A valid declaration of an erasure: position of the entry, basis and order."""

    position: Position
    basis: str
    order: str


Erasures = Mapping[tuple[EntryId, int], ErasedPart]


def disclosures(data: bytes | None) -> tuple[bytes | None, ...] | None:
    """Parse a bundle's list of disclosures; None for a malformed list.

    Empty strings become None (absent parts); an absent list becomes an empty tuple.
    """
    if data is None:
        return ()
    try:
        items = canonical.loads(data, max_bytes=MAX_LIST_BYTES)
    except Malformed:
        return None
    if not isinstance(items, list) or not {str}.issuperset(map(type, items)):
        return None
    return tuple([item.encode() or None for item in items])


def data_of(
    entry: SharedEntry, disclosed: tuple[bytes | None, ...] | None
) -> tuple[bytes | None, bool]:
    """Return the canonical bytes of an entry's `data` document, and whether it is lacking.

    Lacking means absent, or different from the commitment. A malformed document that matches the
    commitment is not lacking: the judge refuses the entry, as a node does.
    """
    refs = entry.optional("parts", ())
    for place, ref in enumerate(refs):
        if ref.k != "data":
            continue
        disclosure = disclosed[place] if disclosed is not None and place < len(disclosed) else None
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
    """Collect the erasures declared by valid entries; a part's first declaration counts."""
    declared: dict[tuple[EntryId, int], ErasedPart] = {}
    for position, entry in placed.items():
        if isinstance(entry, PartErased):
            erased = ErasedPart(position, entry.body.basis, entry.body.order or "")
            for place in entry.body.parts:
                declared.setdefault((entry.ref, place), erased)
    return declared


def _part_of(place: Place, part: int) -> Place:
    """Return the location of a part of an entry."""
    return Place(place.log, place.index, place.id, part)


class PartsAudit:
    """Checks the content of entries, one by one.

    Attributes:
        erased: Valid erasures, set after the last entry; entries named by erasures are checked
            afterwards.
        files: Digests of attachments named by disclosed descriptors.
        present: Number of disclosures that match their commitment.
    """

    def __init__(self, evidence: Evidence, collector: FindingCollector) -> None:
        self._evidence = evidence
        self.erased: Erasures = {}
        self._collector = collector
        self._withheld: dict[tuple[EntryId, int], WithheldPart] = {
            (each.id, each.part): each for each in evidence.withheld
        }
        self.files: set[str] = set()
        self.present = 0

    def check(
        self,
        place: Place,
        entry: SharedEntry,
        class_: Class,
        disclosed: tuple[bytes | None, ...] | None,
    ) -> None:
        """Check the content of an entry. Absent content is a gap only in scope.

        Args:
            place: Location of the entry.
            entry: The entry.
            class_: The entry's class in the scope.
            disclosed: The entry's disclosures, from `disclosures`.
        """
        refs = entry.optional("parts", ())
        self._check_list(place, len(refs), disclosed)
        present = disclosed or ()
        for part, ref in enumerate(refs):
            disclosure = present[part] if part < len(present) else None
            required = class_ == "scope" or (class_ == "named" and ref.k == "data")
            if ref.k == "data" and (place.id, part) in self._withheld:
                # Nobody may withhold what the judge reads, such as a charter (bundle.md).
                self._collector.add("export-malformed", Place(file="data/export.json"))
            if disclosure is not None:
                if not required:
                    self._collector.add("part-extra", _part_of(place, part))
                self._check_present(place, part, ref, disclosure)
            elif required:
                self._check_absent(_part_of(place, part), ref.k)

    def _check_list(
        self, place: Place, count: int, disclosed: tuple[bytes | None, ...] | None
    ) -> None:
        """Check that a list of disclosures exists iff the entry has parts, with the right length.

        Entries of class `context` need a list, too, with every disclosure absent.
        """
        is_present = place.id in self._evidence.parts
        if not is_present and count:
            file = f"data/parts/{place.id}.json"
            self._collector.add("part-missing", Place(place.log, place.index, place.id, file=file))
        elif disclosed is None or (is_present and len(disclosed) < count):
            self._collector.add("part-malformed", place)
        elif len(disclosed) > count or (is_present and not count):
            self._collector.add("part-extra", place)

    def _check_present(self, place: Place, part: int, ref: PartRef, disclosure: bytes) -> None:
        try:
            parts.check(ref.c, disclosure)
            content = parts.parse(disclosure)
        except Malformed as error:
            self._collector.add(error.code, _part_of(place, part))
            return
        if content.role != ref.k:
            self._collector.add("part-role", _part_of(place, part))
        if (place.id, part) in self.erased:
            self._collector.add("erased-part-present", _part_of(place, part))
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
                self._collector.add("file-missing", where, file=file)
        elif actual != digest:
            self._collector.add("file-digest", where, file=file)
        elif (length := self._evidence.lengths[digest]) != stated:
            self._collector.add("file-length", where, file=file, stated=stated, length=length)

    def _check_absent(self, where: Place, role: str) -> None:
        erased = self.erased.get((where.id, where.part))
        declared = self._withheld.get((where.id, where.part))
        if erased is not None:
            facts = {"position": str(erased.position), "basis": erased.basis, "order": erased.order}
            known = {name: value for name, value in facts.items() if value}
            self._collector.add("part-erased", where, **known)
        elif declared is not None and role != "data":
            self._declare(where, declared)
        else:
            # The judge needs `data`, so a statement of the exporter does not excuse its absence.
            self._collector.add("part-missing", where)
            if (where.id, where.part) in self._evidence.damaged:
                self._collector.add("entry-damaged", where)

    def _declare(self, where: Place, declared: WithheldPart) -> None:
        facts = {"why": declared.why} | ({"to": declared.to} if declared.to else {})
        self._collector.add(f"part-{declared.word}", where, **facts)

    def finish(self) -> None:
        """Report content without an entry in the bundle."""
        for name in sorted(set(self._evidence.files) - self.files):
            self._collector.add("part-extra", Place(file=f"data/files/{name}"))
        for entry_id in self._evidence.parts:
            if entry_id not in self._evidence.envelopes:
                self._collector.add("part-extra", Place(id=entry_id))
