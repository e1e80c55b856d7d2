"""`special-channel batch …`: list, show, import, amend, answer; release or send back a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

import orjson

from special_channel.cli import intake, options, steps, waiting
from special_channel.cli.command import (
    Choice,
    Count,
    Decorator,
    argument,
    flag,
    group,
    option,
    repeated,
    required,
)
from special_channel.cli.dossiers import EDITION, OUT, write_dossier
from special_channel.cli.files import read_file, write_whole
from special_channel.cli.list_files import (
    Reading,
    correctable,
    is_to_sign,
    reads_list,
    report,
    send_for_release,
    show_faults,
    show_reading,
)
from special_channel.cli.reasons import REASON, agreed, typed_reasons
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Column, Item, Reader, Table, label, text, time
from special_channel.core.bytes.errors import NotAllowed
from special_channel.core.bytes.ids import Position
from special_channel.desk import layout, lists, payloads, returns, sheets, tables
from special_channel.desk.defaults import Defaults
from special_channel.messages.catalogue import catalogue
from special_channel.messages.terms import MATCHES
from special_channel.web.answers.views import AnswerView
from special_channel.web.lists.views import BATCH_STATES
from special_channel.web.shared.query import read_day
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
_BATCH: Final = "Give the list's number, such as EU-12."
NUMBER_ARGUMENT: Final[Decorator] = argument("number", _BATCH, "number")


def _rows_in(bucket: Bucket) -> Column:
    """Count the rows whose state belongs to a part of the pages' bars."""

    def value(_reader: Reader, item: Item) -> int:
        return sum(rows for state, rows in item["counts"].items() if bucket_of(state) == bucket)

    return Column(_STANDING[bucket], value)


Table(
    path="/api/batches",
    help="""List weekly lists, the newest first, with rows counted by state as CN states them.

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
    help="Show a list's applications with what the other side answered.",
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
        option("--state", "List only those in this state by either side, such as review.", "code"),
        option("--match", "List only those with this answer.", Choice(*MATCHES)),
        flag("--differs", "List only those whose states differ between the sides."),
        option("--text", "List only numbers that contain this."),
        option(
            "--sort",
            "List by row, by number, or the most urgent first.",
            Choice("row", "number", "urgency"),
        ),
        option("--first", "Begin with this row.", Count(1), default=1),
        option("--limit", "Stop after this many.", Count(1, 2000), default=100),
    ),
    skip=1,
).add_to(app, "show")


@app.command("import")
@option("--list", "Read the file as this list, such as L2026-48, if it names none.", "number")
@REASON
@reads_list
async def import_list(  # noqa: PLR0913 - its options
    call: Call,
    file: Path,
    *,
    list: str,  # noqa: A002 - the option's name
    encoding: str | None,
    sheet: str,
    send: tuple[str, ...],
    set_aside: bool,
    dry_run: bool,
    reason: tuple[str, ...],
    show_bytes: bool,
) -> None:
    """Sign a weekly list and send it for release by a second official; EU-only columns stay.

    Numbers already in the record are reopened; times listed and first date are sent as the record
    counts them.
    """
    given = typed_reasons(reason)
    _, charter = await call.official.charter()
    data, reading = read_file(file), Reading(sheet, send, set_aside, encoding, list)
    defaults, opted = Defaults(intake.listed_on()), frozenset(charter.columns)
    whole = lists.weekly_list(data, opted, reading.choices(), defaults)
    record = await intake.list_report(call, data, reading.query())
    checked = intake.compare_with_record(reading.rows_of(call, whole, record["findings"]), record)
    if dry_run or not call.out.as_json:
        show_reading(call, whole.table)
    taken, found = checked.sheet, reading.of_rows(record["findings"])
    compared = intake.summary(checked, found)
    if set_aside:
        compared["aside"] = len(whole.rows) - len(taken.rows)
    if dry_run or not call.out.as_json:
        intake.show_notes(call, checked)
        intake.show_findings(call, found)
    if dry_run or not taken.rows:
        report(call, taken, "list", compared, show_bytes=show_bytes)
    signs = is_to_sign(call, taken, dry_run=dry_run or not taken.rows)
    intake.refuse_impossible(found)
    if signs:
        reasons = agreed(record["confirm"], given)
        entry = payloads.batch_listed(await call.official.author(), taken.list, taken.rows)
        await send_for_release(call, taken, entry, compared, reasons)


@app.command("amend")
@NUMBER_ARGUMENT
@REASON
@reads_list
async def amend_list(  # noqa: PLR0913 - its options
    call: Call,
    number: str,
    file: Path,
    *,
    encoding: str | None,
    sheet: str,
    send: tuple[str, ...],
    set_aside: bool,
    dry_run: bool,
    reason: tuple[str, ...],
    show_bytes: bool,
) -> None:
    """Sign an amendment of a list, from a file like the list's own.

    New row numbers are added; urgency, priority and stop date are amended where they differ; a
    reason in the column withdrawn takes a row off. Rows that the file leaves out stay.
    """
    if Position.parse(number).party != call.official.party:
        raise NotAllowed("owner", "The side that made a list amends it.")
    given = typed_reasons(reason)
    _, charter = await call.official.charter()
    data, reading = read_file(file), Reading(sheet, send, set_aside, encoding)
    table = layout.table_of(tables.read(data), "list", reading.choices())
    if dry_run or not call.out.as_json:
        show_reading(call, table)
    opted = frozenset(charter.columns)
    compared = await intake.amendment_report(call, number, data, reading.query())
    found = compared["findings"]
    amendment, batch = await intake.amending_of(
        call,
        number,
        lambda list_, known: reading.rows_of(
            call,
            intake.counted(
                lists.list_of(replace(table, list=table.list or list_), opted, known), compared
            ),
            found,
        ),
    )
    show_faults(call, amendment.sheet)
    amendment.sheet.checked()
    intake.show_changes(call, amendment)
    found = reading.of_rows(found)
    if not call.out.as_json:
        intake.show_findings(call, found)
    intake.refuse_impossible(found)
    if dry_run:
        intake.show_amendment(call, amendment, show_bytes=show_bytes)
        return
    reasons = agreed(compared["confirm"], given)
    author = await call.official.author()
    entry = payloads.batch_amended(author, batch, amendment.data, amendment.rows)
    with_columns = replace(amendment.sheet, kept=amendment.kept)
    await send_for_release(call, with_columns, entry, {"amended": amendment.rows}, reasons)


@app.command("answer")
@NUMBER_ARGUMENT
@option("--as-of", "Date states without a date of their own, such as 2026-12-01.", "date")
@REASON
@reads_list
async def answer_list(  # noqa: PLR0913 - its options
    call: Call,
    number: str,
    file: Path,
    *,
    as_of: str,
    encoding: str | None,
    sheet: str,
    send: tuple[str, ...],
    set_aside: bool,
    dry_run: bool,
    reason: tuple[str, ...],
    show_bytes: bool,
) -> None:
    """Sign a return sheet for a list and send it for release by a second official.

    The file may hold any of the rows and columns: an application number and one column that states
    something are enough. Rows that it leaves out stay open; a row that repeats our side's latest
    statement is not sent again.
    """
    read_day(as_of, field="as_of")
    given = typed_reasons(reason)
    answer = await call.node.get(f"/api/batches/{number}/answer")
    answered = returns.AnsweredList(
        str(answer["list"]),
        {int(row["row"]): str(row["number"]) for row in answer["rows"]},
        {int(row["row"]): row["fields"] for row in answer["rows"]},
        as_of,
        await intake.private_cells(call, number),
        correctable(answer["rows"]),
    )
    reading = Reading(sheet, send, set_aside, encoding)
    whole = returns.return_sheet(read_file(file), answered, reading.choices())
    if dry_run or not call.out.as_json:
        show_reading(call, whole.table)
    changed = returns.changed_only(whole, answered)
    taken = reading.rows_of(call, changed)
    compared = {
        "unchanged": changed.repeated,
        "open": len(answered.numbers) - len(whole.rows),
        **({"aside": len(changed.rows) - len(taken.rows)} if set_aside else {}),
    }
    look = await intake.answer_look(call, number, taken) if taken.rows and not taken.faults else {}
    if look and (dry_run or not call.out.as_json):
        intake.show_notices(call, look["notices"])
    if dry_run or not taken.rows:
        report(call, taken, "return", compared, show_bytes=show_bytes)
    if not taken.rows or not is_to_sign(call, taken, dry_run=dry_run):
        return
    reasons = agreed(look["confirm"], given)
    taken = replace(taken, kept=await intake.kept_with(call, number, taken))
    lang = "zh-CN" if call.official.party == "cn" else "en"
    entry = payloads.batch_answered(
        await call.official.author(), str(answer["batch"]), taken.rows, taken.remarks, lang
    )
    await send_for_release(call, taken, entry, compared, reasons)


@app.command("sheet")
@NUMBER_ARGUMENT
@required("--out", "Write this file: .xlsx or .csv.", "file")
@remote
async def sheet(call: Call, number: str, out: Path) -> None:
    """Write a list's return sheet to fill in, with the latest statement for each row.

    Heads are in both languages, words and drop-down lists in the reader's.
    """
    answer = await call.node.get(f"/api/batches/{number}/answer")
    list_, rows = str(answer["list"]), AnswerView.model_validate_json(orjson.dumps(answer)).rows
    fields = [row.sheet_fields() for row in rows]
    lines = sheets.return_lines(list_, fields, catalogue(call.out.lang))
    ending = out.suffix.removeprefix(".")
    write_whole(out, sheets.return_file(ending, list_, lines, call.out.lang))
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
@REASON
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
    reason: tuple[str, ...],
) -> None:
    """Release drafts: show the rows to be seen, sign the same data as the author, and send it.

    Of a draft on a sign-off route, answer the step that is yours: agree, unless an option says
    otherwise. The last step is the release.
    """
    why = typed_reasons(reason)
    given = steps.StepOptions(not_concerned, remark, change, office, reference, on, scan, why)
    if not drafts:
        await waiting.WAITING.show(call)
    ids = list(dict.fromkeys([await waiting.draft_id(call, typed) for typed in drafts]))
    steps.refuse_unused({draft: await call.official.draft(draft) for draft in ids}, given)
    for draft in ids:
        found = await steps.read_again(call, draft, given)
        waiting.show_rows_to_see(call, found)
        if (form := steps.asked(found, given)) is not None:
            await steps.answer(call, draft, found, form, given)
            continue
        position = await call.official.release(draft, found)
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


@app.command("dossier")
@NUMBER_ARGUMENT
@EDITION
@OUT
@remote
async def dossier(call: Call, number: str, *, edition: str, out: Path) -> None:
    """Write a list's dossier for the records office, as PDF."""
    await write_dossier(call, f"/api/batches/{quote(number, safe='')}", {"edition": edition}, out)
