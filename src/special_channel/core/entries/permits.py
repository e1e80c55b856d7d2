"""Entries about the procedure of one application, licences, and priority.

Clocks and licences are CN's to state (a clock the EU's, too, from its source); priority is
asked by the EU and answered by CN. Quantities are decimal text, never floats.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from special_channel.core.bytes.fields import ApplicationNumber, ControlCode, Model, Name, Word
from special_channel.core.bytes.ids import Date, EntryId
from special_channel.core.bytes.quantities import Amount, Basis, Unit
from special_channel.core.entries.batches import ClockAct
from special_channel.core.entries.header import Header

LicenceNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x20\x7f]+$")
]
"""A licence's number, opaque: no public source gives its format."""

Applications = Annotated[tuple[ApplicationNumber, ...], Field(max_length=100)]


class Mark(ClockAct):
    """One act of the procedure, for one application, from a source.

    `uncounted` names its basis.
    """

    number: ApplicationNumber
    source: Word


class ClockMarked(Header):
    """One act on the statutory clock; earlier statements of the same side stand beside it.

    `uncounted` and `counted` are CN's to state.
    """

    kind: Literal["clock.marked"]
    body: Mark


class LicenceLine(Model):
    """How much of one control code a licence allows.

    `basis`: `gross` is the goods, `contained` the rare earth in them. Pieces are whole.
    """

    code: ControlCode
    quantity: Amount
    unit: Unit
    basis: Basis


class LicenceEnd(Model):
    """That a licence is no longer in force, since when, and by which act.

    `used`: used up. `withdrawn` (撤回), `revoked` (撤销), `forfeited` (吊销) and
    `deregistered` (注销) are four acts of the law.
    """

    how: Literal["used", "withdrawn", "revoked", "forfeited", "deregistered"]
    on: Date


class Licence(Model):
    """A licence as it stands. The same number again says how it stands from then on.

    `per`: what the quantities are for: the whole `licence`, each `calendar_year` of it or each
    `licence_year` from `valid_from`. `applications`: what it was issued on. `customers`: the
    companies that a general licence is tied to, only where the charter's columns opt in
    `customers`.
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


class LicenceIssued(Header):
    """A licence was issued, changed or ended. An approval is not yet a licence."""

    kind: Literal["licence.issued"]
    body: Licence


class Draw(Model):
    """A part of a licence's quantity that was used, on a date.

    `corrects`: an earlier draw-down in place of which this one stands; `quantity` 0 takes it
    back. `customer` as `customers` of the licence.
    """

    licence: LicenceNumber
    code: ControlCode
    quantity: Amount
    unit: Unit
    basis: Basis
    on: Date
    application: ApplicationNumber | None = None
    customer: Name | None = None
    corrects: EntryId | None = None


class LicenceDrawn(Header):
    """A draw-down: what of a licence's quantity was used. It is not yet a shipment."""

    kind: Literal["licence.drawn"]
    body: Draw


class PriorityRequest(Model):
    """Which applications are to come first, and why. The order says nothing."""

    applications: Annotated[tuple[ApplicationNumber, ...], Field(min_length=1, max_length=400)]
    reason: Word


class PriorityRequested(Header):
    """The EU asks that applications come first."""

    kind: Literal["priority.requested"]
    body: PriorityRequest


class PriorityAnswer(Model):
    """CN's answer on one application. All three are normal answers."""

    number: ApplicationNumber
    answer: Literal["granted", "not_now", "cannot"]
    remark: Word | None = None


class PriorityAnswers(Model):
    """Answers on applications of one request, each once."""

    answers: Annotated[tuple[PriorityAnswer, ...], Field(min_length=1, max_length=400)]


class PriorityAnswered(Header):
    """CN answers the request `ref`, whole or in part; the last answer counts."""

    kind: Literal["priority.answered"]
    ref: EntryId
    body: PriorityAnswers
