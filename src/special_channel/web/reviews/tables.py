"""Disputed entries as a file: first words, signer, and outcome."""

from __future__ import annotations

from typing import Final

from special_channel.desk.extracts import Extract
from special_channel.web.reviews import queries
from special_channel.web.reviews.views import ReviewItem, ReviewsQuery
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import (
    file_routes,
    filter_fact,
    list_extract,
    list_facts,
    wall_clock,
)

COLUMNS: Final = (
    "entry", "time", "entry_kind", "thread", "first_words", "signer", "came", "came_at", "remedy",
)  # fmt: skip


async def review_extract(context: PageContext, query: ReviewsQuery) -> Extract:
    """Make a table of the disputed entries for the reader's review, or of our side's."""
    found = await queries.reviews(context, query)
    lines = [_line(context, each) for each in found.items]
    t = context.t
    whole = str(found.total)
    facts = [
        filter_fact(
            context,
            (
                t.label("scope", query.scope),
                query.text,
                t.label("review-what", query.what) if query.what else "",
            ),
        ),
        # A file that ends before the list does says so.
        ("entries", whole if found.total <= len(lines) else f"{len(lines)} / {whole}"),
        ("times", t.label("capital", context.party)),
    ]
    return list_extract(context, "review", COLUMNS, lines, list_facts(context, found, facts))


def _line(context: PageContext, item: ReviewItem) -> list[str]:
    t, author = context.t, item.author
    return [
        numbered(context, item.position),
        wall_clock(context, item.accepted),
        t.label("kind", item.kind),
        numbered(context, item.thread) if item.thread else "",
        item.words.text if item.words else "",
        author.name or author.desk.first(context.lang).text,
        _came(context, item),
        wall_clock(context, item.outcome_at),
        t.label("remedy", item.remedy.code) if item.remedy else "",
    ]


def _came(context: PageContext, item: ReviewItem) -> str:
    t = context.t
    if item.outcome == "acknowledged":
        return t.gettext("acknowledged by %(side)s", side=t.label("side", context.peer))
    if item.outcome == "stored":
        return t.gettext("not delivered yet")
    return t.label("came", item.outcome)


FILES: Final = file_routes("review", ReviewsQuery, review_extract)
