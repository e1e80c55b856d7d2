"""Write differences between two charters in the reader's words.

Does not compare charters: `core.rules.charter_changes` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Final

from special_channel.core.rows.charter import ASKS, Charter
from special_channel.core.rules.charter_changes import Change, Leaf, changes
from special_channel.core.time.calendars import WEEKDAYS
from special_channel.messages.catalogue import Lang
from special_channel.messages.dates import full_date
from special_channel.web.charter.views import (
    Comparison,
    FieldChange,
    SectionChanges,
    SubjectChanges,
)
from special_channel.web.shared.viewpoint import Viewpoint

NOTHING: Final = "–"

LABELS: Final[Mapping[str, str]] = {
    "party": "side",
    "roles": "role",
    "suites": "suite",
    "urgency": "urgency",
    "markings": "marking",
    "columns": "charter-column",
    "count": "charter-count",
    "suspends": "charter-suspends",
    "status": "charter-status",
    "stops": "charter-stops",
}
"""Groups of labels for fields with coded values."""

ZERO_IS_NOTHING: Final = ("working_days", "seconds", "minimum_notice_working_days")

LANGUAGES: Final[Mapping[str, Lang]] = {"_en": "en", "_zh": "zh-CN"}
"""Suffixes of fields with a text in one language."""

TITLED: Final[Mapping[str, tuple[str, ...]]] = {
    "reply_rules": ("rule",),
    "desks": ("party", "desk"),
    "levels": ("level",),
}
"""Sections whose members have titles, with the fields that identify a member."""


def comparison(view: Viewpoint, digest: str, before: Charter | None, after: Charter) -> Comparison:
    """Compare a charter with the charter before; titles are those of the later charter."""
    charters = (after, before) if before else (after,)
    sections = [
        SectionChanges(
            name=view.t.label("charter-section", section),
            subjects=tuple(
                _subject(view, charters, tuple(fields))
                for _, fields in groupby(group, key=lambda change: change.subject)
            ),
        )
        for section, group in groupby(changes(before, after), key=lambda change: change.section)
    ]
    return Comparison(
        number=after.number,
        digest=digest,
        before=before.number if before else 0,
        sections=tuple(sections),
    )


def _subject(
    view: Viewpoint, charters: tuple[Charter, ...], fields: tuple[Change, ...]
) -> SubjectChanges:
    section, subject = fields[0].section, fields[0].subject
    name, code = _name(view, charters, section, subject), " ".join(subject)
    repeated = code == name or (section not in TITLED and code in {"eu", "cn"})
    return SubjectChanges(
        name=name,
        code="" if repeated else code,
        fields=tuple(
            FieldChange(
                field=view.t.label("charter-field", change.field),
                before=_value(view, change.field, change.before),
                after=_value(view, change.field, change.after),
                mono=change.field == "digest",
                lang=LANGUAGES.get(change.field[-3:], ""),
            )
            for change in fields
        ),
    )


def _name(
    view: Viewpoint, charters: tuple[Charter, ...], section: str, subject: tuple[str, ...]
) -> str:
    label = view.t.label
    match section, subject:
        case _, ():
            return ""
        case (("calendars" | "office_hours" | "duty" | "parties" | "sides"), (party, *_)):
            return label("side", party)
        case "suites", (role, *_):
            return label("role", role)
        case "release", (kind, *_):
            return label("charter-kind" if kind == ASKS else "kind", kind)
        case "thresholds", (name, *_):
            return label("figure", name)
        case _:
            return _title(view, charters, section, subject) or " ".join(subject)


def _title(
    view: Viewpoint, charters: tuple[Charter, ...], section: str, subject: tuple[str, ...]
) -> str:
    """Return the title of a section's member; empty if absent."""
    keys = TITLED.get(section)
    for charter in charters if keys else ():
        for member in getattr(charter, section):
            code = tuple(str(getattr(member, key)) for key in keys or ())
            if code == subject[: len(code)]:
                return str(member.title_zh if view.lang == "zh-CN" else member.title_en)
    return ""


def _value(view: Viewpoint, field: str, value: Leaf | None) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return _listed(view, (_value(view, field, each) for each in value))
    if field in LABELS:
        return view.t.label(LABELS[field], str(value))
    if isinstance(value, bool):
        return view.t.label("charter-bool", "yes" if value else "no")
    if field in ZERO_IS_NOTHING and value == 0:
        return NOTHING
    write = WRITERS.get(field)
    return write(view, str(value)) if write else str(value) or NOTHING


def _listed(view: Viewpoint, words: Iterable[str]) -> str:
    return ("、" if view.lang == "zh-CN" else ", ").join(words) or NOTHING


def _clock(_view: Viewpoint, minutes: str) -> str:
    return f"{int(minutes) // 60:02}:{int(minutes) % 60:02}"


def _in_fours(_view: Viewpoint, digest: str) -> str:
    # In groups, so that a digest can be compared by eye and has places to break.
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def _date(view: Viewpoint, text: str) -> str:
    try:
        return full_date(date.fromisoformat(text), view.lang)
    except ValueError:
        return text


def _span(view: Viewpoint, text: str) -> str:
    first, _, last = text.partition("/")
    to = "至" if view.lang == "zh-CN" else " – "
    return _date(view, first) + (to + _date(view, last) if last != first else "")


def _weekdays(view: Viewpoint, text: str) -> str:
    days = [str(number) for number, day in enumerate(WEEKDAYS) if day in text.split()]
    return _listed(view, (view.t.label("weekday", day) for day in days))


WRITERS: Final[Mapping[str, Callable[[Viewpoint, str], str]]] = {
    "opens": _clock,
    "closes": _clock,
    "warnings": lambda view, share: f"{share}%" if view.lang == "zh-CN" else f"{share}\u00a0%",
    "digests": _in_fours,
    "first": _date,
    "last": _date,
    "workdays": _weekdays,
    "closed": lambda view, text: _listed(view, (_span(view, span) for span in text.split())),
    "make_up": lambda view, text: _listed(view, (_date(view, day) for day in text.split())),
}
"""Functions that write the values of a field."""
