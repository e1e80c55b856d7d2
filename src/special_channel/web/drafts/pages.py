"""The page of the reader's drafts. Does not sign or send: the form of each draft does."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import Malformed
from special_channel.web.drafts import queries
from special_channel.web.drafts.tables import FILES
from special_channel.web.drafts.views import FORMS, DraftFilters, DraftItem, DraftList
from special_channel.web.http.openapi import Route
from special_channel.web.shared.portions import PortionQuery, Portions, heavy
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shell.context import OFFICIALS, page_context
from special_channel.web.shell.forms import local_path, read_form, see_other
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

MAX_DIGITS: Final = 15
"""Digits of a version."""

# Weights are bytes of HTML.
SHOWN: Final = 280_000
"""Of the drafts of a page, which has no other table."""

_DRAFT: Final = 2_000
_ANSWER: Final = 40

_FIRST: Final = PortionQuery()


async def get_drafts(request: web.Request) -> web.Response:
    """Show what the reader has written and not sent."""
    context = await page_context(request, *OFFICIALS)
    query = read_filters(DraftFilters, request.query.items())
    asked = read_query(PortionQuery, request.query.items())
    return await show(context, drafts_page(await queries.draft_list(context, query), query, asked))


async def post_discard(request: web.Request) -> web.Response:
    """Discard a draft as it was listed.

    Raises:
        Malformed: `request-malformed` without a version.
        RuleBroken: `draft-elsewhere` if it was saved since.
    """
    context = await page_context(request, *OFFICIALS)
    fields = await read_form(request, context.reader)
    version = fields.get("version", "")
    if not (version.isascii() and version.isdecimal() and len(version) <= MAX_DIGITS):
        raise Malformed("request-malformed", "A version is a number.", field="version")
    await queries.discard(context, fields.get("name", ""), int(version))
    return see_other(local_path(fields.get("back", ""), "/drafts"))


def drafts_page(view: DraftList, query: DraftFilters, asked: PortionQuery = _FIRST) -> ViewPage:
    """Make the page of drafts.

    Args:
        view: The drafts.
        query: The filter.
        asked: The portion of the drafts.
    """
    portions = Portions(f"/drafts?{query.address}".rstrip("?"), asked, SHOWN)
    cut = portions.of("kept", view.items, weigh_draft, main=True)
    more = {"query": query, "forms": FORMS, "cut": cut}
    return ViewPage("drafts/drafts.html", "drafts", view, more)


def weigh_draft(item: DraftItem) -> int:
    """Weigh a draft with its heading, which stands four times in its row."""
    heading = heavy(item.number) + _ANSWER * len(item.answers)
    subject = heavy(item.title.original.text) if item.title else 0
    translated = heavy(item.title.translation.text) if item.title and item.title.translation else 0
    words = heavy(item.words.text) if item.words else 0
    return _DRAFT + 4 * heading + max(subject, translated) + words + 2 * heavy(item.url)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/drafts", get_drafts),
    *FILES,
    ("POST", "/drafts/discard", post_discard),
)
