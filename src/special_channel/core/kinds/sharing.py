"""Companies and other columns that an entry may name only where the charter opts in.

Knows no company: a name is allowed or not.
"""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.rows.charter import InForce

CUSTOMERS: Final = "customers"
"""The charter's opt-in column without which no entry names a company."""


def shares(charter: InForce | None, column: str) -> bool:
    """Tell whether the charter in force opts in to a column."""
    return charter is not None and column in charter.charter.columns


def not_shared(column: str, **facts: int) -> RuleBroken:
    """Make the refusal of a column that nobody opted in to."""
    return RuleBroken(
        "column-not-shared", "The charter has not opted in to this.", column=column, **facts
    )
