"""Read requests for priority from the record. Does not write: asking and answering are entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.priorities import PriorityRow
from special_channel.stores.permits import PriorityFilter
from special_channel.web.priority.views import (
    PrioritiesFound,
    PriorityDetail,
    PriorityFilters,
    PriorityItem,
    WantedItem,
)
from special_channel.web.shared.days import instants
from special_channel.web.shell.context import PageContext

MAX_APPLICATIONS: Final = 400
"""As `core.entries.permits.PriorityRequest` allows."""


async def priorities(
    context: PageContext, filters: PriorityFilters, offset: int, limit: int
) -> PrioritiesFound:
    """Read matching requests."""
    sought = PriorityFilter(
        filters.text,
        filters.reason,
        cast(Any, filters.state),
        *instants(context.party, *filters.days()),
    )
    rows, total = await context.own.stores.permits.priorities(
        sought, offset, limit, oldest=filters.sort == "oldest"
    )
    items = tuple(PriorityItem(**_item(row)) for row in rows)
    return PrioritiesFound(**context.sizes, total=total, items=items)


async def priority(context: PageContext, number: str) -> PriorityDetail:
    """Read a request by its number, such as EU-12.

    Raises:
        NotFound: `priority-unknown`.
    """
    try:
        position = Position.parse(number)
    except Malformed:
        position = Position("cn", 0)
    row = (
        await context.own.stores.permits.priority(position.index)
        if position.party == "eu"
        else None
    )
    if row is None:
        raise NotFound("priority-unknown", f"Priority request {number} does not exist.")
    states = await _states(context, [each.number for each in row.wanted])
    return PriorityDetail(
        **_item(row),
        wanted=tuple(
            WantedItem(
                number=each.number,
                state=states.get(each.number) or None,
                answer=each.answer or None,
                remark=each.remark or None,
                answered_in=f"CN-{each.answered}" if each.answered >= 0 else None,
            )
            for each in row.wanted
        ),
    )


async def known(
    context: PageContext, chosen: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sort application numbers into known and unknown ones, each once."""
    numbers = tuple(dict.fromkeys(chosen))[:MAX_APPLICATIONS]
    rows = await context.own.stores.views.applications(
        [each for each in numbers if "\0" not in each]
    )
    return (
        tuple(number for number in numbers if number in rows),
        tuple(number for number in numbers if number not in rows),
    )


async def _states(context: PageContext, numbers: Sequence[str]) -> dict[str, str]:
    """Look up the state of each application: CN's statement, else the EU's."""
    rows = await context.own.stores.views.applications(numbers)
    stated = {number: row.latest("cn") or row.latest("eu") for number, row in rows.items()}
    return {number: each.state for number, each in stated.items() if each}


def _item(row: PriorityRow) -> dict[str, Any]:
    return {
        "position": str(Position("eu", row.index)),
        "request": row.request,
        "accepted": row.accepted,
        "reason": row.reason,
        "applications": len(row.wanted),
        "open": row.open,
        "granted": sum(each.answer == "granted" for each in row.wanted),
    }
