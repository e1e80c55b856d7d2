"""Which rows and roots an entry's judge and fold look at, asked for in one batch.

Does not load them: a store does, in one query a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import KeyId
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
    ReturnSheet,
    SharedEntry,
    ThreadClosed,
    ThreadOpened,
    ThreadReopened,
    parse_model,
)
from special_channel.core.log.note import Note
from special_channel.core.rows.threads import NoteRow
from special_channel.core.rules.state import RowKey, Rows, ask_key, listing_key

PARTY_ROWS: tuple[RowKey, ...] = (("party", "eu"), ("party", "cn"))


def needs(entry: SharedEntry, signers: Iterable[KeyId], data: bytes | None) -> frozenset[RowKey]:
    """Return the keys of all rows that judging and folding this entry may look at.

    Charter rows are always needed and few: the store adds them all.
    """
    keys: list[RowKey] = [("key", key) for key in signers]
    return frozenset((*PARTY_ROWS, ("key", entry.by), *keys, *_kind_needs(entry, data)))


def _kind_needs(entry: SharedEntry, data: bytes | None) -> Iterator[RowKey]:  # noqa: C901, PLR0912, PLR0915 - one arm a kind
    match entry:
        case NotePosted():  # first, since most entries are notes; then what comes in herds
            yield "thread", entry.thread
            for answer in entry.answers:
                yield "entry", answer.id
                for number in answer.numbers():
                    yield ask_key(answer.id, number)
            for ask in entry.asks:
                if ask.promise is not None:
                    yield "point", ask.promise.point
        case DeadlinePassed() | DateProposed() | DeadlineMoved() | ReferralSent():
            yield "thread", entry.thread
            yield "entry", entry.ref
            yield ask_key(entry.ref, entry.body.q)
        case ThreadOpened():
            yield "thread", entry.thread
            if entry.body.batch != "standing":
                yield "entry", entry.body.batch
        case NoteAcknowledged() | NoteCorrected() | NoteTranslated():
            yield "thread", entry.thread
            yield "entry", entry.ref
            yield "note", entry.ref
        case NoteWithdrawn():
            yield "thread", entry.thread
            yield "entry", entry.ref
            yield "note", entry.ref
            for place in range(1, 101):
                yield ask_key(entry.ref, str(place))
        case ThreadClosed():
            yield "thread", entry.thread
            for listed in entry.body.asks:
                yield ask_key(listed.id, listed.q)
        case ThreadReopened():
            yield "thread", entry.thread
            yield "entry", entry.ref
        case BatchListed() | BatchAmended() | BatchAnswered():
            yield from _sheet_needs(entry, data)
        case ApplicationAsserted() | ClockMarked():
            yield "application", entry.body.number
        case ApplicationLinked():
            yield "application", entry.body.number
            yield "application", entry.body.former
        case MeetingHeld():
            return
        case PointNoted():
            yield "meeting", entry.ref
        case PointAgreed() | PointDiffered():
            yield "point", entry.ref
        case LicenceIssued():
            yield "licence", entry.body.licence
            for number in entry.body.applications:
                yield "application", number
        case LicenceDrawn():
            yield "licence", entry.body.licence
            if entry.body.corrects is not None:
                yield "draw", entry.body.corrects
        case PriorityRequested():
            for number in entry.body.applications:
                yield "application", number
        case PriorityAnswered():
            yield "entry", entry.ref
            yield "priority", entry.ref
            for reply in entry.body.answers:
                yield "application", reply.number
        case PartErased():
            yield "entry", entry.ref
        case KeySuspended() | KeyRevoked() | KeyRestored():
            yield "key", entry.body.key
        case (  # pragma: no branch - a closed union
            KeyEnrolled()
            | PartyFounded()
            | CharterAdopted()
            | PeerSeen()
            | PeerRefused()
            | LogRestored()
        ):
            return


def _sheet_needs(
    entry: BatchListed | BatchAmended | BatchAnswered, data: bytes | None
) -> Iterator[RowKey]:
    try:
        match entry:
            case BatchListed():
                for row in parse_model(ListSheet, data or b"{}").rows:
                    yield "application", row.number
            case BatchAmended():
                yield "entry", entry.ref
                yield "batch", entry.ref
                sheet = parse_model(AmendmentSheet, data or b"{}")
                yield from (("application", added.number) for added in sheet.added)
                yield from (listing_key(entry.ref, place) for place in sheet.rows())
            case BatchAnswered():  # pragma: no branch - a closed union
                yield "entry", entry.ref
                yield "batch", entry.ref
                for answer in parse_model(ReturnSheet, data or b"{}").rows:
                    yield "application", answer.number
                    yield listing_key(entry.ref, answer.row)
    except Malformed:
        return  # the judge refuses it by name


def needs_behind(entry: SharedEntry, rows: Rows) -> frozenset[RowKey]:
    """Return the keys of further rows, which only the rows of `needs` name.

    Withdrawing a note reopens the questions that it answered; its own row names them.
    """
    if not isinstance(entry, NoteWithdrawn):
        return frozenset()
    note = rows.get(("note", entry.ref))
    return frozenset(answered_by(note)) if isinstance(note, NoteRow) else frozenset()


def answered_by(note: NoteRow) -> Iterator[RowKey]:
    """Yield the keys of the asks that a note ticks off."""
    for ticked in note.answers:
        for number in ticked.numbers:
            yield ask_key(ticked.note, number)


def roots_needed(entry: SharedEntry) -> frozenset[tuple[str, int]]:
    """Return (origin, size) of each tree whose root the judge compares."""
    found = {(seen.log, seen.size) for seen in entry.seen}
    if entry.kind == "deadline.passed":
        for text in (entry.body.delivered, entry.body.head):
            found.update(_checkpoint_size(text))
    if entry.kind == "deadline.moved":
        found.update(_checkpoint_size(entry.body.delivered))
    return frozenset(found)


def _checkpoint_size(text: str | None) -> Iterator[tuple[str, int]]:
    if text is None:
        return
    try:
        origin, size, *_ = Note.parse(text).text.split("\n")
    except (Malformed, ValueError):
        return  # the judge refuses it by name
    if size.isascii() and size.isdigit() and len(size) < len("9007199254740992"):
        yield origin, int(size)
