"""Writes a bundle, deterministically: equal record, sizes and request give equal bytes.

Does not read the clock (the time is in the request) and does not sign. Uses the reading ports
only, so people may write meanwhile. Layout: `docs/formats/bundle.md`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final

from special_channel.core.audit.audit import AuditResult, audit
from special_channel.core.audit.evidence import Evidence
from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from special_channel.core.audit.trust import RootPin, Trust, TrustedParty
from special_channel.core.audit.trust import parse as parse_trust
from special_channel.core.audit.trust import write as write_trust
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotFound, Unavailable
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.entries import PartyFounded, parse
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.directory_folds import founded as founded_rows
from special_channel.core.rows.past import Placed
from special_channel.export import bag
from special_channel.export.attachments import Attachments
from special_channel.export.container_writer import Writer
from special_channel.export.damaged import damaged_numbers
from special_channel.export.derive import TABLES, VIEW, pieces_of
from special_channel.export.gather import (
    Gathered,
    by_leaf,
    damaged,
    gather,
    has_no_leaf,
)
from special_channel.export.payload import Content, Payload
from special_channel.export.spill import SpilledRows
from special_channel.export.spool import SpooledText
from special_channel.export.statement import (
    Counts,
    DamagedField,
    LogField,
    ScopeField,
    Statement,
    WithheldField,
)
from special_channel.ports import SharedRecord, Stored

AGENT: Final = "special-channel"


@dataclass(frozen=True, slots=True)
class Request:
    """A request for an export: requester, scope and legal basis.

    Attributes:
        scope: From `thread_scope`, `batch_scope`, or `Scope("everything")`.
        position: The thread's or batch's registration number, for people.
        by: The exporting side.
        asked_by: The requesting office, never a person's name.
        basis: The legal basis.
        at: Time of the export, `YYYY-MM-DDThh:mm:ssZ`.
    """

    scope: Scope
    by: Party
    asked_by: str
    basis: str
    at: str
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """Result of an export: the bag's name, and the report of a verifier that trusts both logs."""

    name: str
    report: Report

    @property
    def damaged(self) -> tuple[str, ...]:
        """Numbers of damaged entries, omitted in whole or in part."""
        return damaged_numbers(self.report)


async def thread_scope(record: SharedRecord, position: Position) -> Scope:
    """Return the scope of the thread opened at a position.

    Raises:
        NotFound: `thread-unknown`.
        Unavailable: `record-damaged`.
    """
    entries = await _opening(record, position)
    if not entries or entries[0].kind != "thread.opened" or entries[0].thread is None:
        raise NotFound("thread-unknown", "No thread was opened there.", position=str(position))
    return Scope("thread", entries[0].thread)


async def batch_scope(record: SharedRecord, position: Position) -> Scope:
    """Return the scope of the batch listed at a position.

    Raises:
        NotFound: `batch-unknown`.
        Unavailable: `record-damaged`.
    """
    entries = await _opening(record, position)
    if not entries or entries[0].kind != "batch.listed":
        raise NotFound("batch-unknown", "No batch was listed there.", position=str(position))
    return Scope("batch", entries[0].id)


async def _opening(record: SharedRecord, position: Position) -> Sequence[Stored]:
    """Return the entry at a position as a sequence, empty beyond the log's end."""
    entries = await record.entries(position.party, position.index, 1)
    lost = not entries and position.index < (await record.head(position.party)).size
    if lost or any(has_no_leaf(entry) for entry in entries):
        raise damaged(position)
    return [by_leaf(entry) for entry in entries]


async def write_bundle(
    target: BinaryIO, record: SharedRecord, files: Attachments, request: Request
) -> Written:
    """Write a bundle to `target`, loading attachments in turn.

    Raises:
        NotFound: `export-scope-unknown`, `export-not-founded`.
        Unavailable: `record-damaged`: a leaf, a tree hash or a founding entry is damaged.
        Corrupt: `file-digest` if a stored attachment has another digest.
    """
    with ExitStack() as stack:

        def new_text() -> SpooledText:
            return stack.enter_context(closing(SpooledText()))

        gathered = await gather(record, files, request.scope, new_text)
        trust = await _own_trust(record)
        envelopes, parts = gathered.envelopes(), gathered.parts()
        evidence = gathered.evidence(envelopes, parts)
        audited = audit(
            evidence, trust, make_rows=lambda: stack.enter_context(closing(SpilledRows()))
        )
        for finding in audited.report.findings:
            if finding.code == "root-mismatch":  # a leaf and its hash were edited together
                raise Unavailable(
                    "record-damaged",
                    "The log's tree is damaged here.",
                    place=finding.place.log.upper(),
                )
        content = _content(gathered, evidence, audited, request, trust)
        pieces = dict(pieces_of(evidence, audited))
        readme = b"".join(pieces.pop("README.txt")())
        for path, make in pieces.items():
            content[path] = text = new_text()
            for piece in make():
                text.write(piece)
        payload = Payload(gathered, envelopes, parts, files, content)
        name = _name(request, gathered)
        tags = _tags(request, name, payload) | {"README.txt": readme}
        await _write(Writer(target, new_text()), name, tags, payload, new_text())
        return Written(name, audited.report)


async def _write(
    writer: Writer, name: str, tags: Mapping[str, bytes], payload: Payload, manifest: SpooledText
) -> None:
    """Write tag files, payload and manifests, in order of path; `manifest` is empty."""
    for path in sorted(tags):
        writer.add(f"{name}/{path}", tags[path])
    async for path, data in payload.files():
        if isinstance(data, SpooledText):
            digest = data.digest
            writer.add_text(f"{name}/{path}", data)
        else:
            digest = sha256(data).hexdigest()
            writer.add(f"{name}/{path}", data)
        manifest.write(bag.manifest({path: digest}))
    writer.add_text(f"{name}/manifest-sha256.txt", manifest)
    digests = {path: sha256(data).hexdigest() for path, data in tags.items()}
    digests["manifest-sha256.txt"] = manifest.digest
    writer.add(f"{name}/tagmanifest-sha256.txt", bag.manifest(digests))
    writer.close()


def _name(request: Request, gathered: Gathered) -> str:
    about = str(request.position).lower() if request.position else request.scope.kind
    sizes = "-".join(str(gathered.pinned[party].size) for party in PARTIES)
    return f"special-channel-{request.by}-{about}-{sizes}"


def _tags(request: Request, name: str, payload: Payload) -> dict[str, bytes]:
    fields = {
        "Bag-Software-Agent": AGENT,
        "Bagging-Date": request.at[:10],
        "External-Identifier": name,
    }
    return {"bag-info.txt": bag.info(fields, *payload.size()), "bagit.txt": bag.DECLARATION}


def _content(
    gathered: Gathered, evidence: Evidence, audited: AuditResult, request: Request, trust: Trust
) -> dict[str, Content]:
    """Return the fixed payload files by path, without derived files."""
    statement = _statement(gathered, evidence, audited, request, trust)
    content: dict[str, Content] = {
        "data/export.json": statement.encode(),
        "data/policy.txt": trust.policy_text.encode(),
    }
    for party, log in evidence.logs.items():
        content[f"data/logs/{party}/leaves.txt"] = gathered.leaves[party]
        if log.checkpoint is not None:
            content[f"data/logs/{party}/checkpoint"] = log.checkpoint
    return content


def _statement(
    gathered: Gathered, evidence: Evidence, audited: AuditResult, request: Request, trust: Trust
) -> Statement:
    # A damaged entry's number can't be compared with the scope, so the statement omits it.
    has_position = request.position is not None  # otherwise, do not read all entries again
    numbered = has_position and any(
        placed.position == request.position for placed in audited.placed
    )
    present = sum(
        part is not None
        for position in gathered.entries
        if gathered.entries.part_count(position)
        for part in gathered.parts_of(position)
    )
    return Statement(
        v=1,
        at=request.at,
        by=request.by,
        asked_by=request.asked_by,
        basis=request.basis,
        scope=ScopeField(
            kind=request.scope.kind,
            of=request.scope.of or None,
            position=str(request.position) if numbered else None,
        ),
        logs=tuple(
            LogField(
                party=party,
                origin=trust.parties[party].origin,
                size=gathered.pinned[party].size,
                absent=tuple(gathered.absent[party]),
            )
            for party in PARTIES
        ),
        withheld=tuple(
            WithheldField(
                id=part.id, part=part.part, word=part.word, why=part.why, to=part.to or None
            )
            for part in sorted(gathered.withheld, key=lambda part: (part.id, part.part))
        ),
        damaged=tuple(
            DamagedField(id=id_, part=None if part < 0 else part)
            for id_, part in sorted(gathered.damaged)
        )
        or None,
        counts=Counts(
            leaves=sum(pinned.size for pinned in gathered.pinned.values()),
            entries=len(evidence.envelopes),
            parts=present,
            files=len(gathered.files),
        ),
        tables=TABLES,
        view=VIEW,
    )


async def trusted_parties(record: SharedRecord) -> tuple[TrustedParty, ...]:
    """Return both parties' pins, as stated in their founding entries.

    For our trust file at founding, and for an export's audit. An overseer compares the roots
    with a trust file from another source.

    Raises:
        NotFound: `export-not-founded` if a log is empty or has no founding entry.
        Unavailable: `record-damaged` if a founding entry is damaged.
    """
    parties = []
    for party in PARTIES:
        entries = await record.entries(party, 0, 1)
        if not entries:
            raise NotFound("export-not-founded", "A side's log has not begun here.", party=party)
        stored = entries[0]
        if stored.damaged:  # without both sides' keys, no entry can be proven
            raise damaged(Position(party, 0))
        entry = parse(dsse.decode(stored.envelope).payload)
        if not isinstance(entry, PartyFounded):
            raise NotFound("export-not-founded", "A log begins with no founding.", party=party)
        row = _party_row(party, entry, stored.id)
        parties.append(
            TrustedParty(
                party=party,
                origin=row.origin,
                root=RootPin(number=1, pin=row.pin),
            )
        )
    return tuple(parties)


def _party_row(party: Party, entry: PartyFounded, entry_id: str) -> PartyRow:
    row, _ = founded_rows(Placed(Position(party, 0), 0, "", entry_id, entry), entry)
    return row


async def _own_trust(record: SharedRecord) -> Trust:
    return parse_trust(write_trust(await trusted_parties(record)))
