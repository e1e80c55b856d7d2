"""Columns that need an opt-in of the charter, such as company names.

Does not check names: a column is allowed or refused as a whole.
"""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.rows.charter import InForce

CUSTOMERS: Final = "customers"
"""Opt-in column of the charter for company names."""


def shares(charter: InForce | None, column: str) -> bool:
    """Return whether the charter in force opts in to a column."""
    return charter is not None and column in charter.charter.columns


def not_shared(column: str, **facts: int) -> RuleBroken:
    """Return the error for a column without an opt-in."""
    return RuleBroken(
        "column-not-shared", "The charter has not opted in to this.", column=column, **facts
    )
