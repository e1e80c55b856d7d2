"""Views of checked files of weekly lists, for pages and API.

Private columns appear on our side's pages alone.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from special_channel.core.sense.findings import Grade
from special_channel.desk.encodings import Encoding
from special_channel.desk.table import Choices
from special_channel.stores.lists import UrgencyCounts
from special_channel.web.lists.views import PredecessorItem
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.query import Query
from special_channel.web.shared.view import View
from special_channel.web.shell.reasons import ConfirmItem
from special_channel.web.shell.uploads import AsideItem, FaultItem, HeadItem, SkippedItem


class EarlierItem(EntryItem):
    """Earlier listings of a number: how often, since when, and on which list last."""

    number: str
    times: int
    first: str
    list: str
    position: str
    eu_state: str
    cn_state: str


class SenseItem(View):
    """A finding of a rule of plausibility.

    Attributes:
        rule: Number of the rule, such as `S-011`.
        row: Row of the list.
        line: Line of the file.
        fields: Fields that don't fit, the first to be corrected first.
    """

    rule: str
    grade: Grade
    row: int
    line: int
    number: str
    fields: tuple[str, ...]
    sentence: str


class LookItem(View):
    """Something to look at before a list is signed; it does not prevent the signature.

    Attributes:
        code: Number of a rule about numbers that can only be corrected before the signature, code
            of a notice, or `list-decided` for applications of which the other side states a
            decision.
        rows: Lines of the file.
        list_rows: Rows of the list.
        sentence: What was found in these lines; of a notice, in the first of them.
        next: What can be done.
    """

    code: str
    rows: tuple[int, ...]
    list_rows: tuple[int, ...] = ()
    sentence: str
    next: str


class StopAsideItem(View):
    """A line set aside that states a line stop or a stop date. `row`: of the list, 0 without."""

    line: int
    row: int
    number: str
    sentence: str


class ListReport(View):
    """Result of checking a file. With a fault the list can't be signed.

    Attributes:
        stops_aside: Line stops among the lines set aside, told before everything else.
        findings: What the rules of plausibility find, the gravest first. A row with a finding of
            grade `refuse` is set aside.
        confirm: What needs a reason before signing.
        look: What to look at before signing, the most important first.
        again: Number of rows on the last list as well.
        gone: Number of rows on the last list alone.
        first_stop: The earliest stop date.
        last: The newest list of the record.
        same: A signed list of the same name.
        waiting: Whether a list of the same name waits for release.
        reopened: Numbers with earlier listings.
        linked: Former numbers.
        rows: Rows as sent to the other side.
        lines: Line of the file for each row.
        kept: Private columns by row.
        stays: Codes of the private columns, or their heads in the file.
        stays_named: The private columns in the reader's language.
        heads: The heads of the file with their columns.
        skipped: Titles, totals and signatures.
        aside: Lines set aside: with errors, with open decisions, or impossible by a rule.
        total: Number of lines of the file.
        others: Names of other filled sheets of the file, not read.
        unnamed: Cells of missing heads; their columns are left out.
        comments: Comments on cells of the file, by cell; never sent.
        filled: Columns that the file lacks: the record and the order of the rows fill them.
    """

    list: str
    stops_aside: tuple[StopAsideItem, ...] = ()
    faults: tuple[FaultItem, ...]
    notes: tuple[FaultItem, ...]
    findings: tuple[SenseItem, ...] = ()
    confirm: tuple[ConfirmItem, ...] = ()
    look: tuple[LookItem, ...]
    again: int
    gone: int
    first_stop: date | None = None
    counted: UrgencyCounts
    last: UrgencyCounts | None = None
    same: UrgencyCounts | None = None
    waiting: bool
    reopened: tuple[EarlierItem, ...]
    linked: tuple[PredecessorItem, ...] = ()
    rows: tuple[dict[str, Any], ...]
    lines: tuple[int, ...]
    kept: tuple[dict[str, Any], ...]
    stays: tuple[str, ...]
    stays_named: tuple[str, ...] = ()
    heads: tuple[HeadItem, ...] = ()
    skipped: tuple[SkippedItem, ...] = ()
    aside: tuple[AsideItem, ...] = ()
    total: int = 0
    others: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    comments: tuple[tuple[str, str], ...] = ()
    filled: tuple[str, ...] = ()


class DeskChoiceItem(View):
    """Who of the reader's desk chose the columns of a file last, and the day in our capital."""

    on: date
    by: str


class CheckQuery(Query):
    """How a file is read.

    Attributes:
        encoding: Encoding of a CSV file; ignored if the encoding was detected.
        sheet: Name of the sheet; needed if several are filled.
        send: Marks to send in spite of, separated by commas: kinds (`row-hidden`, `row-struck`,
            `cell-struck`, `column-hidden`, `faint`, `comment`, `unnumbered`), or kinds of one line
            of the file (`3:row-hidden`); `sheet-hidden` to read a workbook that hides sheets.
        list: Number of the list, for a file that names none.
    """

    encoding: Encoding | Literal[""] = ""
    sheet: Annotated[str, Field(max_length=100)] = ""
    list: Annotated[str, Field(max_length=20)] = ""
    send: Annotated[str, Field(max_length=2_000)] = ""

    def choices(self) -> Choices:
        """Return the choices."""
        sent = frozenset(filter(None, (each.strip() for each in self.send.split(","))))
        return Choices(sheet=self.sheet, sent=sent, list=self.list, encoding=self.encoding)


class KeptColumns(View):
    """Private columns of a list, by row. Never sent."""

    rows: tuple[dict[str, Any], ...]


class AmendmentReport(View):
    """Result of comparing a file with the list that it amends.

    `data`: content of the data part, of `rows` rows. `line_stop`: whether a row becomes a line
    stop. The others as in `ListReport`.
    """

    list: str
    stops_aside: tuple[StopAsideItem, ...] = ()
    faults: tuple[FaultItem, ...]
    notes: tuple[FaultItem, ...] = ()
    findings: tuple[SenseItem, ...] = ()
    confirm: tuple[ConfirmItem, ...] = ()
    reopened: tuple[EarlierItem, ...] = ()
    look: tuple[LookItem, ...] = ()
    data: dict[str, Any]
    rows: int
    line_stop: bool
    kept: tuple[dict[str, Any], ...]
    heads: tuple[HeadItem, ...] = ()
    skipped: tuple[SkippedItem, ...] = ()
    aside: tuple[AsideItem, ...] = ()
    others: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    comments: tuple[tuple[str, str], ...] = ()
    filled: tuple[str, ...] = ()
