"""Page and API of disputed entries. Does not sign: the browser signs the review and posts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.web.http.openapi import Route
from special_channel.web.http.operation import Operation, operation
from special_channel.web.reviews import queries
from special_channel.web.reviews.tables import FILES
from special_channel.web.reviews.views import (
    CHOICES,
    MOST,
    Choice,
    ReviewsFound,
    ReviewsQuery,
    Signing,
)
from special_channel.web.shared.query import read_filters, read_query
from special_channel.web.shell.context import page_context
from special_channel.web.shell.forms import read_form
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import show

Chosen = Mapping[str, Choice]
"""Words by position."""


async def get_review(request: web.Request) -> web.Response:
    """Show the disputed entries for the reader's review, or all of our side."""
    context = await page_context(request)
    query = read_filters(ReviewsQuery, request.query.items())
    return await show(context, review_page(await queries.reviews(context, query), {}, query))


async def post_review(request: web.Request) -> web.Response:
    """Show the chosen words, with the entries to be signed."""
    context = await page_context(request)
    query = read_query(ReviewsQuery, request.query.items())
    form = await read_form(request, context.reader)
    view = await queries.reviews(context, query)
    return await show(context, review_page(view, chosen_in(view, form), query))


def chosen_in(view: ReviewsFound, form: Mapping[str, str]) -> Chosen:
    """Read the words of a form; `all` gives every entry the same one.

    Raises:
        Malformed: `request-malformed` for another word.
    """
    chosen: dict[str, Choice] = {}
    for item in view.items:
        stated = form.get("all") or form.get(f"word-{item.position}", "")
        word = next((each for each in CHOICES if each == stated), None)
        if stated and word is None:
            raise Malformed("request-malformed", "Not a valid answer.", field="word")
        if word is not None and item.may:
            chosen[item.position] = word
    return chosen


def signing_of(view: ReviewsFound, chosen: Chosen) -> Signing:
    """Return what a review signs: an entry for each word that was chosen."""
    bodies: dict[Choice, str] = {}
    for word in CHOICES:
        entries = [item.entry_id for item in view.items if chosen.get(item.position) == word]
        if entries:
            bodies[word] = canonical.dumps({"word": word, "entries": [*entries]}).decode()
    words = list(chosen.values())
    return Signing(
        bodies=tuple(bodies.values()),
        words=tuple(bodies),
        confirmed=words.count("confirmed"),
        not_mine=tuple(item for item in view.items if chosen.get(item.position) == "disowned"),
    )


def review_page(view: ReviewsFound, chosen: Chosen, query: ReviewsQuery) -> ViewPage:
    """Make the page of disputed entries. `chosen`: words to be signed; `query`: the filter."""
    more = {
        "chosen": chosen,
        "signing": signing_of(view, chosen),
        "most": MOST,
        "query": query,
        "here": f"/review?{query.address}".rstrip("?"),
    }
    return ViewPage("reviews/reviews.html", "review", view, more)


@operation(Operation("List disputed entries", response=ReviewsFound, query=ReviewsQuery))
async def get_reviews(request: web.Request, query: ReviewsQuery) -> ReviewsFound:
    """Return the disputed entries for the reader's review, or all of our side."""
    return await queries.reviews(await page_context(request), query)


PAGES: Final[tuple[Route, ...]] = (
    ("GET", "/review", get_review),
    *FILES,
    ("POST", "/review", post_review),
)

API: Final[tuple[Route, ...]] = (("GET", "/api/reviews", get_reviews),)
