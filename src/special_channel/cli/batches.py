"""`special-channel batch …`: list, show, import, amend, answer; release or send back a draft."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from special_channel.cli import intake, options, steps, waiting
from special_channel.cli.command import (
    Choice,
    Count,
    Decorator,
    Work,
    argument,
    flag,
    group,
    option,
    repeated,
    required,
    stacked,
)
from special_channel.cli.dossiers import EDITION, OUT, write_dossier
from special_channel.cli.files import read_file, write_whole
from special_channel.cli.output import draft_number
from special_channel.cli.printing import print_json, print_line
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Column, Item, Reader, Table, label, text, time
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotAllowed
from special_channel.core.bytes.ids import Position
from special_channel.core.entries import StatementRef
from special_channel.core.rows.submission import Submission
from special_channel.desk import answers, lists, payloads, sheets
from special_channel.desk.answers import CorrectableStatement
from special_channel.desk.sheet import Sheet
from special_channel.messages.catalogue import catalogue
from special_channel.web.lists.views import BATCH_STATES
from special_channel.web.shared.states import Bucket, bucket_of

_STANDING: Final[Mapping[Bucket, str]] = {
    "done": "approved",
    "running": "in process",
    "asked": "queried",
    "ended": "ended",
    "unknown": "not stated",
}
"""Columns of the list, short enough to stand side by side."""

app = group()
_BATCH: Final = "Give the batch's number, such as EU-12."
NUMBER_ARGUMENT: Final[Decorator] = argument("number", _BATCH, "number")
SHEET_OPTIONS: Final[tuple[Decorator, ...]] = (
    argument("file", "Read this file: CSV (UTF-8) or XLSX.", "file"),
    flag("--dry-run", "Check every line and show what will be sent; sign nothing."),
    flag(
        "--show-bytes",
        "Show, with --dry-run, the exact JSON to be signed; a random salt is added when you sign.",
    ),
)


def reads_sheet(work: Callable[..., Awaitable[None]]) -> Work:
    """Make a command of a coroutine on a file; add the file and the options of a preview."""
    return stacked(remote(work), SHEET_OPTIONS)


def _rows_in(bucket: Bucket) -> Column:
    """Count the rows whose state belongs to a part of the pages' bars."""

    def value(_reader: Reader, item: Item) -> int:
        return sum(rows for state, rows in item["counts"].items() if bucket_of(state) == bucket)

    return Column(_STANDING[bucket], value)


Table(
    path="/api/batches",
    help="""List batches, the newest first, with rows counted by state as CN states them.

    Issued and used ones count as approved; a supplement asked for, or a question of customs, as
    queried; refused, sent back, withdrawn and lapsed ones as ended. With --json each state is
    counted by itself.
    """,
    columns=(
        text("number"),
        text("list"),
        text("rows"),
        time("listed at", "accepted"),
        *map(_rows_in, _STANDING),
    ),
    filters=(
        options.TEXT,
        option("--state", "List only those with this left to do.", Choice(*BATCH_STATES)),
        options.SINCE,
        options.UNTIL,
        options.OLDEST,
    ),
).add_to(app, "list")
waiting.WAITING.add_to(app, "waiting")
Table(
    path="/api/batches/{number}",
    help="Show a batch's applications with what the other side answered.",
    number=_BATCH,
    columns=(
        text("row"),
        text("number"),
        label("urgency", "urgency"),
        label("match", "match"),
        label("state", "state"),
        text("as_of"),
        text("accepted_on"),
        label("decision", "decision"),
    ),
    filters=(
        option("--first", "Begin with this row.", Count(1), default=1),
        option("--limit", "Stop after this many.", Count(1, 2000), default=100),
    ),
    skip=1,
).add_to(app, "show")


@app.command("import")
@reads_sheet
async def import_list(call: Call, file: Path, *, dry_run: bool, show_bytes: bool) -> None:
    """Sign a weekly list and send it for release by a second official; EU-only columns stay.

    Numbers already in the record are reopened; times listed and first date are sent as the record
    counts them.
    """
    _, charter = await call.official.charter()
    data = read_file(file)
    checked, found = await intake.compare_with_record(
        call, lists.weekly_list(data, frozenset(charter.columns)), data
    )
    sheet, summary = checked.sheet, intake.summary(checked, found)
    if dry_run or not call.out.as_json:
        intake.show_notes(call, checked)
        intake.show_findings(call, found)
    if dry_run:
        _report(call, sheet, "list", summary, show_bytes=show_bytes)
    is_to_sign = _is_to_sign(call, sheet, dry_run=dry_run)
    intake.refuse_impossible(found)
    if is_to_sign:
        entry = payloads.batch_listed(await call.official.author(), sheet.list, sheet.rows)
        await _send_for_release(call, sheet, entry, summary)


@app.command("amend")
@NUMBER_ARGUMENT
@reads_sheet
async def amend_list(
    call: Call, number: str, file: Path, *, dry_run: bool, show_bytes: bool
) -> None:
    """Sign an amendment of a list, from a file like the list's own.

    New row numbers are added; urgency, priority and stop date are amended where they differ; a
    reason in the column withdrawn takes a row off. Rows that the file leaves out stay.
    """
    if Position.parse(number).party != call.official.party:
        raise NotAllowed("owner", "The side that made a list amends it.")
    _, charter = await call.official.charter()
    data = read_file(file)
    sheet = lists.weekly_list(data, frozenset(charter.columns))
    amendment, batch = await intake.amending_of(call, number, sheet)
    _show_faults(call, amendment.sheet)
    amendment.sheet.checked()
    intake.show_changes(call, amendment)
    found = await intake.amendment_findings(call, number, data)
    if not call.out.as_json:
        intake.show_findings(call, found)
    intake.refuse_impossible(found)
    if dry_run:
        intake.show_amendment(call, amendment, show_bytes=show_bytes)
        return
    author = await call.official.author()
    entry = payloads.batch_amended(author, batch, amendment.data, amendment.rows)
    with_columns = replace(amendment.sheet, kept=amendment.kept)
    await _send_for_release(call, with_columns, entry, {"amended": amendment.rows})


@app.command("answer")
@NUMBER_ARGUMENT
@reads_sheet
async def answer_list(
    call: Call, number: str, file: Path, *, dry_run: bool, show_bytes: bool
) -> None:
    """Sign a return sheet for a batch and send it for release by a second official."""
    answer = await call.node.get(f"/api/batches/{number}/answer")
    numbers = {int(row["row"]): str(row["number"]) for row in answer["rows"]}
    sheet = answers.check_fit(lists.return_sheet(read_file(file)), str(answer["list"]), numbers)
    sheet = answers.with_corrections(sheet, _correctable(answer["rows"]))
    if dry_run:
        _report(call, sheet, "return", {}, show_bytes=show_bytes)
    if not _is_to_sign(call, sheet, dry_run=dry_run):
        return
    sheet = replace(sheet, kept=await intake.kept_with(call, number, sheet))
    lang = "zh-CN" if call.official.party == "cn" else "en"
    entry = payloads.batch_answered(
        await call.official.author(), str(answer["batch"]), sheet.rows, sheet.remarks, lang
    )
    await _send_for_release(call, sheet, entry, {})


def _correctable(rows: Sequence[Item]) -> dict[int, tuple[CorrectableStatement, ...]]:
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


@app.command("sheet")
@NUMBER_ARGUMENT
@required("--out", "Write this file: .xlsx or .csv.", "file")
@remote
async def sheet(call: Call, number: str, out: Path) -> None:
    """Write a batch's return sheet to fill in, with the latest statement for each row."""
    answer = await call.node.get(f"/api/batches/{number}/answer")
    rows = [{"row": row["row"], "number": row["number"], **row["fields"]} for row in answer["rows"]]
    lines = sheets.return_lines(str(answer["list"]), rows)
    write = sheets.csv_bytes if out.suffix == ".csv" else sheets.xlsx
    write_whole(out, write(sheets.COLUMNS, lines))
    call.out.document({"file": str(out), "list": answer["list"], "rows": len(lines)})


@app.command("release")
@argument(
    "drafts",
    "Give numbers or ids of drafts; without any, all that wait are listed.",
    "number",
    nargs=-1,
)
@flag("--not-concerned", "Say of a step that asks your desk: your desk is not concerned.")
@option("--remark", "Add a remark to your answer to a step; it stays with us.")
@repeated(
    "--change",
    "Agree to a step with changes: '2=words' replaces the draft's second text. Repeat it for more.",
)
@option("--scan", "Record a decision on paper: the scan of the signed sheet.", "file", default=None)
@option("--office", "Name the office that decided on paper.")
@option("--reference", "Name the reference of the decision's file.")
@option("--on", "Name the day of the decision, such as 2026-12-01.", "date")
@remote
async def release(  # noqa: PLR0913 - its options
    call: Call,
    drafts: tuple[str, ...],
    *,
    not_concerned: bool,
    remark: str,
    change: tuple[str, ...],
    scan: Path | None,
    office: str,
    reference: str,
    on: str,
) -> None:
    """Release drafts: show the rows to be seen, sign the same data as the author, and send it.

    Of a draft on a sign-off route, answer the step that is yours: agree, unless an option says
    otherwise. The last step is the release.
    """
    given = steps.StepOptions(not_concerned, remark, change, office, reference, on, scan)
    if not drafts:
        await waiting.WAITING.show(call)
    for typed in drafts:
        draft = await waiting.draft_id(call, typed)
        found = await call.official.draft(draft)
        waiting.show_rows_to_see(call, found)
        if (form := steps.asked(found, given)) is not None:
            await steps.answer(call, draft, found, form, given)
            continue
        position = await call.official.release(draft)
        call.out.document(({"id": draft} if call.out.as_json else {}) | {"position": position})


@app.command("return")
@argument("draft", "Give the draft's number or id.", "number")
@argument("remark", "Write a remark to the author; it stays with us.")
@option(
    "--to",
    "Send it back to this step of its sign-off route; without it to its author.",
    Count(2, 9),
    default=None,
)
@remote
async def send_back(call: Call, draft: str, remark: str, *, to: int | None) -> None:
    """Send a draft back to its author with a remark."""
    id_ = await waiting.draft_id(call, draft)
    await call.official.send_back(id_, remark, to)
    if call.out.as_json:
        call.out.document({"id": id_, "state": "returned"})
    else:
        call.out.draft(id_, "returned")


def _is_to_sign(call: Call, sheet: Sheet, *, dry_run: bool) -> bool:
    """Show the faults of a sheet, and return whether to sign the sheet.

    Raises:
        Malformed: Code of the first fault.
    """
    if sheet.faults and not dry_run:
        _show_faults(call, sheet)
    sheet.checked()
    return not dry_run


def _report(
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
    _show_faults(call, sheet)
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


def _show_faults(call: Call, sheet: Sheet) -> None:
    """Show the faults by line, in the reader's language."""
    faults = [
        intake.explained(call, "fault", each, each.facts(catalogue(call.out.lang)))
        for each in sheet.faults
    ]
    intake.show_rows(call, faults, intake.EXPLAINED)


async def _send_for_release(
    call: Call, sheet: Sheet, entry: Submission, compared: Mapping[str, Any]
) -> None:
    # Private columns go first: no sheet is released whose columns were lost on the way.
    if sheet.kept:
        author = await call.official.author(private=True)
        columns = payloads.columns_kept(author, sheet.list, sheet.kept)
        await call.official.send([columns], private=True)
    draft = await call.official.lay_before(entry)
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


@app.command("dossier")
@NUMBER_ARGUMENT
@EDITION
@OUT
@remote
async def dossier(call: Call, number: str, *, edition: str, out: Path) -> None:
    """Write a batch's dossier for the records office, as PDF."""
    await write_dossier(call, f"/api/batches/{quote(number, safe='')}", {"edition": edition}, out)
