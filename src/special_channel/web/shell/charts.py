"""Charts of columns: blocks on an axis, counts above them and names below, as SVG.

Does not count and does not choose colours: a block's kind is a class of the stylesheet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from markupsafe import Markup, escape

# SVG user units.
TOP: Final = 24
FOOT: Final = 26

_Of = TypeVar("_Of")


@dataclass(frozen=True, slots=True)
class Block:
    """A block with its count. Lengths are SVG user units, here and below."""

    kind: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column(Generic[_Of]):
    """A column of blocks.

    Attributes:
        of: The month or code that is counted.
        counts: All counts, in the order of the kinds; a count of 0 has no block.
        middle: Distance of the column's middle from the left.
        labels: Counts above blocks, with the middle and the foot of the text.
    """

    of: _Of
    counts: tuple[int, ...]
    middle: float
    blocks: tuple[Block, ...]
    labels: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True)
class Chart(Generic[_Of]):
    """A chart.

    Attributes:
        base: Distance of the axis from the top.
        strong: Whether the counts above blocks are bold.
    """

    columns: tuple[Column[_Of], ...]
    width: int
    base: int
    strong: bool = False

    @property
    def height(self) -> int:
        """Height with the names below the axis."""
        return self.base + FOOT

    # A template writes the pieces of a chart one by one, which takes four times as long.
    def drawn(self, name: Callable[[_Of, bool], str]) -> Markup:
        """Draw the columns and the axis.

        Args:
            name: Returns the text below a column; told whether it is the first.
        """
        weight = ' font-weight="650"' if self.strong else ""
        pieces: list[str] = []
        for place, column in enumerate(self.columns):
            pieces += (
                f'<rect class="{block.kind}" x="{block.x}" y="{block.y:.1f}"'
                f' width="{block.width}" height="{block.height:.1f}"/>'
                for block in column.blocks
            )
            pieces += (
                f'<text x="{x}" y="{y:.1f}" text-anchor="middle"{weight}>{count}</text>'
                for x, y, count in column.labels
            )
            pieces.append(
                f'<text class="sub" x="{column.middle}" y="{self.base + 18}" text-anchor="middle">'
                f"{escape(name(column.of, not place))}</text>"
            )
        pieces.append(
            f'<line class="ax" x1="0" x2="{self.width}" y1="{self.base}" y2="{self.base}"/>'
        )
        return Markup("\n".join(pieces))  # noqa: S704 - numbers, classes of ours, escaped names
