"""Build the body of one act on the statutory clock from an official's input.

Used by the page's form and by the command line. Does not count days and does not sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from special_channel.core.bytes.ids import Party
from special_channel.core.entries import StatementRef
from special_channel.core.entries.permits import Mark
from special_channel.core.kinds.applications import judge_mark
from special_channel.core.time.statutory import Act
from special_channel.desk.bodies import checked_body
from special_channel.desk.cells import iso_date, plain
from special_channel.desk.payloads import Fields

ACTS: Final[tuple[Act, ...]] = get_args(Act)

BASES: Final = ("test", "expert_opinion", "site_check", "hearing")
"""Legal grounds for time that is not counted; the vocabulary accepts further codes."""

SOURCES: Final[Mapping[Party, str]] = {"eu": "supplier", "cn": "bureau"}
"""Default source of a side's knowledge of the procedure, if its official names no other."""

_DATES: Final = frozenset({"on", "expected_until"})


def mark(fields: Mapping[str, str], corrects: StatementRef | None = None) -> Fields:
    """Check the body of `clock.marked`; empty values are dropped.

    `corrects`: the statement of our side that the act replaces.

    Raises:
        Malformed: `act-malformed` with the name of the invalid field.
    """
    typed: Fields = {
        name: iso_date(value) if name in _DATES else plain(value) for name, value in fields.items()
    }
    if corrects is not None:
        typed["corrects"] = corrects.model_dump(exclude_none=True)
    return checked_body(Mark, typed, "act-malformed", judge_mark)
