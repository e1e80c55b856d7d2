"""Collecting what a bundle holds from the record, while people go on writing.

The sizes are pinned first; nothing beyond them is read. Reads the shared logs alone. Does
not write files or check proofs: `write.py` and the audit do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from special_channel.core.audit.evidence import Evidence, LogEvidence, Withheld
from special_channel.core.audit.scope import BATCH_KINDS, RECORD_KINDS, Class, Scope, required
from special_channel.core.bytes import canonical, parts
from special_channel.core.bytes.dsse import ENTRY_TYPE, decode
from special_channel.core.bytes.errors import Malformed, NotFound, Unavailable
from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position
from special_channel.core.bytes.parts import FilePart
from special_channel.core.entries import DIRECTORY_KINDS, PRIVATE_KINDS, SharedEntry, parse
from special_channel.core.log import checkpoint
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.lines import Leaves
from special_channel.core.log.note import Note
from special_channel.export.spool import ById, InScope, SpooledEntries, SpooledNotes, SpooledText
from special_channel.ports import FileState, LogReading, SharedRecord, Stored

PAGE: Final = 500
"""Entries read at a time."""


class Reading(SharedRecord, LogReading, Protocol):
    """A record that can be read in both ways."""


class Attachments(Protocol):
    """What an exporter asks of `ports.Files`."""

    async def state(self, sha256: str) -> FileState | None:
        """Return what is stored under this digest."""
        ...

    def get(self, sha256: str) -> AsyncIterator[bytes]:
        """Stream a file."""
        ...


@dataclass(frozen=True, slots=True)
class Pinned:
    """Up to where an export goes in one log, and the checkpoint of exactly this size."""

    size: int
    note: str | None


@dataclass(slots=True)
class Gathered:
    """What a bundle is made of; its entries are in a file.

    `files` has the length of each attachment by its digest; `absent` the sizes of each log that
    entries had seen and of which no note is held here. `damaged` names what is left out because it
    is damaged here: an entry's id with -1, or with the place of its data.
    """

    scope: Scope
    pinned: dict[Party, Pinned]
    entries: SpooledEntries
    leaves: dict[Party, SpooledText] = field(default_factory=dict)
    classes: Mapping[Position, Class] = field(default_factory=dict)
    earlier: dict[Party, SpooledNotes] = field(default_factory=dict)
    absent: dict[Party, list[int]] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    withheld: list[Withheld] = field(default_factory=list)
    damaged: set[tuple[EntryId, int]] = field(default_factory=set)

    def parts_of(self, position: Position) -> tuple[bytes | None, ...]:
        """Return the disclosures that go into the bundle: those of its scope, and data."""
        stored, class_ = self.entries[position], self.classes[position]
        if class_ == "scope":
            return stored.parts
        entry = _entry(stored) if class_ == "named" else None
        refs = getattr(entry, "parts", ())
        is_data = [ref.k == "data" for ref in refs] or [False] * len(stored.parts)
        return tuple(
            part if data else None for part, data in zip(stored.parts, is_data, strict=True)
        )

    def envelopes(self) -> ById:
        """Return the envelopes; of several entries of one id the last that came counts."""
        entries = self.entries
        return ById(entries, reversed(entries), lambda each: entries[each].envelope)

    def parts(self) -> ById:
        """Return the lists of disclosures; of several entries of one id the first one counts."""
        positions = filter(self.entries.part_count, self.entries.in_order())
        return ById(self.entries, positions, lambda each: disclosure_list(self.parts_of(each)))

    def evidence(self, envelopes: ById, parts: ById) -> Evidence:
        """Return it as the audit takes it; attachments count as being what they should be."""
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
    """Write `parts/<id>.json`: the disclosures in order, an absent one as an empty text."""
    return canonical.dumps([(each or b"").decode() for each in disclosures])


async def pin(record: Reading) -> dict[Party, Pinned]:
    """Choose the newest sizes that the other side has cosigned and that fit each other.

    No entry's past may reach beyond the other log's size: where one does, that log is cut
    at an earlier cosigned checkpoint.
    """
    pinned = {party: await _newest(record, party) for party in PARTIES}
    while True:
        reach = {party: await _reach(record, party, pinned[party].size) for party in PARTIES}
        over: Party | None = None
        if reach["eu"] > pinned["cn"].size:
            over = "eu"
        elif reach["cn"] > pinned["eu"].size:
            over = "cn"
        if over is None:
            return {party: await _with_stamp(record, party, pinned[party]) for party in PARTIES}
        pinned[over] = await _below(record, over, pinned[over].size)


async def _newest(record: Reading, party: Party) -> Pinned:
    head = await record.head(party)
    note = await record.cosigned(party, head.cosigned - 1) if head.cosigned else None
    if note is not None:
        return Pinned(checkpoint.parse(note)[1].size, note)
    return Pinned(head.size, await record.checkpoint(party, head.size))


async def _reach(record: Reading, party: Party, size: int) -> int:
    """Return how much of the other log the entries up to `size` look back on."""
    if not size:
        return 0
    last = await record.entries(party, size - 1, 1)
    if not last or has_no_leaf(last[0]):
        raise damaged(Position(party, size - 1))
    return by_leaf(last[0]).frontier


async def _below(record: Reading, party: Party, size: int) -> Pinned:
    """Return the largest cosigned checkpoint below a size; the empty log if there is none."""
    step, best = 1, Pinned(0, None)
    while True:
        note = await record.cosigned(party, max(-1, size - 1 - step))
        while note is not None and (found := checkpoint.parse(note)[1].size) < size:
            best = Pinned(found, note)
            note = await record.cosigned(party, found)
        if best.note is not None or step >= size:
            return best
        step *= 2


async def _with_stamp(record: Reading, party: Party, pinned: Pinned) -> Pinned:
    """Add the owner's stamp where it is of the same tree."""
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
    record: Reading, files: Attachments, scope: Scope, new_text: Callable[[], SpooledText]
) -> Gathered:
    """Collect an export of `scope`; `new_text` makes what it is put aside in.

    A text, subject or file description that is damaged here is declared withheld, as `damaged`.
    Damaged envelopes and data are left out and named; a verifier reports them missing all the same.

    Raises:
        NotFound: `export-scope-unknown` if no entry within the pinned sizes is of it.
        Unavailable: `record-damaged` if a line of a log is: no other proves its tree.
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


async def _read_log(record: Reading, gathered: Gathered, party: Party) -> None:
    async for stored in _pages(record, party, gathered.pinned[party].size):
        position = Position(party, stored.index)
        if has_no_leaf(stored):
            raise damaged(position)
        gathered.leaves[party].write(stored.leaf + b"\n")
        if _likely(gathered.scope, stored):
            gathered.entries.keep(position, by_leaf(stored))


async def _pages(record: Reading, party: Party, size: int) -> AsyncIterator[Stored]:
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
    """Say that an export needs a line of a log that is damaged in the database."""
    return Unavailable(
        "record-damaged", "The export needs an entry that is damaged here.", place=str(position)
    )


def has_no_leaf(stored: Stored) -> bool:
    """Tell whether the leaf is damaged, or the check found something that reading does not see.

    No tree is proven without each line of the log, and each line states what its entry is.
    """
    return not {"leaf", "entry"}.isdisjoint(stored.damaged)


def by_leaf(stored: Stored) -> Stored:
    """Return an entry with what its leaf states of it, where its columns are edited."""
    if "columns" not in stored.damaged:
        return stored
    leaf = Leaf.parse(stored.leaf)
    return replace(
        stored, kind=leaf.kind, thread=leaf.thread, id=leaf.id, frontier=leaf.peer_frontier
    )


def _declare_damaged(gathered: Gathered) -> None:
    """Leave out what is damaged and name it; a text, subject or file is withheld."""
    lost: set[EntryId] = set()
    for position in sorted(gathered.entries.damaged):
        stored, class_ = gathered.entries[position], gathered.classes[position]
        gone = [int(one[5:]) for one in stored.damaged if one.startswith("part:")]
        if len(gone) < len(stored.damaged):
            lost.add(stored.id)
            gathered.entries.drop(position)
            continue
        refs = getattr(_entry(stored), "parts", ())
        for place in gone:
            if refs[place].k == "data" and class_ != "context":
                gathered.damaged.add((stored.id, place))
            elif class_ == "scope":
                gathered.withheld.append(Withheld(stored.id, place, "withheld", "damaged"))
    # A second entry of the same id may be whole: its envelope is the one that the bundle has.
    whole = set(map(gathered.entries.id, gathered.entries)) if lost else set()
    gathered.damaged |= {(each, -1) for each in lost - whole}


def _likely(scope: Scope, stored: Stored) -> bool:
    """Tell what to keep in hand while reading; `required` has the last word."""
    always = DIRECTORY_KINDS | RECORD_KINDS | (BATCH_KINDS if scope.kind == "batch" else set())
    return scope.kind == "everything" or stored.kind in always or stored.thread == scope.of


async def _choose(record: Reading, gathered: Gathered) -> None:
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
        gathered.classes = required(gathered.scope, leaves, find)
        wanted = (missing | gathered.classes.keys()) - gathered.entries.keys()
        if not wanted:
            break
        for position in sorted(wanted):
            (stored,) = await record.entries(position.party, position.index, 1)
            gathered.entries.keep(position, by_leaf(stored))
        missing.clear()
    for position in [each for each in gathered.entries if each not in gathered.classes]:
        gathered.entries.drop(position)


def _entry(stored: Stored) -> SharedEntry | None:
    """Read an entry again; one of the peer's may be malformed (rule 18)."""
    try:
        envelope = decode(stored.envelope)
        entry = parse(envelope.payload)
    except Malformed:
        return None
    if envelope.id != stored.id or envelope.payload_type != ENTRY_TYPE:
        return None  # its leaf names another entry: without effect
    shared: SharedEntry | None = entry if entry.kind not in PRIVATE_KINDS else None  # type: ignore[assignment]  # the condition says so
    return shared


async def _find_notes(record: Reading, gathered: Gathered) -> None:
    """Find the notes of the sizes that entries say they had seen."""
    origins: dict[str, Party] = {}
    for party, pinned in gathered.pinned.items():
        gathered.absent[party] = []
        if pinned.note is not None:
            origins[checkpoint.parse(pinned.note)[1].origin] = party
    called = {party: bytearray(pinned.size) for party, pinned in gathered.pinned.items()}
    seen = (
        (origins[each.log], each.size)
        for position, stored in gathered.entries.items()
        if gathered.classes[position] != "context"
        for each in getattr(_entry(stored), "seen", ())
        if each.log in origins
    )
    for party, size in seen:
        if size < len(called[party]):
            called[party][size] = 1
    for party, sizes in called.items():
        size = sizes.find(1, 1)
        while size >= 0:
            note = await record.checkpoint(party, size)
            if note is None:
                gathered.absent[party].append(size)
            else:
                gathered.earlier[party].keep(size, _by_owner(note).encode())
            size = sizes.find(1, size + 1)


def _by_owner(text: str) -> str:
    """Return a log's note with its owner's line alone: the peer may have sent it with more."""
    note, head = checkpoint.parse(text)
    lines = tuple(line for line in note.signatures if line.name == head.origin)
    return replace(note, signatures=lines[:1]).encode()


async def _find_files(files: Attachments, gathered: Gathered) -> None:
    """Find the attachments in scope; one that has not arrived is declared withheld."""
    for position in gathered.entries.in_order():
        if not gathered.entries.part_count(position):
            continue
        stored = gathered.entries[position]
        in_scope = gathered.classes[position] == "scope"
        for place, disclosure in enumerate(stored.parts if in_scope else ()):
            part = _file(disclosure)
            if part is None:
                continue
            state = await files.state(part.sha256)
            if state is not None:
                gathered.files[part.sha256] = state.length
            else:
                withheld = Withheld(stored.id, place, "withheld", "not-arrived")
                gathered.withheld.append(withheld)


def _file(disclosure: bytes | None) -> FilePart | None:
    if disclosure is None:
        return None
    try:
        part = parts.parse(disclosure)
    except Malformed:
        return None
    return part if isinstance(part, FilePart) else None
