"""Name the files in a ZIP file, by its directory: a job of a reader process.

Opens no member. Names are the sender's text: bounded, and without characters to disguise a line.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

from special_channel.scanners.zips import Member, UnreadableZip, members

LISTED: Final = 100
"""Files named; more are counted."""

NAME_CHARACTERS: Final = 200

NESTED: Final = (
    *(".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".cab"),
    *(".iso", ".img", ".vhd", ".vhdx", ".jar", ".arj", ".lzh"),
)
"""Ends of names of archives and images of disks."""

# Control characters, line breaks and bidirectional controls, as `core/bytes/parts.py` refuses them.
_HIDING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file in an archive, as the archive states.

    Attributes:
        size_bytes: Length, unpacked; None if the directory has it elsewhere.
        nested: Whether its name is the name of an archive.
    """

    name: str
    size_bytes: int | None
    encrypted: bool
    nested: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """The contents of an archive: numbers of files, and the first `LISTED` by name."""

    total: int
    encrypted: int
    nested: int
    files: tuple[HeldFile, ...]


def job(data: bytes) -> dict[str, Any] | None:
    """Return `holding` as the job of a reader process."""
    held = holding(data)
    return asdict(held) if held else None


def from_job(document: dict[str, Any]) -> Holding:
    """Return the finding of a job."""
    files = tuple(HeldFile(**each) for each in document.pop("files"))
    return Holding(**document, files=files)


def holding(data: bytes) -> Holding | None:
    """Return the contents of a ZIP file; None for another file, or an unreadable directory."""
    try:
        files = [each for each in members(data) if not each.name.endswith("/")]
    except UnreadableZip:
        return None
    return Holding(
        total=len(files),
        encrypted=sum(each.encrypted for each in files),
        nested=sum(_nested(each) for each in files),
        files=tuple(
            HeldFile(_shown(each.name), each.size, each.encrypted, _nested(each))
            for each in files[:LISTED]
        ),
    )


def _nested(member: Member) -> bool:
    return member.name.lower().endswith(NESTED)


def _shown(name: str) -> str:
    plain = _HIDING.sub("\ufffd", name)
    # The end tells what a file is, so the middle goes.
    half = NAME_CHARACTERS // 2
    return plain if len(plain) <= NAME_CHARACTERS else f"{plain[:half]}…{plain[1 - half :]}"
