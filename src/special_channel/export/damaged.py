"""What a bundle says of entries that its exporter states to be damaged: one sentence everywhere.

Does not excuse them: the verifier's report has each of them as a fault as well.
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
    """Return the numbers (EU-5) of the entries of which the report says so, each once."""
    places = (each.place for each in report.findings if each.code == "entry-damaged")
    return tuple(dict.fromkeys(f"{one.log.upper()}-{one.index}" for one in places))


def damage_notice(report: Report) -> tuple[str, str] | None:
    """Return the sentence in English and in Chinese; None where nothing is damaged."""
    numbers = damaged_numbers(report)
    if not numbers:
        return None
    return _ENGLISH.format(", ".join(numbers)), _CHINESE.format("、".join(numbers))
