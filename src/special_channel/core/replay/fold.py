"""The fold: what a valid entry does to the rows that it names (rule 4).

One function for the store's views, `rebuild`, the verifier and the tests. Within a log
by index; across logs only unions and look-ups by id. Does not judge: `judge.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.entries import (
    AmendmentSheet,
    ApplicationAsserted,
    ApplicationLinked,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    CharterAdopted,
    ClockMarked,
    DateProposed,
    DeadlineMoved,
    DeadlinePassed,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    KeySuspended,
    LicenceDrawn,
    LicenceIssued,
    ListRow,
    ListSheet,
    LogRestored,
    MeetingHeld,
    NoteAcknowledged,
    NoteCorrected,
    NotePosted,
    NoteTranslated,
    NoteWithdrawn,
    PartErased,
    PartyFounded,
    PeerRefused,
    PeerSeen,
    PointAgreed,
    PointDiffered,
    PointNoted,
    PriorityAnswered,
    PriorityRequested,
    ReferralSent,
    ReturnRow,
    ReturnSheet,
    ThreadClosed,
    ThreadOpened,
    ThreadReopened,
    parse_model,
)
from special_channel.core.log.checkpoint import cosigned_at, parse_body
from special_channel.core.log.note import Note, VerifierKey
from special_channel.core.replay.needs import answered_by
from special_channel.core.rows import (
    applications,
    batches,
    charter,
    directory,
    licences,
    meetings,
    priorities,
    threads,
)
from special_channel.core.rows import questions as asks
from special_channel.core.rows.applications import ApplicationRow, ClockFact, Statement
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.directory import KeyRow, PartyRow
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.past import Placed
from special_channel.core.rows.priorities import PriorityRow
from special_channel.core.rows.questions import AskRow
from special_channel.core.rows.threads import NoteRow, ThreadRow
from special_channel.core.rules.state import (
    EntryRow,
    Row,
    RowKey,
    Rows,
    ask_key,
    key_of,
    listing_key,
    parts_of,
    thread_of,
)
from special_channel.core.time.statutory import Act

_R = TypeVar("_R")


def entry_row(placed: Placed, code: str = "") -> EntryRow:
    """Make the row by which others name this entry; `code` says why it is invalid."""
    return EntryRow(
        id=placed.id,
        party=placed.position.party,
        index=placed.position.index,
        kind=placed.entry.kind,
        thread=thread_of(placed.entry),
        by=placed.entry.by,
        roles=parts_of(placed.entry),
        code=code,
    )


def fold(rows: Rows, placed: Placed) -> dict[RowKey, Row]:
    """Return the rows that a valid entry changes, its own `entry` row included."""
    changed = (entry_row(placed), *_changes(rows, placed))
    return {key_of(row): row for row in changed}


def _changes(rows: Rows, placed: Placed) -> Iterator[Row]:  # noqa: C901, PLR0912, PLR0915 - one arm a kind
    entry = placed.entry
    match entry:
        case NotePosted():  # first, since most entries are notes; then what comes in herds
            yield threads.touched(_thread(rows, entry.thread), placed)
            yield threads.posted(placed, entry)
            yield from _asks(rows, placed, entry)
        case DeadlinePassed():
            ask = _ask(rows, entry.ref, entry.body.q)
            yield asks.passed(ask, placed, entry, stamped(rows, ask, entry.body.head))
        case PartyFounded():
            party, keys = directory.founded(placed, entry)
            yield party
            yield from keys
        case KeyEnrolled():
            yield directory.enrolled(placed, entry)
        case KeySuspended() | KeyRevoked() | KeyRestored():
            yield directory.changed(_row(rows, KeyRow, ("key", entry.body.key)), placed, entry)
        case CharterAdopted():
            held = _maybe(rows, CharterRow, ("charter", str(entry.body.number)))
            yield charter.adopted(held, placed, entry, placed.data or b"")
        case ThreadOpened():
            yield threads.opened(_maybe(rows, ThreadRow, ("thread", entry.thread)), placed, entry)
        case NoteAcknowledged() | NoteCorrected() | NoteTranslated():
            yield threads.touched(_thread(rows, entry.thread), placed)
            yield threads.marked(_row(rows, NoteRow, ("note", entry.ref)), placed, entry)
        case NoteWithdrawn():
            yield threads.touched(_thread(rows, entry.thread), placed)
            yield threads.marked(_row(rows, NoteRow, ("note", entry.ref)), placed, entry)
            yield from _withdrawn(rows, placed, entry)
        case ThreadClosed():
            yield threads.closed(threads.touched(_thread(rows, entry.thread), placed), placed)
            for listed in dict.fromkeys(entry.body.asks):
                yield asks.ended(_ask(rows, listed.id, listed.q), placed)
        case ThreadReopened():
            yield threads.reopened(
                threads.touched(_thread(rows, entry.thread), placed), placed, entry
            )
        case DateProposed():
            yield asks.proposed(_ask(rows, entry.ref, entry.body.q), placed, entry)
        case DeadlineMoved():
            yield asks.moved(_ask(rows, entry.ref, entry.body.q), placed, entry)
        case ReferralSent():
            yield asks.referred(_ask(rows, entry.ref, entry.body.q), placed, entry.body.level)
        case BatchListed():
            yield batches.listed(placed, entry)
            sheet = parse_model(ListSheet, placed.data or b"")
            yield from _list_rows(rows, placed, placed.id, sheet.rows)
        case BatchAmended():
            yield from _amended_rows(rows, placed, entry)
        case BatchAnswered():
            yield from _return_rows(rows, placed, entry)
        case ApplicationAsserted():
            held_application = _application(rows, entry.body.number)
            yield applications.asserted(
                held_application, entry.body.number, placed, _statement(entry)
            )
        case ApplicationLinked():
            for number in (entry.body.number, entry.body.former):
                yield applications.linked(_application(rows, number), number, placed, entry)
        case MeetingHeld():
            yield meetings.held(placed, entry)
        case PointNoted():
            yield from meetings.noted(_row(rows, MeetingRow, ("meeting", entry.ref)), placed, entry)
        case PointAgreed() | PointDiffered():
            yield meetings.marked(_row(rows, PointRow, ("point", entry.ref)), placed, entry)
        case ClockMarked():
            yield applications.marked(_application(rows, entry.body.number), placed, entry)
        case LicenceIssued():
            yield from _issued(rows, placed, entry)
        case LicenceDrawn():
            yield licences.drawn(placed, entry)
            if entry.body.corrects is not None:
                held_draw = _row(rows, DrawRow, ("draw", entry.body.corrects))
                yield licences.corrected(held_draw, placed)
        case PriorityRequested():
            yield priorities.requested(placed, entry)
            for number in entry.body.applications:
                yield applications.requested(_application(rows, number), number, placed, entry)
        case PriorityAnswered():
            request = _row(rows, PriorityRow, ("priority", entry.ref))
            yield priorities.answered(request, placed, entry)
            for said in entry.body.answers:
                wanted = _row(rows, ApplicationRow, ("application", said.number))
                yield applications.replied(wanted, placed, entry)
        case PartErased() | PeerSeen() | PeerRefused() | LogRestored():  # pragma: no branch - all
            return


def stamped(rows: Rows, ask: AskRow, head: str | None) -> tuple[int, int]:
    """Return (POSIX time, size) of the answering side's stamped head; (0, 0) if absent."""
    if head is None:
        return 0, 0
    party = _row(rows, PartyRow, ("party", ask.answering))
    note = Note.parse(head)
    return cosigned_at(note, VerifierKey.parse(party.cosigning_vkey)), parse_body(note.text).size


def _asks(rows: Rows, placed: Placed, entry: NotePosted) -> Iterator[Row]:
    if not entry.asks and not entry.answers:
        return
    for ask in entry.asks:
        yield asks.asked(placed, entry, ask)
    ticked = dict.fromkeys((answer.id, q) for answer in entry.answers for q in answer.numbers())
    for note, q in ticked:
        yield asks.answered(_ask(rows, note, q), placed)
    promises = dict.fromkeys(ask.promise.point for ask in entry.asks if ask.promise is not None)
    for point in promises:
        yield meetings.asked(_row(rows, PointRow, ("point", point)), placed, entry)


def _withdrawn(rows: Rows, placed: Placed, entry: NoteWithdrawn) -> Iterator[Row]:
    """End what the note asks, and reopen what it answered (rule 13)."""
    for number in range(1, 101):
        held = _maybe(rows, AskRow, ask_key(entry.ref, str(number)))
        if held is not None:
            yield asks.ended(held, placed)
    note = _row(rows, NoteRow, ("note", entry.ref))
    # A note may tick a question off twice: its row changes once.
    for key in dict.fromkeys(answered_by(note)):
        yield asks.taken_back(_row(rows, AskRow, key), placed, entry.ref)


def _list_rows(
    rows: Rows, placed: Placed, batch: EntryId, listed: Iterable[ListRow]
) -> Iterator[Row]:
    made: dict[str, ApplicationRow] = {}
    for row in listed:
        yield batches.listing(batch, placed, row)
        held = made.get(row.number) or _application(rows, row.number)
        held = applications.listed(held, placed, batch, row)
        if row.state is not None:
            held = applications.asserted(
                held, row.number, placed, Statement(row.state, row.as_of or "", "list")
            )
        made[row.number] = held
    yield from made.values()


def _amended_rows(rows: Rows, placed: Placed, entry: BatchAmended) -> Iterator[Row]:
    sheet = parse_model(AmendmentSheet, placed.data or b"")
    yield batches.batch_amended(_row(rows, BatchRow, ("batch", entry.ref)), placed, sheet)
    yield from _list_rows(rows, placed, entry.ref, sheet.added)
    for changed in sheet.changed:
        held = _row(rows, ListingRow, listing_key(entry.ref, changed.row))
        yield batches.listing_changed(held, placed, changed)
    for withdrawn in sheet.withdrawn:
        held = _row(rows, ListingRow, listing_key(entry.ref, withdrawn.row))
        yield batches.listing_withdrawn(held, placed, withdrawn.reason or "")


def _issued(rows: Rows, placed: Placed, entry: LicenceIssued) -> Iterator[Row]:
    """A licence states of the applications that it was issued on that it was, once."""
    held = _maybe(rows, LicenceRow, ("licence", entry.body.licence))
    yield licences.issued(held, placed, entry)
    known = {number for issue in held.issues for number in issue.applications} if held else set()
    said = Statement("issued", entry.body.issued_on, "licence")
    for number in entry.body.applications:
        if number not in known:
            yield applications.asserted(_application(rows, number), number, placed, said)


def _return_rows(rows: Rows, placed: Placed, entry: BatchAnswered) -> Iterator[Row]:
    yield batches.batch_answered(
        _row(rows, BatchRow, ("batch", entry.ref)), placed, entry.body.rows
    )
    made: dict[str, ApplicationRow] = {}
    for answer in parse_model(ReturnSheet, placed.data or b"").rows:
        listing = _maybe(rows, ListingRow, listing_key(entry.ref, answer.row))
        # A row that was added meanwhile is not the one that this sheet answers (rule 4).
        if listing is not None and placed.past.holds(Position("eu", listing.listed_in)):
            yield batches.listing_answered(listing, placed, answer)
        if answer.state is not None:
            held = made.get(answer.number) or _application(rows, answer.number)
            made[answer.number] = applications.asserted(
                held, answer.number, placed, _answered(answer, answer.state)
            )
    yield from made.values()


def _statement(entry: ApplicationAsserted) -> Statement:
    body = entry.body
    return Statement(
        state=body.state,
        as_of=body.as_of,
        source=body.source,
        clock=tuple(
            ClockFact(act.act, act.on, act.basis or "", act.expected_until or "")
            for act in body.clock
        ),
        decision=body.decision or "",
        decided_on=body.decided_on or "",
    )


_CLOCK_WORDS: Final[Mapping[str, Act]] = {
    "runs": "counted",
    "not_counted": "uncounted",
    "no_limit": "council",
}
"""What a return sheet's `clock` says of the statutory clock on the sheet's date; the other
words follow from the state."""


def _answered(answer: ReturnRow, state: str) -> Statement:
    clock = [ClockFact("accepted", answer.accepted_on)] if answer.accepted_on else []
    act = _CLOCK_WORDS.get(answer.clock or "")
    if answer.as_of and act:
        clock.append(ClockFact(act, answer.as_of))
    return Statement(
        state=state,
        as_of=answer.as_of or "",
        source="return-sheet",
        clock=tuple(clock),
        decision=answer.decision or "",
        decided_on=answer.decided_on or "",
    )


def _row(rows: Rows, kind: type[_R], key: RowKey) -> _R:
    row = rows[key]
    assert isinstance(row, kind)  # noqa: S101 - own bug, not input: the judge has seen this row
    return row


def _maybe(rows: Rows, kind: type[_R], key: RowKey) -> _R | None:
    return _row(rows, kind, key) if key in rows else None


def _application(rows: Rows, number: str) -> ApplicationRow | None:
    return _maybe(rows, ApplicationRow, ("application", number))


def _thread(rows: Rows, thread: str) -> ThreadRow:
    return _row(rows, ThreadRow, ("thread", thread))


def _ask(rows: Rows, note: str, q: str) -> AskRow:
    return _row(rows, AskRow, ask_key(note, q))
