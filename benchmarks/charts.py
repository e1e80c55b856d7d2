"""Draw charts as SVG: dots on a logarithmic axis, and lines over sizes.

Dots rather than bars: bars need an axis from 0. A dot has its value as text; its whisker spans the
lowest to the highest turn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

_WIDTH: Final = 900
_ROW: Final = 26
_LEFT: Final = 300
_RIGHT: Final = 90
_TOP: Final = 56
_PANEL: Final = (300, 190)
_INSET: Final = (54, 34, 16, 30)
"""Left, top, right and bottom of a small chart."""

_MARGIN: Final = 16
"""Between an axis and the first point, for that point's text."""

_OURS: Final = "#0b5394"
_OTHER: Final = "#444444"
_FLOOR: Final = "#999999"
_GRID: Final = "#e0e0e0"
_TEXT: Final = "#222222"


@dataclass(frozen=True, slots=True)
class Dot:
    """One row of a chart of dots.

    Attributes:
        label: Text on the left.
        value: Place of the dot, above 0.
        low: Left end of the whisker.
        high: Right end of the whisker.
        kind: `ours`, `other` or `floor`; decides the colour.
    """

    label: str
    value: float
    low: float
    high: float
    kind: str = "other"


@dataclass(frozen=True, slots=True)
class Series:
    """One small chart: values over sizes, both logarithmic."""

    title: str
    unit: str
    points: Sequence[tuple[float, float]]


def dots(title: str, unit: str, rows: Sequence[Dot]) -> str:
    """Draw a row with a dot for every value, on one logarithmic axis.

    Raises:
        ValueError: There are no rows, or a value is not above 0.
    """
    axis = _Axis.over([bound for row in rows for bound in (row.low, row.high, row.value)])
    height = _TOP + _ROW * len(rows) + 12
    drawn = [_text(12, 24, title, size=16, weight="bold")]
    for tick in axis.ticks():
        x = _LEFT + axis.share(tick) * (_WIDTH - _LEFT - _RIGHT)
        drawn.append(_line(x, _TOP - 8, x, height - 12, _GRID))
        drawn.append(_text(x, _TOP - 12, f"{_number(tick)} {unit}", anchor="middle", size=11))
    for place, row in enumerate(rows):
        drawn += _row(row, axis, _TOP + _ROW * place + _ROW / 2)
    return _document(_WIDTH, height, drawn, title)


def panels(title: str, series: Sequence[Series], columns: int = 3) -> str:
    """Draw small charts in a grid, with separate axes.

    Raises:
        ValueError: A chart has no points, or a value is not above 0.
    """
    width, height = _PANEL
    lines = math.ceil(len(series) / columns)
    drawn = [_text(12, 24, title, size=16, weight="bold")]
    for place, one in enumerate(series):
        x, y = place % columns * width, 40 + place // columns * height
        drawn += [f'<g transform="translate({x} {y})">', *_panel(one), "</g>"]
    return _document(width * columns, 40 + height * lines, drawn, title)


@dataclass(frozen=True, slots=True)
class _Axis:
    """A logarithmic axis. Its ends are 1, 2 or 5 times a power of ten."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Sequence[float]) -> _Axis:
        if not values or min(values) <= 0:
            raise ValueError("a logarithmic axis needs values above 0")
        return cls(_step_below(min(values)), _step_above(max(values)))

    def share(self, value: float) -> float:
        """Return the place of a value, from 0 to 1."""
        return (math.log10(value) - math.log10(self.low)) / (
            math.log10(self.high) - math.log10(self.low)
        )

    def ticks(self) -> list[float]:
        """Return powers of ten within the axis; both ends as well if there is at most one."""
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        tens = [10.0**power for power in range(first, last + 1)]
        return tens if len(tens) > 1 else sorted({self.low, *tens, self.high})


def _step_below(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return max(step * power for step in (1, 2, 5) if step * power <= value * (1 + 1e-9))


def _step_above(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return min(step * power for step in (1, 2, 5, 10, 20) if step * power > value * (1 + 1e-9))


def _row(row: Dot, axis: _Axis, y: float) -> list[str]:
    span = _WIDTH - _LEFT - _RIGHT
    x, low, high = (_LEFT + axis.share(each) * span for each in (row.value, row.low, row.high))
    colour = {"ours": _OURS, "floor": _FLOOR}.get(row.kind, _OTHER)
    weight = "bold" if row.kind == "ours" else "normal"
    return [
        _text(_LEFT - 10, y + 4, row.label, anchor="end", weight=weight),
        _line(low, y, high, y, colour, 3),
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}"/>',
        _text(max(x, high) + 12, y + 4, _number(row.value), weight=weight),
    ]


def _panel(series: Series) -> list[str]:
    (width, height), (left, top, right, bottom) = _PANEL, _INSET
    if not series.points:
        raise ValueError(f"{series.title} has no points: an axis needs values above 0")
    across = _Axis.over([size for size, _ in series.points])
    values = [value for _, value in series.points]
    # A decade at least: on a shorter axis noise would look like growth. Room for the label above
    # the highest point, which would lie on the title.
    along = _Axis.over([*values, max(values) * 1.3, max(values) / 10])
    inner, tall = width - left - right - 2 * _MARGIN, height - top - bottom
    placed = [
        (
            left + _MARGIN + across.share(size) * inner,
            top + tall - along.share(value) * tall,
            value,
        )
        for size, value in series.points
    ]
    drawn = [_text(left, 20, f"{series.title}, {series.unit}", size=13, weight="bold")]
    for tick in along.ticks():
        y = top + tall - along.share(tick) * tall
        drawn.append(_line(left, y, width - right, y, _GRID))
        drawn.append(_text(left - 6, y + 4, _number(tick), anchor="end", size=11))
    for size, x in ((size, x) for (size, _), (x, _, _) in zip(series.points, placed, strict=True)):
        drawn.append(_text(x, height - 10, _number(size), anchor="middle", size=11))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in placed)
    drawn.append(f'<polyline points="{path}" fill="none" stroke="{_OURS}" stroke-width="2"/>')
    for x, y, value in placed:
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{_OURS}"/>')
        drawn.append(_text(x, y - 8, _number(value), anchor="middle", size=11))
    return drawn


def _number(value: float) -> str:
    """Write a value with two or three significant digits."""
    if value >= 1_000_000 and value % 1_000_000 == 0:
        return f"{value / 1_000_000:.0f} M"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if value >= 10 else f"{value:.2g}"


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'font-weight="{weight}" fill="{_TEXT}">{escape(text)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: int = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"/>'
    )


def _document(width: int, height: int, drawn: Sequence[str], title: str) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        'font-family="system-ui, sans-serif">'
    )
    ground = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{escape(title)}</title>", ground, *drawn, "</svg>", ""])
