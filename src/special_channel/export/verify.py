"""Verifies a bundle offline: container, bag, statement, then the audit of the content.

Has no network code and takes no trust from the bundle: only the reader's `trust` counts.
Continues after a fault and reports all faults. Does not unpack anything to disk.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from special_channel.core.audit.audit import AuditResult, MakeRows, audit, subject_of
from special_channel.core.audit.evidence import Evidence, LogEvidence
from special_channel.core.audit.findings import FindingCollector, Place, Report, ordered
from special_channel.core.audit.scope import Scope
from special_channel.core.audit.trust import Trust
from special_channel.core.audit.trust import parse as parse_trust
from special_channel.core.bytes.checks import Begin, at_once
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.log import policy as policies
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rules.state import Rows
from special_channel.export import bag
from special_channel.export.bag import Bag
from special_channel.export.derive import (
    DISPUTED_PATH,
    TABLE_PATHS,
    TABLES,
    VIEW,
    VIEW_PATHS,
    Derived,
    pieces_of,
)
from special_channel.export.manifest import is_path
from special_channel.export.opening import open_bundle, size_within
from special_channel.export.spill import SpilledRows
from special_channel.export.statement import Statement
from special_channel.export.statement import parse as parse_statement
from special_channel.export.stored import HEX64, StoredFiles, StoredNotes, StoredText

_PAYLOAD: Final = re.compile(
    rf"data/(?:(?:export\.json|policy\.txt|view/index\.html"
    rf"|tables/(?:applications|asks|disputed|keys|licences|passed)\.csv)"
    rf"|logs/(?P<log>eu|cn)/(?:leaves\.txt|checkpoint|checkpoints/(?P<note>[1-9][0-9]{{0,15}}))"
    rf"|entries/(?P<entry>{HEX64})\.json|parts/(?P<parts>{HEX64})\.json"
    rf"|files/(?P<file>{HEX64}))"
)
_TAGS: Final = frozenset(
    {"README.txt", "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"}
)
SPILLED_BYTES: Final = 32 * 1024 * 1024
"""Bundle size in bytes from which rows spill to a file."""

REQUIRED: Final = (
    "README.txt",
    "data/export.json",
    "data/policy.txt",
    *(f"data/logs/{party}/{name}" for party in PARTIES for name in ("checkpoint", "leaves.txt")),
    *TABLE_PATHS,
    "data/view/index.html",
)


def verify(
    bundle: Path | bytes,
    trust: bytes,
    *,
    held: Sequence[bytes] = (),
    derive: Path | None = None,
    begin: Begin = at_once,
) -> Report:
    """Verify a bundle: a ZIP as bytes or a file, or an unpacked folder.

    Args:
        bundle: The bundle.
        trust: The bytes of the reader's `trust.json`.
        held: The reader's notes and receipts from other sources, to be compared.
        derive: A new or empty folder for README, view, tables and attachments, made from the
            entries. Nothing is written unless the entries are proven (`is_proven`).
        begin: Verifies signatures in batches; a caller's function may use several cores.

    Raises:
        Malformed: `trust-malformed`; `bundle-unreadable`, `bundle-packed`; `derive-folder`:
            exit code 3.
    """
    if derive is not None and not _is_free(derive):
        raise _no_folder(derive)
    trusted = parse_trust(trust)
    findings = FindingCollector()
    with ExitStack() as stack:
        source = open_bundle(bundle, trusted.limits, findings, stack)
        size = size_within(source, trusted.limits, findings)
        if size is None:
            return Report(ordered(findings.findings))
        checked = bag.check(source, findings)
        bag.check_profile(checked)
        payload = _classify_paths(checked)
        statement = _statement(checked)
        _check_policy(checked, trusted)
        evidence = _evidence(checked, payload, statement, tuple(held))
        audited = audit(evidence, trusted, make_rows=_rows_for(size, stack), begin=begin)
        report = audited.report
        if statement is not None:
            _compare(statement, evidence, audited, findings)
            report = replace(report, export=_exported(statement, audited.rows))
        fresh = pieces_of(evidence, audited)
        if len(report.logs) == len(PARTIES):
            _compare_derived(checked, statement, fresh)
        report = replace(report, findings=ordered([*findings.findings, *report.findings]))
        if derive is not None and is_proven(report):
            _write_fresh(derive, fresh, checked, evidence)
    return report


# What is derived ---------------------------------------------------------------------


def is_proven(report: Report) -> bool:
    """Tell whether the entries are proven, regardless of README, view and tables."""
    grave = (
        finding for finding in report.findings if finding.severity in {"fault", "contradiction"}
    )
    return all(
        finding.place.file in {*TABLE_PATHS, DISPUTED_PATH, *VIEW_PATHS} for finding in grave
    )


def _compare_derived(checked: Bag, statement: Statement | None, fresh: Derived) -> None:
    """Compare README, view and tables with the files derived from the entries.

    An unknown version is a fault for tables, but not for the view.
    """
    # The tables are specified in `docs/formats`; the view is not.
    for path in TABLE_PATHS:
        known = statement is None or statement.tables == TABLES
        if checked.has(path) and not (known and _is_same(checked, path, fresh)):
            checked.fault("table-differs", path)
    _compare_disputed(checked, statement, fresh)
    for path in VIEW_PATHS:
        if not checked.has(path):
            continue
        if statement is None or statement.view != VIEW:
            checked.fault("view-not-compared", path)
        elif not _is_same(checked, path, fresh):
            checked.fault("view-differs", path)


def _compare_disputed(checked: Bag, statement: Statement | None, fresh: Derived) -> None:
    """Compare the table of entries in doubt, which a bundle has only if there are some."""
    known = not (statement and statement.tables != TABLES)
    there, due = checked.has(DISPUTED_PATH), DISPUTED_PATH in fresh
    same = known and there and due and _is_same(checked, DISPUTED_PATH, fresh)
    if (there or (due and known)) and not same:
        checked.fault("table-differs", DISPUTED_PATH)


def _is_same(checked: Bag, path: str, fresh: Derived) -> bool:
    """Compare a file with its derived pieces."""
    place = 0
    for piece in fresh[path]():
        if checked.source.part(path, place, len(piece)) != piece:
            return False
        place += len(piece)
    return place == checked.source.length(path)


def _is_free(folder: Path) -> bool:
    try:
        return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    except OSError:
        return False


def _no_folder(folder: Path) -> Malformed:
    return Malformed("derive-folder", "This is no empty folder to write to.", file=folder.name)


def _write_fresh(folder: Path, fresh: Derived, checked: Bag, evidence: Evidence) -> None:
    """Write derived files, and attachments with matching digests, by their paths in the bag."""
    try:
        for path, pieces in fresh.items():
            with _parent(folder / path).open("wb") as target:
                target.writelines(pieces())
        for name, actual in evidence.files.items():
            path = f"data/files/{name}"
            if name == actual:
                with _parent(folder / path).open("wb") as target:
                    target.writelines(checked.source.chunks(path))
    except OSError as error:
        raise _no_folder(folder) from error


def _parent(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _rows_for(size: int, stack: ExitStack) -> MakeRows:
    """Return a factory of rows: a dictionary, or `SpilledRows` for a large bundle."""
    if size < SPILLED_BYTES:
        return dict
    return lambda: stack.enter_context(closing(SpilledRows()))


# Reading -----------------------------------------------------------------------------


@dataclass(slots=True)
class _PayloadFiles:
    """Numbers of entry and part files, lengths of attachments, and sizes of checkpoints."""

    entries: int = 0
    parts: int = 0
    files: dict[str, int] = field(default_factory=dict)
    notes: dict[str, array[int]] = field(
        default_factory=lambda: {party: array("Q") for party in PARTIES}
    )

    def add(self, match: re.Match[str], size: int) -> None:
        """Record a payload path by its last matched group."""
        match match.lastgroup:
            case "note":
                self.notes[match["log"]].append(int(match["note"]))
            case "entry":
                self.entries += 1
            case "parts":
                self.parts += 1
            case "file":
                self.files[match["file"]] = size
            case _:
                pass  # a fixed file of every bundle


def _classify_paths(checked: Bag) -> _PayloadFiles:
    """Classify all paths; report unknown paths and missing required files."""
    payload = _PayloadFiles()
    for path, size in checked.source.listing():
        match = _PAYLOAD.fullmatch(path)
        if match is not None:
            payload.add(match, size)
        elif path not in _TAGS and is_path(path):
            checked.fault("bag-path", path)
    for path in REQUIRED:
        if not checked.has(path):
            checked.fault("bag-file-missing", path)
    return payload


def _statement(checked: Bag) -> Statement | None:
    if not checked.has("data/export.json"):
        return None
    try:
        return parse_statement(checked.read("data/export.json"))
    except Malformed as error:
        checked.fault(error.code, "data/export.json")
        return None


def _check_policy(checked: Bag, trust: Trust) -> None:
    """Compare the bundle's policy with the reader's policy, which decides."""
    path = "data/policy.txt"
    if not checked.has(path):
        return
    try:
        policy = policies.parse(checked.read(path).decode())
    except (Malformed, UnicodeDecodeError):
        checked.fault("policy-malformed", path)
        return
    if policy != trust.policy:
        checked.fault("policy-differs", path)


def _evidence(
    checked: Bag, payload: _PayloadFiles, statement: Statement | None, held: tuple[bytes, ...]
) -> Evidence:
    source = checked.source
    logs: dict[Party, LogEvidence] = {}
    absent = {log.party: frozenset(log.absent) for log in statement.logs} if statement else {}
    for party in PARTIES:
        base = f"data/logs/{party}"
        logs[party] = LogEvidence(
            StoredText(source, f"{base}/leaves.txt"),
            checked.read(f"{base}/checkpoint") or None,
            StoredNotes(source, f"{base}/checkpoints/", payload.notes[party]),
            absent.get(party, frozenset()),
        )
    return Evidence(
        # Without a statement, which is a fault, only the directory of keys is required.
        scope=statement.scope.scope() if statement else Scope("thread"),
        logs=logs,
        envelopes=StoredFiles(source, "data/entries/", payload.entries),
        parts=StoredFiles(source, "data/parts/", payload.parts),
        files={name: checked.digests[f"data/files/{name}"] for name in payload.files},
        lengths=payload.files,
        withheld=statement.withheld_parts() if statement else (),
        damaged=statement.damaged_places() if statement else frozenset(),
        held=held,
    )


def _compare(
    statement: Statement, evidence: Evidence, audited: AuditResult, findings: FindingCollector
) -> None:
    """Compare the statement with the bundle's contents."""
    report = audited.report
    sizes = {log.party: (log.origin, log.size) for log in report.logs}
    same_logs = {log.party: (log.origin, log.size) for log in statement.logs} == sizes
    counted = (report.counts["leaves"], report.counts["envelopes"], report.counts["files"])
    stated = (statement.counts.leaves, statement.counts.entries, statement.counts.files)
    gaps = _places(report, "part-withheld", "part-sealed")
    withheld = {(part.id, part.part) for part in evidence.withheld}
    lacking = {finding.place.file for finding in report.findings if finding.code == "note-absent"}
    declared = {
        f"data/logs/{log.party}/checkpoints/{size}" for log in statement.logs for size in log.absent
    }
    same_parts = statement.counts.parts == report.counts["parts"]
    same_damage = _places(report, "entry-damaged") == evidence.damaged
    same = same_logs and same_parts and same_damage and _is_numbered(statement, audited)
    if not same or (counted, withheld, declared) != (stated, gaps, lacking):
        findings.add("export-disagrees", Place(file="data/export.json"))


def _places(report: Report, *codes: str) -> set[tuple[str, int]]:
    """Return (entry id, part index) of the findings with one of these codes."""
    return {
        (finding.place.id, finding.place.part)
        for finding in report.findings
        if finding.code in codes
    }


def _is_numbered(statement: Statement, audited: AuditResult) -> bool:
    """Tell whether a stated number is the scope's: of a valid opening or listing."""
    if statement.scope.position is None:
        return True
    try:
        position = Position.parse(statement.scope.position)
    except Malformed:
        return False
    placed = audited.placed.at(position)
    return placed is not None and subject_of(statement.scope.scope(), (placed,)) is not None


def _exported(statement: Statement, rows: Rows) -> dict[str, str]:
    """Return the exporter's statement; a requesting key gets its proven role and unit."""
    stated = {
        "by": statement.by,
        "asked_by": statement.asked_by,
        "basis": statement.basis,
        "at": statement.at,
    }
    key = rows.get(("key", statement.asked_by))
    if isinstance(key, KeyRow):
        stated |= {"role": key.role, "unit": key.unit}
    return stated
