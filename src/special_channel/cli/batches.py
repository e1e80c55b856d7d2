"""`special-channel batch …`: list, show, import a weekly list, answer one, clear a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from special_channel.cli import intake
from special_channel.cli.printing import print_json, print_line
from special_channel.cli.remote import Call, remote
from special_channel.cli.typed import read_file, write_whole
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotAllowed
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.submission import Submission
from special_channel.desk import answers, lists, payloads, sheets
from special_channel.desk.lists import Sheet
from special_channel.messages.catalogue import sentence
from special_channel.web.shared.states import Bucket, bucket_of

_STANDING: Final[Mapping[Bucket, str]] = {
    "done": "approved",
    "running": "in process",
    "asked": "queried",
    "ended": "ended",
    "unknown": "not stated",
}
"""Columns of the list, short enough to stand side by side."""

app = typer.Typer(help="Batches: list, show, import, answer, release.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="The batch's number, such as EU-12.")]
File = Annotated[Path, typer.Argument(help="CSV (UTF-8) or XLSX.")]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Check every line and show what would cross; sign nothing."),
]

ShowBytes = Annotated[
    bool,
    typer.Option(
        "--show-bytes",
        help="With --dry-run: the exact JSON that would be signed; only the salt is drawn then.",
    ),
]


@app.command("list")
@remote
async def list_batches(call: Call) -> None:
    """List batches, the newest first, with how many rows stand how by CN's statements.

    Approved are issued and used ones too; queried: a supplement is asked for, or customs asks;
    ended: refused, sent back, withdrawn, lapsed. With --json each state is counted by itself.
    """
    items = (await call.node.get("/api/batches"))["items"]
    call.out.rows(
        items if call.out.as_json else map(_line, items),
        ("number", "list", "rows", "listed at", *_STANDING.values()),
    )


def _line(item: Mapping[str, Any]) -> dict[str, Any]:
    """Count a batch's rows by the part of the pages' bars that their state belongs to."""
    counts = dict.fromkeys(_STANDING.values(), 0)
    for state, rows in item["counts"].items():
        counts[_STANDING[bucket_of(state)]] += rows
    return {**item, "listed at": f"{item['accepted'][:16]}Z", **counts}


@app.command("show")
@remote
async def show_batch(
    call: Call,
    number: Number,
    first: Annotated[int, typer.Option(min=1, help="From this row on.")] = 1,
    limit: Annotated[int, typer.Option(min=1, max=2000, help="At most so many.")] = 100,
) -> None:
    """Show a batch's applications with what the other side answered."""
    query: dict[str, str | int] = {"first": first, "limit": limit}
    items = (await call.node.get(f"/api/batches/{number}", query))["items"]
    if call.out.as_json:
        call.out.rows(items, ())
        return
    coded = {"urgency": "urgency", "match": "match", "state": "state", "decision": "decision"}
    call.out.rows(
        (call.out.worded(item, **coded) for item in items[1:]),
        ("row", "number", "urgency", "match", "state", "as_of", "accepted_on", "decision"),
    )


@app.command("import")
@remote
async def import_list(
    call: Call, file: File, *, dry_run: DryRun = False, show_bytes: ShowBytes = False
) -> None:
    """Sign a weekly list and send it for release by a second official; EU-only columns stay.

    Numbers that the record knows open again: times listed and first date cross as it counts.
    """
    _, charter = await call.official.charter()
    data = read_file(file)
    found = await intake.held_against(
        call, lists.weekly_list(data, frozenset(charter.columns)), data
    )
    sheet = found.sheet
    if dry_run or not call.out.as_json:
        intake.show_notes(call, found)
    if dry_run:
        _report(call, sheet, "list", intake.summary(found), show_bytes=show_bytes)
    if not _passed(call, sheet, dry_run=dry_run):
        return
    entry = payloads.batch_listed(await call.official.author(), sheet.list, sheet.rows)
    await _lay_before(call, sheet, entry, intake.summary(found))


@app.command("amend")
@remote
async def amend_list(
    call: Call,
    number: Number,
    file: File,
    *,
    dry_run: DryRun = False,
    show_bytes: ShowBytes = False,
) -> None:
    """Sign an amendment of a list, from a file like the list's own.

    New row numbers are added; urgency, rank and stop date are amended where they differ; a
    reason in the column withdrawn takes a row off. Rows that the file leaves out stay.
    """
    if Position.parse(number).party != call.official.party:
        raise NotAllowed("owner", "The side that made a list amends it.")
    _, charter = await call.official.charter()
    sheet = lists.weekly_list(read_file(file), frozenset(charter.columns))
    found, batch = await intake.amending_of(call, number, sheet)
    _show_faults(call, found.sheet)
    found.sheet.checked()
    intake.show_changes(call, found)
    if dry_run:
        intake.show_amendment(call, found, show_bytes=show_bytes)
        return
    author = await call.official.author()
    entry = payloads.batch_amended(author, batch, found.data, found.rows)
    kept = replace(found.sheet, kept=found.kept)
    await _lay_before(call, kept, entry, {"amended": found.rows})


@app.command("answer")
@remote
async def answer_list(
    call: Call,
    number: Number,
    file: File,
    *,
    dry_run: DryRun = False,
    show_bytes: ShowBytes = False,
) -> None:
    """Sign a return sheet for a batch and send it for release by a second official."""
    so_far = await call.node.get(f"/api/batches/{number}/answer")
    numbers = {int(row["row"]): str(row["number"]) for row in so_far["rows"]}
    sheet = answers.check_fit(lists.return_sheet(read_file(file)), str(so_far["list"]), numbers)
    if dry_run:
        _report(call, sheet, "return", {}, show_bytes=show_bytes)
    if not _passed(call, sheet, dry_run=dry_run):
        return
    sheet = replace(sheet, kept=await intake.kept_with(call, number, sheet))
    lang = "zh-CN" if call.official.party == "cn" else "en"
    entry = payloads.batch_answered(
        await call.official.author(), str(so_far["batch"]), sheet.rows, sheet.remarks, lang
    )
    await _lay_before(call, sheet, entry, {})


@app.command("sheet")
@remote
async def sheet(
    call: Call,
    number: Number,
    *,
    out: Annotated[Path, typer.Option(help="The file to write: .xlsx or .csv.")],
) -> None:
    """Write a batch's return sheet to fill in, with what was stated last of each row."""
    so_far = await call.node.get(f"/api/batches/{number}/answer")
    rows = [{"row": row["row"], "number": row["number"], **row["fields"]} for row in so_far["rows"]]
    lines = sheets.return_lines(str(so_far["list"]), rows)
    write = sheets.csv_bytes if out.suffix == ".csv" else sheets.xlsx
    write_whole(out, write(sheets.COLUMNS, lines))
    call.out.document({"file": str(out), "list": so_far["list"], "rows": len(lines)})


@app.command("release")
@remote
async def release(
    call: Call,
    drafts: Annotated[
        list[str] | None, typer.Argument(help="Ids of drafts; without any, list what waits.")
    ] = None,
) -> None:
    """Release drafts: sign the same data as their author, and send it."""
    for draft in drafts or ():
        call.out.document({"id": draft, "position": await call.official.release(draft)})
    if not drafts:
        waiting = (await call.node.get("/api/clearances"))["clearances"]
        call.out.rows(waiting, ("id", "kind", "by", "at"))


@app.command("return")
@remote
async def send_back(
    call: Call,
    draft: Annotated[str, typer.Argument(help="Id of the draft.")],
    remark: Annotated[str, typer.Argument(help="What its author should know; stays on our side.")],
) -> None:
    """Send a draft back to its author with a remark."""
    await call.official.send_back(draft, remark)
    call.out.document(call.out.worded({"id": draft, "state": "returned"}, state="draft-state"))


def _passed(call: Call, sheet: Sheet, *, dry_run: bool) -> bool:
    """Tell whether a sheet is to be signed.

    Raises:
        Malformed: The first fault's code; all faults were shown.
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
    """Show what is wrong, what may be mistyped, what would cross and what would stay.

    With a line at fault nothing would cross, so there are no bytes.
    """
    _show_faults(call, sheet)
    near = [{"type": "near", **asdict(each)} for each in sheet.near]
    if near or call.out.as_json:
        call.out.rows(near, ("row", "number", "other_row", "other", "alike"))
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
        "near": len(sheet.near),
        **compared,
        "crosses": list(sheet.filled()),
        "bytes": len(part),
        "stays": list(sheet.columns),
    }
    call.out.document({"type": "sheet", **summary} if call.out.as_json else summary)


def _show_faults(call: Call, sheet: Sheet) -> None:
    """Name each line at fault, in the reader's words."""
    faults = []
    for each in sheet.faults:
        words = sentence(each.code, call.out.lang, row=each.row, column=each.column, **each.facts())
        faults.append(
            {
                "type": "fault",
                "row": each.row,
                "column": each.column,
                "code": each.code,
                "sentence": words.text,
                "next": words.next_step,
            }
        )
    if faults or call.out.as_json:
        call.out.rows(faults, ("row", "column", "code", "sentence", "next"))


async def _lay_before(
    call: Call, sheet: Sheet, entry: Submission, compared: Mapping[str, Any]
) -> None:
    # What stays goes first: no sheet is ever released whose columns were lost on the way.
    if sheet.kept:
        author = await call.official.author(private=True)
        kept = payloads.columns_kept(author, sheet.list, sheet.kept)
        await call.official.send([kept], private=True)
    draft = await call.official.lay_before(entry)
    call.out.document(
        {
            "id": dsse.decode(entry.envelope).id,
            "draft": draft,
            "list": sheet.list,
            "rows": len(sheet.rows),
            **compared,
            "stays": list(sheet.columns),
        }
    )
