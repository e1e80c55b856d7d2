"""Bases of the messy workbooks: canonical rows, habits of writing, CSV and XLSX writers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import xlsxwriter  # type: ignore[import-untyped,unused-ignore]

from tests.desk.kept_by_people.words import HEADS, MONTHS, OWN, OWN_HEADS, WORDS

Row = dict[str, str]
Cell = str | int | float | date | datetime | None
Grid = list[list[Cell]]
Show = Callable[[str], Cell]


@dataclass(frozen=True)
class Workbook:
    """A file as people keep it, and what a careful reader takes from it."""

    name: str
    kind: Literal["list", "answer"]
    data: bytes
    rows: tuple[Row, ...]
    needs: frozenset[str]
    why: str


@dataclass(frozen=True)
class Col:
    """A column: its heading, and the field that it shows or the person's own cells."""

    head: str
    field: str = ""
    show: Show = str
    own: tuple[Cell, ...] = ()


# Habits of writing a date, from ISO.


def iso(text: str) -> Cell:
    """Write 2026-03-02."""
    return text


def real(text: str) -> Cell:
    """Write a real date, which the sheet formats."""
    return date.fromisoformat(text)


def stamp(text: str) -> Cell:
    """Write a real date with a time of day."""
    return datetime.fromisoformat(text) + timedelta(hours=14, minutes=30)


def written(pattern: str) -> Show:
    """Return a habit such as `{d}.{m}.{y}`; `dd` and `mm` have two digits, `yy` too."""

    def show(text: str) -> Cell:
        day = date.fromisoformat(text)
        return pattern.format(
            d=day.day,
            m=day.month,
            y=day.year,
            dd=f"{day.day:02}",
            mm=f"{day.month:02}",
            yy=f"{day.year % 100:02}",
        )

    return show


def named(pattern: str, lang: str) -> Show:
    """Return a habit with the name of the month in `lang`, in the pattern's `{n}`."""

    def show(text: str) -> Cell:
        day = date.fromisoformat(text)
        return pattern.format(d=day.day, dd=f"{day.day:02}", n=MONTHS[lang][day.month], y=day.year)

    return show


dots = written("{d}.{m}.{y}")
dots2 = written("{dd}.{mm}.{y}")
slashes = written("{dd}/{mm}/{y}")
dashes = written("{d}-{m}-{y}")
cjk = written("{y}年{m}月{d}日")
ymd = written("{y}/{m}/{d}")
ymd_dots = written("{y}.{m}.{d}")
compact = written("{y}{mm}{dd}")
upper = named("{dd}-{n}-{y}", "EN3")


def wide(text: str) -> str:
    """Write letters, digits and hyphens in full width."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def wide_digits(text: str) -> str:
    """Write the digits alone in full width."""
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text)


def turns(*shows: Show) -> Show:
    """Return a habit that changes from row to row, as with lists of several hands."""
    state = {"at": -1}

    def show(text: str) -> Cell:
        state["at"] += 1
        return shows[state["at"] % len(shows)](text)

    return show


# Canonical rows.

_URGENCY = ("line_stop", "urgent", "normal", "urgent", "normal", "normal")
_CODES = ("1C902.a", "1C902.b", "1C903", "1C904.c", "1C902.d.1")
DATES = ("stop_on", "first_listed", "as_of", "accepted_on", "decided_on")
COUNTS = ("rank", "times_listed", "row", "days_used")


def number(serial: int) -> str:
    """Return a fictional application number."""
    return f"FIKTIV-26-{serial:07}"


def later(day: str, days: int) -> str:
    """Return the date `days` after `day`."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def listed(serial: int, count: int = 6, day: str = "2026-11-30") -> list[Row]:
    """Return rows of the list of the Monday `day`."""
    rows = []
    for at in range(count):
        urgency = _URGENCY[at % 6]
        times = (at * 5 + 2) % 7 + 1
        row = {
            "number": number(serial + at * 7),
            "urgency": urgency,
            "rank": str(at + 1),
            "stop_on": later(day, 10 + 3 * at) if urgency == "line_stop" else "",
            "first_listed": later(day, -7 * (times - 1)),
            "times_listed": str(times),
            "state": "refused" if at % 5 == 4 else "review",
            "as_of": later(day, -3 - at % 5),
            "control_code": _CODES[at % 5],
        }
        rows.append(row)
    return rows


_MATCH = ("found", "found", "not_found", "found", "duplicate", "not_eu")


def answered(serial: int, count: int = 6, day: str = "2026-11-27") -> list[Row]:
    """Return rows of a return sheet of `day`; nothing is stated of what was not found."""
    rows = []
    for at in range(count):
        row = {"row": str(at + 1), "number": number(serial + at * 7), "match": _MATCH[at % 6]}
        if row["match"] == "found":
            refused = at % 6 == 3
            row |= {
                "state": "refused" if refused else "review",
                "as_of": day,
                "accepted_on": later(day, -7 * (3 + at % 4)),
                "days_used": str(15 + 5 * (at % 4) - (4 if refused else 0)),
                "decided_on": later(day, -4) if refused else "",
            }
            for field in ("clock", "missing", "decision", "remark"):
                codes = tuple(WORDS[field])
                row[field] = codes[at % len(codes)] if codes else ""
        rows.append(row)
    return rows


# Columns.


def _as_word(field: str, lang: str, case: Callable[[str], str]) -> Show:
    return lambda code: case(WORDS[field][code].get(lang, code)) if code else ""


def _dated(show: Show) -> Show:
    return lambda text: show(text) if text else None


def whole(text: str) -> Cell:
    """Write a count as a number."""
    return int(text)


def plan(
    lang: str,
    fields: str,
    *,
    form: int = 0,
    day: Show = iso,
    num: Show = str,
    count: Show = whole,
    words: str = "",
    head: Callable[[str], str] = str,
    case: Callable[[str], str] = str,
) -> list[Col]:
    """Return columns in `lang`: names of fields, and `@name` for a column of one's own."""
    cols = []
    for field in fields.split():
        if field.startswith("@"):
            own = OWN[field[1:]].get(lang, OWN[field[1:]]["en"])
            cols.append(Col(head(OWN_HEADS[lang][field[1:]]), own=tuple(own)))
            continue
        forms = HEADS[lang][field]
        show: Show = str
        if field in WORDS:
            show = _as_word(field, words or lang, case)
        elif field in DATES:
            show = _dated(day)
        elif field in COUNTS:
            show = _dated(count)
        elif field == "number":
            show = num
        cols.append(Col(head(forms[form % len(forms)]), field, show))
    return cols


def grid(cols: Sequence[Col], rows: Iterable[Row], *, head: bool = True) -> Grid:
    """Return the cells, with the headings above."""
    lines: Grid = [[col.head for col in cols]] if head else []
    for at, row in enumerate(rows):
        lines.append(
            [
                col.show(row.get(col.field, "")) if col.field else col.own[at % len(col.own)]
                for col in cols
            ]
        )
    return lines


def said(cols: Sequence[Col], rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return what the columns say of the rows."""
    fields = [col.field for col in cols if col.field]
    return tuple({f: row[f] for f in fields if row.get(f)} for row in rows)


# Files.


def text_file(
    lines: Iterable[Sequence[Cell]],
    *,
    sep: str = ",",
    encoding: str = "utf-8",
    end: str = "\r\n",
    quoting: Literal[0, 1, 2, 3] = csv.QUOTE_MINIMAL,
    first: str = "",
) -> bytes:
    """Return a CSV file; `first` stands before all, such as a mark of order of bytes."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sep, lineterminator=end, quoting=quoting)
    for line in lines:
        writer.writerow(["" if cell is None else cell for cell in line])
    return (first + out.getvalue()).encode(encoding)


class Book:
    """An XLSX file in the making, the same bytes each time."""

    def __init__(self, form: str = "dd.mm.yyyy", **options: Any) -> None:
        """Begin a workbook with dates shown in `form`."""
        self._out = io.BytesIO()
        self.file = xlsxwriter.Workbook(self._out, {"in_memory": True, **options})
        self.file.set_properties({"created": datetime(2026, 11, 30, 8, 0, tzinfo=UTC)})
        self.form = form
        self._formats: dict[str, Any] = {}

    def look(self, **how: Any) -> Any:
        """Return a format, made once."""
        key = repr(sorted(how.items()))
        if key not in self._formats:
            self._formats[key] = self.file.add_format(how)
        return self._formats[key]

    def sheet(self, name: str, lines: Grid = [], top: int = 0, left: int = 0) -> Any:  # noqa: B006
        """Add a sheet with the cells."""
        page = self.file.add_worksheet(name)
        self.put(page, lines, top, left)
        return page

    def put(self, page: Any, lines: Grid, top: int = 0, left: int = 0, **how: Any) -> None:
        """Write cells, text as text and dates as dates."""
        for down, line in enumerate(lines):
            for right, cell in enumerate(line):
                at = (top + down, left + right)
                if isinstance(cell, datetime):
                    page.write_datetime(
                        *at, cell, self.look(num_format=self.form + " hh:mm", **how)
                    )
                elif isinstance(cell, date):
                    page.write_datetime(*at, cell, self.look(num_format=self.form, **how))
                elif isinstance(cell, str) and cell:
                    page.write_string(*at, cell, self.look(**how) if how else None)
                elif isinstance(cell, int | float):
                    page.write_number(*at, cell, self.look(**how) if how else None)

    def done(self) -> bytes:
        """Return the file."""
        self.file.close()
        return self._out.getvalue()


def book(lines: Grid, *, name: str = "Sheet1", form: str = "dd.mm.yyyy", top: int = 0) -> bytes:
    """Return a workbook of one sheet."""
    made = Book(form)
    made.sheet(name, lines, top)
    return made.done()


def lst(name: str, data: bytes, rows: Iterable[Row], why: str, needs: str = "") -> Workbook:
    """Return a list of the EU."""
    return Workbook(name, "list", data, tuple(rows), frozenset(needs.split()), why)


def ans(name: str, data: bytes, rows: Iterable[Row], why: str, needs: str = "") -> Workbook:
    """Return a return sheet of CN."""
    return Workbook(name, "answer", data, tuple(rows), frozenset(needs.split()), why)
