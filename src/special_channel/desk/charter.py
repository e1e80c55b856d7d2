"""Build the charter document from `config/charter/*.toml` or from a JSON file.

Does not adopt the charter: the registrar signs `charter.adopted`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.rows.charter import Charter, parse
from special_channel.core.rows.charter_calendars import stated
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer, data_part, signed_also
from special_channel.core.time.calendars import Calendar, CalendarRelease, parse_release
from special_channel.desk.payloads import Author, Fields, signed

MAX_BYTES: Final = 1024 * 1024
"""Largest text of a charter, as in `core.charter.parse`."""

MAX_RELEASE_BYTES: Final = 64 * 1024
"""Largest calendar file, ten times the need of a year; a longer text is cut and so invalid TOML."""

MAX_RELEASE_LINE: Final = 2000
"""Longest line in bytes; our calendar files have 160."""


def read_charter(text: bytes) -> tuple[bytes, Charter]:
    """Read a charter from JSON in any layout; return its canonical encoding and the charter.

    Raises:
        Malformed: `charter-not-json`, `charter-malformed` with the field, the codes of
            `canonical.dumps`.
    """
    if len(text) > MAX_BYTES:
        raise Malformed("json-too-large", "The JSON text is too large.", limit=MAX_BYTES)
    try:
        value = json.loads(text.decode("utf-8-sig"), object_pairs_hook=_reject_duplicates)
    except (ValueError, RecursionError):
        raise Malformed("charter-not-json", "The charter's file is not JSON in UTF-8.") from None
    if not isinstance(value, dict):
        raise Malformed("charter-malformed", "The charter is an object.", field="-")
    data = canonical.dumps(value)
    return data, parse(data)


def _reject_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Reject duplicate keys, since the signed value would be a guess."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name stands twice")
    return fields


def read_release(name: str, text: bytes) -> CalendarRelease:
    """Read a calendar release from a file like those of `config/calendars/`.

    Raises:
        Malformed: `file-not-toml` with the file's name, `calendar-malformed`.
    """
    text = text[:MAX_RELEASE_BYTES]
    # A dotted key of n parts takes `tomllib` n squared time and cannot span lines.
    if any(len(line) > MAX_RELEASE_LINE for line in text.splitlines()):
        raise Malformed("file-not-toml", "A line of a file is too long.", file=name)
    try:
        stated = tomllib.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Malformed("file-not-toml", "A file is not TOML.", file=name) from None
    return parse_release(stated)


def document(folder: Path, calendars: Sequence[Calendar]) -> tuple[bytes, Charter]:
    """Build the charter from the files in `folder`, with digests and days of the calendars.

    Raises:
        NotFound: `charter-missing`.
        Malformed: `charter-malformed`.
    """
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise NotFound("charter-missing", "There is no charter in the folder.", folder=folder.name)
    merged: dict[str, Any] = {}
    for file in files:
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            raise Malformed(
                "charter-malformed", "A charter file is not TOML.", field=file.name
            ) from None
        for key, value in content.items():
            merged[key] = [*merged.get(key, []), *value] if isinstance(value, list) else value
    merged["calendars"] = _calendars(calendars)
    data = canonical.dumps(merged)
    return data, parse(data)


def _calendars(calendars: Sequence[Calendar]) -> list[Mapping[str, Any]]:
    by_side = sorted(calendars, key=lambda calendar: calendar.side)
    return [stated(calendar) for calendar in by_side]


def adoption(data: bytes, charter: Charter, registrar: Author, *seconds: Signer) -> Submission:
    """Build `charter.adopted`, signed by a registrar and by `seconds`, the other persons (K4)."""
    document = canonical.loads(data, max_bytes=MAX_BYTES)
    disclosure = data_part(registrar.salt(), "charter", document)
    body: Fields = {"number": charter.number, "digest": sha256(data).hexdigest()}
    entry = signed(registrar, "charter.adopted", {"body": body}, [disclosure])
    return replace(entry, envelope=signed_also(entry.envelope, seconds))
