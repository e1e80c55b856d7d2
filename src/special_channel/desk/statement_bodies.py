"""Build the body of a side's statement on an application from an official's input.

Used by the page's form and by the command line. Does not judge whether it can be true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from special_channel.core.bytes.canonical import Value
from special_channel.core.entries import StatementRef
from special_channel.core.entries.batches import Assertion
from special_channel.core.entries.permits import Revocation
from special_channel.desk.bodies import checked_body
from special_channel.desk.cells import iso_date, plain
from special_channel.desk.payloads import Fields

ACT: Final = ("act", "on", "basis", "expected_until")
"""Fields of an act of the procedure."""

AFTER: Final = ("refused", "review")
"""States of an application after the revocation of its approval."""

_DATES: Final = frozenset({"as_of", "decided_on", "on", "expected_until"})


def assertion(
    fields: Mapping[str, str], acts: Sequence[Mapping[str, str]], corrects: tuple[str, int]
) -> Fields:
    """Check the body of `application.asserted`; empty values are dropped, and acts of them alone.

    `corrects`: id of the entry with the statement to replace and row of its sheet, 0 without one;
    an empty id replaces nothing.

    Raises:
        Malformed: `statement-malformed` with the name of the invalid field.
    """
    clock: list[Value] = [dict(act) for act in map(_typed, acts) if act]
    id_, row = corrects
    ref: Fields = {"id": id_, **({"row": row} if row else {})} if id_ else {}
    typed: Fields = {**_typed(fields), "clock": clock, "corrects": ref}
    return checked_body(Assertion, typed, "statement-malformed")


def revocation(
    fields: Mapping[str, str], approval: StatementRef, corrects: StatementRef | None = None
) -> Fields:
    """Check the body of `approval.revoked`; empty values are dropped.

    Args:
        fields: Values by name.
        approval: CN's statement of the approval that was revoked.
        corrects: CN's earlier statement that this one replaces; None for a new one.

    Raises:
        Malformed: `statement-malformed` with the name of the invalid field.
    """
    named: Fields = {"approval": approval.model_dump(exclude_none=True)}
    if corrects is not None:
        named["corrects"] = corrects.model_dump(exclude_none=True)
    return checked_body(Revocation, {**_typed(fields), **named}, "statement-malformed")


def _typed(fields: Mapping[str, str]) -> dict[str, Value]:
    typed = {
        name: iso_date(value) if name in _DATES else plain(value) for name, value in fields.items()
    }
    return {name: value for name, value in typed.items() if value}
