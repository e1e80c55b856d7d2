"""The page by which CN's officials record, or correct, that an approval was revoked (撤销).

Checks a revocation like an append does. Does not sign: the browser does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from aiohttp import web

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound
from special_channel.core.bytes.ids import Position
from special_channel.core.entries import ApprovalRevoked, StatementRef, parse
from special_channel.core.entries.permits import Revocation
from special_channel.core.rows.applications import REVOCATION, ApplicationRow, AssertedStatement
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


class RevokeQuery(CorrectQuery):
    """The approval: number of its entry, and row of its sheet or 0; or `corrects` in its place.

    `corrects`: number of the entry with our earlier revocation, which is replaced.
    """

    corrects: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """What a revocation is about.

    Attributes:
        context: The reader.
        row: The application.
        approval: CN's statement of the approval.
        earlier: The revocation to replace; None for a new one.
    """

    context: PageContext
    row: ApplicationRow
    approval: AssertedStatement
    earlier: AssertedStatement | None = None


@dataclass(frozen=True, slots=True)
class RevokeForm:
    """The form for a revocation, with the body to sign.

    Attributes:
        number: The application.
        position: Number of the entry with the approval.
        row: Row of its sheet; 0 without a sheet.
        approval: Its words, in the reader's language.
        corrects: Number of the entry with the revocation to replace; empty for a new one.
        before: That revocation, in the reader's language.
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
    corrects: str = ""
    before: str = ""
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
        if self.corrects:
            return f"{self.then}/revoke?corrects={self.corrects}"
        return f"{self.then}/revoke?position={self.position}&row={self.row}"

    @property
    def restate(self) -> str:
        """Address for stating something else in the place of the revocation to replace."""
        return f"{self.then}/correct?position={self.corrects}&row=0"


async def get_revocation(request: web.Request) -> web.Response:
    """Show the form: empty for the revocation of an approval, or filled with an earlier one."""
    case = await _read(request)
    form = _form(case)
    if case.earlier:
        form = replace(form, form={"on": case.earlier.as_of, "after": case.earlier.state})
    return await show(case.context, revocation_page(form))


async def post_revocation(request: web.Request) -> web.Response:
    """Check a revocation and show the body to sign."""
    case = await _read(request)
    typed = await read_form(request, case.context.reader)
    form = replace(_form(case), form={name: typed.get(name, "") for name in _FIELDS})
    return await show(case.context, revocation_page(await _checked(case, form)))


def revocation_page(form: RevokeForm) -> ViewPage:
    """Make the page of the form."""
    return ViewPage("applications/revoke.html", "application", form, {"after": AFTER})


async def _read(request: web.Request) -> _Case:
    """Read the application, and CN's live approval or revocation at the place of the query.

    Raises:
        NotAllowed: `owner` on the EU's node, and as `page_context`.
        NotFound: `application-unknown`; `statement-unknown` for a statement that is no approval,
            and for one in `corrects` that is no live revocation.
    """
    context = await page_context(request, *OFFICIALS)
    if not context.writes_for("cn"):
        raise NotAllowed("owner", "CN states revocations.")
    row = await queries.find_application(context, request.match_info["number"])
    query = read_query(RevokeQuery, request.query.items())
    live = [each for each in row.live("cn") if isinstance(each, AssertedStatement)]
    if query.corrects:
        return await _earlier(context, row, live, query.corrects)
    for each in live:
        named = str(Position("cn", each.index)), each.row
        if each.source != "licence" and named == (query.position, query.row) and approves(each):
            return _Case(context, row, each)
    raise NotFound("statement-unknown", "Our side has no such approval.")


async def _earlier(
    context: PageContext, row: ApplicationRow, live: Sequence[AssertedStatement], position: str
) -> _Case:
    """Read a live revocation and the approval that it names."""
    earlier = next(
        (
            each
            for each in live
            if each.source == REVOCATION and str(Position("cn", each.index)) == position
        ),
        None,
    )
    stored = await context.own.stores.record.find([earlier.id]) if earlier else {}
    for found in stored.values():
        entry = parse(dsse.decode(found.envelope).payload)
        if not isinstance(entry, ApprovalRevoked):
            continue
        named = entry.body.approval.id, entry.body.approval.row or 0
        # The check says it if the approval was corrected meanwhile.
        for each in row.cn:
            if (each.id, each.row) == named:
                return _Case(context, row, each, earlier)
    raise NotFound("statement-unknown", "Our side has no such revocation.")


def _form(case: _Case) -> RevokeForm:
    t, approval, earlier = case.context.t, case.approval, case.earlier
    form = RevokeForm(
        case.row.number,
        str(Position("cn", approval.index)),
        approval.row,
        stated_words(t, approval),
    )
    if earlier is None:
        return form
    corrects = str(Position("cn", earlier.index))
    return replace(form, corrects=corrects, before=stated_words(t, earlier))


async def _checked(case: _Case, form: RevokeForm) -> RevokeForm:
    """Return the form with the body to sign, or with the reason against signing."""
    context, row, approval, t = case.context, case.row, case.approval, case.context.t
    ref = StatementRef(id=approval.id, row=approval.row or None)
    corrects = StatementRef(id=case.earlier.id) if case.earlier else None
    try:
        body = revocation({**form.form, "number": row.number}, ref, corrects)
    except Malformed as error:
        return replace(form, fault=str(error.facts.get("field", "")) or "-")
    parsed = Revocation.model_validate_json(canonical.dumps(body))
    around = await statement_around(context, working_days(context.calendar("cn")), row, ref)
    found = checked(parsed, around)
    if found and found[0].grade == "refuse":
        return replace(form, refused=said(t, found[0]))
    summary = [
        (t.label("statement-field", "number"), row.number),
        (t.label("release-field", "approval"), placed(t, form.position, form.row)),
        (t.label("release-field", "revoked_on"), full_date(date.fromisoformat(parsed.on), t.lang)),
        (t.label("release-field", "after"), t.label("state", parsed.after)),
    ]
    if form.corrects:
        summary.append((t.label("statement-field", "corrects"), form.corrects))
    return replace(
        form,
        body=canonical.dumps(body).decode(),
        summary=tuple(summary),
        confirm=to_confirm(t, found, Sheeted(corrected={1} if corrects else ())),
        doubts=tuple(said(t, each) for each in found if each.grade == "note"),
    )


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/applications/{number}/revoke", get_revocation),
    ("POST", "/applications/{number}/revoke", post_revocation),
)
