"""`export.json`: requester, legal basis, scope and omissions of a bundle.

Does not prove anything: the verifier compares the statement with the bundle's contents.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from special_channel.core.audit.evidence import WithheldPart
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import Count, Model, Version
from special_channel.core.bytes.ids import PARTIES, Origin, Party, Timestamp

MAX_BYTES = 16 * 1024 * 1024

THREAD_DIGITS = 32
ENTRY_DIGITS = 64
"""Hex digits of a thread's id, and of a batch's id, which is its entry's id."""

Line = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}([0-9a-f]{32})?$")]


class ScopeField(Model):
    """The bundle's scope. `position` is the registration number, for people."""

    kind: Literal["everything", "thread", "batch"]
    of: Hex | None = None
    position: Annotated[str, StringConstraints(pattern=r"^(EU|CN)-[0-9]{1,16}$")] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        # An empty scope would require nothing, so a bundle without entries would be complete.
        digits = {"everything": 0, "thread": THREAD_DIGITS, "batch": ENTRY_DIGITS}[self.kind]
        if len(self.of or "") != digits:
            raise ValueError("of")
        if self.position is not None and self.kind == "everything":
            raise ValueError("position")
        return self

    def scope(self) -> Scope:
        """Convert to the audit's scope."""
        return Scope(self.kind, self.of or "")


class LogField(Model):
    """A log's size in the bundle.

    `absent`: sizes of earlier checkpoints that entries name and the exporter does not have.
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
    """An omitted part, or an omitted file described by a part."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    part: Annotated[int, Field(ge=0, le=999)]
    word: Literal["withheld", "sealed"]
    why: Line
    to: Line | None = None


class DamagedField(Model):
    """Damage in the exporter's database: an entry's envelope, or a part by index."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    part: Annotated[int, Field(ge=0, le=999)] | None = None

    def place(self) -> tuple[str, int]:
        """Return (entry id, part index), with index -1 for the envelope."""
        return self.id, -1 if self.part is None else self.part


class Counts(Model):
    """Stated numbers of leaves, entries, parts and files, counted again by the verifier."""

    leaves: Count
    entries: Count
    parts: Count
    files: Count


class Statement(Model):
    """The contents of `export.json`.

    `tables` and `view` are the versions of derived files (`derive.py`). `damaged` is absent or
    not empty.
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
        places = [(part.id, part.part) for part in self.withheld]
        if places != sorted(set(places)):
            raise ValueError("withheld")
        damaged = [field.place() for field in self.damaged or ()]
        if damaged != sorted(set(damaged)):
            raise ValueError("damaged")
        return self

    def encode(self) -> bytes:
        """Return the canonical bytes."""
        return canonical.dumps(self.model_dump(mode="json", exclude_none=True))

    def withheld_parts(self) -> tuple[WithheldPart, ...]:
        """Convert the omitted parts to the audit's form."""
        return tuple(
            WithheldPart(each.id, each.part, each.word, each.why, each.to or "")
            for each in self.withheld
        )

    def damaged_places(self) -> frozenset[tuple[str, int]]:
        """Return (entry id, part index) of all damage, with index -1 for envelopes."""
        return frozenset(field.place() for field in self.damaged or ())


def parse(data: bytes) -> Statement:
    """Parse `export.json`.

    Raises:
        Malformed: `export-malformed`.
    """
    try:
        canonical.loads(data, max_bytes=MAX_BYTES)
        return Statement.model_validate_json(data)
    except (Malformed, ValidationError) as error:
        raise Malformed("export-malformed", "This is no description of an export.") from error
