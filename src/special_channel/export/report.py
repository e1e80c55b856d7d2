"""A verifier's report for people, in English or Chinese.

Does not print and does not decide: `Report.encode()` is the form for machines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from special_channel.core.audit.findings import Finding, Report
from special_channel.core.bytes.times import from_posix
from special_channel.messages.catalogue import Lang, catalogue

EFFECT_IN: Final[Mapping[Lang, str]] = {"en": "en", "zh-CN": "zh"}
"""Key of the charter's text by the reader's language."""


def lines(report: Report, lang: Lang) -> Iterator[str]:
    """Yield the report line by line: verdict, scope and logs, findings, effect."""
    words = catalogue(lang)
    yield report.verdict
    yield words.gettext(f"verdict.{report.verdict}")
    yield from _about(report, lang)
    for log in report.logs:
        facts: dict[str, str | int] = {
            "party": words.label("side", log.party),
            "size": log.size,
            "origin": log.origin,
            "time": from_posix(log.delivered) if log.delivered else "–",
        }
        yield words.gettext("verify.log", **facts)
    if report.counts:
        yield words.gettext("verify.counts", **report.counts)
    for finding in report.findings:
        yield line(finding, lang)
    if report.effect:
        yield words.gettext("verify.effect", text=shown(report.effect[EFFECT_IN[lang]]))


def _about(report: Report, lang: Lang) -> Iterator[str]:
    """Yield lines about the bundle's scope and the exporter's statement."""
    words = catalogue(lang)
    if report.scope:
        number = report.scope.get("position", "–")
        yield words.gettext(f"verify.scope.{report.scope['kind']}", number=number)
    if report.export:
        stated = report.export
        asked_by = stated["asked_by"]
        if "role" in stated:
            asked_by = f"{words.label('role', stated['role'])}, {stated['unit']}"
        yield words.gettext(
            "verify.export",
            side=words.label("side", stated["by"]),
            asked_by=shown(asked_by),
            basis=shown(words.label("basis", stated["basis"])),
            at=stated["at"],
        )


def shown(text: str) -> str:
    """Replace control and direction characters by visible code points."""
    return "".join(letter if letter.isprintable() else f"[U+{ord(letter):04X}]" for letter in text)


def line(finding: Finding, lang: Lang) -> str:
    """Format a finding: severity, place, code, sentence, facts."""
    words = catalogue(lang)
    severity = words.label("severity", finding.severity)
    facts = dict(finding.facts)
    sentence = words.finding(finding.code, **facts)
    shown = ", ".join(f"{name}={value}" for name, value in finding.facts)
    detail = f" ({shown})" if shown else ""
    return f"{severity}  {place(finding)}  {finding.code}: {sentence}{detail}"


def place(finding: Finding) -> str:
    """Format a finding's place for people: entry number, part, file."""
    where = finding.place
    number = f"{where.log.upper()}-{where.index}" if where.log and where.index >= 0 else ""
    words = [
        number or where.log.upper(),
        where.id[:12] if where.id and not number else "",
        f"#{where.part}" if where.part >= 0 else "",
        where.file,
    ]
    return " ".join(word for word in words if word) or "–"
