"""The page for corrections of our own statements on an application.

Checks a correction like an append does. Does not sign: the browser does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.entries.batches import Assertion, ClockAct
from special_channel.core.rows.applications import (
    ApplicationRow,
    AssertedStatement,
    ClockFact,
)
from special_channel.core.sense import statements
from special_channel.core.sense.days import working_days
from special_channel.desk import clock_marks
from special_channel.desk.statement_bodies import ACT, assertion
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.dates import full_date
from special_channel.messages.sense import said
from special_channel.web.applications import queries
from special_channel.web.http.openapi import Route
from special_channel.web.shared.clocks import act_text
from special_channel.web.shared.corrections import placed, stated_words
from special_channel.web.shared.query import Query, Whole, read_query
from special_channel.web.shared.references import application_url
from special_channel.web.shared.states import STATES
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.reasons import ConfirmItem, Sheeted, to_confirm
from special_channel.web.shell.render import show
from special_channel.web.shell.sense import statement_around

FIELDS: Final = ("state", "as_of", "source", "decision", "decided_on")

MORE_ACTS: Final = 2
"""Empty lines for acts, below those of the statement."""

MOST_ACTS: Final = 20


class CorrectQuery(Query):
    """The statement to correct: number of its entry, and row of its sheet or 0."""

    position: str = ""
    row: Whole = 0


@dataclass(frozen=True, slots=True)
class CorrectForm:
    """The form for a correction, with the body to sign.

    Attributes:
        number: The application.
        position: Number of the entry with the statement to correct.
        row: Row of its sheet; 0 without a sheet.
        before: Its words, in the reader's language.
        form: Fields as filled in.
        acts: Acts as filled in, with empty ones below.
        sources: Sources for our officials to name.
        fault: Name of the invalid field; empty without a fault.
        refused: Reason against signing; empty for a sound correction.
        confirm: Findings that need a reason before signing.
        doubts: Other findings to look at before signing.
        body: Canonical JSON to sign; empty until all fields are valid.
        summary: Labels and values of `body`, in the reader's language.
    """

    number: str
    position: str
    row: int
    before: str
    form: Mapping[str, str]
    acts: tuple[Mapping[str, str], ...]
    sources: tuple[str, ...]
    fault: str = ""
    refused: str = ""
    confirm: tuple[ConfirmItem, ...] = ()
    doubts: tuple[str, ...] = ()
    body: str = ""
    summary: tuple[tuple[str, str], ...] = ()

    @property
    def then(self) -> str:
        """Address to open after signing."""
        return application_url(self.number)

    @property
    def action(self) -> str:
        """Address for checking the form."""
        return f"{self.then}/correct?position={self.position}&row={self.row}"


async def get_correction(request: web.Request) -> web.Response:
    """Show the form for a correction, filled with the replaced statement."""
    context, row, stated = await _read(request)
    form = {name: str(getattr(stated, name)) for name in FIELDS}
    if stated.source not in statements.SOURCES[context.party]:
        form["source"] = clock_marks.SOURCES[context.party]
    acts = tuple({name: str(getattr(act, name)) for name in ACT} for act in stated.clock)
    return await show(context, correction_page(_form(context, row, stated, form, acts)))


async def post_correction(request: web.Request) -> web.Response:
    """Check a correction and show the body to sign."""
    context, row, stated = await _read(request)
    typed = await read_form(request, context.reader)
    form = {name: typed.get(name, "") for name in FIELDS}
    acts = tuple(
        {name: typed.get(f"{name}-{place}", "") for name in ACT} for place in range(MOST_ACTS)
    )
    filled = tuple(act for act in acts if any(act.values()))
    return await show(context, await _checked(context, row, stated, form, filled))


def correction_page(form: CorrectForm) -> ViewPage:
    """Make the page of the form."""
    more = {"states": STATES, "acts": clock_marks.ACTS, "bases": clock_marks.BASES}
    return ViewPage("applications/correct.html", "application", form, more)


async def _read(request: web.Request) -> tuple[PageContext, ApplicationRow, AssertedStatement]:
    """Read the application and our statement at the place of the query.

    Raises:
        NotAllowed: As `page_context`.
        NotFound: `application-unknown`; `statement-unknown` for another side's or a
            replaced statement, and for an unknown place.
    """
    context = await page_context(request, *OFFICIALS)
    row = await queries.find_application(context, request.match_info["number"])
    query = read_query(CorrectQuery, request.query.items())
    for each in row.live(context.party):
        fits = f"{context.party.upper()}-{each.index}" == query.position
        # An issued licence is corrected on its own page.
        if (
            fits
            and isinstance(each, AssertedStatement)
            and each.row == query.row
            and each.source != "licence"
        ):
            return context, row, each
    raise NotFound("statement-unknown", "Our side has no such statement to correct.")


def _form(
    context: PageContext,
    row: ApplicationRow,
    stated: AssertedStatement,
    form: Mapping[str, str],
    acts: tuple[Mapping[str, str], ...],
) -> CorrectForm:
    empty = dict.fromkeys(ACT, "")
    return CorrectForm(
        number=row.number,
        position=f"{context.party.upper()}-{stated.index}",
        row=stated.row,
        before=stated_words(context.t, stated),
        form=form,
        acts=(*acts, *[empty] * MORE_ACTS)[:MOST_ACTS],
        sources=tuple(sorted(statements.SOURCES[context.party])),
    )


async def _checked(
    context: PageContext,
    row: ApplicationRow,
    stated: AssertedStatement,
    form: Mapping[str, str],
    acts: tuple[Mapping[str, str], ...],
) -> ViewPage:
    """Show the form with the body to sign, or with the reason against signing."""
    record = _form(context, row, stated, form, acts)
    try:
        body = assertion({**form, "number": row.number}, acts, (stated.id, stated.row))
    except Malformed as error:
        fault = _field(str(error.facts.get("field", "")))
        return correction_page(replace(record, fault=fault or "-"))
    parsed = Assertion.model_validate_json(canonical.dumps(body))
    days = working_days(context.calendar("cn"))
    around = await statement_around(context, days, row, parsed.corrects)
    found = statements.assertion(parsed, around)
    if found and found[0].grade == "refuse":
        return correction_page(replace(record, refused=said(context.t, found[0])))
    label, t = context.t.label, context.t
    summary = [
        (label("statement-field", "number"), row.number),
        (label("statement-field", "corrects"), placed(t, record.position, record.row)),
        (label("statement-field", "state"), t.state(parsed.state, parsed.source)),
        (label("statement-field", "as_of"), _day(t, parsed.as_of)),
        (label("statement-field", "source"), label("source", parsed.source)),
        *((label("statement-field", "clock"), act_text(t, _fact(act))) for act in parsed.clock),
    ]
    if parsed.decision:
        summary.append((label("statement-field", "decision"), label("decision", parsed.decision)))
    if parsed.decided_on:
        summary.append((label("statement-field", "decided_on"), _day(t, parsed.decided_on)))
    text = canonical.dumps(body).decode()
    return correction_page(
        replace(
            record,
            body=text,
            summary=tuple(summary),
            confirm=to_confirm(t, found, Sheeted(corrected={1})),
            doubts=tuple(said(t, each) for each in found if each.grade == "note"),
        )
    )


def _field(invalid: str) -> str:
    """Return the name of a field of the form: `on-0` for `clock.0.on`."""
    clock, _, rest = invalid.partition(".")
    place, _, name = rest.partition(".")
    return f"{name}-{place}" if clock == "clock" and name else invalid


def _day(t: Catalogue, day: str) -> str:
    return full_date(date.fromisoformat(day), t.lang)


def _fact(act: ClockAct) -> ClockFact:
    return ClockFact(act.act, act.on, act.basis or "", act.expected_until or "")


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/applications/{number}/correct", get_correction),
    ("POST", "/applications/{number}/correct", post_correction),
)
