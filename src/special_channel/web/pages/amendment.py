"""A dry run of amending a list: what is added, changed and taken off, and what is signed.

Does not hold rows that stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from special_channel.core.rules.releasing import NOT_HELD, Release
from special_channel.web.pages.list_check import FaultLine, KeptPart
from special_channel.web.shared.amendments import AmendedLine
from special_channel.web.shared.words import Facts


@dataclass(frozen=True, slots=True)
class AmendmentPage:
    """A dry run; with nothing but the batch at the beginning.

    Attributes:
        refused: Code and facts by which the file can't be taken at all.
        part: The data part as it would be signed, but for the salt; empty with a fault.
        body: The payload's body, as JSON.
        kept: The list's own columns, with those of the file in place of theirs.
        release: Whether a second official must release it; a leader alone where a line stops.
    """

    template: ClassVar[str] = "amendment.html"
    page: ClassVar[str] = "batch"

    name: str
    position: str
    entry_id: str
    file: str = ""
    refused: tuple[str, Facts] | None = None
    faults: tuple[FaultLine, ...] = ()
    lines: tuple[AmendedLine, ...] = ()
    part: str = ""
    body: str = ""
    kept: KeptPart | None = None
    release: Release = NOT_HELD

    @property
    def url(self) -> str:
        """Where the batch stands."""
        return f"/batches/{self.position}"

    @property
    def part_bytes(self) -> int:
        """How many bytes would cross."""
        return len(self.part.encode())
