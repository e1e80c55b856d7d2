"""Collects a bundle's contents from the record, while people go on writing.

The log sizes are pinned first; later entries are not read. Reads the shared logs only. Does not
write files or check proofs: `write.py` and the audit do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from special_channel.core.audit.evidence import Evidence, LogEvidence, WithheldPart
from special_channel.core.audit.parts import data_of
from special_channel.core.audit.scope import Class, Scope, may_hold, required
from special_channel.core.bytes import canonical
from special_channel.core.bytes.dsse import ENTRY_TYPE, decode
from special_channel.core.bytes.errors import Malformed, NotFound, Unavailable
from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position, peer_of
from special_channel.core.entries import PRIVATE_KINDS, SharedEntry, parse
from special_channel.core.log import checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.lines import Leaves
from special_channel.core.log.note import Note
from special_channel.export.attachments import Attachments, file_in, length_of
from special_channel.export.spool import ById, InScope, SpooledEntries, SpooledNotes, SpooledText
from special_channel.ports import SharedRecord, Stored

PAGE: Final = 500
"""Entries read at a time."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """The exported size of a log, and the checkpoint of exactly this size."""

    size: int
    note: str | None


@dataclass(slots=True)
class Gathered:
    """The contents of a bundle, with entries in a temporary file.

    Attributes:
        pinned: Size and checkpoint by log.
        leaves: Leaf lines by log.
        classes: Why an entry is included, by position.
        earlier: Earlier checkpoints by log.
        absent: Sizes named in entries' `seen` without a stored checkpoint, by log.
        files: Length of attachments in bytes, by digest.
        withheld: Parts that are declared withheld.
        damaged: Omitted because damaged: entry id, and the index of its data part or -1.
    """

    scope: Scope
    pinned: dict[Party, Pinned]
    entries: SpooledEntries
    leaves: dict[Party, SpooledText] = field(default_factory=dict)
    classes: Mapping[Position, Class] = field(default_factory=dict)
    earlier: dict[Party, SpooledNotes] = field(default_factory=dict)
    absent: dict[Party, list[int]] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    withheld: list[WithheldPart] = field(default_factory=list)
    damaged: set[tuple[EntryId, int]] = field(default_factory=set)

    def parts_of(self, position: Position) -> tuple[bytes | None, ...]:
        """Return an entry's disclosures for the bundle: all if in scope, else data parts only."""
        stored, class_ = self.entries[position], self.classes[position]
        if class_ == "scope":
            return stored.parts
        entry = _entry(stored) if class_ == "named" else None
        refs = getattr(entry, "parts", ())
        is_data = [ref.k == "data" for ref in refs] or [False] * len(stored.parts)
        return tuple(
            part if data else None for part, data in zip(stored.parts, is_data, strict=True)
        )

    def data(self, position: Position) -> bytes | None:
        """Return the document of an entry's `data` part; None if absent."""
        entry = _entry(self.entries[position])
        return data_of(entry, self.entries[position].parts)[0] if entry else None

    def envelopes(self) -> ById:
        """Return envelopes by entry id; the last added of equal ids counts."""
        entries = self.entries
        return ById(entries, reversed(entries), lambda each: entries[each].envelope)

    def parts(self) -> ById:
        """Return disclosure lists by entry id; the first of equal ids counts."""
        positions = filter(self.entries.part_count, self.entries.in_order())
        return ById(self.entries, positions, lambda each: disclosure_list(self.parts_of(each)))

    def evidence(self, envelopes: ById, parts: ById) -> Evidence:
        """Return the audit's input; attachments are taken to have their stated digests."""
        logs = {}
        for party, pinned in self.pinned.items():
            note = pinned.note.encode() if pinned.note is not None else None
            logs[party] = LogEvidence(
                self.leaves[party], note, self.earlier[party], frozenset(self.absent[party])
            )
        return Evidence(
            scope=self.scope,
            logs=logs,
            envelopes=envelopes,
            parts=parts,
            files={digest: digest for digest in self.files},
            lengths=self.files,
            withheld=tuple(self.withheld),
            damaged=frozenset(self.damaged),
        )


def disclosure_list(disclosures: tuple[bytes | None, ...]) -> bytes:
    """Encode `parts/<id>.json`: disclosures in order, an absent disclosure as an empty text."""
    return canonical.dumps([(disclosure or b"").decode() for disclosure in disclosures])


async def pin(record: SharedRecord) -> dict[Party, Pinned]:
    """Choose the newest cosigned sizes of both logs that fit each other.

    A log is cut at an earlier cosigned checkpoint while its past reaches beyond the other log's
    size.
    """
    pinned = {party: await _newest(record, party) for party in PARTIES}
    while True:
        reach = {party: await _reach(record, party, pinned[party].size) for party in PARTIES}
        beyond = (party for party in PARTIES if reach[party] > pinned[peer_of(party)].size)
        if (over := next(beyond, None)) is None:
            return {party: await _with_stamp(record, party, pinned[party]) for party in PARTIES}
        pinned[over] = await _below(record, over, pinned[over].size)


async def _newest(record: SharedRecord, party: Party) -> Pinned:
    head = await record.head(party)
    note = await record.cosigned(party, head.cosigned - 1) if head.cosigned else None
    if note is not None:
        return Pinned(checkpoint.parse(note)[1].size, note)
    return Pinned(head.size, await record.checkpoint(party, head.size))


async def _reach(record: SharedRecord, party: Party, size: int) -> int:
    """Return the size of the other log that entries up to `size` refer to."""
    if not size:
        return 0
    last = await record.entries(party, size - 1, 1)
    if not last or has_no_leaf(last[0]):
        raise damaged(Position(party, size - 1))
    return by_leaf(last[0]).frontier


async def _below(record: SharedRecord, party: Party, size: int) -> Pinned:
    """Return the largest cosigned checkpoint below a size; an empty log without one."""
    step, best = 1, Pinned(0, None)
    while True:
        note = await record.cosigned(party, max(-1, size - 1 - step))
        while note is not None and (smaller := checkpoint.parse(note)[1].size) < size:
            best = Pinned(smaller, note)
            note = await record.cosigned(party, smaller)
        if best.note is not None or step >= size:
            return best
        step *= 2


async def _with_stamp(record: SharedRecord, party: Party, pinned: Pinned) -> Pinned:
    """Add the owner's timestamped cosignature if made for the same tree."""
    stamped = await record.stamped(party)
    if stamped is None or pinned.note is None:
        return pinned
    note, stamp = Note.parse(pinned.note), Note.parse(stamped)
    if note.text != stamp.text:
        return pinned
    known = {(line.name, line.key_hash) for line in note.signatures}
    for line in stamp.signatures:
        if (line.name, line.key_hash) not in known:
            note = note.with_signature(line)
    return Pinned(pinned.size, note.encode())


async def gather(
    record: SharedRecord, files: Attachments, scope: Scope, new_text: Callable[[], SpooledText]
) -> Gathered:
    """Collect an export of `scope`; `new_text` opens temporary files.

    Damaged texts, subjects and file descriptions are declared withheld, as `damaged`. Damaged
    envelopes and data are omitted and declared; a verifier still reports their absence.

    Raises:
        NotFound: `export-scope-unknown` if no entry within the pinned sizes is in scope.
        Unavailable: `record-damaged` if a leaf is damaged, as the tree needs every leaf.
    """
    gathered = Gathered(scope, await pin(record), SpooledEntries(new_text()))
    for party in PARTIES:
        gathered.leaves[party] = new_text()
        gathered.earlier[party] = SpooledNotes(new_text())
        await _read_log(record, gathered, party)
    await _choose(record, gathered)
    if scope.of and not any(
        scope.of in {entry.thread, entry.id} for entry in gathered.entries.values()
    ):
        raise NotFound("export-scope-unknown", "Nothing that both sides hold is of this scope.")
    _declare_damaged(gathered)
    await _find_notes(record, gathered)
    await _find_files(files, gathered)
    return gathered


async def _read_log(record: SharedRecord, gathered: Gathered, party: Party) -> None:
    async for stored in _pages(record, party, gathered.pinned[party].size):
        position = Position(party, stored.index)
        if has_no_leaf(stored):
            raise damaged(position)
        gathered.leaves[party].write(stored.leaf + b"\n")
        if may_hold(gathered.scope, stored.kind, stored.thread):
            gathered.entries.add(position, by_leaf(stored))


async def _pages(record: SharedRecord, party: Party, size: int) -> AsyncIterator[Stored]:
    first = 0
    while first < size:
        page = await record.entries(party, first, min(PAGE, size - first))
        for index, stored in enumerate(page, first):
            if stored.index != index:
                raise damaged(Position(party, index))
            yield stored
        if not page:
            raise damaged(Position(party, first))
        first += len(page)


def damaged(position: Position) -> Unavailable:
    """Return the error for an entry needed by the export but damaged in the database."""
    return Unavailable(
        "record-damaged", "The export needs an entry that is damaged here.", place=str(position)
    )


def has_no_leaf(stored: Stored) -> bool:
    """Tell whether the leaf is damaged, or the record check has marked the whole entry.

    The tree can't be proven without every leaf, and the leaf states the entry's kind and id.
    """
    return not {"leaf", "entry"}.isdisjoint(stored.damaged)


def by_leaf(stored: Stored) -> Stored:
    """Return the entry; if its columns are damaged, with the values in its leaf."""
    if "columns" not in stored.damaged:
        return stored
    leaf = Leaf.parse(stored.leaf)
    return replace(
        stored, kind=leaf.kind, thread=leaf.thread, id=leaf.id, frontier=leaf.peer_frontier
    )


def _declare_damaged(gathered: Gathered) -> None:
    """Omit and declare damaged entries and data; declare damaged texts and files withheld."""
    lost: set[EntryId] = set()
    for position in sorted(gathered.entries.damaged):
        stored, class_ = gathered.entries[position], gathered.classes[position]
        places = [int(name[5:]) for name in stored.damaged if name.startswith("part:")]
        if len(places) < len(stored.damaged):
            lost.add(stored.id)
            gathered.entries.drop(position)
            continue
        refs = getattr(_entry(stored), "parts", ())
        for place in places:
            if refs[place].k == "data" and class_ != "context":
                gathered.damaged.add((stored.id, place))
            elif class_ == "scope":
                gathered.withheld.append(WithheldPart(stored.id, place, "withheld", "damaged"))
    # A second entry of the same id may be undamaged: the bundle then has its envelope.
    whole = set(map(gathered.entries.id, gathered.entries)) if lost else set()
    gathered.damaged |= {(entry_id, -1) for entry_id in lost - whole}


async def _choose(record: SharedRecord, gathered: Gathered) -> None:
    if gathered.scope.kind == "everything":
        gathered.classes = InScope(gathered.entries)
        return
    leaves = {party: Leaves(lines) for party, lines in gathered.leaves.items()}
    missing: set[Position] = set()

    def find(position: Position) -> SharedEntry | None:
        if position not in gathered.entries:
            missing.add(position)
            return None
        return _entry(gathered.entries[position])

    while True:
        gathered.classes = required(gathered.scope, leaves, find, gathered.data)
        uncollected = (missing | gathered.classes.keys()) - gathered.entries.keys()
        if not uncollected:
            break
        for position in sorted(uncollected):
            (stored,) = await record.entries(position.party, position.index, 1)
            gathered.entries.add(position, by_leaf(stored))
        missing.clear()
    for position in [each for each in gathered.entries if each not in gathered.classes]:
        gathered.entries.drop(position)


def _entry(stored: Stored) -> SharedEntry | None:
    """Parse an entry; None if malformed, as an entry of the peer may be (rule 18)."""
    try:
        envelope = decode(stored.envelope)
        entry = parse(envelope.payload)
    except Malformed:
        return None
    if envelope.id != stored.id or envelope.payload_type != ENTRY_TYPE:
        return None  # its leaf names another entry: without effect
    shared: SharedEntry | None = entry if entry.kind not in PRIVATE_KINDS else None  # type: ignore[assignment]  # the condition says so
    return shared


async def _find_notes(record: SharedRecord, gathered: Gathered) -> None:
    """Collect the checkpoints of all sizes named in entries' `seen`."""
    origins: dict[str, Party] = {}
    for party, pinned in gathered.pinned.items():
        gathered.absent[party] = []
        if pinned.note is not None:
            origins[checkpoint.parse(pinned.note)[1].origin] = party
    named = {party: bytearray(pinned.size) for party, pinned in gathered.pinned.items()}
    seen = (
        (origins[head.log], head.size)
        for position, stored in gathered.entries.items()
        if gathered.classes[position] != "context"
        for head in getattr(_entry(stored), "seen", ())
        if head.log in origins
    )
    for party, size in seen:
        if size < len(named[party]):
            named[party][size] = 1
    for party, sizes in named.items():
        size = sizes.find(1, 1)
        while size >= 0:
            note = await record.checkpoint(party, size)
            if note is None:
                gathered.absent[party].append(size)
            else:
                gathered.earlier[party].add(size, _by_owner(note).encode())
            size = sizes.find(1, size + 1)


def _by_owner(text: str) -> str:
    """Return a checkpoint with its owner's signature only, without others from the peer."""
    note, head = checkpoint.parse(text)
    lines = tuple(line for line in note.signatures if line.name == head.origin)
    return replace(note, signatures=lines[:1]).encode()


async def _find_files(files: Attachments, gathered: Gathered) -> None:
    """Collect attachments in scope; declare those withheld that have not arrived or stay closed."""
    for position in gathered.entries.in_order():
        if not gathered.entries.part_count(position):
            continue
        stored = gathered.entries[position]
        in_scope = gathered.classes[position] == "scope"
        for place, disclosure in enumerate(stored.parts if in_scope else ()):
            part = file_in(disclosure)
            if part is None:
                continue
            length, why = await length_of(files, part.sha256)
            if why:
                gathered.withheld.append(WithheldPart(stored.id, place, "withheld", why))
            else:
                gathered.files[part.sha256] = length
