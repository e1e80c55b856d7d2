"""Why an author signs what a rule asks them to confirm: a closed list, kept on our side.

One reason can cover several rules and rows. Sentences stand in the catalogues under
`sense-reason.<code>`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from special_channel.core.entries.private import SenseReason
from special_channel.core.sense.findings import Finding

REASONS: Final[tuple[SenseReason, ...]] = get_args(SenseReason)
"""In the order in which they are offered."""

VERSION: Final = 1
"""Version of the table of rules, kept with the reasons.

It stays 1 until the first tagged release, as `rules` does: formats before it do not count up.
"""

MAX_WORDS: Final = 200
"""Characters of an author's own words, for the reason `other`."""

FEW: Final = 5
"""Rows of one rule that are written one by one, of however small a sheet."""

SHARE: Final = 5
"""A rule that concerns more than one row in so many is written once."""


@dataclass(frozen=True, slots=True)
class GivenReason:
    """A reason of the author.

    Attributes:
        rules: Numbers of the rules.
        rows: Rows of the sheet; empty for a statement without rows.
        reason: Code of the reason.
        words: The author's own words, for `other`; empty if they were erased.
    """

    rules: Collection[str]
    rows: Collection[int]
    reason: SenseReason
    words: str = ""

    def covers(self, finding: Finding) -> bool:
        """Tell whether the reason is given for a finding."""
        return finding.rule in self.rules and (not self.rows or finding.row in self.rows)


def offered(*, correction: bool) -> tuple[SenseReason, ...]:
    """Return the reasons to choose from; `correction` if the rows correct what was stated."""
    return tuple(each for each in REASONS if correction or each != "correction")


def given_for(
    finding: Finding, given: Iterable[GivenReason], corrected: Collection[int]
) -> GivenReason | None:
    """Return the last reason given for a finding; None without one.

    `corrected`: rows that correct an earlier statement. The reason `correction` counts for no
    other row.
    """
    fitting = [
        each
        for each in given
        if each.covers(finding) and (each.reason != "correction" or finding.row in corrected)
    ]
    return fitting[-1] if fitting else None


def unconfirmed(
    findings: Iterable[Finding],
    given: Sequence[GivenReason],
    corrected: Collection[int] = (),
    *,
    sheet: bool = False,
) -> tuple[Finding, ...]:
    """Return the findings to be confirmed for which the author gave no reason, in their order.

    `sheet`: whether they are of a sheet. A reason then counts for the rows that it names alone: a
    row that is flagged only since then was not seen by the author.
    """
    counted = [each for each in given if each.rows or not sheet]
    return tuple(
        each
        for each in findings
        if each.grade == "confirm" and given_for(each, counted, corrected) is None
    )


def written_once(count: int, rows: int) -> bool:
    """Tell whether findings of one rule are so many of a sheet's rows that they are shown once."""
    return count > max(FEW, rows // SHARE)
