"""Pages of charters: a charter with its changes, and a registrar's proposal from a file.

Does not sign or write entries: the registrar's browser signs and posts them.
"""

from __future__ import annotations

from itertools import groupby
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed
from special_channel.web.charter import queries
from special_channel.web.charter.views import (
    CharterDetail,
    Comparison,
    ProposalView,
    SectionChanges,
    SubjectChanges,
    ToSign,
)
from special_channel.web.http.openapi import Route
from special_channel.web.shared.portions import Portion, PortionQuery, Portions, heavy
from special_channel.web.shared.query import Text, read_query
from special_channel.web.shell.context import REGISTRAR, PageContext, page_context
from special_channel.web.shell.forms import posted, read_form
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

MAX_FILE_NAME: Final = 200
"""Characters of a file's name on the page."""

MAX_FILES: Final = 20
"""Calendar files in one request."""

# Weights are bytes of HTML.
SHOWN: Final = 320_000
"""Of the changes of a page and the data to sign; also the most subjects."""

LEAST: Final = 100_000
"""Of the changes beside data that takes all of the room."""

_SUBJECT: Final = 200
_FIELD: Final = 150

_FIRST: Final = PortionQuery()

_Changed = Portion[tuple[str, SubjectChanges]]
"""Changed subjects, each with the name of its section."""


class ProposalQuery(PortionQuery):
    """Chosen portion of the changes of an uploaded charter; `charter`: digest of the charter."""

    charter: Text = ""


async def get_charter(request: web.Request) -> web.Response:
    """Show a charter's changes and adoptions; to a registrar, the data to sign."""
    context = await page_context(request)
    asked = read_query(PortionQuery, request.query.items())
    view = await queries.charter(context, request.match_info["digest"])
    return await show(context, charter_page(view, asked))


async def post_charter(request: web.Request) -> web.Response:
    """Store uploaded calendar releases named in a charter, and show the charter again."""
    context = await page_context(request, REGISTRAR)
    releases = await _files(request, context, "releases")
    view = await queries.charter(context, request.match_info["digest"], releases)
    return await show(context, charter_page(view))


async def get_charter_file(request: web.Request) -> web.Response:
    """Return a charter's canonical bytes as a file."""
    context = await page_context(request)
    line, text = await queries.find_charter(context, request.match_info["digest"])
    return web.Response(
        body=text,
        content_type="application/json",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="charter-{line.number}.json"',
        },
    )


async def get_proposal(request: web.Request) -> web.Response:
    """Show the form for a charter of our side, or more of the changes of an uploaded one."""
    context = await page_context(request, REGISTRAR)
    asked = read_query(ProposalQuery, request.query.items())
    if asked.charter:
        view = await queries.kept_proposal(context, asked.charter)
        return await show(context, proposal_page(view, asked))
    return await show(context, proposal_page(queries.form(context)))


async def post_proposal(request: web.Request) -> web.Response:
    """Check an uploaded charter, and show its changes and the data to sign.

    A charter that our side can propose, with long changes, is kept, so that they can be read on.
    """
    context = await page_context(request, REGISTRAR)
    releases = await _files(request, context, "releases")
    charters = await _files(request, context, "charter")
    if len(charters) != 1:
        raise Malformed("request-malformed", "A file is asked for.", field="charter")
    view = queries.proposal(context, *charters[0], releases)
    cut = _proposed(view, _FIRST)
    if cut and cut.pages.next_url and view.refused is None:
        await queries.keep_proposal(context, *charters[0])
    else:
        await queries.forget_proposal(context)
    return await show(context, proposal_page(view))


def charter_page(view: CharterDetail, asked: PortionQuery = _FIRST) -> ViewPage:
    """Make the page of a charter, with a portion of its changes; the last one has the act."""
    cut = _portion(view.line.url, asked, view.changes, view.to_sign)
    more = {"cut": cut, "shown": _shown(view.changes, cut)}
    return ViewPage("charter/charter.html", "rules", view, more)


def weigh_subject(subject: SubjectChanges) -> int:
    """Weigh the changed fields of a subject."""
    texts = (each for field in subject.fields for each in (field.field, field.before, field.after))
    names = heavy(subject.name) + heavy(subject.code)
    return _SUBJECT + names + _FIELD * len(subject.fields) + sum(map(heavy, texts))


def proposal_page(view: ProposalView, asked: PortionQuery = _FIRST) -> ViewPage:
    """Make the page of a proposal, with a portion of its changes; the last one has the act."""
    cut = _proposed(view, asked)
    more = {"cut": cut, "shown": _shown(view.changes, cut) if view.changes and cut else None}
    return ViewPage("charter/proposal.html", "rules", view, more)


def _proposed(view: ProposalView, asked: PortionQuery) -> _Changed | None:
    """Return the asked portion of the changes of an uploaded charter, if there is one."""
    if view.changes is None:
        return None
    url = f"/rules/propose?charter={view.changes.digest}"
    return _portion(url, asked, view.changes, view.to_sign)


def _portion(
    url: str, asked: PortionQuery, changes: Comparison, to_sign: ToSign | None
) -> _Changed:
    """Return the asked portion of a charter's changes.

    The data to sign stands beside the changes, which leaves them less room.
    """
    data = heavy(to_sign.part) if to_sign else 0
    portions = Portions(url, asked, max(SHOWN - data, LEAST), most=SHOWN)
    changed = [(part.name, each) for part in changes.sections for each in part.subjects]
    return portions.of("changes", changed, lambda each: weigh_subject(each[1]), main=True)


def _shown(changes: Comparison, cut: _Changed) -> Comparison:
    """Return the changes of a portion."""
    sections = tuple(
        SectionChanges(name=name, subjects=tuple(subject for _, subject in subjects))
        for name, subjects in groupby(cut.items, key=lambda each: each[0])
    )
    return changes.model_copy(update={"sections": sections})


async def _files(request: web.Request, context: PageContext, field: str) -> queries.Files:
    """Read the files of a form's field; an empty field has none."""
    await read_form(request, context.reader)
    files = (await posted(request)).files_of(field)
    if len(files) > MAX_FILES:
        raise Malformed("request-malformed", "Too many files at once.", field=field)
    return [(each.filename[:MAX_FILE_NAME], each.file.read()) for each in files if each.filename]


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/rules/propose", get_proposal),
    ("POST", "/rules/propose", post_proposal),
    ("GET", "/rules/charters/{digest}.json", get_charter_file),
    ("GET", "/rules/charters/{digest}", get_charter),
    ("POST", "/rules/charters/{digest}", post_charter),
)
