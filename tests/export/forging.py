"""Changing a bundle as a careful forger would: manifests, counts, tables and view fit again."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from special_channel.core.audit.findings import Finding, Report
from special_channel.core.bytes import canonical
from special_channel.export.derive import TABLE_PATHS, VIEW_PATHS
from special_channel.export.verify import verify
from tests.export.bundling import packed, repaired

STATEMENT = "data/export.json"
COMPARED = frozenset({"table-differs", "view-differs", "view-not-compared"})
"""Findings about what is derived, which a forger derives anew once the rest passes."""


def stated(files: Mapping[str, bytes]) -> dict[str, Any]:
    """The exporter's statement."""
    document: dict[str, Any] = json.loads(files[STATEMENT])
    return document


def restated(files: Mapping[str, bytes], statement: object) -> dict[str, bytes]:
    """The same files under another statement, with matching manifests."""
    return repaired({**files, STATEMENT: canonical.dumps(statement)})  # type: ignore[arg-type]


def recounted(files: Mapping[str, bytes], **changed: Any) -> dict[str, bytes]:
    """The same files under a statement with correct counts."""
    lists = [json.loads(data) for path, data in files.items() if path.startswith("data/parts/")]
    counts = {
        "leaves": sum(data.count(b"\n") for path, data in files.items() if "leaves.txt" in path),
        "entries": sum(path.startswith("data/entries/") for path in files),
        "parts": sum(bool(text) for texts in lists for text in texts),
        "files": sum(path.startswith("data/files/") for path in files),
    }
    return restated(files, stated(files) | {"counts": counts} | changed)


def derived_anew(files: dict[str, bytes], trust: bytes) -> dict[str, bytes]:
    """The same files with tables and view derived from the entries, if the entries are proven."""
    with tempfile.TemporaryDirectory() as name:
        verify(packed("name", files), trust, derive=Path(name))
        fresh = {
            path: (Path(name) / path).read_bytes()
            for path in (*TABLE_PATHS, *VIEW_PATHS)
            if (Path(name) / path).exists()
        }
    return repaired(files | fresh)


def faults(report: Report) -> set[Finding]:
    """Findings that make a bundle not proven, regardless of tables and view."""
    return {
        each
        for each in report.findings
        if each.severity in {"fault", "contradiction"} and each.code not in COMPARED
    }


def without_part(files: Mapping[str, bytes], entry_id: str, part: int) -> dict[str, bytes]:
    """The same files without a disclosure."""
    path = f"data/parts/{entry_id}.json"
    texts = json.loads(files[path])
    texts[part] = ""
    return {**files, path: canonical.dumps(texts)}


def layout(path: str) -> str:
    """A path as in `docs/formats/bundle.md`, Layout."""
    path = re.sub(r"/(eu|cn)/", "/PARTY/", path)
    path = re.sub(r"checkpoints/\d+", "checkpoints/SIZE", path)
    path = re.sub(r"(entries|parts)/[0-9a-f]{64}", r"\1/ID", path)
    return re.sub(r"files/[0-9a-f]{64}", "files/DIGEST", path)
