"""Pages of licences, and forms for CN's officials to record a licence or a draw-down.

Does not sign: the browser signs the body on the page, and the node judges the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.core.entries import parse_model
from special_channel.core.entries.permits import Draw, Licence
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.desk import licences as desk
from special_channel.desk.cells import plain
from special_channel.desk.payloads import Fields
from special_channel.messages.sense import said
from special_channel.web.http.openapi import Route
from special_channel.web.licences import queries
from special_channel.web.licences.portions import LicencePortions, portions_of
from special_channel.web.licences.queries import (
    LICENCE_TYPES,
    DrawQuery,
    LicencesPageQuery,
    NewLicenceQuery,
    shares_customers,
)
from special_channel.web.licences.reading import reading_notes
from special_channel.web.licences.tables import FILES
from special_channel.web.licences.views import LicenceDetail, LicencesFound
from special_channel.web.shared.paging import paging
from special_channel.web.shared.portions import EntryPortionQuery
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shared.references import licence_url
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.corrected import see_licence
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.reading import Noted
from special_channel.web.shell.reasons import ConfirmItem, Sheeted, to_confirm
from special_channel.web.shell.render import show
from special_channel.web.shell.sense import licence_findings

PAGE: Final = 25
"""Licences of one page; each is shown with the quantity left of every code."""

LINES: Final = 6
"""Lines of the form; the command line takes 30."""

_LICENCE: Final = ("licence", "type", "per", "issued_on", "valid_from", "valid_to")
_DRAW: Final = ("code", "quantity", "unit", "basis", "on", "application", "customer")
_LINE: Final = ("code", "quantity", "unit", "basis")

NEW: Final = "/new-licence"

MAX_LINES: Final = 30
"""As `core.entries.permits.Licence` allows."""

UNITS: Final = ("kg", "t", "pcs")
BASES: Final = ("gross", "contained")

_NO_NOTES: Final[Mapping[str, Noted]] = {}

_GROUPS: Final = {
    "type": "licence",
    "per": "per",
    "unit": "unit",
    "basis": "quantity",
    "ended_how": "end",
}
"""Groups of labels by field."""


@dataclass(frozen=True, slots=True)
class RecordForm:
    """The form for a licence or a draw-down, with the body to sign.

    Attributes:
        kind: Kind of the entry.
        form: Fields as typed.
        number: Number of the licence; empty for a new licence.
        codes: Control codes of the licence, for a draw-down.
        customers: Whether the charter lets licences name companies.
        fault: Name of the invalid field; empty without a fault.
        body: Canonical JSON to sign; empty until all fields are valid.
        summary: Labels and values of the fields of `body`, in the reader's language.
        refused: Why the node will refuse it, in the reader's language; empty if it will not.
        confirm: What needs a reason before signing.
        doubts: What else to look at before signing.
    """

    kind: Literal["licence.issued", "licence.drawn"]
    form: Mapping[str, str]
    number: str = ""
    codes: tuple[str, ...] = ()
    customers: bool = False
    fault: str = ""
    body: str = ""
    summary: tuple[tuple[str, str], ...] = ()
    refused: str = ""
    confirm: tuple[ConfirmItem, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def then(self) -> str:
        """Address to open after signing."""
        return licence_url(self.number) if self.number else "/licences"

    @property
    def action(self) -> str:
        """Address for checking the form."""
        return f"{self.then}/draw" if self.kind == "licence.drawn" else NEW

    @property
    def lines(self) -> int:
        """Number of lines for control codes: the filled ones and an empty one, at least `LINES`."""
        return max(LINES, _lines(self.form) + 1)


async def get_licences(request: web.Request) -> web.Response:
    """Show a page of licences, next to expire first."""
    context = await page_context(request)
    query = read_filters(LicencesPageQuery, request.query.items())
    view = await queries.licences(context, query, (query.page - 1) * PAGE, PAGE)
    page = licences_page(view, query, on=context.today("cn"), records=context.writes_for("cn"))
    return await show(context, page)


async def get_licence(request: web.Request) -> web.Response:
    """Show a licence: quantities left, draw-downs, covered applications."""
    context = await page_context(request)
    view = await queries.licence(context, request.match_info["number"])
    await see_licence(context, view.licence, view.history[0].position)
    charter = context.charter.number if context.charter else 0
    cut = portions_of(view, read_query(EntryPortionQuery, request.query.items()))
    page = licence_page(
        view,
        cut,
        on=context.today("cn"),
        charter=charter if shares_customers(context) else 0,
        records=context.writes_for("cn"),
        notes=await reading_notes(context, view.licence, cut.positions),
    )
    return await show(context, page)


async def get_new_licence(request: web.Request) -> web.Response:
    """Show the form for a licence, filled in where its number is known."""
    context = await _recorder(request)
    query = read_query(NewLicenceQuery, request.query.items())
    row = (await queries.find_licence(context, query.licence))[0] if query.licence else None
    return await show(context, empty_licence(context, row, query.corrects))


async def post_new_licence(request: web.Request) -> web.Response:
    """Check a licence and show the body to sign."""
    context = await _recorder(request)
    page = checked_licence(context, await read_form(request, context.reader))
    return await _show_checked(context, page)


async def get_draw(request: web.Request) -> web.Response:
    """Show the form for a draw-down."""
    context = await _recorder(request)
    row, draws = await queries.find_licence(context, request.match_info["number"])
    corrects = read_query(DrawQuery, request.query.items()).corrects
    return await show(context, empty_draw(context, row, draws, corrects))


async def post_draw(request: web.Request) -> web.Response:
    """Check a draw-down and show the body to sign."""
    context = await _recorder(request)
    form = await read_form(request, context.reader)
    row, _ = await queries.find_licence(context, request.match_info["number"])
    return await _show_checked(context, checked_draw(context, row, form))


async def _show_checked(context: PageContext, page: ViewPage) -> web.Response:
    """Show a checked form with what the rules of plausibility find."""
    form = page.view
    if not isinstance(form, RecordForm) or not form.body:
        return await show(context, page)
    text = form.body.encode()
    issued = form.kind == "licence.issued"
    body = parse_model(Licence, text) if issued else parse_model(Draw, text)
    found = await licence_findings(context, body)
    if found and found[0].grade == "refuse":
        return await show(context, record_page(replace(form, refused=said(context.t, found[0]))))
    corrected = {1} if body.corrects else set[int]()
    shown = replace(
        form,
        confirm=to_confirm(context.t, found, Sheeted(corrected=corrected)),
        doubts=tuple(said(context.t, each) for each in found if each.grade == "note"),
    )
    return await show(context, record_page(shown))


def licences_page(
    view: LicencesFound, query: LicencesPageQuery, *, on: date, records: bool
) -> ViewPage:
    """Make the page of all licences.

    Args:
        view: The licences.
        query: The filters.
        on: Today in Beijing.
        records: Whether the reader may record a licence.
    """
    pages = paging(query.page, view.total, PAGE, f"/licences?{query.address}")
    more = {"query": query, "pages": pages, "on": on, "records": records, "types": LICENCE_TYPES}
    return ViewPage("licences/licences.html", "licences", view, more)


def licence_page(
    view: LicenceDetail,
    cut: LicencePortions,
    *,
    on: date,
    charter: int,
    records: bool,
    notes: Mapping[str, Noted] = _NO_NOTES,
) -> ViewPage:
    """Make the page of a licence.

    Args:
        view: The licence.
        cut: What the page shows of its long tables.
        on: Today in Beijing.
        charter: Number of the charter in force if licences may name companies, else 0.
        records: Whether the reader may record draw-downs.
        notes: What the reader may note of issues and draw-downs, by position.
    """
    more = {"on": on, "charter": charter, "records": records, "notes": notes, "cut": cut}
    return ViewPage("licences/licence.html", "licence", view, more)


async def _recorder(request: web.Request) -> PageContext:
    """Return the request context of an official who may state licences.

    Raises:
        NotAllowed: `owner` on the EU's node, and as `page_context`.
    """
    context = await page_context(request, *OFFICIALS)
    if not context.writes_for("cn"):
        raise NotAllowed("owner", "CN states licences.")
    return context


def record_page(form: RecordForm) -> ViewPage:
    """Make the page of a form."""
    more = {"units": UNITS, "bases": BASES}
    return ViewPage("licences/record.html", "licence", form, more)


def empty_licence(context: PageContext, row: LicenceRow | None, corrects: str = "") -> ViewPage:
    """Show the form for a licence, filled with the licence's last statement, if any.

    `corrects`: number of an earlier statement to replace; the form begins with its terms.
    """
    form = {"per": "licence_year", "type": "general"}
    if row is not None:
        corrected = next((each for each in row.live if f"CN-{each.index}" == corrects), None)
        now = corrected or row.now
        form = {
            **({"corrects": now.id, "corrects_position": corrects} if corrected else {}),
            "licence": row.licence,
            "type": now.type,
            "per": now.per,
            "issued_on": now.issued_on,
            "valid_from": now.valid_from,
            "valid_to": now.valid_to,
            "applications": "\n".join(now.applications),
            "customers": "\n".join(now.customers),
        }
        for place, line in enumerate(now.lines):
            values = (line.code, line.quantity, line.unit, line.basis)
            form |= {f"{name}-{place}": value for name, value in zip(_LINE, values, strict=True)}
        if corrected and now.ended:
            form |= {"ended_how": now.ended.how, "ended_on": now.ended.on}
    number = row.licence if row else ""
    return record_page(
        RecordForm("licence.issued", form, number, customers=shares_customers(context))
    )


def checked_licence(context: PageContext, form: Mapping[str, str]) -> ViewPage:
    """Check the form of a licence."""
    fields: Fields = {name: plain(form.get(name, "")) for name in _LICENCE}
    lines: list[Value] = []
    for place in range(_lines(form)):
        line = {name: plain(form.get(f"{name}-{place}", "")) for name in _LINE}
        if line["code"] or line["quantity"]:
            lines.append(dict(line))
    fields |= {"lines": lines, "applications": desk.words(form.get("applications", "").split())}
    if shares_customers(context):
        fields["customers"] = desk.words(form.get("customers", "").splitlines())
    if form.get("ended_how"):
        fields["ended"] = {"how": form["ended_how"], "on": plain(form.get("ended_on", ""))}
    fields["corrects"] = form.get("corrects", "")
    record = RecordForm(
        "licence.issued", form, str(fields["licence"]), customers=shares_customers(context)
    )
    return _checked(context, record, lambda: desk.licence(fields))


def empty_draw(
    context: PageContext, row: LicenceRow, draws: Sequence[DrawRow], corrects: str
) -> ViewPage:
    """Show the form for a draw-down; `corrects`: number of an earlier draw-down to replace."""
    first = row.now.lines[0]
    form: dict[str, str] = {"unit": first.unit, "basis": first.basis}
    for draw in draws:
        if f"CN-{draw.index}" == corrects and draw.corrected < 0:
            form = {
                "corrects": draw.draw,
                "corrects_position": corrects,
                **{name: str(getattr(draw, name)) for name in _DRAW},
            }
    return record_page(_draw_form(context, row, form))


def checked_draw(context: PageContext, row: LicenceRow, form: Mapping[str, str]) -> ViewPage:
    """Check the form of a draw-down."""
    fields: Fields = {"licence": row.licence}
    fields |= {name: plain(form.get(name, "")) for name in _DRAW}
    if not shares_customers(context):
        fields.pop("customer")
    fields["corrects"] = form.get("corrects", "")
    return _checked(context, _draw_form(context, row, form), lambda: desk.draw(fields))


def _draw_form(context: PageContext, row: LicenceRow, form: Mapping[str, str]) -> RecordForm:
    codes = tuple(line.code for line in row.now.lines)
    customers = shares_customers(context)
    return RecordForm("licence.drawn", form, row.licence, codes, customers=customers)


def _lines(form: Mapping[str, str]) -> int:
    """Return the number of lines in a posted form, at most `MAX_LINES`."""
    places = [int(name[5:]) for name in form if name[:5] == "code-" and name[5:].isdecimal()]
    return min(max(places, default=0) + 1, MAX_LINES)


def _checked(context: PageContext, record: RecordForm, make: Callable[[], Fields]) -> ViewPage:
    """Show the form with the body to sign, or with the invalid field."""
    try:
        body = make()
    except Malformed as error:
        fault = str(error.facts.get("field", "")) or "-"
        return record_page(replace(record, fault=fault))
    summary = tuple(
        (context.t.label("field", name), _text(context, name, value))
        if name != "corrects"
        else (context.t.label("field", name), record.form.get("corrects_position", ""))
        for name, value in body.items()
    )
    text = canonical.dumps(body).decode()
    return record_page(replace(record, body=text, summary=summary))


def _text(context: PageContext, name: str, value: Value) -> str:
    """Write a field's value in the reader's language."""
    label, chinese = context.t.label, context.lang == "zh-CN"
    if isinstance(value, list):
        return ("、" if chinese else ", ").join(_text(context, name, each) for each in value)
    if isinstance(value, dict) and name == "lines":
        unit, basis = label("unit", str(value["unit"])), label("quantity", str(value["basis"]))
        return f"{value['code']} {value['quantity']} {unit} {basis}"
    if isinstance(value, dict):
        return ("，" if chinese else ", ").join(
            _text(context, f"{name}_{key}", each) for key, each in value.items()
        )
    return label(_GROUPS[name], str(value)) if name in _GROUPS else str(value)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/licences", get_licences),
    *FILES,
    ("GET", "/licences/{number}", get_licence),
    ("GET", "/licences/{number}/draw", get_draw),
    ("POST", "/licences/{number}/draw", post_draw),
    ("GET", NEW, get_new_licence),
    ("POST", NEW, post_new_licence),
)
