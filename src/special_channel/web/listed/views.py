"""Views of listed applications by our private columns. Private columns never leave the node.

Does not count firms and does not sort by size.
"""

from __future__ import annotations

from special_channel.web.shared.view import SizesView, View


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
    """Groups of a private column, sorted by name."""

    column: str
    lines: tuple[GroupLine, ...]

    @property
    def whole(self) -> GroupLine:
        """All groups together."""
        counts: dict[str, int] = {}
        for line in self.lines:
            for name, count in line.counts.items():
                counts[name] = counts.get(name, 0) + count
        return GroupLine(
            value="",
            total=sum(line.total for line in self.lines),
            counts=counts,
            asked=sum(line.asked for line in self.lines),
            granted=sum(line.granted for line in self.lines),
        )


class ListedView(SizesView):
    """Listed applications by each private column."""

    groupings: tuple[Grouping, ...]
