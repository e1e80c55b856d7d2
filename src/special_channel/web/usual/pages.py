"""The page of templates and its forms, which work without the script."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from special_channel.desk.text_templates import MAX_TEXT
from special_channel.stores.templates import TemplateKind
from special_channel.web.http.openapi import Route
from special_channel.web.shared.portions import PortionQuery, Portions, heavy
from special_channel.web.shared.query import DraftName, read_filters, read_query
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.forms import local_path, read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show
from special_channel.web.shell.templates import TemplateItem
from special_channel.web.usual import queries
from special_channel.web.usual.tables import FILES
from special_channel.web.usual.views import TemplateFilters, TemplatesView

# Weights are bytes of HTML.
SHOWN: Final = 280_000
"""Of the templates of a page, which has no other table."""

_TEMPLATE: Final = 1_200

_FIRST: Final = PortionQuery()


class TemplatesQuery(TemplateFilters):
    """`draft`: name of the draft whose texts the form of a new template begins with."""

    draft: DraftName = ""


async def get_templates(request: web.Request) -> web.Response:
    """Show the reader's templates, and the form of a new one."""
    context = await page_context(request, *OFFICIALS)
    query = read_filters(TemplatesQuery, request.query.items())
    view = await queries.listed(context, query, query.draft)
    # The draft of the new template is no filter.
    filters = TemplateFilters(**query.model_dump(exclude={"draft"}))
    if fault := query.fault:
        shown = TemplateFilters.model_fields.keys() & fault.typed.keys()
        filters = filters.refused(fault.error, {name: fault.typed[name] for name in shown})
    asked = read_query(PortionQuery, request.query.items())
    return await show(context, templates_page(view, filters, asked, query.draft))


async def post_template(request: web.Request) -> web.Response:
    """Keep a template for the reader's desk."""
    context = await page_context(request, *OFFICIALS)
    form = await read_form(request, context.reader)
    kind: TemplateKind = "question" if form.get("kind") == "question" else "answer"
    texts = (form.get(name, "").replace("\r\n", "\n") for name in ("text", "translation"))
    await queries.keep(context, kind, form.get("title", ""), *texts)
    return see_other("/templates")


async def post_removal(request: web.Request) -> web.Response:
    """Remove a template of the reader's desk."""
    context = await page_context(request, *OFFICIALS)
    form = await read_form(request, context.reader)
    await queries.remove(context, form.get("id", ""))
    return see_other(local_path(form.get("back", ""), "/templates"))


def templates_page(
    view: TemplatesView, query: TemplateFilters, asked: PortionQuery = _FIRST, draft: str = ""
) -> ViewPage:
    """Make the page of templates.

    Args:
        view: The templates.
        query: The filter.
        asked: The portion of the templates.
        draft: Name of the draft whose texts the form begins with, kept by the links of portions.
    """
    fields = query.fields | ({"draft": draft} if draft else {})
    portions = Portions(f"/templates?{urlencode(fields)}".rstrip("?"), asked, SHOWN)
    cut = portions.of("kept", view.items, weigh_template, main=True)
    longer = max(len(view.text), len(view.translation)) > MAX_TEXT
    more = {"query": query, "cut": cut, "longer": longer, "most": MAX_TEXT}
    return ViewPage("usual/templates.html", "templates", view, more)


def weigh_template(item: TemplateItem) -> int:
    """Weigh a template with its texts."""
    return _TEMPLATE + 2 * heavy(item.title) + heavy(item.en) + heavy(item.zh)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/templates", get_templates),
    *FILES,
    ("POST", "/templates", post_template),
    ("POST", "/templates/remove", post_removal),
)
