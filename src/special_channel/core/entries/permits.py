"""Entries about the procedure of an application, differences, licences, and priority.

CN states clocks, revocations and licences; the EU may state acts of a clock too, with their source.
Either side marks a difference. The EU requests priority, CN answers. Quantities are decimal text,
never floats.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from special_channel.core.bytes.fields import ApplicationNumber, ControlCode, Model, Name, Word
from special_channel.core.bytes.ids import Date, EntryId
from special_channel.core.bytes.quantities import Amount, Basis, Unit
from special_channel.core.entries.batches import ClockAct, StatementRef
from special_channel.core.entries.header import AskRef, Header

LicenceNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f]+$")
]
"""A licence's number, opaque: no public source defines its format."""

Applications = Annotated[tuple[ApplicationNumber, ...], Field(max_length=100)]


class Mark(ClockAct):
    """An act of an application's procedure, with its source.

    An act `uncounted` states its basis. `corrects`: the side's earlier statement on this number,
    which was never right and is replaced by this act.
    """

    number: ApplicationNumber
    source: Word
    corrects: StatementRef | None = None


class ClockMarked(Header):
    """States an act on the statutory clock, in addition to earlier statements of the side.

    Only CN states `uncounted` and `counted`.
    """

    kind: Literal["clock.marked"]
    body: Mark


class Revocation(Model):
    """A revoked approval, the date, and the state of the application from then on."""

    number: ApplicationNumber
    approval: StatementRef
    on: Date
    after: Literal["refused", "review"]
    corrects: StatementRef | None = None


class ApprovalRevoked(Header):
    """CN's authority took back an approval (撤销) that was right when it was stated.

    `approval`: CN's statement of the approval. `after`: the state of the application from `on`. An
    approval that was never right is no revocation: a statement with `corrects` replaces it.
    `corrects`: CN's earlier statement on this number, which was never right and is replaced.
    """

    kind: Literal["approval.revoked"]
    body: Revocation


class DifferenceMark(Model):
    """An act on a difference, and the statements of both sides that differ."""

    number: ApplicationNumber
    field: Literal[
        "state", "acceptance", "accepted_on", "decision", "decided_on", "clock", "link", "licence"
    ]
    act: Literal["maintained", "accepted", "explained", "asked"]
    eu: StatementRef
    cn: StatementRef
    reason: Literal["other_round", "other_number", "notice_date"] | None = None
    ask: AskRef | None = None


class DifferenceMarked(Header):
    """Marks a difference between the two sides' statements on a field of an application.

    `maintained`: the author's side stands by its statement (经核实我方维持). `accepted`: the other
    side's statement is right (我方以对方为准); a correction follows. `explained`: both are right,
    for `reason`: they concern different rounds or different numbers, or one gives the date of the
    notice and the other that of the act. `asked`: `ask` is the side's question, with its due time.
    `eu`, `cn`: the statements of the two sides.
    """

    # A mark names both statements, so that it says by itself what it is about: whether there is a
    # difference is computed, and nobody signs it.

    kind: Literal["difference.marked"]
    body: DifferenceMark


class LicenceLine(Model):
    """Allowed quantity of a control code.

    `basis`: `gross` for the goods, `contained` for the rare earth in the goods. A number of pieces
    is whole.
    """

    code: ControlCode
    quantity: Amount
    unit: Unit
    basis: Basis


class LicenceEnd(Model):
    """End of a licence: the act, and the date.

    `used`: used up. `withdrawn` (撤回), `revoked` (撤销), `forfeited` (吊销) and
    `deregistered` (注销) are four acts of the law.
    """

    how: Literal["used", "withdrawn", "revoked", "forfeited", "deregistered"]
    on: Date


class Licence(Model):
    """Content of a licence. A later entry with the same number replaces the content.

    `per`: period of the quantities: the whole `licence`, a `calendar_year`, or a `licence_year`
    counted from `valid_from`. `applications`: the licensed applications. `customers`: the named
    companies of a general licence, only if the charter opts in to the column `customers`.
    `corrects`: an earlier entry of the licence, which was never right and is replaced by this one.
    """

    licence: LicenceNumber
    type: Literal["individual", "general", "certificate"]
    lines: Annotated[tuple[LicenceLine, ...], Field(min_length=1, max_length=30)]
    per: Literal["licence", "calendar_year", "licence_year"]
    issued_on: Date
    valid_from: Date
    valid_to: Date
    applications: Applications = ()
    customers: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    ended: LicenceEnd | None = None
    corrects: StatementRef | None = None


class LicenceIssued(Header):
    """A licence was issued, changed or ended. An approval alone is not a licence."""

    kind: Literal["licence.issued"]
    body: Licence


class Draw(Model):
    """A used quantity of a licence, with its date.

    `corrects`: an earlier draw-down, replaced by this entry; `quantity` 0 cancels the earlier
    draw-down. `customer` as in `customers` of the licence.
    """

    licence: LicenceNumber
    code: ControlCode
    quantity: Amount
    unit: Unit
    basis: Basis
    on: Date
    application: ApplicationNumber | None = None
    customer: Name | None = None
    corrects: StatementRef | None = None


class LicenceDrawn(Header):
    """A draw-down of a licence's quantity. A draw-down is not a shipment."""

    kind: Literal["licence.drawn"]
    body: Draw


class PriorityRequest(Model):
    """Applications with requested priority, and the reason. Their order has no meaning."""

    applications: Annotated[tuple[ApplicationNumber, ...], Field(min_length=1, max_length=400)]
    reason: Word


class PriorityRequested(Header):
    """The EU requests priority for applications."""

    kind: Literal["priority.requested"]
    body: PriorityRequest


class PriorityAnswer(Model):
    """CN's answer for an application. All three answers are normal."""

    number: ApplicationNumber
    answer: Literal["granted", "not_now", "cannot"]
    remark: Word | None = None


class PriorityAnswers(Model):
    """Answers for distinct applications of a request."""

    answers: Annotated[tuple[PriorityAnswer, ...], Field(min_length=1, max_length=400)]


class PriorityAnswered(Header):
    """CN answers all or part of the request `ref`; the last answer for an application counts."""

    kind: Literal["priority.answered"]
    ref: EntryId
    body: PriorityAnswers
