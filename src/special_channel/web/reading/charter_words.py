"""What differs between two charters, in the reader's words.

Does not compare: `core.rules.charter_changes` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from itertools import groupby
from typing import Final

from special_channel.core.rows.charter import ASKS, Charter
from special_channel.core.rules.charter_changes import Change, Leaf, changes
from special_channel.core.time.calendars import WEEKDAYS, Weekday
from special_channel.messages.catalogue import Lang
from special_channel.messages.dates import full_date
from special_channel.web.pages.charters import Compared, Said, Section, Subject
from special_channel.web.shell.context import PageContext

NOTHING: Final = "–"

_LABELLED: Final[Mapping[str, str]] = {
    "roles": "role",
    "urgency": "urgency",
    "markings": "marking",
    "columns": "charter-column",
    "count": "charter-count",
    "suspends": "charter-suspends",
    "status": "charter-status",
    "stops": "charter-stops",
}
"""Fields whose values are codes, and the labels' group."""

_ABSENT_AS_ZERO: Final = ("working_days", "seconds", "minimum_notice_working_days")
"""Fields of which 0 says that nothing is counted so."""

_LANGS: Final[Mapping[str, Lang]] = {"_en": "en", "_zh": "zh-CN"}
"""Ends of the names of fields that hold a text in one language."""

_TITLED: Final = ("reply_rules", "desks", "levels")
"""Sections whose members have a title of their own."""


def compared(context: PageContext, digest: str, before: Charter | None, after: Charter) -> Compared:
    """Compare a charter with the one before it."""
    words = _Words(context, (after, *((before,) if before else ())))
    found = changes(before, after)
    return Compared(
        number=after.number,
        digest=digest,
        before=before.number if before else 0,
        sections=tuple(
            Section(
                context.t.label("charter-section", section),
                tuple(
                    words.subject(section, subject, tuple(each))
                    for subject, each in groupby(group, key=lambda one: one.subject)
                ),
            )
            for section, group in groupby(found, key=lambda one: one.section)
        ),
    )


class _Words:
    """Words for the parts of these charters; titles are taken from the first that has one."""

    def __init__(self, context: PageContext, charters: tuple[Charter, ...]) -> None:
        self._context, self._charters = context, charters

    def subject(self, section: str, subject: tuple[str, ...], found: tuple[Change, ...]) -> Subject:
        name = self._name(section, subject)
        code = " ".join(subject)
        return Subject(
            name=name,
            code="" if code in {name, *self._sides(section)} else code,
            fields=tuple(self._said(one) for one in found),
        )

    @staticmethod
    def _sides(section: str) -> tuple[str, ...]:
        """Return codes that the name says already."""
        return () if section in _TITLED else ("eu", "cn")

    def _name(self, section: str, subject: tuple[str, ...]) -> str:
        label = self._context.t.label
        match section, subject:
            case _, ():
                return ""
            case (("calendars" | "office_hours" | "duty" | "parties"), (party, *_)):
                return label("side", party)
            case "release", (kind, *_):
                return label("charter-kind" if kind == ASKS else "kind", kind)
            case "thresholds", (name, *_):
                return label("figure", name)
            case _:
                return self._title(section, subject) or " ".join(subject)

    def _title(self, section: str, subject: tuple[str, ...]) -> str:
        zh = self._context.lang == "zh-CN"
        for charter in self._charters if section in _TITLED else ():
            for member in getattr(charter, section):
                code = _code(section, member)
                if code == subject[: len(code)]:
                    return str(member.title_zh if zh else member.title_en)
        return ""

    def _said(self, one: Change) -> Said:
        return Said(
            field=self._context.t.label("charter-field", one.field),
            before=self._value(one.field, one.before),
            after=self._value(one.field, one.after),
            mono=one.field == "digest",
            lang=_LANGS.get(one.field[-3:], ""),
        )

    def _value(self, field: str, value: Leaf | None) -> str:
        if value is None:
            return ""
        if field in _ABSENT_AS_ZERO and value == 0:
            return NOTHING
        if isinstance(value, tuple):
            comma = "、" if self._context.lang == "zh-CN" else ", "
            return comma.join(self._value(field, each) for each in value) or NOTHING
        if field in _LABELLED:
            return self._context.t.label(_LABELLED[field], str(value))
        if isinstance(value, bool):
            return self._context.t.label("charter-bool", "yes" if value else "no")
        made = _FORMATS.get(field)
        return made(self._context, value) if made else str(value) or NOTHING


def _code(section: str, member: object) -> tuple[str, ...]:
    names = {"reply_rules": ("rule",), "desks": ("party", "desk"), "levels": ("level",)}[section]
    return tuple(str(getattr(member, name)) for name in names)


def _minutes(_context: PageContext, value: str | int) -> str:
    return f"{int(value) // 60:02}:{int(value) % 60:02}"


def _share(_context: PageContext, value: str | int) -> str:
    return f"{value} %"


def _date(context: PageContext, value: str | int) -> str:
    try:
        return full_date(date.fromisoformat(str(value)), context.lang)
    except ValueError:
        return str(value)


def _dates(context: PageContext, value: str | int) -> str:
    return _listed(context, [_date(context, day) for day in str(value).split()])


def _spans(context: PageContext, value: str | int) -> str:
    spans = [span.partition("/") for span in str(value).split()]
    to = "至" if context.lang == "zh-CN" else " – "
    return _listed(
        context,
        [
            _date(context, first) + (to + _date(context, last) if last != first else "")
            for first, _, last in spans
        ],
    )


def _weekdays(context: PageContext, value: str | int) -> str:
    return _listed(
        context, [context.t.label("weekday", str(WEEKDAYS.index(day))) for day in _known(value)]
    )


def _known(value: str | int) -> list[Weekday]:
    return [day for day in WEEKDAYS if day in str(value).split()]


def _listed(context: PageContext, words: list[str]) -> str:
    return ("、" if context.lang == "zh-CN" else ", ").join(words) or NOTHING


def _side(context: PageContext, value: str | int) -> str:
    return context.t.label("side", str(value))


_FORMATS: Final[Mapping[str, Callable[[PageContext, str | int], str]]] = {
    "opens": _minutes,
    "closes": _minutes,
    "warnings": _share,
    "first": _date,
    "last": _date,
    "party": _side,
    "workdays": _weekdays,
    "closed": _spans,
    "make_up": _dates,
}
