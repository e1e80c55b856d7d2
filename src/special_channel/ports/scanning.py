"""Port of virus scanners: a verdict on a stream of bytes. The scanners are in `scanners/`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Engine:
    """A scanner's program and its signatures.

    Attributes:
        name: Program and version, as the scanner names itself.
        signatures: Version of the signatures; empty if the scanner does not tell.
        dated: Date of the signatures; None if the scanner does not tell.
    """

    name: str
    signatures: str = ""
    dated: date | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """A scanner's verdict on a file.

    Attributes:
        found: Whether the scanner found something or refuses the file.
        threat: Name of the find; empty without one.
        engine: Engine and signatures of the verdict.
    """

    found: bool
    threat: str
    engine: Engine


class Scanner(Protocol):
    """A virus scanner. Each call is bounded in time; what the scanner sends is bounded in size."""

    async def engine(self) -> Engine:
        """Return the engine with its signatures of this moment.

        Raises:
            Unavailable: `scanner-unavailable`.
        """
        ...

    async def scan(self, chunks: AsyncIterator[bytes], length: int) -> Scan:
        """Scan a file of `length` bytes.

        Raises:
            Unavailable: `scanner-unavailable`: no answer in time, or none that is a verdict.
        """
        ...
