"""Checking a bundle offline: container, bag, statement, then the audit of its content.

No network code and no trust from the bundle: all that is believed comes with `trust`.
Goes on after a fault and names every one. Does not unpack anything to disk.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from special_channel.core.audit.audit import Audited, MakeRows, audit, subject_of
from special_channel.core.audit.evidence import Evidence, LogEvidence
from special_channel.core.audit.findings import Collected, Place, Report, ordered
from special_channel.core.audit.scope import Scope
from special_channel.core.audit.trust import Trust
from special_channel.core.audit.trust import parse as parse_trust
from special_channel.core.bytes.checks import Begin, at_once
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.log import policy as policies
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rules.state import Rows
from special_channel.export import bag, statement
from special_channel.export.bag import Bag, Source
from special_channel.export.derive import (
    TABLE_PATHS,
    TABLES,
    VIEW,
    VIEW_PATHS,
    Derived,
    pieces_of,
)
from special_channel.export.manifest import is_path
from special_channel.export.opening import is_over_limits, open_bundle
from special_channel.export.spill import SpilledRows
from special_channel.export.statement import Statement
from special_channel.export.stored import HEX64, StoredFiles, StoredNotes, StoredText

_PAYLOAD: Final = re.compile(
    rf"data/(?:(?:export\.json|policy\.txt|view/index\.html"
    rf"|tables/(?:applications|asks|licences|passed)\.csv)"
    rf"|logs/(?P<log>eu|cn)/(?:leaves\.txt|checkpoint|checkpoints/(?P<note>[1-9][0-9]{{0,15}}))"
    rf"|entries/(?P<entry>{HEX64})\.json|parts/(?P<parts>{HEX64})\.json"
    rf"|files/(?P<file>{HEX64}))"
)
_TAGS: Final = frozenset(
    {"README.txt", "bag-info.txt", "bagit.txt", "manifest-sha256.txt", "tagmanifest-sha256.txt"}
)
SPILLED_BYTES: Final = 32 * 1024 * 1024
"""Rows of a bundle of this size no longer stay in memory."""

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
    """Check a bundle: a ZIP as bytes or a file, or an unpacked folder.

    Args:
        bundle: The bundle.
        trust: The bytes of the reader's `trust.json`.
        held: Notes and receipts that the reader has from elsewhere, to be compared.
        derive: A new or empty folder for README, view, tables and attachments, made from the
            entries. Nothing is written unless these are proven (`is_proven`).
        begin: Checks signatures in batches; a caller's may use other cores, this module has none.

    Raises:
        Malformed: `trust-malformed`; `bundle-unreadable`, `bundle-packed`; `derive-folder`:
            exit code 3.
    """
    if derive is not None and not _is_free(derive):
        raise _no_folder(derive)
    trusted = parse_trust(trust)
    found = Collected()
    with ExitStack() as stack:
        source = open_bundle(bundle, trusted.limits, found, stack)
        if is_over_limits(source, trusted.limits, found):
            return Report(ordered(found.findings))
        checked = bag.check(source, found)
        bag.check_profile(checked)
        named = _sort_paths(checked)
        said = _statement(checked)
        _check_policy(checked, trusted)
        evidence = _evidence(checked, named, said, tuple(held))
        audited = audit(evidence, trusted, make_rows=_rows_for(source, stack), begin=begin)
        report = audited.report
        if said is not None:
            _compare(said, evidence, audited, found)
            report = replace(report, export=_exported(said, audited.rows))
        fresh = pieces_of(evidence, audited)
        if len(report.logs) == len(PARTIES):
            _compare_derived(checked, said, fresh)
        report = replace(report, findings=ordered([*found.findings, *report.findings]))
        if derive is not None and is_proven(report):
            _write_fresh(derive, fresh, checked, evidence)
    return report


# What is derived ---------------------------------------------------------------------


def is_proven(report: Report) -> bool:
    """Tell whether the entries are proven, whatever README, view and tables are."""
    grave = (each for each in report.findings if each.severity in {"fault", "contradiction"})
    return all(each.place.file in {*TABLE_PATHS, *VIEW_PATHS} for each in grave)


def _compare_derived(checked: Bag, said: Statement | None, fresh: Derived) -> None:
    """Compare what people open with what the entries give.

    An unknown version excuses the view, which is a program's own; never the tables, which are
    specified.
    """
    for path in TABLE_PATHS:
        known = said is None or said.tables == TABLES
        if checked.has(path) and not (known and _is_same(checked, path, fresh)):
            checked.fault("table-differs", path)
    for path in VIEW_PATHS:
        if not checked.has(path):
            continue
        if said is None or said.view != VIEW:
            checked.fault("view-not-compared", path)
        elif not _is_same(checked, path, fresh):
            checked.fault("view-differs", path)


def _is_same(checked: Bag, path: str, fresh: Derived) -> bool:
    """Compare a file with what was derived, piece by piece."""
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
    """Write what was derived, and the attachments whose digests fit, as they lie in a bag."""
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


def _rows_for(source: Source, stack: ExitStack) -> MakeRows:
    """Return what makes the rows: a dictionary, or one that spills, which costs a little more."""
    if sum(size for _, size in source.listing()) < SPILLED_BYTES:
        return dict
    return lambda: stack.enter_context(closing(SpilledRows()))


# Reading -----------------------------------------------------------------------------


@dataclass(slots=True)
class _Named:
    """Payload files by what they hold: how many; lengths of attachments, sizes of notes."""

    entries: int = 0
    parts: int = 0
    files: dict[str, int] = field(default_factory=dict)
    notes: dict[str, array[int]] = field(
        default_factory=lambda: {party: array("Q") for party in PARTIES}
    )

    def add(self, match: re.Match[str], size: int) -> None:
        """Take a path down, by the group that matched last."""
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
                pass  # one of those that each bundle has once


def _sort_paths(checked: Bag) -> _Named:
    """Match each path once; name those that a bundle does not have, and those that it lacks."""
    named = _Named()
    for path, size in checked.source.listing():
        match = _PAYLOAD.fullmatch(path)
        if match is not None:
            named.add(match, size)
        elif path not in _TAGS and is_path(path):
            checked.fault("bag-path", path)
    for path in REQUIRED:
        if not checked.has(path):
            checked.fault("bag-file-missing", path)
    return named


def _statement(checked: Bag) -> Statement | None:
    if not checked.has("data/export.json"):
        return None
    try:
        return statement.parse(checked.read("data/export.json"))
    except Malformed as error:
        checked.fault(error.code, "data/export.json")
        return None


def _check_policy(checked: Bag, trust: Trust) -> None:
    """Compare the bundle's policy with the reader's, which alone counts."""
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
    checked: Bag, named: _Named, said: Statement | None, held: tuple[bytes, ...]
) -> Evidence:
    source = checked.source
    logs: dict[Party, LogEvidence] = {}
    absent = {log.party: frozenset(log.absent) for log in said.logs} if said else {}
    for party in PARTIES:
        base = f"data/logs/{party}"
        logs[party] = LogEvidence(
            StoredText(source, f"{base}/leaves.txt"),
            checked.read(f"{base}/checkpoint") or None,
            StoredNotes(source, f"{base}/checkpoints/", named.notes[party]),
            absent.get(party, frozenset()),
        )
    return Evidence(
        # Without a statement nothing but the directory is called for; that fault is named.
        scope=said.scope.scope() if said else Scope("thread"),
        logs=logs,
        envelopes=StoredFiles(source, "data/entries/", named.entries),
        parts=StoredFiles(source, "data/parts/", named.parts),
        files={name: checked.digests[f"data/files/{name}"] for name in named.files},
        lengths=named.files,
        withheld=said.withheld_parts() if said else (),
        damaged=said.damaged_places() if said else frozenset(),
        held=held,
    )


def _compare(said: Statement, evidence: Evidence, audited: Audited, found: Collected) -> None:
    """Compare the statement with what the bundle holds."""
    report = audited.report
    sizes = {log.party: (log.origin, log.size) for log in report.logs}
    same_logs = {log.party: (log.origin, log.size) for log in said.logs} == sizes
    counted = (report.counts["leaves"], report.counts["envelopes"], report.counts["files"])
    stated = (said.counts.leaves, said.counts.entries, said.counts.files)
    gaps = {
        (each.place.id, each.place.part)
        for each in report.findings
        if each.code in {"part-withheld", "part-sealed"}
    }
    withheld = {(each.id, each.part) for each in evidence.withheld}
    damaged = {
        (each.place.id, each.place.part) for each in report.findings if each.code == "entry-damaged"
    }
    lacking = {each.place.file for each in report.findings if each.code == "note-absent"}
    declared = {
        f"data/logs/{log.party}/checkpoints/{size}" for log in said.logs for size in log.absent
    }
    same_parts = said.counts.parts == report.counts["parts"]
    same_damage = damaged == evidence.damaged
    same = same_logs and same_parts and same_damage and _is_numbered(said, audited)
    if not same or (counted, withheld, declared) != (stated, gaps, lacking):
        found.add("export-disagrees", Place(file="data/export.json"))


def _is_numbered(said: Statement, audited: Audited) -> bool:
    """Tell whether the number that people read is that of the scope: a valid opening or listing."""
    if said.scope.position is None:
        return True
    try:
        position = Position.parse(said.scope.position)
    except Malformed:
        return False
    placed = audited.placed.at(position)
    return placed is not None and subject_of(said.scope.scope(), (placed,)) is not None


def _exported(said: Statement, rows: Rows) -> dict[str, str]:
    """Return what the exporter states of itself; a key is named by its proven role and unit."""
    stated = {"by": said.by, "asked_by": said.asked_by, "basis": said.basis, "at": said.at}
    key = rows.get(("key", said.asked_by))
    if isinstance(key, KeyRow):
        stated |= {"role": key.role, "unit": key.unit}
    return stated
