"""Views of listed applications by our private columns. Private columns never leave the node.

Does not count firms and does not sort by size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, Literal

from special_channel.web.shared.query import Filters, Text, codes
from special_channel.web.shared.view import SizesView, View

COLUMNS: Final = ("member_state", "end_use_sector", "is_sme")
"""Private columns by which applications are grouped."""


class ListedFilters(Filters):
    """Filters of the groups by column and by part of their name; and their order.

    `pending`: those with the most applications without decision first.
    """

    by: Annotated[str, codes(COLUMNS)] = ""
    text: Text = ""
    sort: Literal["name", "pending"] = "name"


class GroupLine(View):
    """Applications of a group, such as a member state.

    Shares: `total` of the population, `counts` and `asked` of `total`, `granted` of `asked`.

    Attributes:
        value: The group; empty if the list had no value.
        counts: Applications by group of states (`shared/states.py`).
        asked: Applications with a request for priority.
        granted: Applications with priority granted by CN's last answer.
    """

    value: str
    total: int
    counts: dict[str, int]
    asked: int
    granted: int


class Grouping(View):
    """Groups of a private column that match a filter, in its order.

    Attributes:
        whole: All groups of the column together, also those that do not match.
    """

    column: str
    whole: GroupLine
    lines: tuple[GroupLine, ...]

    @property
    def left_out(self) -> int:
        """Number of applications in groups that do not match."""
        return self.whole.total - sum(line.total for line in self.lines)


def together(lines: Sequence[GroupLine]) -> GroupLine:
    """Add up groups."""
    counts: dict[str, int] = {}
    for line in lines:
        for name, count in line.counts.items():
            counts[name] = counts.get(name, 0) + count
    return GroupLine(
        value="",
        total=sum(line.total for line in lines),
        counts=counts,
        asked=sum(line.asked for line in lines),
        granted=sum(line.granted for line in lines),
    )


class ListedView(SizesView):
    """Listed applications by each private column."""

    groupings: tuple[Grouping, ...]
