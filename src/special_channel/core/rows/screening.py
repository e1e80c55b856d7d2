"""Checks of entries by our side's officials at admission, in addition to the judge's.

Refuses texts with unpaired direction marks, application numbers with look-alike characters, and
files that are missing or of another length. Never part of the judge, which accepts the other
side's entries, and our older ones, without these checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from special_channel.core.bytes import canonical, parts, scripts
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.parts import MAX_DEPTH, FilePart
from special_channel.core.rows.submission import Incoming

NUMBERS: Final = frozenset({"number", "former", "application", "applications"})
"""Fields with application numbers."""

# In UTF-8, as in canonical JSON. Most entries have no such mark and skip the scan of texts.
_MARKS: Final = re.compile(rb"\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]")


def screen(incoming: Incoming) -> None:
    """Refuse texts and application numbers that read differently from their characters.

    Raises:
        Malformed: `text-direction`, `number-unseen`, `number-mixed-scripts`.
    """
    for text in (incoming.envelope.payload, *incoming.submission.parts):
        if text is not None and not text.isascii():
            _screen(canonical.loads(text, max_bytes=len(text), max_depth=MAX_DEPTH), text)


def named_files(incoming: Incoming) -> Iterator[tuple[int, FilePart]]:
    """Yield (index of part, file) for the files described in an entry's parts."""
    refs = incoming.entry.optional("parts", ())
    for place, (ref, disclosure) in enumerate(zip(refs, incoming.submission.parts, strict=True)):
        part = parts.parse(disclosure) if ref.k == "file" and disclosure is not None else None
        if isinstance(part, FilePart):
            yield place, part


def check_files(incoming: Incoming, stored: Mapping[str, int]) -> None:
    """Refuse an entry with a file that is missing from storage or has another length.

    Args:
        incoming: The entry.
        stored: Lengths of stored files, in bytes, by digest.

    Raises:
        RuleBroken: `file-missing`.
        Malformed: `file-length`.
    """
    # Nobody could read a missing file, and no export with a wrong length could be proven.
    for place, file in named_files(incoming):
        if file.sha256 not in stored:
            raise RuleBroken("file-missing", "A file that the entry names is not here.", part=place)
        if stored[file.sha256] != file.len:
            raise Malformed("file-length", "A file is longer or shorter.", part=place)


def _screen(value: Any, text: bytes) -> None:  # noqa: ANN401 - JSON
    for each in _texts(value, named=True) if _MARKS.search(text) else ():
        if mark := scripts.unpaired(each):
            raise Malformed("text-direction", "A mark of direction has no partner.", mark=mark)
    for number in _texts(value, named=False):
        if mark := scripts.unseen(number):
            raise Malformed("number-unseen", "A number holds an unseen character.", mark=mark)
        if scripts.mixed(number):
            raise Malformed("number-mixed-scripts", "A number mixes scripts.", number=number)


def _texts(value: Any, *, named: bool) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield all texts if `named`, else only the texts of `NUMBERS` fields."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, named=named or name in NUMBERS)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, named=named)
    elif named and isinstance(value, str):
        yield value
