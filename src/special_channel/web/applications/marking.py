"""The form for one act on the statutory clock, new or in the place of an earlier act of ours.

Checks an act like an append does. Does not sign: the browser does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import Position
from special_channel.core.entries import StatementRef
from special_channel.core.entries.permits import Mark
from special_channel.core.rows.application_facts import CorrectionFact
from special_channel.core.rows.applications import COUNTING, ApplicationRow, ClockMark
from special_channel.core.sense import statements
from special_channel.core.sense.days import working_days
from special_channel.core.time.statutory import Act
from special_channel.desk import clock_marks
from special_channel.desk.payloads import Fields
from special_channel.messages.sense import said
from special_channel.web.shared.clocks import act_text, clock_of
from special_channel.web.shell.context import EVERYTHING, PageContext
from special_channel.web.shell.reasons import ConfirmItem, Sheeted, to_confirm
from special_channel.web.shell.sense import statement_around

_FIELDS: Final = ("act", "on", "basis", "expected_until")


@dataclass(frozen=True, slots=True)
class MarkForm:
    """The form by which officials state one act on the clock.

    Attributes:
        form: Fields as the reader filled them in.
        acts: Acts to choose from.
        corrects: Number of the entry with the act to replace; empty for a further act.
        before: That act, in the reader's language.
        fault: The invalid field, or empty.
        body: Canonical JSON to sign; empty until every field is valid.
        summary: Labels and values of `body`, in the reader's language.
        clock: The clock's sentence with the act.
        refused: Why the act can't be signed, in the reader's language; empty if it can.
        confirm: What needs a reason before signing.
        doubts: What else to look at before signing.
    """

    form: Mapping[str, str]
    acts: tuple[Act, ...]
    corrects: str = ""
    before: str = ""
    fault: str = ""
    body: str = ""
    summary: tuple[tuple[str, str], ...] = ()
    clock: str = ""
    refused: str = ""
    confirm: tuple[ConfirmItem, ...] = ()
    doubts: tuple[str, ...] = ()


def mark_form(context: PageContext, row: ApplicationRow, corrects: str) -> MarkForm:
    """Return the empty form, or the form filled with our act in the entry `corrects`.

    Raises:
        NotFound: `statement-unknown` for a number that is no live act of our side.
    """
    # Uncounted time is preset: no sheet and no state can give its basis.
    form = MarkForm({"act": "uncounted"}, _acts(context))
    if not corrects:
        return form
    mark = _own(context, row, corrects)
    typed = {name: str(getattr(mark, name)) for name in _FIELDS}
    return replace(form, form=typed, corrects=corrects, before=act_text(context.t, mark))


async def checked_mark(
    context: PageContext, row: ApplicationRow, typed: Mapping[str, str], corrects: str
) -> MarkForm:
    """Return the form with the body to sign, or with the invalid field.

    Raises:
        NotFound: As `mark_form`.
    """
    form = mark_form(context, row, corrects)
    earlier = _own(context, row, corrects) if corrects else None
    fields = {name: typed.get(name, "") for name in _FIELDS}
    form = replace(form, form=fields)
    source = earlier.source if earlier else clock_marks.SOURCES[context.party]
    ref = StatementRef(id=earlier.id) if earlier else None
    try:
        body = clock_marks.mark({**fields, "number": row.number, "source": source}, ref)
    except Malformed as error:
        return replace(form, fault=str(error.facts.get("field", "")) or "-")
    around = await statement_around(context, working_days(context.calendar("cn")), row, ref)
    found = statements.mark(Mark.model_validate_json(canonical.dumps(body)), around)
    if found and found[0].grade == "refuse":
        return replace(form, refused=said(context.t, found[0]))
    mark = _mark(body)
    label = context.t.label
    summary = [
        (label("mark-field", "number"), row.number),
        (label("mark-field", "act"), act_text(context.t, mark)),
        (label("mark-field", "source"), label("source", source)),
    ]
    if corrects:
        summary.append((label("mark-field", "corrects"), corrects))
    return replace(
        form,
        body=canonical.dumps(body).decode(),
        summary=tuple(summary),
        clock=clock_of(context, _with(context, row, mark, earlier), context.party).sentence,
        confirm=to_confirm(context.t, found, Sheeted(corrected={1} if corrects else ())),
        doubts=tuple(said(context.t, each) for each in found if each.grade == "note"),
    )


def _acts(context: PageContext) -> tuple[Act, ...]:
    """Return the acts that our side may state: only CN states what of the time is counted."""
    acts = clock_marks.ACTS
    return acts if context.party == "cn" else tuple(act for act in acts if act not in COUNTING)


def _own(context: PageContext, row: ApplicationRow, position: str) -> ClockMark:
    for each in row.live(context.party):
        if isinstance(each, ClockMark) and str(Position(context.party, each.index)) == position:
            return each
    raise NotFound("statement-unknown", "Our side has no such act to correct.")


def _with(
    context: PageContext, row: ApplicationRow, mark: ClockMark, earlier: ClockMark | None
) -> ApplicationRow:
    """Return the application as it would be with an act."""
    party = context.party
    if earlier:
        fact = CorrectionFact(party, mark.index, 0, earlier.id, earlier.index, 0)
        row = replace(row, corrections=(*row.corrections, fact))
    if party == "eu":
        return replace(row, eu_marks=(*row.eu_marks, mark))
    return replace(row, cn_marks=(*row.cn_marks, mark))


def _mark(body: Fields) -> ClockMark:
    """Return the act as the last entry would state it."""
    act: Act = next(each for each in clock_marks.ACTS if each == body["act"])
    basis, until = (str(body.get(name, "")) for name in ("basis", "expected_until"))
    source, on = str(body["source"]), str(body["on"])
    return ClockMark(act, on, basis, until, source=source, index=EVERYTHING, id="")
