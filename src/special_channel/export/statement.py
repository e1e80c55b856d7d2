"""`export.json`: who asked, on what basis, what the bundle is about, what it leaves out.

Does not prove anything: the verifier compares it with what the bundle holds.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from special_channel.core.audit.evidence import Withheld
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import Count, Model, Version
from special_channel.core.bytes.ids import PARTIES, Origin, Party, Timestamp

MAX_BYTES = 16 * 1024 * 1024

THREAD_DIGITS = 32
ENTRY_DIGITS = 64
"""Hexadecimal digits of a thread's id, and of a batch's, which is that of its entry."""

Line = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}([0-9a-f]{32})?$")]


class ScopeField(Model):
    """What the bundle is about. `position` is the registration number, for people."""

    kind: Literal["everything", "thread", "batch"]
    of: Hex | None = None
    position: Annotated[str, StringConstraints(pattern=r"^(EU|CN)-[0-9]{1,16}$")] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        # A scope of nothing would call for nothing, and a bundle without entries be complete.
        digits = {"everything": 0, "thread": THREAD_DIGITS, "batch": ENTRY_DIGITS}[self.kind]
        if len(self.of or "") != digits:
            raise ValueError("of")
        if self.position is not None and self.kind == "everything":
            raise ValueError("position")
        return self

    def scope(self) -> Scope:
        """Return it as the core takes it."""
        return Scope(self.kind, self.of or "")


class LogField(Model):
    """Up to which size one log is in the bundle.

    `absent` are the sizes of earlier notes that entries call for and the exporter does not hold.
    """

    party: Party
    origin: Origin
    size: Count
    absent: tuple[Count, ...]

    @model_validator(mode="after")
    def _lists_once(self) -> Self:
        if list(self.absent) != sorted(set(self.absent)):
            raise ValueError("absent")
        return self


class WithheldField(Model):
    """A part, or the file it describes, that is left out."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    part: Annotated[int, Field(ge=0, le=999)]
    word: Literal["withheld", "sealed"]
    why: Line
    to: Line | None = None


class DamagedField(Model):
    """What is damaged in the exporter's database: an entry's envelope, or one of its parts."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    part: Annotated[int, Field(ge=0, le=999)] | None = None

    def place(self) -> tuple[str, int]:
        """Return it as the core takes it, -1 for the envelope."""
        return self.id, -1 if self.part is None else self.part


class Counts(Model):
    """What the bundle holds, to be counted again."""

    leaves: Count
    entries: Count
    parts: Count
    files: Count


class Statement(Model):
    """The whole of `export.json`.

    `tables` and `view` are the versions of what is derived (`derive.py`). `damaged` names something
    or is absent.
    """

    v: Version
    at: Timestamp
    by: Party
    asked_by: Line
    basis: Line
    scope: ScopeField
    logs: Annotated[tuple[LogField, ...], Field(min_length=2, max_length=2)]
    withheld: tuple[WithheldField, ...]
    damaged: Annotated[tuple[DamagedField, ...], Field(min_length=1)] | None = None
    counts: Counts
    tables: Count
    view: Count

    @model_validator(mode="after")
    def _states_once(self) -> Self:
        if [log.party for log in self.logs] != list(PARTIES):
            raise ValueError("logs")
        places = [(each.id, each.part) for each in self.withheld]
        if places != sorted(set(places)):
            raise ValueError("withheld")
        damaged = [each.place() for each in self.damaged or ()]
        if damaged != sorted(set(damaged)):
            raise ValueError("damaged")
        return self

    def encode(self) -> bytes:
        """Return the canonical bytes."""
        return canonical.dumps(self.model_dump(mode="json", exclude_none=True))

    def withheld_parts(self) -> tuple[Withheld, ...]:
        """Return what is left out as the core takes it."""
        return tuple(
            Withheld(each.id, each.part, each.word, each.why, each.to or "")
            for each in self.withheld
        )

    def damaged_places(self) -> frozenset[tuple[str, int]]:
        """Return what is damaged as the core takes it."""
        return frozenset(each.place() for each in self.damaged or ())


def parse(data: bytes) -> Statement:
    """Read `export.json`.

    Raises:
        Malformed: `export-malformed`.
    """
    try:
        canonical.loads(data, max_bytes=MAX_BYTES)
        return Statement.model_validate_json(data)
    except (Malformed, ValidationError) as error:
        raise Malformed("export-malformed", "This is no description of an export.") from error
