"""Files of lists and return sheets on the command line: how they are read, what they hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from special_channel.cli import intake
from special_channel.cli.command import (
    Choice,
    Decorator,
    Work,
    argument,
    flag,
    option,
    repeated,
    stacked,
)
from special_channel.cli.output import draft_number
from special_channel.cli.printing import print_json, print_line
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Item
from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import Position
from special_channel.core.entries import StatementRef
from special_channel.core.rows.submission import Submission
from special_channel.core.sense.reasons import GivenReason
from special_channel.desk import payloads
from special_channel.desk.answers import CorrectableStatement
from special_channel.desk.encodings import ENCODINGS
from special_channel.desk.sheet import Sheet
from special_channel.desk.table import Choices, Table
from special_channel.messages.catalogue import catalogue

SHEET_OPTIONS: Final[tuple[Decorator, ...]] = (
    argument("file", "Read this file: CSV (UTF-8) or XLSX.", "file"),
    flag("--dry-run", "Check every line and show what will be sent; sign nothing."),
    flag(
        "--show-bytes",
        "Show, with --dry-run, the exact JSON to be signed; a random salt is added when you sign.",
    ),
)


READING_OPTIONS: Final[tuple[Decorator, ...]] = (
    option(
        "--encoding",
        "Read a CSV file in this encoding, if it does not tell its own.",
        Choice(*ENCODINGS),
    ),
    option("--sheet", "Read this sheet of the workbook."),
    repeated(
        "--send",
        "Send what the file hides or strikes out: row-hidden, row-struck, cell-struck,"
        " column-hidden, faint or comment; with a line's number before it for that line alone, such"
        " as 3:row-hidden. unnumbered or 3:unnumbered: list rows without a number under our own"
        " reference. sheet-hidden: read a workbook that hides filled sheets. Repeat it for more.",
    ),
    flag("--set-aside", "Leave out rows with an error or an open question; sign the others."),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a list's file is read; `set_aside`: rows with faults are left out."""

    sheet: str
    send: tuple[str, ...]
    set_aside: bool
    encoding: str | None
    list: str = ""

    def choices(self) -> Choices:
        """Return the choices about the file."""
        return Choices(
            sheet=self.sheet,
            sent=frozenset(self.send),
            list=self.list,
            encoding=self.encoding or "",
        )

    def query(self) -> dict[str, str]:
        """Return the choices as the node reads them."""
        return {
            "sheet": self.sheet,
            "send": ",".join(self.send),
            "list": self.list,
            "encoding": self.encoding or "",
        }

    def rows_of(self, call: Call, sheet: Sheet, found: intake.Findings = ()) -> Sheet:
        """Return the rows to sign; show those that are set aside.

        `found`: findings of the node's rules; a row that can't be true is set aside, too.
        """
        if not self.set_aside:
            return sheet
        parted, aside = sheet.parted()
        refused = intake.impossible(found)
        good, _ = parted.without({int(each["line"]) for each in refused})
        # A stop that is not sent goes before everything else.
        _show_stops(call, sheet, good)
        show_faults(call, replace(sheet, faults=tuple(f for row in aside for f in row.faults)))
        if refused:
            intake.show_findings(call, refused)
        return good

    def of_rows(self, found: intake.Findings) -> intake.Findings:
        """Return the findings of the rows to sign."""
        return [each for each in found if not self.set_aside or each["grade"] != "refuse"]


def reads_list(work: Callable[..., Awaitable[None]]) -> Work:
    """Make a command of a coroutine on a list's file; add the options of its reading."""
    return stacked(remote(work), (*SHEET_OPTIONS, *READING_OPTIONS))


def is_to_sign(call: Call, sheet: Sheet, *, dry_run: bool) -> bool:
    """Show the faults of a sheet, and return whether to sign the sheet.

    Raises:
        Malformed: Code of the first fault.
    """
    if sheet.faults and not dry_run:
        show_faults(call, sheet)
    sheet.checked()
    return not dry_run


def report(
    call: Call,
    sheet: Sheet,
    type_: Literal["list", "return"],
    compared: Mapping[str, Any],
    *,
    show_bytes: bool,
) -> None:
    """Show faults, columns to send and columns to keep.

    A sheet with a fault can't be signed and has no bytes.
    """
    show_faults(call, sheet)
    part = b"" if sheet.faults else payloads.sheet_part(payloads.PREVIEW_SALT, type_, sheet.rows)
    if show_bytes and call.out.as_json:
        print_json({"type": "bytes", "bytes": part.decode()})
    elif show_bytes:
        print_line(part.decode())
    else:
        filled = [{"type": "column", "column": k, "rows": n} for k, n in sheet.filled().items()]
        call.out.rows(filled, ("column", "rows"))
    summary = {
        "list": sheet.list,
        "rows": len(sheet.rows),
        "faults": len(sheet.faults),
        **compared,
        "crosses": list(sheet.filled()),
        "bytes": len(part),
        "stays": list(sheet.columns),
    }
    call.out.document({"type": "sheet", **summary} if call.out.as_json else summary)


def show_reading(call: Call, table: Table | None) -> None:
    """Show which columns, sheets and lines of a file are left out.

    `table`: the file's table; None without a file.
    """
    t, rows = catalogue(call.out.lang), list[tuple[str, str, str]]()
    for head in table.asked() if table else ():
        known = " · ".join(head.meant)
        said = t.sentence("list-head-unclear", cell=head.place, head=head.text, known=known)
        rows.append((head.place, head.text, said.text))
    if table:
        rows += [("", t.gettext("not in the file"), t.label("filled", x)) for x in table.filled]
        rows += [(cell, "", t.gettext("no head: the column is left out")) for cell in table.unnamed]
        rows += [(name, "", t.gettext("not read")) for name in table.others]
        rows += [
            (str(each.line), each.text, t.gettext("not a row of the list"))
            for each in table.skipped
        ]
    read = [{"type": "reading", "cell": a, "original": b, "sentence": c} for a, b, c in rows]
    intake.show_rows(call, read, ("cell", "original", "sentence"))


def _show_stops(call: Call, whole: Sheet, ready: Sheet) -> None:
    """Show the line stops among the lines set aside."""
    t = catalogue(call.out.lang)
    stops = [
        {
            "type": "stop-aside",
            "row": each.line,
            "list_row": each.row,
            "number": each.number,
            "sentence": each.said(t),
        }
        for each in whole.stops_aside(frozenset(ready.lines))
    ]
    intake.show_rows(call, stops, ("row", "list_row", "number", "sentence"))


def show_faults(call: Call, sheet: Sheet) -> None:
    """Show the faults by line, in the reader's language."""
    t, places = catalogue(call.out.lang), sheet.list_rows()
    faults = [intake.explained(call, "fault", each, places, each.facts(t)) for each in sheet.faults]
    intake.show_rows(call, faults, intake.EXPLAINED)


def correctable(rows: Sequence[Item]) -> dict[int, tuple[CorrectableStatement, ...]]:
    """Return the statements that each row can correct, as the node lists them."""
    return {
        int(row["row"]): tuple(
            CorrectableStatement(
                Position.parse(str(each["position"])),
                StatementRef(id=str(each["id"]), row=each.get("row")),
            )
            for each in row.get("correctable", ())
        )
        for row in rows
    }


async def send_for_release(
    call: Call,
    sheet: Sheet,
    entry: Submission,
    compared: Mapping[str, Any],
    reasons: Sequence[GivenReason],
) -> None:
    """Store private columns, lay the sheet before a second official, and print what waits."""
    # Private columns go first: no sheet is released with columns lost on the way.
    if sheet.kept:
        author = await call.official.author(private=True)
        columns = payloads.columns_kept(author, sheet.list, sheet.kept)
        await call.official.send([columns], private=True)
    draft = await call.official.lay_before(
        entry, await call.official.signed_reasons(entry, reasons)
    )
    named = {"draft": draft_number(draft)}
    if call.out.as_json:
        named = {"id": dsse.decode(entry.envelope).id, "draft": draft}
    call.out.document(
        {
            **named,
            "list": sheet.list,
            "rows": len(sheet.rows),
            **compared,
            "stays": list(sheet.columns),
        }
    )
