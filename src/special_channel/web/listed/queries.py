"""Read listed applications by our private columns, on the EU's node alone.

Does not order firms: groups are sorted by name, or by what waits for a decision.
"""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.bytes.errors import NotFound
from special_channel.stores.permits import GroupCounts
from special_channel.web.listed.views import (
    COLUMNS,
    Grouping,
    GroupLine,
    ListedFilters,
    ListedView,
    together,
)
from special_channel.web.shared.states import GROUP_OF, GROUPS
from special_channel.web.shell.context import PageContext


async def listed(context: PageContext, query: ListedFilters) -> ListedView:
    """Count applications by our private columns, in the groups of a filter.

    Raises:
        NotFound: `not-found` on CN's node, which has no private columns.
    """
    if context.party != "eu":
        raise NotFound("not-found", "CN's node has no such page.")
    groups = await context.own.stores.permits.groups(COLUMNS)
    groupings = tuple(
        _grouping(context, column, groups[column], query)
        for column in COLUMNS
        if query.by in {"", column}
    )
    return ListedView(**context.sizes, groupings=groupings)


def group_name(context: PageContext, column: str, value: str) -> str:
    """Return the name of a group in the reader's language."""
    if not value:
        return context.t.gettext("not stated in the list")
    return value if column == "member_state" else context.t.label(column, value)


def _grouping(
    context: PageContext, column: str, groups: Sequence[GroupCounts], query: ListedFilters
) -> Grouping:
    lines = [_line(each) for each in sorted(groups, key=lambda each: each.value)]
    text = query.text.casefold()
    matching = [
        each for each in lines if text in group_name(context, column, each.value).casefold()
    ]
    if query.sort == "pending":
        matching.sort(key=lambda each: -each.counts["pending"])
    return Grouping(column=column, whole=together(lines), lines=tuple(matching))


def _line(group: GroupCounts) -> GroupLine:
    counts = dict.fromkeys(GROUPS, 0)
    for state, rows in group.states.items():
        counts[GROUP_OF.get(state, "over")] += rows
    return GroupLine(
        value=group.value,
        total=group.total,
        counts=counts,
        asked=group.asked,
        granted=group.granted,
    )
