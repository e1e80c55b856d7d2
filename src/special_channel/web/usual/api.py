"""Templates over the API: list, use, keep and remove them. Does not sign or send."""

from __future__ import annotations

from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from special_channel.desk.text_templates import MAX_TEXT, MAX_TITLE
from special_channel.stores.templates import TemplateKind
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.usual import queries
from special_channel.web.usual.views import TemplateFilters, TemplatesView, TemplateText

Number = Annotated[str, Field(max_length=64)]
Language = Annotated[str, Field(max_length=MAX_TEXT)]


class TemplateUse(Body):
    """Where the text goes: a thread by number or id, or the applications of a new thread."""

    thread: Number = ""
    applications: Annotated[tuple[Number, ...], Field(max_length=400)] = ()


class TemplateKept(Body):
    """A template: its text in the reader's language, and in the other."""

    kind: TemplateKind
    title: Annotated[str, Field(max_length=MAX_TITLE)]
    text: Language
    translation: Language = ""


@operation(
    Operation(
        "List templates of usual questions and answers",
        response=TemplatesView,
        query=TemplateFilters,
    )
)
async def get_templates(request: web.Request, query: TemplateFilters) -> TemplatesView:
    """Return the reader's templates that match."""
    return await queries.listed(await page_context(request, *OFFICIALS), query)


@operation(Operation("Use a template", request=TemplateUse, response=TemplateText))
async def post_use(request: web.Request, body: TemplateUse) -> TemplateText:
    """Return a template's texts for a note; the reader's list has it first from then on."""
    context = await page_context(request, *OFFICIALS)
    which = request.match_info["id"]
    return await queries.use(context, which, body.thread, body.applications)


@operation(Operation("Keep a template for the own desk", request=TemplateKept))
async def post_template(request: web.Request, body: TemplateKept) -> TemplatesView:
    """Keep a template; return all templates."""
    context = await page_context(request, *OFFICIALS)
    return await queries.keep(context, body.kind, body.title, body.text, body.translation)


@operation(Operation("Remove a template of the own desk", response=TemplatesView))
async def delete_template(request: web.Request) -> TemplatesView:
    """Remove a template; return the others."""
    context = await page_context(request, *OFFICIALS)
    return await queries.remove(context, request.match_info["id"])


API: Final[tuple[Route, ...]] = (
    ("GET", "/api/templates", get_templates),
    ("POST", "/api/templates", post_template),
    ("POST", "/api/templates/{id}/use", post_use),
    ("DELETE", "/api/templates/{id}", delete_template),
)
