"""The page by which CN's officials record that an approval was revoked (撤销).

Checks a revocation like an append does. Does not sign: the browser does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound
from special_channel.core.bytes.ids import Position
from special_channel.core.entries import StatementRef
from special_channel.core.entries.permits import Revocation
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.sense.corrections import approves
from special_channel.core.sense.days import working_days
from special_channel.core.sense.revocations import revocation as checked
from special_channel.desk.statement_bodies import AFTER, revocation
from special_channel.messages.dates import full_date
from special_channel.messages.sense import said
from special_channel.web.applications import queries
from special_channel.web.applications.correcting import CorrectQuery
from special_channel.web.http.openapi import Route
from special_channel.web.shared.corrections import placed, stated_words
from special_channel.web.shared.query import read_query
from special_channel.web.shared.references import application_url
from special_channel.web.shell.context import OFFICIALS, PageContext, page_context
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.reasons import ConfirmItem, Sheeted, to_confirm
from special_channel.web.shell.render import show
from special_channel.web.shell.sense import statement_around

_FIELDS: Final = ("on", "after")


@dataclass(frozen=True, slots=True)
class RevokeForm:
    """The form for a revocation, with the body to sign.

    Attributes:
        number: The application.
        position: Number of the entry with the approval.
        row: Row of its sheet; 0 without a sheet.
        approval: Its words, in the reader's language.
        form: Fields as filled in.
        fault: Name of the invalid field; empty without a fault.
        refused: Reason against signing; empty for a sound revocation.
        confirm: Findings that need a reason before signing.
        doubts: Other findings to look at before signing.
        body: Canonical JSON to sign; empty until all fields are valid.
        summary: Labels and values of `body`, in the reader's language.
    """

    number: str
    position: str
    row: int
    approval: str
    form: Mapping[str, str] = field(default_factory=dict)
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
        return f"{self.then}/revoke?position={self.position}&row={self.row}"


async def get_revocation(request: web.Request) -> web.Response:
    """Show the empty form for the revocation of an approval."""
    context, row, approval = await _read(request)
    return await show(context, revocation_page(_form(context, row, approval)))


async def post_revocation(request: web.Request) -> web.Response:
    """Check a revocation and show the body to sign."""
    context, row, approval = await _read(request)
    typed = await read_form(request, context.reader)
    form = replace(
        _form(context, row, approval), form={name: typed.get(name, "") for name in _FIELDS}
    )
    return await show(context, revocation_page(await _checked(context, row, approval, form)))


def revocation_page(form: RevokeForm) -> ViewPage:
    """Make the page of the form."""
    return ViewPage("applications/revoke.html", "application", form, {"after": AFTER})


async def _read(request: web.Request) -> tuple[PageContext, ApplicationRow, AssertedStatement]:
    """Read the application and CN's live approval at the place of the query.

    Raises:
        NotAllowed: `owner` on the EU's node, and as `page_context`.
        NotFound: `application-unknown`; `statement-unknown` for a statement that is no approval.
    """
    context = await page_context(request, *OFFICIALS)
    if not context.writes_for("cn"):
        raise NotAllowed("owner", "CN states revocations.")
    row = await queries.find_application(context, request.match_info["number"])
    query = read_query(CorrectQuery, request.query.items())
    for each in row.live("cn"):
        if not isinstance(each, AssertedStatement) or each.source == "licence":
            continue
        named = str(Position("cn", each.index)), each.row
        if named == (query.position, query.row) and approves(each):
            return context, row, each
    raise NotFound("statement-unknown", "Our side has no such approval.")


def _form(context: PageContext, row: ApplicationRow, approval: AssertedStatement) -> RevokeForm:
    position = str(Position("cn", approval.index))
    return RevokeForm(row.number, position, approval.row, stated_words(context.t, approval))


async def _checked(
    context: PageContext, row: ApplicationRow, approval: AssertedStatement, form: RevokeForm
) -> RevokeForm:
    """Return the form with the body to sign, or with the reason against signing."""
    ref = StatementRef(id=approval.id, row=approval.row or None)
    try:
        body = revocation({**form.form, "number": row.number}, ref)
    except Malformed as error:
        return replace(form, fault=str(error.facts.get("field", "")) or "-")
    parsed = Revocation.model_validate_json(canonical.dumps(body))
    around = await statement_around(context, working_days(context.calendar("cn")), row, ref)
    found, t = checked(parsed, around), context.t
    if found and found[0].grade == "refuse":
        return replace(form, refused=said(t, found[0]))
    summary = (
        (t.label("statement-field", "number"), row.number),
        (t.label("release-field", "approval"), placed(t, form.position, form.row)),
        (t.label("release-field", "revoked_on"), full_date(date.fromisoformat(parsed.on), t.lang)),
        (t.label("release-field", "after"), t.label("state", parsed.after)),
    )
    return replace(
        form,
        body=canonical.dumps(body).decode(),
        summary=summary,
        confirm=to_confirm(t, found, Sheeted()),
        doubts=tuple(said(t, each) for each in found if each.grade == "note"),
    )


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/applications/{number}/revoke", get_revocation),
    ("POST", "/applications/{number}/revoke", post_revocation),
)
