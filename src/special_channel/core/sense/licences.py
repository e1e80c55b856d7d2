"""Rules for a licence and for a draw-down: terms, dates and quantities can be true.

A later entry of a licence replaces its terms; a corrected draw-down counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Final

from special_channel.core.bytes.quantities import quantity
from special_channel.core.entries.permits import Draw, Licence, LicenceLine
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.licences import Balance, DrawRow, Issue, LicenceRow, balances
from special_channel.core.search.folding import fold
from special_channel.core.sense.companies import without_form
from special_channel.core.sense.control_codes import folded, is_code
from special_channel.core.sense.corrections import of_licence
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Fact, FactKind, Finding, Grade, facts_of, in_order
from special_channel.core.sense.history import before
from special_channel.core.sense.stages import FLAG, GRANTED, START

_YEARS: Final = {"individual": 1, "general": 3}
"""Longest validity by type."""

_GRAM: Final = 1_000
_LARGE: Final = 10_000_000 * 1_000_000
"""A gram, and ten thousand tonnes, in millionths of a kilogram.

A general licence of a large maker of motors can exceed a thousand tonnes a year.
"""

_TIMES: Final = 10
"""A draw-down so many times the largest before is asked about."""

_ISSUED_WITHIN: Final = 10
"""Working days from the decision to the licence."""

_NEVER: Final = frozenset({"refused", "withdrawn", "not_accepted"})
"""States without a licence."""

_NEAR: Final = 0.8
"""Likeness of two names from which on the named one is proposed."""

_GAP: Final = re.compile(r"[\s.,，。()（）]+")


@dataclass(frozen=True, slots=True)
class LicenceAround:
    """Values with which a licence or a draw-down is read.

    Attributes:
        today: The date in Beijing.
        days: Working days in China.
        licence: The licence before; None for a new number.
        draws: Its draw-downs, with corrected ones.
        applications: The named applications, by number.
        codes: Control codes of their last listings, by number; without lists that state none.
        others: Licences of other numbers with the same dates and applications.
    """

    today: date
    days: WorkingDays
    licence: LicenceRow | None = None
    draws: Sequence[DrawRow] = ()
    applications: Mapping[str, ApplicationRow] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[LicenceRow] = ()


def licence(body: Licence, around: LicenceAround) -> tuple[Finding, ...]:
    """Check a licence; return every finding, the gravest first."""
    draws = [each for each in around.draws if each.corrected < 0]
    return in_order(
        [
            *of_licence(body, around.licence),
            *_dates(body, around, draws),
            *_terms(body, around),
            *(each for number in body.applications for each in _application(number, body, around)),
            *_codes(body, around),
            *(each for line in body.lines for each in (*_code(line, "lines"), *_size(line))),
            *_changes(body, around, draws),
            *_same_licence(body, around),
        ]
    )


def draw(body: Draw, around: LicenceAround) -> tuple[Finding, ...]:
    """Check a draw-down; return every finding, the gravest first. One of nothing only cancels."""
    drawn = quantity(body.quantity, body.unit, body.basis)
    if around.licence is None or drawn.millionths == 0:
        return ()
    corrected = body.corrects.id if body.corrects else ""
    draws = [each for each in around.draws if each.corrected < 0 and each.draw != corrected]
    now = around.licence.now
    return in_order(
        [
            *_day("on", body.on, around),
            *_code(body, "code"),
            *_outside(body, now),
            *_size(body, draws),
            *_left(body, now, draws),
            *_named(body, now, draws),
            *_twice(body, draws),
        ]
    )


def _day(name: str, day: str, around: LicenceAround) -> Iterator[Finding]:
    facts = facts_of(field=("licence-field", name), date=("date", day))
    if day > around.today.isoformat():
        yield Finding("S-009", "refuse", 1, (name,), facts)
    if day < START.isoformat():
        yield Finding("S-010", "confirm", 1, (name,), facts)


def _dates(body: Licence, around: LicenceAround, draws: Sequence[DrawRow]) -> Iterator[Finding]:
    yield from _day("issued_on", body.issued_on, around)
    issued = Fact("licence-field", "issued_on")
    yield from around.days.not_worked(1, "issued_on", issued, body.issued_on)
    if body.valid_from > body.valid_to:
        yield Finding("S-074", "refuse", 1, ("valid_to",), variant="order")
    if body.valid_from < body.issued_on:
        yield Finding("S-074", "confirm", 1, ("valid_from",), variant="issued")
    if body.ended is None:
        return
    yield from _day("ended_on", body.ended.on, around)
    if body.ended.on < body.issued_on:
        yield Finding("S-074", "refuse", 1, ("ended",), variant="before")
    if body.ended.how != "used":
        ended = Fact("licence-field", "ended_on")
        yield from around.days.not_worked(1, "ended", ended, body.ended.on)
    if any(each.on > body.ended.on for each in draws):
        yield Finding("S-074", "confirm", 1, ("ended",), variant="drawn")
    if body.ended.how == "used" and any(_is_left(each) for each in _balances(around, draws)):
        yield Finding("S-074", "confirm", 1, ("ended",), variant="left")


def _balances(around: LicenceAround, draws: Sequence[DrawRow]) -> Sequence[Balance]:
    row = around.licence
    return balances(row.now, draws, around.today.isoformat()) if row else ()


def _is_left(balance: Balance) -> bool:
    """Return whether more than one per cent is left."""
    return balance.left.millionths * 100 > balance.line.counted().millionths


def _terms(body: Licence, around: LicenceAround) -> Iterator[Finding]:
    issues = around.licence.issues if around.licence else ()
    first = min((body.valid_from, *(each.valid_from for each in _live(issues, body))))
    years = _YEARS.get(body.type)
    if years and body.valid_to > _years_later(first, years):
        days = (date.fromisoformat(body.valid_to) - date.fromisoformat(first)).days
        facts = facts_of(n=("text", str(days)))
        yield Finding("S-073", "refuse", 1, ("valid_to",), facts, body.type)
    if body.type == "individual":
        if body.per != "licence" or len(body.customers) > 1:
            yield Finding("S-075", "refuse", 1, ("type",))
        elif len(body.applications) > 1:
            yield Finding("S-075", "confirm", 1, ("applications",))


def _live(issues: Sequence[Issue], body: Licence) -> Sequence[Issue]:
    """Return issues that no correction replaces, nor this one."""
    gone = {each.corrects for each in issues} | {body.corrects.id if body.corrects else ""}
    return [each for each in issues if each.id not in gone]


def _years_later(day: str, years: int) -> str:
    # 29 February: the text is no day, and lies between the last of February and the first of March.
    return f"{int(day[:4]) + years}{day[4:]}"


def _application(number: str, body: Licence, around: LicenceAround) -> Iterator[Finding]:
    own = before(around.applications.get(number), "cn")
    last, decided = own.last, own.decided
    if last and last.state not in GRANTED | FLAG:
        grade: Grade = "refuse" if last.state in _NEVER else "confirm"
        facts = facts_of(number=("number", number), state=("state", last.state))
        yield Finding("S-076", grade, 1, ("applications",), facts)
    day = decided.decided_on if decided else ""
    if not day:
        return
    facts = facts_of(decided=("date", day), issued=("date", body.issued_on))
    counted = around.days.between(date.fromisoformat(day), date.fromisoformat(body.issued_on))
    if body.issued_on < day:
        yield Finding("S-077", "refuse", 1, ("issued_on",), facts)
    elif counted is not None and counted > _ISSUED_WITHIN:
        yield Finding("S-077", "note", 1, ("issued_on",), facts)


def _codes(body: Licence, around: LicenceAround) -> Iterator[Finding]:
    """Yield applications that a list has under another control code than any line."""
    lines = [folded(line.code) for line in body.lines]
    for number in body.applications:
        listed = folded(around.codes.get(number, ""))
        # A cell that is no code is asked about by the list itself.
        if is_code(listed) and not any(_of_one_head(listed, code) for code in lines):
            facts = facts_of(
                number=("number", number), a=("text", listed), b=("rows", ",".join(lines))
            )
            yield Finding("S-078", "confirm", 1, ("lines",), facts)


def _of_one_head(a: str, b: str) -> bool:
    """Return whether a code is the other one, or names it less exactly: `1C905`, `1C905.a.4`."""
    shorter, longer = sorted((a, b), key=len)
    return longer == shorter or longer.startswith(f"{shorter}.")


def _code(stated: LicenceLine | Draw, field_: str) -> Iterator[Finding]:
    """Yield a code that has not the form of a control code."""
    if not is_code(folded(stated.code)):
        yield Finding("S-020", "refuse", 1, (field_,), facts_of(code=("text", stated.code)))


def _size(stated: LicenceLine | Draw, draws: Sequence[DrawRow] = ()) -> Iterator[Finding]:
    amount = quantity(stated.quantity, stated.unit, stated.basis)
    earlier = [each.counted() for each in draws if each.code == stated.code]
    largest = max((each.millionths for each in earlier if each.of_one_kind(amount)), default=0)
    weighed = amount.dimension == "kg"
    odd = weighed and not _GRAM <= amount.millionths <= _LARGE
    if odd or (largest and amount.millionths > largest * _TIMES):
        facts = facts_of(quantity=("text", stated.quantity), unit=("unit", stated.unit))
        yield Finding("S-080", "confirm", 1, ("quantity",), facts)


def _changes(body: Licence, around: LicenceAround, draws: Sequence[DrawRow]) -> Iterator[Finding]:
    """Yield changed terms that a correction alone explains."""
    if around.licence is None:
        return
    now = around.licence.now
    yield from _type(body, around.licence)
    if body.corrects:
        return
    number: tuple[FactKind, str] = ("number", body.licence)
    if body.valid_from != now.valid_from:
        facts = facts_of(
            number=number, before=("date", now.valid_from), after=("date", body.valid_from)
        )
        yield Finding("S-079", "confirm", 1, ("valid_from",), facts, "from")
    if now.ended and not body.ended:
        yield Finding("S-079", "confirm", 1, ("ended",), facts_of(number=number), "ended")
    lines = {line.code: quantity(line.quantity, line.unit, line.basis) for line in body.lines}
    for each in balances(now, draws, around.today.isoformat()):
        stated = lines.get(each.line.code)
        removed = stated is None or not stated.of_one_kind(each.drawn)
        if each.drawn.millionths and (
            removed or (stated and stated.millionths < each.drawn.millionths)
        ):
            facts = facts_of(number=number, code=("text", each.line.code))
            yield Finding("S-079", "confirm", 1, ("lines",), facts, "line")


def _same_licence(body: Licence, around: LicenceAround) -> Iterator[Finding]:
    """Yield a licence of another number with the same lines, dates and applications."""
    stated = _contents(body, body.issued_on, body.valid_from, body.valid_to)
    for other in around.others:
        now = other.now
        same = _contents(now, now.issued_on, now.valid_from, now.valid_to) == stated
        if same and other.licence != body.licence:
            facts = facts_of(number=("number", other.licence))
            yield Finding("S-084", "confirm", 1, ("licence",), facts, "licence")


def _contents(stated: Licence | Issue, *dates: str) -> tuple[object, ...]:
    lines = {(each.code, quantity(each.quantity, each.unit, each.basis)) for each in stated.lines}
    return frozenset(lines), frozenset(stated.applications), dates


def _type(body: Licence, licence: LicenceRow) -> Iterator[Finding]:
    """Yield another type than stated before: a correction alone can give one.

    A correction that leaves other issues with the former type is asked about.
    """
    facts = facts_of(number=("number", body.licence))
    if body.corrects is None:
        if body.type != licence.now.type:
            yield Finding("S-079", "refuse", 1, ("type",), facts, "type")
        return
    others = [each for each in licence.live if each.id != body.corrects.id]
    if any(each.type != body.type for each in others):
        yield Finding("S-079", "confirm", 1, ("type",), facts, "types")


def _outside(body: Draw, now: Issue) -> Iterator[Finding]:
    ended = now.ended is not None and body.on >= now.ended.on
    if ended or not now.valid_from <= body.on <= now.valid_to:
        until = now.ended.on if now.ended and ended else now.valid_to
        facts = facts_of(
            date=("date", body.on), since=("date", now.valid_from), until=("date", until)
        )
        yield Finding("S-081", "refuse", 1, ("on",), facts)


def _left(body: Draw, now: Issue, draws: Sequence[DrawRow]) -> Iterator[Finding]:
    """Yield less than a tenth of the licensed quantity left, or less than nothing."""
    drawn = quantity(body.quantity, body.unit, body.basis)
    for each in balances(now, draws, body.on):
        if each.line.code != body.code or not each.left.of_one_kind(drawn):
            continue
        left = each.left.less([drawn])
        allowed = each.line.counted()
        if left.millionths * 10 < allowed.millionths:
            grade: Grade = "confirm" if left.millionths < 0 else "note"
            facts = facts_of(
                left=("text", left.amount), allowed=("text", allowed.amount),
                unit=("unit", allowed.dimension),
            )  # fmt: skip
            yield Finding("S-082", grade, 1, ("quantity",), facts)


def _named(body: Draw, now: Issue, draws: Sequence[DrawRow]) -> Iterator[Finding]:
    names = {_folded(each): each for each in now.customers}
    if body.customer and names and _folded(body.customer) not in names:
        facts = facts_of(name=("text", body.customer))
        near = get_close_matches(_folded(body.customer), names, n=1, cutoff=_NEAR)
        facts |= facts_of(other=("text", names[near[0]])) if near else {}
        yield Finding("S-083", "confirm", 1, ("customer",), facts, "near" if near else "")
    application = body.application
    if application and now.applications and application not in now.applications:
        yield Finding(
            "S-083", "confirm", 1, ("application",), facts_of(name=("number", application))
        )
    if now.type == "individual" and draws:
        yield Finding("S-083", "confirm", 1, ("licence",), variant="second")


def _folded(name: str) -> str:
    """Return a name without its legal form, gaps, and differences of width and case."""
    return _GAP.sub("", fold(without_form(name)))


def _twice(body: Draw, draws: Sequence[DrawRow]) -> Iterator[Finding]:
    drawn = quantity(body.quantity, body.unit, body.basis)
    for each in draws:
        if (each.code, each.on, each.counted()) == (body.code, body.on, drawn):
            facts = facts_of(position=("number", f"CN-{each.index}"))
            yield Finding("S-084", "confirm", 1, ("quantity",), facts)
