"""Sheets waiting for release: rows, findings of the checks, and rows to be seen first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
from pydantic import ValidationError

from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import (
    AmendmentSheet,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    Entry,
    ListRow,
    ListSheet,
    ReturnRow,
    ReturnSheet,
)
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.routes import RouteRow
from special_channel.core.sense.reasons import GivenReason, given_for
from special_channel.desk.amending import AmendedRow, listed_priority, requested_priority
from special_channel.desk.answers import company_names
from special_channel.desk.release_checks import (
    Checked,
    check_amendment,
    check_answer,
    check_list,
)
from special_channel.desk.releasing import Rows, sheet_rows
from special_channel.desk.tables import MAX_ROWS
from special_channel.messages.sense import said
from special_channel.stores.clearances import Clearance
from special_channel.stores.views import Views
from special_channel.web.approvals.drafts import remarks
from special_channel.web.approvals.views import (
    Cells,
    LookRow,
    RowReason,
    RowTally,
    Sheet,
    SheetChecks,
)
from special_channel.web.shared.statements import state_item
from special_channel.web.shell.content import number_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.listings import check_amended, check_rows, kept_rows, last_rows
from special_channel.web.shell.reasons import SignedReasons, reason_words, stored_reasons
from special_channel.web.shell.statements import answer_record, latest_statements

MAX_CONFIRMED: Final = 20
"""Entries with reasons that a release can name."""

OWN_COLUMNS = frozenset({"row", "number", "corrects"})
"""Fields of a row that its place, its number and its reasons show."""


@dataclass(frozen=True, slots=True)
class CheckedSheet:
    """A sheet with its checks, and the rows of the record to show next to it.

    Attributes:
        checked: Result of the checks.
        against: The list or entry used for comparing changes, or empty.
        listed: Rows of the answered list.
        applications: Applications of the answered list, by number.
        amended: Rows of an amendment.
    """

    checked: Checked
    against: str = ""
    listed: Mapping[int, ListingRow] | None = None
    applications: Mapping[str, ApplicationRow] | None = None
    amended: tuple[AmendedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorReasons:
    """Reasons given by the author of a draft; `ids`: ids of the entries with the reasons."""

    ids: tuple[EntryId, ...]
    reasons: tuple[GivenReason, ...]


async def author_reasons(context: PageContext, row: Clearance) -> AuthorReasons:
    """Read the author's reasons for a draft; on a route, also the reasons for earlier drafts."""
    views = context.own.stores.views
    route = (await views.routes([row.id])).get(row.id)
    # Who changes texts on the route gives reasons for texts: those for rows go on.
    earlier = [draft for draft, _ in route.versions if draft != row.id] if route else []
    signed = await stored_reasons(views, [*earlier, row.id])
    if route and earlier:
        signed = await _of_signers(views, route, signed)
    signed = [each for each in signed if each.about != row.id or each.by == row.by][-MAX_CONFIRMED:]
    return AuthorReasons(
        tuple(each.id for each in signed), tuple(r for each in signed for r in each.reasons)
    )


async def _of_signers(
    views: Views, route: RouteRow, signed: Sequence[SignedReasons]
) -> list[SignedReasons]:
    """Return the reasons for drafts of a route that were given by the signer of the same draft."""
    first, *later = (draft for draft, _ in route.versions)
    changers = [each.by for each in route.answers if each.answer == "changed"]
    signers = dict(zip(later, changers, strict=True))
    keys = await views.keys(sorted({each.by for each in signed}))
    # The route names who drafted as a person: the key stands in a part that can be erased.
    drafted = {key for key, held in keys.items() if held.person == route.author}
    return [
        each
        for each in signed
        if (each.by in drafted if each.about == first else each.by == signers[each.about])
    ]


async def check_sheet(
    context: PageContext, row: Clearance, entry: Entry | None
) -> CheckedSheet | None:
    """Check a sheet by the record; None for other drafts and for rows without their form."""
    data, stores = sheet_rows(row), context.own.stores
    try:
        match entry:
            case BatchAnswered():
                sheet = ReturnSheet.model_validate_json(orjson.dumps(data))
                batch = await stores.views.batch(entry.ref)
                return await _answer(context, row, batch, sheet.rows) if batch else None
            case BatchListed():
                listing = ListSheet.model_validate_json(orjson.dumps(data))
                return await _list(context, entry.body.list, listing.rows)
            case BatchAmended():
                amendment = AmendmentSheet.model_validate_json(orjson.dumps(data))
                lines = amended_rows(data, await _listed(context, entry.ref))
                batch = await stores.views.batch(entry.ref)
                return await _amendment(context, batch, amendment, lines) if batch else None
            case _:
                return None
    except ValidationError:
        return None


async def _answer(
    context: PageContext, row: Clearance, batch: BatchRow, rows: Sequence[ReturnRow]
) -> CheckedSheet:
    latest = await latest_statements(context, batch.batch)
    kept = await kept_rows(context, batch.list)
    record = await answer_record(context, latest, company_names(kept))
    texts = {each.row: remarks(row).get(each.text, "") for each in rows if each.text}
    checked = check_answer(rows, texts, latest.latest, record)
    stated = [each.said_in for each in latest.latest.values() if each.said_in]
    against = str(max(stated, key=lambda each: each.index)) if stated else ""
    return CheckedSheet(checked, against, record.listed, latest.applications)


async def _list(context: PageContext, name: str, rows: Sequence[ListRow]) -> CheckedSheet:
    views = context.own.stores.views
    newest = await views.batches(limit=1)
    last = await last_rows(views)
    before = {number: row for number, (row, _) in last.items()}
    found = await check_rows(context, rows, await kept_rows(context, name), last)
    return CheckedSheet(check_list(rows, before, found), newest[0].list if newest else "")


async def _amendment(
    context: PageContext, batch: BatchRow, sheet: AmendmentSheet, lines: tuple[AmendedRow, ...]
) -> CheckedSheet:
    found = await check_amended(context, batch, sheet, await kept_rows(context, batch.list))
    return CheckedSheet(check_amendment(lines, found), amended=lines)


async def _listed(context: PageContext, batch: EntryId) -> Mapping[int, ListingRow]:
    rows = await context.own.stores.views.listings(batch, 1, MAX_ROWS)
    return {row.row: row for row in rows}


async def sheet_checks(
    context: PageContext, row: Clearance, sheet: CheckedSheet, given: AuthorReasons
) -> SheetChecks:
    """Return the view of a checked sheet, with the rows to be seen and the author's reasons."""
    checked, data = sheet.checked, sheet_rows(row)
    rows: dict[int, dict[str, Any]] = {
        each["row"]: each for each in (*data.get("rows", ()), *data.get("added", ()))
    }
    corrected = {number: each["corrects"] for number, each in rows.items() if each.get("corrects")}
    ids = sorted({each["id"] for each in corrected.values()})
    found = await context.own.stores.record.find(ids) if ids else {}
    numbers = {id_: numbered(context, number_of(stored)) for id_, stored in found.items()}
    replaced = {
        number: context.t.gettext(
            "release.statement", position=numbers.get(each["id"], "–"), row=each.get("row", "–")
        )
        for number, each in corrected.items()
    }
    reasons: dict[int, list[RowReason]] = {}
    for finding in checked.findings:
        words = replaced[finding.row] if finding.code == "correction" else finding.words
        reason = ""
        if finding.sense:
            words = said(context.t, finding.sense)
            stated = given_for(finding.sense, given.reasons, corrected)
            reason = reason_words(context.t, stated)
        reasons.setdefault(finding.row, []).append(
            RowReason(code=finding.check, words=words, given=reason)
        )
    texts = remarks(row)
    return SheetChecks(
        rows=checked.rows,
        digest=checked.digest(),
        counts=tuple(RowTally(**asdict(each)) for each in checked.counts),
        changes=tuple(RowTally(**asdict(each)) for each in checked.changes),
        against=sheet.against,
        passed=checked.passed,
        look=tuple(
            _look(context, sheet, number, rows.get(number, {}), texts, tuple(why))
            for number, why in reasons.items()
        ),
    )


def _look(
    context: PageContext,
    sheet: CheckedSheet,
    number: int,
    row: Mapping[str, Any],
    texts: Mapping[int | None, str],
    reasons: tuple[RowReason, ...],
) -> LookRow:
    """Return a row to be seen, with the statements of both sides about the row."""
    for line in sheet.amended:
        if line.row == number:
            return LookRow(
                row=number,
                number=line.number,
                cells=_priority(line.after),
                before=_priority(line.before),
                reasons=reasons,
            )
    listing = (sheet.listed or {}).get(number)
    application = (sheet.applications or {}).get(str(row["number"]))
    return LookRow(
        row=number,
        number=str(row["number"]),
        cells=tuple(
            (name, cell(texts.get(value, "") if name == "text" else value))
            for name, value in row.items()
            if name not in OWN_COLUMNS
        ),
        before=_corrected(context, row, application),
        peer=state_item(application, context.peer) if application else None,
        question=listing.question if listing else "",
        reasons=reasons,
    )


def _corrected(
    context: PageContext, row: Mapping[str, Any], application: ApplicationRow | None
) -> Cells:
    """Return the state that a correcting row replaces as wrong from the start."""
    if not row.get("corrects") or application is None:
        return ()
    stated = application.history(context.party)
    return tuple(("state", (each.state,)) for each in stated if each.id == row["corrects"]["id"])


def _priority(priority: tuple[str, str, str] | None) -> Cells:
    pairs = zip(("urgency", "rank", "stop_on"), priority or (), strict=False)
    return tuple((name, (value,)) for name, value in pairs if value)


def signed_sheet(entry: Entry | None, row: Clearance) -> Sheet | None:
    """Return the signed rows, for an amendment the added rows."""
    rows = sheet_rows(row).get("added" if isinstance(entry, BatchAmended) else "rows", [])
    if not rows:
        return None
    texts = remarks(row)
    names = ReturnRow.model_fields if isinstance(entry, BatchAnswered) else ListRow.model_fields
    for each in rows:
        if "text" in each:  # the number of the part with a free remark
            each["text"] = texts.get(each["text"], "")
    shown = tuple(name for name in names if any(name in each for each in rows))
    cells = (tuple(cell(each.get(name)) for name in shown) for each in rows)
    return Sheet(columns=shown, rows=tuple(cells))


def cell(value: object) -> tuple[str, ...]:
    """Return the values of a field as texts."""
    if value is None:
        return ()
    if isinstance(value, dict):  # the statement that the row corrects: its entry, and its row
        return tuple(map(str, value.values()))
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)


def amended_rows(data: Rows, listed: Mapping[int, ListingRow]) -> tuple[AmendedRow, ...]:
    """Return the rows of an amendment, before and after."""
    lines = []
    for act in ("added", "changed", "withdrawn"):
        for row in data.get(act, []):
            now = listed.get(row["row"]) if act != "added" else None
            after = None if act == "withdrawn" else requested_priority(row)
            number = now.number if now else str(row.get("number", ""))
            before = listed_priority(now) if now else None
            lines.append(AmendedRow(row["row"], number, before, after, row.get("reason", "")))
    return tuple(sorted(lines, key=lambda line: line.row))
