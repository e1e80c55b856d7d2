"""Format dates for people, in both languages, and find them in text.

Does not know time zones or calendars: callers convert instants to local dates first.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from special_channel.messages.catalogue import Lang

_DAYS: Final[dict[Lang, tuple[str, ...]]] = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh-CN": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
)  # fmt: skip

DATE: Final = re.compile(
    rf"(?:(?:{'|'.join(_DAYS['en'])}) )?\b\d{{1,2}} (?:{'|'.join(_MONTHS)})\b(?: \d{{4}})?"
    rf"|(?:\d{{4}}年)?\d{{1,2}}月\d{{1,2}}日(?:（(?:{'|'.join(_DAYS['zh-CN'])})）)?"
)
"""A date as the functions of this module write it, in either language."""


def day(value: date, lang: Lang) -> str:
    """Return `Thu 26 Nov` or `11月26日（周四）`."""
    return _named(plain_day(value, lang), value, lang)


def days(first: date, last: date, lang: Lang, *, dated: bool = False) -> str:
    """Return one date, or the first and the last of several: `Mon 30 Nov – Tue 1 Dec`.

    `dated`: with their years.
    """
    write = whole_day if dated else day
    if first == last:
        return write(first, lang)
    return f"{write(first, lang)}{'至' if lang == 'zh-CN' else ' – '}{write(last, lang)}"


def short_day(value: date, lang: Lang) -> str:
    """Return `Thu 26 Nov` or `26日 周四`, with the month on its first day; for narrow columns."""
    if lang == "en":
        return day(value, lang)
    month = f"{value.month}月" if value.day == 1 else ""
    return f"{month}{value.day}日 {_DAYS[lang][value.weekday()]}"


def month_name(month: int, lang: Lang) -> str:
    """Return `Nov` or `11月`."""
    return _MONTHS[month - 1] if lang == "en" else f"{month}月"


def month_of_year(year: int, month: int, lang: Lang) -> str:
    """Return `Nov 2026` or `2026年11月`."""
    name = month_name(month, lang)
    return f"{name} {year}" if lang == "en" else f"{year}年{name}"


def full_date(value: date, lang: Lang) -> str:
    """Return `26 Nov 2026` or `2026年11月26日`."""
    written = plain_day(value, lang)
    return f"{written} {value.year}" if lang == "en" else f"{value.year}年{written}"


def plain_day(value: date, lang: Lang) -> str:
    """Return `3 Dec` or `12月3日`, without the day of the week."""
    month = month_name(value.month, lang)
    return f"{value.day} {month}" if lang == "en" else f"{month}{value.day}日"


def as_of(local: datetime, lang: Lang, year: int | None) -> str:
    """Return `Fri 27 Nov 08:02` or `11月27日15:02`, for a sentence about a record.

    `year` is the current year; a different year is included. None includes every year.
    """
    written = day(local.date(), lang) if lang == "en" else plain_day(local.date(), lang)
    if local.year != year:
        written = whole_day(local.date(), lang) if lang == "en" else full_date(local.date(), lang)
    return f"{written}{' ' if lang == 'en' else ''}{local:%H:%M}"


def whole_day(value: date, lang: Lang) -> str:
    """Return `Thu 26 Nov 2026` or `2026年11月26日（周四）`, with the year."""
    return _named(full_date(value, lang), value, lang)


def _named(written: str, value: date, lang: Lang) -> str:
    """Add the day of the week to a date."""
    name = _DAYS[lang][value.weekday()]
    return f"{name} {written}" if lang == "en" else f"{written}（{name}）"
