"""The last answer on an application in any list, which prefills a new answer."""

from __future__ import annotations

import pytest

from special_channel.core.rows.batches import ListingRow
from special_channel.core.rules.state import key_of
from special_channel.stores.views import Views
from tests.stores.made_entries import Made, append

LAST, WEEK, OTHER = "a1" * 32, "b2" * 32, "c3" * 32


def listing(
    batch: str, row: int, number: str, answered: int = -1, match: str = "", of: int = -1
) -> ListingRow:
    """A row with an answer; `of`: index of the answer that it corrects."""
    return ListingRow(
        batch,
        row,
        number,
        "normal",
        row,
        "2026-11-20",
        1,
        match=match,
        answered=answered,
        answer_of=of,
    )


async def last_of(views: Views, batch: str) -> dict[str, ListingRow]:
    return dict(await views.last_answers([row.number for row in await views.listings(batch, 1, 9)]))


async def views_of(record, *rows: ListingRow) -> Views:
    await append(record, "eu", Made(), rows={key_of(row): row for row in rows})
    return Views(record.pool)


async def test_the_newest_answer_counts_whichever_list_it_was_given_on(record):
    views = await views_of(
        record,
        listing(LAST, 1, "A-1", 4, "found"),
        listing(LAST, 2, "A-2", 4, "not_found"),
        listing(OTHER, 7, "A-1", 9, "withheld"),
        listing(WEEK, 1, "A-1"),
        listing(WEEK, 2, "A-2"),
        listing(WEEK, 3, "A-3"),
    )
    found = await last_of(views, WEEK)
    assert {number: (row.batch, row.match) for number, row in found.items()} == {
        "A-1": (OTHER, "withheld"),
        "A-2": (LAST, "not_found"),
    }


async def test_the_own_list_counts_too_and_of_one_answer_the_first_row(record):
    views = await views_of(
        record,
        listing(WEEK, 2, "A-1", 6, "duplicate"),
        listing(WEEK, 1, "A-1", 6, "found"),
        listing(LAST, 3, "A-1", 5, "not_found"),
    )
    assert (await last_of(views, WEEK))["A-1"].row == 1


async def test_correction_of_an_older_answer_is_not_the_last(record):
    views = await views_of(
        record,
        listing(LAST, 1, "A-1", 9, "not_found", of=4),
        listing(WEEK, 1, "A-1", 6, "found"),
    )
    assert (await last_of(views, WEEK))["A-1"].match == "found"


@pytest.mark.parametrize("batch", [LAST, OTHER])
async def test_what_was_never_answered_or_is_not_on_the_list_is_absent(record, batch):
    views = await views_of(
        record,
        listing(LAST, 1, "A-1"),
        listing(WEEK, 1, "A-2", 3, "found"),
    )
    assert await last_of(views, batch) == {}
