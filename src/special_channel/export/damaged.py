"""The notice in a bundle about entries that the exporter declares damaged.

Does not excuse the damage: the verifier's report has a fault for every damaged entry as well.
"""

from __future__ import annotations

from typing import Final

from special_channel.core.audit.findings import Report

_ENGLISH: Final = (
    "Damaged in the exporter's database and left out of this bundle, whole or in part: {}."
    " Nothing here is derived from them."
)
_CHINESE: Final = "导出方数据库中已损坏、全部或者部分未列入本包的条目：{}。推算结果未计入上述条目。"


def damaged_numbers(report: Report) -> tuple[str, ...]:
    """Return the numbers (EU-5) of damaged entries in a report, without duplicates."""
    places = (finding.place for finding in report.findings if finding.code == "entry-damaged")
    return tuple(dict.fromkeys(f"{place.log.upper()}-{place.index}" for place in places))


def damage_notice(report: Report) -> tuple[str, str] | None:
    """Return the notice in English and in Chinese; None without damage."""
    numbers = damaged_numbers(report)
    if not numbers:
        return None
    return _ENGLISH.format(", ".join(numbers)), _CHINESE.format("、".join(numbers))
