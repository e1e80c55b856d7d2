"""Whether the statement that a correction names can be replaced (S-059).

Not by a correction of what another one replaced already, and not while a licence in force rests on
the approval that would be taken away.
"""

from __future__ import annotations

from collections.abc import Iterator

from special_channel.core.entries import ReturnRow
from special_channel.core.entries.permits import Licence
from special_channel.core.rows.applications import AssertedStatement
from special_channel.core.rows.licences import LicenceRow, corrected_issues
from special_channel.core.sense.findings import Finding, facts_of
from special_channel.core.sense.history import Before
from special_channel.core.sense.stages import GRANTED

_FIELDS = ("corrects",)


def approves(stated: ReturnRow | AssertedStatement) -> bool:
    """Return whether a statement says that the application was approved."""
    return stated.decision == "approved" or stated.state in GRANTED


def of_application(
    own: Before, licence: str, *, row: int, still_approved: bool
) -> Iterator[Finding]:
    """Yield why a side's correction of its statement on an application does not fit.

    Args:
        own: The side's statements before, read with the correction.
        licence: A licence in force that names the application; empty without one.
        row: Row of the sheet; 1 without a sheet.
        still_approved: Whether the new statement says that the application was approved.
    """
    if own.correction in {"unknown", "replaced"}:
        yield Finding("S-059", "refuse", row, _FIELDS, variant=own.correction)
    if own.corrected and approves(own.corrected) and licence and not still_approved:
        facts = facts_of(licence=("number", licence))
        yield Finding("S-059", "refuse", row, _FIELDS, facts, "licence")


def of_licence(body: Licence, licence: LicenceRow | None) -> Iterator[Finding]:
    """Yield a correction of an issue that the licence lacks, or that is corrected already."""
    if body.corrects is None:
        return
    _, replaced = corrected_issues(licence.issues if licence else ())
    known = {issue.id for issue in licence.issues} if licence else set()
    if body.corrects.row is not None or body.corrects.id not in known:
        yield Finding("S-059", "refuse", 1, _FIELDS, variant="issue")
    elif body.corrects.id in replaced:
        yield Finding("S-059", "refuse", 1, _FIELDS, variant="replaced")
