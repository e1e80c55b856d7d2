"""`special-channel deadline`: count a due time offline and explain the count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from special_channel.cli import options
from special_channel.cli.command import Choice, Count, command, flag, option, required
from special_channel.cli.local import local
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.cli.printing import print_line
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import instant
from special_channel.core.rules.releases import release_id
from special_channel.core.time import due
from special_channel.core.time.calendars import Calendar
from special_channel.messages.catalogue import Catalogue, catalogue
from special_channel.wiring.files import calendars as read_calendars


@command()
@required(
    "--calendar answering",
    "Name the side that is to answer, and whose days count.",
    Choice("eu", "cn"),
)
@required("--working-days", "Count this many working days.", Count(1, 1000))
@option("--from start", "Begin at this date or instant (…Z); without it, now.", "time")
@flag("--both", "Count only days that both sides work.")
@options.CALENDARS
@local
def deadline(
    out: Output, *, answering: Party, working_days: int, start: str, both: bool, calendars: Path
) -> None:
    """Count a due time in working days and explain the count, period by period."""
    found = read_calendars(calendars)
    count: Literal["answering", "both"] = "both" if both else "answering"
    begun = _start(start)
    counted = (
        due.due(found, answering, begun, working_days, count)
        if isinstance(begun, datetime)
        else due.due_from_date(found, answering, begun, working_days, count)
    )
    lang: Literal["en", "zh"] = "en" if out.lang == "en" else "zh"
    runs = due.explain(found, counted)
    if out.as_json:
        stated = {
            "due": counted.stamp,
            "local": due.headline(counted),
            "answering": answering,
            "working_days": working_days,
            "count": count,
            "provisional": counted.provisional,
            "calendar": found[answering].digest,
            "runs": [_run(run, lang) for run in runs],
        }
        out.document(stated)
        return
    words = catalogue(out.lang)
    print_line(due.headline(counted))
    if counted.provisional:
        print_line(words.gettext("counted.provisional"))
    print_line(
        words.gettext(f"counted.{count}", on=counted.started_on.isoformat(), days=working_days)
    )
    for run in runs:
        print_line(_line(run, words, lang))
    for name, status in _releases(found, counted):
        print_line(words.gettext(f"counted.calendar.{status}", name=name))


def _start(text: str) -> datetime | date:
    if not text:
        return MACHINE.now()
    try:
        return instant(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        raise Malformed("date-malformed", "A start is 2026-11-24 or …T08:00:00Z.") from None


def _line(run: due.Run, words: Catalogue, lang: Literal["en", "zh"]) -> str:
    """Format a run: dates, numbers in the count, reason."""
    span = " – ".join(dict.fromkeys([str(run.first), str(run.last)]))
    numbers = "–".join(dict.fromkeys(map(str, run.numbers or ())))
    why = words.label("counted", run.kind)
    if run.name:
        why += ("：" if lang == "zh" else ": ") + getattr(run.name, lang)
    return f"  {span:<23}  {numbers:>7}  {why}"


def _releases(
    found: Mapping[Party, Calendar], counted: due.Due
) -> Iterator[tuple[str, Literal["official", "derived"]]]:
    """Yield the calendar releases for dates between event and due time."""
    first, last = counted.started_on, counted.counted[-1]
    parties = (counted.answering,) if counted.count == "answering" else PARTIES
    for party in parties:
        for each in found[party].releases:
            if each.covers.first <= last and each.covers.last >= first:
                yield release_id(each), each.source.status


def _run(run: due.Run, lang: Literal["en", "zh"]) -> dict[str, Any]:
    return {
        "first": run.first.isoformat(),
        "last": run.last.isoformat(),
        "kind": run.kind,
        "numbers": "–".join(map(str, run.numbers or ())),
        "name": getattr(run.name, lang) if run.name else "",
    }
