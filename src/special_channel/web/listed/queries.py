"""Read listed applications by our private columns, on the EU's node alone.

Does not order firms: groups are sorted by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from special_channel.core.bytes.errors import NotFound
from special_channel.stores.permits import GroupCounts
from special_channel.web.listed.views import Grouping, GroupLine, ListedView
from special_channel.web.shared.states import GROUP_OF, GROUPS
from special_channel.web.shell.context import PageContext

COLUMNS: Final = ("member_state", "end_use_sector", "is_sme")
"""Private columns by which applications are grouped."""


async def listed(context: PageContext) -> ListedView:
    """Count applications by our private columns.

    Raises:
        NotFound: `not-found` on CN's node, which has no private columns.
    """
    if context.party != "eu":
        raise NotFound("not-found", "CN's node has no such page.")
    groups = await context.own.stores.permits.groups(COLUMNS)
    groupings = tuple(_grouping(column, groups[column]) for column in COLUMNS)
    return ListedView(**context.sizes, groupings=groupings)


def _grouping(column: str, groups: Sequence[GroupCounts]) -> Grouping:
    lines = tuple(_line(each) for each in sorted(groups, key=lambda each: each.value))
    return Grouping(column=column, lines=lines)


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
