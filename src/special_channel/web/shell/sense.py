"""Refuse impossible statements of our own officials before storage or a proposal for release.

Refuses statements as well that have a finding to confirm without a reason of the author. Covers
only our own statements: the other side's are mirrored, kept and counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Refused, RuleBroken
from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import (
    ApplicationAsserted,
    ApplicationLinked,
    ApprovalRevoked,
    ClockMarked,
    Entry,
    LicenceDrawn,
    LicenceIssued,
    StatementRef,
)
from special_channel.core.entries.permits import Draw, Licence, Revocation
from special_channel.core.rows.applications import COUNTING, ApplicationRow
from special_channel.core.rows.submission import Submission, read
from special_channel.core.sense import licences, links, statements
from special_channel.core.sense.days import WorkingDays, working_days
from special_channel.core.sense.findings import Finding, in_order
from special_channel.core.sense.licences import LicenceAround
from special_channel.core.sense.links import LinkAround, later_numbers
from special_channel.core.sense.reasons import unconfirmed
from special_channel.core.sense.revocations import revocation
from special_channel.core.sense.statements import StatementAround
from special_channel.desk.similar import ListedNumber, PastNumbers, similar_numbers
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.sense import said
from special_channel.web.shell.context import PageContext, checking_context, proposed_entries
from special_channel.web.shell.reasons import (
    Sheeted,
    SignedReasons,
    no_reason,
    read_reasons,
    reasons_by,
    stored_reasons,
)
from special_channel.web.shell.sheet_checks import Checked, checked_sheet

_ROWS: Final = (b'"rows":[', b'"added":[', b'"changed":[')
"""One of these is in each part with rows. Most entries are notes, and are not read here."""

_KINDS: Final = frozenset(
    (
        *("application.asserted", "application.linked", "approval.revoked"),
        *("clock.marked", "licence.issued", "licence.drawn"),
    )
)
"""Kinds of statements on an application or a licence."""

_STATEMENTS: Final = tuple(f'"kind":"{kind}"'.encode() for kind in sorted(_KINDS))
"""One of these is in the payload of each such statement."""

OfApplication = ApplicationAsserted | ClockMarked | ApprovalRevoked
OfLicence = LicenceIssued | LicenceDrawn
Stated = OfApplication | OfLicence | ApplicationLinked

_MOST_LINKED: Final = 400
"""Numbers that are followed to see whether a link closes a circle."""


async def refuse_impossible(
    request: web.Request,
    sent: Sequence[Submission],
    reasons: Sequence[Submission] | None = (),
) -> None:
    """Refuse a sheet or statement that can't be true, unless stored already.

    `reasons`: signed reasons of the request, for the findings to confirm; None if the reasons were
    checked when the draft was first proposed for release.

    Raises:
        RuleBroken: `answer-impossible`, `list-impossible`, with the first impossible row;
            `statement-impossible`, `licence-impossible`, with the number; `sense-unconfirmed` for a
            finding to confirm without a reason.
        Malformed: As `read_reasons`.
    """
    given = None if reasons is None else read_reasons(reasons)
    await _refuse_statements(request, sent, given)
    sheets = [item for item in sent if _has_rows(item)]
    if not sheets:
        return
    context = await checking_context(request)
    for item in sheets:
        checked = await _checked(context, item)
        refused = [each for each in checked.findings if each.grade == "refuse"]
        if refused:
            raise _refusal(refused, checked.numbers, said(context.t, refused[0]))
        # A machine has no reasons: the official who releases its list sees the findings.
        if given is not None and context.writes:
            await _refuse_unconfirmed(context, checked, given)


async def _refuse_unconfirmed(
    context: PageContext, checked: Checked, sent: Sequence[SignedReasons], *, rows: bool = True
) -> None:
    asked = checked.findings
    given = reasons_by(sent, checked.id, checked.by)
    if not unconfirmed(asked, given, checked.corrected, sheet=rows):
        return
    stored = await stored_reasons(context.own.stores.views, [checked.id])
    given += reasons_by(stored, checked.id, checked.by)
    if left := unconfirmed(asked, given, checked.corrected, sheet=rows):
        raise no_reason(context.t, left, checked.id, rows=rows)


async def _refuse_statements(
    request: web.Request, sent: Sequence[Submission], given: Sequence[SignedReasons] | None
) -> None:
    proposed = zip(sent, proposed_entries(request, sent), strict=True)
    entries = [
        entry for item, each in proposed if each.kind in _KINDS for entry in _statement(item)
    ]
    if not entries:
        return
    context = await checking_context(request)
    applications = await _applications(context, [each for _, each in entries])
    for id_, entry in entries:
        found = await _found(context, entry, applications)
        grave = [each for each in found if each.grade != "note"]
        if not grave or await context.own.stores.record.find([id_]):
            continue
        if grave[0].grade == "refuse":
            raise _impossible(context.t, entry, [each for each in grave if each.grade == "refuse"])
        if given is not None and context.writes:
            checked = Checked(grave, 0, {}, corrected_in(entry), id_, entry.by)
            await _refuse_unconfirmed(context, checked, given, rows=False)


def _impossible(t: Catalogue, entry: Stated, refused: Sequence[Finding]) -> RuleBroken:
    of_application = isinstance(entry, OfApplication | ApplicationLinked)
    return RuleBroken(
        "statement-impossible" if of_application else "licence-impossible",
        "The statement can't be true.",
        number=entry.body.licence if isinstance(entry, OfLicence) else entry.body.number,
        rule=refused[0].rule,
        count=len(refused),
        words=said(t, refused[0]),
    )


async def _found(
    context: PageContext, entry: Stated, applications: Mapping[str, ApplicationRow]
) -> tuple[Finding, ...]:
    """Check a statement, with the applications named by the statement."""
    if _of_the_other_authority(context, entry):
        return ()
    if isinstance(entry, ApplicationLinked):
        return links.link(entry.body, LinkAround(context.party, applications))
    found = await _of_entry(context, entry, applications)
    named = entry.body.applications if isinstance(entry, LicenceIssued) else _number(entry)
    return in_order((*found, *await _mistyped(context, named, applications)))


def _number(entry: Stated) -> Sequence[str]:
    return (entry.body.number,) if isinstance(entry, ApplicationAsserted | ClockMarked) else ()


async def _mistyped(
    context: PageContext, named: Sequence[str], applications: Mapping[str, ApplicationRow]
) -> Sequence[Finding]:
    """Return findings of unknown numbers that look like known numbers (S-006, S-007)."""
    unknown = [each for each in named if each not in applications]
    if not unknown:
        return ()
    known = await context.own.desk.numbers.known()
    rows = [ListedNumber(row, number) for row, number in enumerate(unknown, start=1)]
    year = context.today("cn").year
    found = similar_numbers(rows, PastNumbers(known), year)
    return [replace(each, row=1) for each in found]


async def _of_entry(
    context: PageContext,
    entry: OfApplication | OfLicence,
    applications: Mapping[str, ApplicationRow],
) -> tuple[Finding, ...]:
    days = working_days(context.calendar("cn"))
    if isinstance(entry, OfApplication):
        body, row = entry.body, applications.get(entry.body.number)
        # A licence can rest on the approval that is revoked, or corrected.
        named = body.approval if isinstance(body, Revocation) else body.corrects
        return _of_statement(entry, await statement_around(context, days, row, named))
    return _of_licence(entry.body, await licence_around(context, days, entry.body, applications))


def corrected_in(entry: Stated) -> frozenset[int]:
    """Return row 1 if a statement corrects an earlier statement; else no row."""
    if isinstance(entry, ApplicationLinked):
        return frozenset()
    return frozenset({1}) if entry.body.corrects else frozenset()


async def statement_findings(context: PageContext, entry: Entry | None) -> tuple[Finding, ...]:
    """Check a statement on an application or a licence; nothing for another entry."""
    if not isinstance(entry, Stated):
        return ()
    return await _found(context, entry, await _applications(context, [entry]))


async def licence_findings(context: PageContext, body: Licence | Draw) -> tuple[Finding, ...]:
    """Check a licence or a draw-down before its signature."""
    numbers = list(body.applications) if isinstance(body, Licence) else []
    applications = await context.own.stores.views.applications(numbers) if numbers else {}
    days = working_days(context.calendar("cn"))
    found = _of_licence(body, await licence_around(context, days, body, applications))
    return in_order((*found, *await _mistyped(context, numbers, applications)))


async def _applications(
    context: PageContext, entries: Iterable[Stated]
) -> Mapping[str, ApplicationRow]:
    """Read the applications named by statements, by number."""
    numbers: set[str] = set()
    linked: set[str] = set()
    followed: set[str] = set()
    for entry in entries:
        if isinstance(entry, OfApplication):
            numbers.add(entry.body.number)
        elif isinstance(entry, LicenceIssued):
            numbers.update(entry.body.applications)
        elif isinstance(entry, ApplicationLinked):
            numbers.update((entry.body.number, entry.body.former))
            linked.add(entry.body.number)
    views = context.own.stores.views
    found = dict(await views.applications(list(numbers))) if numbers else {}
    while linked and len(followed) < _MOST_LINKED:
        followed |= linked
        later = {
            each.number
            for number in linked
            for each in later_numbers(found.get(number), context.party)
        }
        linked = later - followed
        unread = linked - found.keys()
        found |= await views.applications(list(unread)) if unread else {}
    return found


async def licence_around(
    context: PageContext,
    days: WorkingDays,
    body: Licence | Draw,
    applications: Mapping[str, ApplicationRow],
) -> LicenceAround:
    """Read the facts of the record needed to check a licence or a draw-down."""
    permits, number = context.own.stores.permits, body.licence
    licence = await permits.licence(number)
    draws = (await permits.draws([number])).get(number, ()) if licence else ()
    codes = await permits.listed_codes([*applications]) if applications else {}
    others = await permits.like(body) if isinstance(body, Licence) else ()
    return LicenceAround(context.today("cn"), days, licence, draws, applications, codes, others)


async def statement_around(
    context: PageContext,
    days: WorkingDays,
    application: ApplicationRow | None,
    corrects: StatementRef | None = None,
) -> StatementAround:
    """Read the facts of the record needed to check a statement of our side.

    `corrects`: the statement to be replaced or revoked; a licence in force may depend on it.
    """
    today, licence = context.today("cn"), ""
    if application is not None and corrects is not None:
        found = await context.own.stores.views.licensed([application.number], today.isoformat())
        licence = found.get(application.number, "")
    return StatementAround(context.party, today, days, application, licence)


def _of_the_other_authority(context: PageContext, entry: Stated) -> bool:
    """Tell whether the EU states an act of MOFCOM's; the judge refuses such a statement itself."""
    counting = isinstance(entry, ClockMarked) and entry.body.act in COUNTING
    return context.party == "eu" and (counting or isinstance(entry, ApprovalRevoked))


def _of_licence(body: Licence | Draw, around: LicenceAround) -> tuple[Finding, ...]:
    if isinstance(body, Licence):
        return licences.licence(body, around)
    return licences.draw(body, around)


def _of_statement(entry: OfApplication, around: StatementAround) -> tuple[Finding, ...]:
    if isinstance(entry, ApplicationAsserted):
        return statements.assertion(entry.body, around)
    if isinstance(entry, ApprovalRevoked):
        return revocation(entry.body, around)
    return statements.mark(entry.body, around)


def _has_rows(item: Submission) -> bool:
    return any(each in part for part in item.parts if part for each in _ROWS)


def _is_statement(item: Submission) -> bool:
    try:
        payload = dsse.decode(item.envelope).payload
    except Refused:
        return False
    return any(each in payload for each in _STATEMENTS)


def _statement(item: Submission) -> list[tuple[EntryId, Stated]]:
    """Return a statement with its id; empty for a submission that the judge will refuse."""
    try:
        draft = read(item, whole=True)
    except (Refused, ValidationError):
        return []
    return [(draft.id, draft.entry)] if isinstance(draft.entry, Stated) else []


def _refusal(refused: Sequence[Finding], numbers: Mapping[int, str], words: str) -> RuleBroken:
    row, rule, count = refused[0].row, refused[0].rule, len(refused)
    text = "A row states what can't be true."
    if numbers:
        number = numbers.get(row, "")
        return RuleBroken(
            "list-impossible", text, row=row, number=number, rule=rule, count=count, words=words
        )
    return RuleBroken("answer-impossible", text, row=row, rule=rule, count=count, words=words)


async def _checked(context: PageContext, item: Submission) -> Checked:
    """Check a sheet; return an empty result for a stored sheet or one that the judge refuses."""
    try:
        draft = read(item, whole=True)
        if await context.own.stores.record.find([draft.id]):
            return Checked()
        return await checked_sheet(context, draft)
    except (Refused, ValidationError):
        return Checked()  # the judge refuses it with its own code


@dataclass(frozen=True, slots=True)
class Looked:
    """Findings of the rules in an entry of a request.

    Attributes:
        place: Index of the entry in the request, from 0.
        findings: The findings.
        sheet: The sheet of rows; without a total for a statement.
    """

    place: int
    findings: Sequence[Finding]
    sheet: Sheeted


async def look_at_stated(context: PageContext, sent: Sequence[Submission]) -> tuple[Looked, ...]:
    """Return the findings of the rules in statements and in the rows of sheets, entry by entry.

    Entries that the judge refuses, and sheets stored already, have no findings.
    """
    stated = [
        (place, entry)
        for place, item in enumerate(sent)
        if _is_statement(item)
        for _, entry in _statement(item)
    ]
    applications = await _applications(context, [entry for _, entry in stated]) if stated else {}
    looked = [
        Looked(
            place,
            await _found(context, entry, applications),
            Sheeted(corrected=corrected_in(entry)),
        )
        for place, entry in stated
    ]
    for place, item in enumerate(sent):
        if _has_rows(item):
            checked = await _checked(context, item)
            sheet = Sheeted(checked.total, corrected=checked.corrected)
            looked.append(Looked(place, checked.findings, sheet))
    return tuple(looked)
