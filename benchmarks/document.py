"""Write tables and charts of docs/figures.md from results in docs/figures/NAME.json.

`./bench --only messaging --docs` saves its results and writes table and chart; `tests/benchmarks`
compares the page with the saved results.
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from benchmarks import charts, due_together
from benchmarks.due_together import Herds, Together
from benchmarks.environments import ROOT
from benchmarks.growth import Growth, Step
from benchmarks.messaging import BROKERS, OURS, Comparison, Result
from benchmarks.peers_beside import AFTER_KILL_SECONDS, Killed

PAGE: Final = ROOT / "docs" / "figures.md"
KEPT: Final = ROOT / "docs" / "figures"


def keep(name: str, results: Comparison | Growth | Together, folder: Path = KEPT) -> None:
    """Save the results of a run."""
    folder.mkdir(exist_ok=True)
    text = json.dumps(_rounded(asdict(results)), ensure_ascii=False, indent=1)
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:  # noqa: ANN401 - any document
    """Round every number to four significant digits."""
    if isinstance(value, dict):
        return {str(key): _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def kept_comparison(folder: Path = KEPT) -> Comparison:
    """Load the saved comparison."""
    fields = json.loads((folder / "messaging.json").read_text(encoding="utf-8"))
    fields["results"] = {
        name: {int(senders): Result(**result) for senders, result in results.items()}
        for name, results in fields["results"].items()
    }
    return Comparison(**fields)


def kept_growth(folder: Path = KEPT) -> Growth:
    """Load the saved growth."""
    fields = json.loads((folder / "growth.json").read_text(encoding="utf-8"))
    return Growth([Step(**step) for step in fields["steps"]], fields["conditions"])


def kept_peers(folder: Path = KEPT) -> Together:
    """Load the saved herds of due times."""
    fields = json.loads((folder / "peers.json").read_text(encoding="utf-8"))
    fields["herds"] = {name: Herds(**herds) for name, herds in fields["herds"].items()}
    fields["killed"] = {name: Killed(**killed) for name, killed in fields["killed"].items()}
    return Together(**fields)


def messaging_section(comparison: Comparison) -> str:
    """Write a table, the conditions, and the duties that other brokers do not have."""
    head = (
        "| | 1 sender, /s | p50 ms | CPU µs | 64 senders, /s | p50 ms | CPU µs |"
        " ours to it: p50, 1 | rate, 64 |\n|---|---|---|---|---|---|---|---|---|"
    )
    rows = [_messaging_row(comparison, name) for name in comparison.titles]
    lacks = [
        f"* {BROKERS.get(name, title.partition(',')[0])}: {comparison.lacks[name]}"
        for name, title in comparison.titles.items()
    ]
    absent = [f"* {name} was not measured: {reason}." for name, reason in comparison.absent.items()]
    conditions = (
        f'Medians of {comparison.conditions}. "CPU" is the processor time of all of the server\'s '
        'processes a message; "ours to it" the median of the ratios of bursts of one turn. '
        "In the chart a line spans the slowest to the fastest turn."
    )
    chart = "![Messages confirmed a second, 64 senders](figures/messaging.svg)"
    return "\n".join([chart, "", head, *rows, "", conditions, "", *_unique(lacks), *absent])


def _messaging_row(comparison: Comparison, name: str) -> str:
    cells = [f"**{comparison.titles[name]}**" if name == OURS else comparison.titles[name]]
    for senders in sorted(comparison.results[name]):
        result = comparison.results[name][senders]
        cells += [
            _cell(statistics.median(result.rates)),
            _cell(statistics.median(result.p50_ms)),
            _cell(statistics.median(result.server_us)),
        ]
    if name == OURS:
        cells += ["", ""]
    else:
        _, lone = comparison.ours_to(name, 1)
        many, _ = comparison.ours_to(name, 64)
        cells += [_cell(lone.median), _cell(many.median)]
    return f"| {' | '.join(cells)} |"


def _unique(lines: list[str]) -> list[str]:
    """Join the lines of floors into one."""
    brokers = [line for line in lines if not line.startswith("* Floor")]
    floors = [line.rpartition(": ")[2] for line in lines if line.startswith("* Floor")]
    return [*brokers, f"* Floors: {floors[0]}"] if floors else brokers


def messaging_chart(comparison: Comparison) -> str:
    """Draw the rates of 64 senders."""
    rows = [
        charts.Dot(
            BROKERS.get(name, title.partition(",")[0]),
            statistics.median(comparison.results[name][64].rates),
            min(comparison.results[name][64].rates),
            max(comparison.results[name][64].rates),
            _kind(name),
        )
        for name, title in comparison.titles.items()
    ]
    rows.sort(key=lambda row: -row.value)
    return charts.dots("Messages confirmed a second, 64 senders", "/s", rows)


def peers_section(found: Together) -> str:
    """Write herds of due times as a table, what a kill left, and what a job does not do."""
    head = (
        "| | due at once, /s | p50 late, ms | p99 late, ms | CPU µs | ours to it, rate |"
        f" unrun {AFTER_KILL_SECONDS:.0f} s after a kill | last one after, s | ran twice |\n"
        "|---|---|---|---|---|---|---|---|---|"
    )
    rows = [_peers_row(found, name) for name in found.titles]
    lacks = dict.fromkeys(
        f"* {'A node' if name == due_together.OURS else 'Peers'}: {found.lacks[name]}"
        for name in found.titles
    )
    absent = [f"* {name} was not measured: {reason}." for name, reason in found.absent.items()]
    conditions = (
        f'Medians of {found.conditions}. "CPU" is the processor time of worker and servers a job '
        'from the due time on; "ours to it" the median of the ratios of herds of one turn. '
        "Then each worker was killed when a tenth of a herd had run, and another one started."
    )
    chart = "![Due at once, run a second](figures/peers.svg)"
    return "\n".join([chart, "", head, *rows, "", conditions, "", *lacks, *absent])


def _peers_row(found: Together, name: str) -> str:
    ours, herds, killed = name == due_together.OURS, found.herds[name], found.killed[name]
    values = (herds.rates, herds.p50_ms, herds.p99_ms, herds.cpu_us)
    cells = [
        f"**{found.titles[name]}**" if ours else found.titles[name],
        *(_cell(statistics.median(each)) for each in values),
        "" if ours else _cell(found.ours_to(name).median),
        f"{killed.unrun:,}",
        _cell(killed.last_s),
        f"{killed.twice:,}",
    ]
    return f"| {' | '.join(cells)} |"


def peers_chart(found: Together) -> str:
    """Draw the rates of herds."""
    rows = [
        charts.Dot(
            title.partition(",")[0],
            statistics.median(found.herds[name].rates),
            min(found.herds[name].rates),
            max(found.herds[name].rates),
            "ours" if name == due_together.OURS else "other",
        )
        for name, title in found.titles.items()
    ]
    rows.sort(key=lambda row: -row.value)
    return charts.dots("Due at once, run a second", "/s", rows)


def _kind(name: str) -> str:
    if name.startswith("floor_"):
        return "floor"
    return "ours" if name == OURS else "other"


GROWTH_COLUMNS: Final = {
    "one_p50_ms": "accept 1, p50 ms",
    "batched_per_s": "batched, /s",
    "batched_us": "CPU µs each",
    "page_p95_ms": "page p95 ms",
    "export_s": "export s",
    "export_mb": "its memory MB",
    "verify_s": "verify s",
    "verify_mb": "its memory MB",
    "start_s": "start s",
    "node_mb": "node MB",
}


def growth_section(growth: Growth) -> str:
    """Write growth as a table, with the conditions."""
    head = f"| entries | {' | '.join(GROWTH_COLUMNS.values())} |\n|{'---|' * 11}"
    rows = [
        f"| {step.entries:,} | "
        + " | ".join(_cell(getattr(step, what)) for what in GROWTH_COLUMNS)
        + " |"
        for step in growth.steps
    ]
    verdicts = ", ".join(f"{step.entries:,}: {step.verdict}" for step in growth.steps)
    return "\n".join(
        [
            "![What a record costs as it grows](figures/growth.svg)",
            "",
            head,
            *rows,
            "",
            f"Conditions: {growth.conditions}. Verdicts: {verdicts}.",
        ]
    )


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


GROWTH_CHARTS: Final = {
    "batched_us": ("Accept, CPU an entry", "µs", False),
    "page_p95_ms": ("Page of a thread, p95", "ms", False),
    "export_s": ("Export", "µs an entry", True),
    "verify_us": ("Verify, CPU", "µs an entry", True),
    "start_s": ("Start", "s", False),
    "verify_mb": ("Verify, peak memory", "MB", False),
}


def growth_chart(growth: Growth) -> str:
    """Draw six small charts over the number of entries."""
    series = []
    for what, (title, unit, each) in GROWTH_CHARTS.items():
        scale = 1e6 if what == "export_s" else 1.0
        points = [
            (float(step.entries), value * scale / (step.entries if each else 1))
            for step in growth.steps
            if (value := getattr(step, what)) is not None
        ]
        series.append(charts.Series(title, unit, points))
    return charts.panels("What a record costs as it grows", series)


_SECTION: Final = (
    "<!-- {name}: written by ./bench --only {name} --docs -->\n{text}\n<!-- end of {name} -->"
)


def page_with(page: str, name: str, text: str) -> str:
    """Put a section between its marks in the page.

    Raises:
        ValueError: The page has no such marks.
    """
    marks = re.compile(rf"<!-- {name}: .*?<!-- end of {name} -->", re.DOTALL)
    if len(marks.findall(page)) != 1:
        raise ValueError(f"the page has no marks of {name}")
    return marks.sub(lambda _: _SECTION.format(name=name, text=text), page)


MAKERS: Final[dict[str, Callable[[Path], tuple[str, str]]]] = {
    "messaging": lambda folder: (
        messaging_section(kept_comparison(folder)),
        messaging_chart(kept_comparison(folder)),
    ),
    "growth": lambda folder: (
        growth_section(kept_growth(folder)),
        growth_chart(kept_growth(folder)),
    ),
    "peers": lambda folder: (
        peers_section(kept_peers(folder)),
        peers_chart(kept_peers(folder)),
    ),
}
"""Make section and chart from saved results, by name."""


def write(name: str, page: Path = PAGE, folder: Path = KEPT) -> None:
    """Write a section of the page and its chart from saved results."""
    section, chart = MAKERS[name](folder)
    (folder / f"{name}.svg").write_text(chart, encoding="utf-8")
    page.write_text(page_with(page.read_text(encoding="utf-8"), name, section), encoding="utf-8")
