"""Rules for the revocation (撤销) of an approval that was right when it was stated.

The authority's act has a date of its own: a working day, not before the decision. A licence that
rests on the approval is ended first.
"""

from __future__ import annotations

from collections.abc import Iterator

from special_channel.core.entries.permits import Revocation
from special_channel.core.rows.applications import REVOCATION, ApplicationRow, AssertedStatement
from special_channel.core.sense.corrections import approves
from special_channel.core.sense.findings import Fact, FactKind, Finding, facts_of, in_order
from special_channel.core.sense.history import before
from special_channel.core.sense.stages import FINAL, FLAG, START
from special_channel.core.sense.statements import StatementAround


def revocation(body: Revocation, around: StatementAround) -> tuple[Finding, ...]:
    """Check a revocation; return every finding, the gravest first."""
    return in_order(
        [
            *_correction(body, around),
            *_day(body, around),
            *_approval(body, around),
            *_licence(around),
        ]
    )


def _correction(body: Revocation, around: StatementAround) -> Iterator[Finding]:
    own = before(around.application, around.party, body.corrects)
    if own.correction in {"unknown", "replaced"}:
        yield Finding("S-059", "refuse", 1, ("corrects",), variant=own.correction)


def _day(body: Revocation, around: StatementAround) -> Iterator[Finding]:
    facts = facts_of(field=("source", REVOCATION), date=("date", body.on))
    if body.on > around.today.isoformat():
        yield Finding("S-009", "refuse", 1, ("on",), facts)
    if body.on < START.isoformat():
        yield Finding("S-010", "confirm", 1, ("on",), facts)
    yield from around.days.not_worked(1, "on", Fact("source", REVOCATION), body.on)


def _approval(body: Revocation, around: StatementAround) -> Iterator[Finding]:
    """Yield an approval that no longer stands, or that was decided after its revocation."""
    row = around.application
    live = _live(row, around) if row else []
    place = body.approval.id, body.approval.row or 0
    approval = next((each for each in live if (each.id, each.row) == place), None)
    if approval is None:
        yield Finding("S-059", "refuse", 1, ("approval",), variant="approval")
        return
    # A later statement, such as of the licence, may leave out the day of the decision.
    known = live[: live.index(approval) + 1]
    decided = max((each.decided_on for each in known if approves(each)), default="")
    if body.on < decided:
        facts = facts_of(decided=("date", decided), on=("date", body.on))
        yield Finding("S-045", "refuse", 1, ("on",), facts, "revoked")
    else:
        approved = [each for each in live if approves(each)]
        yield from _known_then(body, max(approved, key=lambda each: each.as_of, default=approval))
    corrected = body.corrects.id if body.corrects else ""
    later = live[live.index(approval) + 1 :]
    ended = [each for each in later if each.state not in FINAL | FLAG and each.id != corrected]
    ended += [each for each in later if each.source == REVOCATION and each.id != corrected]
    if ended:
        position: tuple[FactKind, str] = ("number", f"CN-{ended[-1].index}")
        yield Finding("S-059", "refuse", 1, ("approval",), facts_of(position=position), "ended")


def _known_then(body: Revocation, newest: AssertedStatement) -> Iterator[Finding]:
    """Yield a later day on which the approval was still stated."""
    if body.on < newest.as_of:
        facts = facts_of(
            field=("source", REVOCATION),
            on=("date", body.on),
            state=("state", newest.state),
            date=("date", newest.as_of),
        )
        yield Finding("S-047", "confirm", 1, ("on",), facts, "date")


def _live(row: ApplicationRow, around: StatementAround) -> list[AssertedStatement]:
    return [each for each in row.live(around.party) if isinstance(each, AssertedStatement)]


def _licence(around: StatementAround) -> Iterator[Finding]:
    if around.licence:
        facts = facts_of(licence=("number", around.licence))
        yield Finding("S-059", "refuse", 1, ("approval",), facts, "revoked")
