"""A figure: a name, a value, its unit, its conditions, and what it stands beside."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    `against` names the limit or peer of the same run, `ratio` is the value over it, or the
    share of a limit that is kept (below 1 is good where `unit` is a time).
    """

    name: str
    value: float
    unit: str
    conditions: str
    against: str = ""
    ratio: float | None = None

    def line(self) -> str:
        """Write it as one JSON object."""
        fields: dict[str, str | float] = {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "conditions": self.conditions,
        }
        if self.against:
            fields["against"] = self.against
        if self.ratio is not None:
            fields["ratio"] = round(self.ratio, 3)
        return json.dumps(fields, ensure_ascii=False)


def table(figures: Iterable[Figure]) -> str:
    """Write figures for people."""
    rows = [
        (
            figure.name,
            f"{figure.value:,.2f}",
            figure.unit,
            f"{figure.ratio:.2f} of {figure.against}" if figure.ratio is not None else "",
            figure.conditions,
        )
        for figure in figures
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = []
    for name, value, unit, beside, conditions in rows:
        first = f"{name:<{widths[0]}}  {value:>{widths[1]}} {unit:<{widths[2]}}"
        lines.append(f"{first}  {beside:<{widths[3]}}  {conditions}".rstrip())
    return "\n".join(lines)


def machine() -> str:
    """Describe the machine, for conditions."""
    load = os.getloadavg()[0]
    cores = os.cpu_count()
    return (
        f"{cores} cores, {platform.machine()}, Python {platform.python_version()}, load {load:.1f}"
    )


def quantile(values: list[float], share: float) -> float:
    """Return a quantile of measured values, the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
