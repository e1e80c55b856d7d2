"""What each kind asks of its past, under rules 1.

Called by `judge.judge` after form, signatures, keys and roles are in order. Adding a kind
is an arm here. Does not repeat what holds for all kinds.
"""

from __future__ import annotations

from hashlib import sha256

from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import PARTIES, Party, party_of, peer_of
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    Answers,
    ApplicationAsserted,
    ApplicationLinked,
    Ask,
    AskRef,
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
    SharedEntry,
    ThreadClosed,
    ThreadOpened,
    ThreadReopened,
)
from special_channel.core.kinds.judge_deadline import judge_moved, judge_passed
from special_channel.core.kinds.judge_meetings import judge_meeting, judge_promise
from special_channel.core.kinds.judge_permits import (
    judge_application,
    judge_licence,
    judge_priority,
    judge_sheet,
)
from special_channel.core.kinds.judge_translation import judge_translation
from special_channel.core.rows.charter import Charter, InForce
from special_channel.core.rows.charter import parse as parse_charter
from special_channel.core.rows.past import Past
from special_channel.core.rows.questions import AskRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.court import Candidate, Court, check_order, named, owned
from special_channel.core.rules.earliest import earliest
from special_channel.core.rules.state import ask_key


def judge_kind(candidate: Candidate, past: Past, court: Court, charter: InForce | None) -> None:  # noqa: C901, PLR0912, PLR0915 - one arm a kind
    """Refuse what this kind may not say in its past.

    Raises:
        Malformed: `data-malformed`, `entry-malformed`.
        NotAllowed: `owner`, and `clearance-missing` of a line stop.
        RuleBroken: `reference` and the kind's own codes.
    """
    entry = candidate.entry
    _judge_thread(entry, past, court)
    match entry:
        case NotePosted():  # first, since most entries are notes; then what comes in herds
            _judge_note(entry, past, court, charter)
        case DeadlinePassed():
            judge_passed(entry, past, court, ask_of(court, past, entry))
        case PartyFounded() | KeyEnrolled() | PeerSeen():
            return
        case KeySuspended() | KeyRevoked() | KeyRestored():
            _judge_key_act(entry, past, court)
        case CharterAdopted():
            _judge_adoption(candidate, entry, past, court)
        case ThreadOpened():
            _judge_opening(entry, past, court)
        case NoteAcknowledged():
            _judge_about_note(entry, past, court, by=peer_of(past.party))
        case NoteCorrected() | NoteWithdrawn():
            _judge_about_note(entry, past, court, by=past.party)
        case NoteTranslated():
            _judge_about_note(entry, past, court, by=None)
        case ThreadClosed():
            _judge_close(entry, past, court)
        case ThreadReopened():
            _judge_reopening(entry, past, court)
        case DateProposed():
            owned(ask_of(court, past, entry).answering, past)
        case DeadlineMoved():
            judge_moved(entry, past, court, ask_of(court, past, entry))
        case ReferralSent():
            owned(ask_of(court, past, entry).asker, past)
        case BatchListed() | BatchAmended() | BatchAnswered():
            judge_sheet(candidate, entry, past, court, charter)
        case ApplicationAsserted() | ApplicationLinked() | ClockMarked():
            judge_application(entry, past)
        case LicenceIssued() | LicenceDrawn():
            judge_licence(entry, past, court, charter)
        case PriorityRequested() | PriorityAnswered():
            judge_priority(entry, past, court)
        case MeetingHeld() | PointNoted() | PointAgreed() | PointDiffered():
            judge_meeting(entry, past, court, charter)
        case PartErased():
            _judge_erasure(entry, past, court)
        case PeerRefused():
            if entry.body.index >= past.frontier:
                raise RuleBroken("reference", "The peer's entry is not in the past.")
        case LogRestored():  # pragma: no branch - a closed union
            if entry.body.size > past.index:
                raise RuleBroken("reference", "A log can't be restored beyond its own size.")
    _judge_marking(entry, charter)


def _judge_thread(entry: SharedEntry, past: Past, court: Court) -> None:
    thread = entry.optional("thread", None)
    if thread is None or entry.kind == "thread.opened":
        return
    row = court.row(("thread", thread), ThreadRow)
    if row is None or not _opened_in(row, past):
        raise RuleBroken("thread-unknown", "The thread was not opened in the entry's past.")


def _opened_in(row: ThreadRow, past: Past) -> bool:
    return any(map(past.holds, row.opened))


def _judge_marking(entry: SharedEntry, charter: InForce | None) -> None:
    marking = entry.optional("marking", None)
    if marking is not None and (charter is None or marking not in charter.charter.markings):
        raise RuleBroken("marking", "The marking is not in the charter's list.", marking=marking)


def ask_of(
    court: Court, past: Past, entry: DateProposed | DeadlineMoved | DeadlinePassed | ReferralSent
) -> AskRow:
    """Return the ask that an entry is about.

    Raises:
        RuleBroken: `reference`.
    """
    return ask_in(court, past, entry.thread, AskRef(id=entry.ref, q=entry.body.q))


def ask_in(court: Court, past: Past, thread: str, asked: AskRef) -> AskRow:
    """Return the ask of the past and of this thread that is named.

    What is said about a question stands in its thread, so that a thread's leaves show all
    of it: an export of the thread can be proven complete.

    Raises:
        RuleBroken: `reference`.
    """
    row = court.row(ask_key(asked.id, asked.q), AskRow)
    if row is None or not past.holds(row.position) or row.thread != thread:
        raise RuleBroken(
            "reference",
            "The entry names a question that its past does not hold in this thread.",
            id=asked.id,
        )
    return row


def _judge_key_act(
    entry: KeySuspended | KeyRevoked | KeyRestored, past: Past, court: Court
) -> None:
    owned(party_of(entry.body.key), past)
    target, author = court.key(entry.body.key), court.key(entry.by)
    if target is None or author is None or target.standing(past) == "unknown":
        raise RuleBroken("reference", "The key named is not enrolled.", id=entry.body.key)
    if entry.body.key == entry.by and not isinstance(entry, KeySuspended):
        raise NotAllowed("role", "Nobody revokes or restores the own key.", kind=entry.kind)
    # Suspension is at once: anyone of its desk, and the roles above
    # (docs/rules.md, "Directory and charter").
    if author.role == "desk" and author.desk != target.desk:
        raise NotAllowed(
            "role", "A key is suspended by its own desk or a head of unit.", kind=entry.kind
        )
    # Link keys come and go with the machines; what the founding tied to the log does not.
    if target.role in {"root", "node", "checkpoint", "cosigning"}:
        raise NotAllowed("role", "A node's own keys are not changed this way.", kind=entry.kind)


def _judge_adoption(candidate: Candidate, entry: CharterAdopted, past: Past, court: Court) -> None:
    document = candidate.data or b""
    charter = parse_charter(document)
    if sha256(document).hexdigest() != entry.body.digest or charter.number != entry.body.number:
        raise RuleBroken("charter-mismatch", "Number or digest is not that of the document.")
    origins = {party.party: party.origin for party in charter.parties}
    if origins != {party: pin.origin for party, pin in court.pins.items()}:
        raise RuleBroken("charter-mismatch", "The charter names other logs.")
    own = [
        row.number
        for row in court.charters()
        for fact in row.adoptions
        if fact.party == past.party and past.holds(fact)
    ]
    if own and entry.body.number <= max(own):
        raise RuleBroken(
            "charter-number", "Charters are numbered upwards.", number=entry.body.number
        )


def _judge_opening(entry: ThreadOpened, past: Past, court: Court) -> None:
    row = court.row(("thread", entry.thread), ThreadRow)
    if row is not None and _opened_in(row, past):
        raise RuleBroken("thread-known", "A thread with this id is already open.")
    if any(part.k != "subject" for part in entry.parts):
        raise Malformed("entry-malformed", "A thread is opened with subjects alone.", field="parts")
    judge_translation(entry)
    if (
        entry.body.batch != "standing"
        and named(court, past, entry.body.batch).kind != "batch.listed"
    ):
        raise RuleBroken("reference", "A thread is opened on a batch.", id=entry.body.batch)


def _judge_note(entry: NotePosted, past: Past, court: Court, charter: InForce | None) -> None:
    judge_translation(entry)
    if [ask.q for ask in entry.asks] != [str(number + 1) for number in range(len(entry.asks))]:
        raise Malformed("ask-number", "Questions are numbered 1, 2, 3 and so on.")
    for ask in entry.asks:
        _judge_ask(ask, entry, past, charter)
        judge_promise(ask, past, court)
    for answers in entry.answers:
        _judge_answers(answers, entry, past, court)


def _judge_ask(ask: Ask, entry: NotePosted, past: Past, charter: InForce | None) -> None:
    if ask.who == past.party:
        raise RuleBroken("ask-own-side", "A question is put to the other side.")
    if charter is None or ask.charter != charter.digest:
        raise RuleBroken(
            "charter-mismatch", "The question names another charter than the one in force."
        )
    digests = {calendar.digest for calendar in charter.charter.calendars}
    if ask.calendar is not None and ask.calendar not in digests:
        raise RuleBroken(
            "charter-mismatch", "The question names a calendar that is not the charter's."
        )
    if ask.rule is not None:
        _judge_counted(ask, ask.rule, entry.at, charter.charter)
    if ask.part is not None and ask.part >= len(entry.parts):
        raise Malformed(
            "entry-malformed", "A question names a paragraph of its note.", field="asks.part"
        )


def _judge_counted(ask: Ask, name: str, at: str, charter: Charter) -> None:
    """A date by a rule is not before what the rule gives from the note's own time (rule 11)."""
    rule = charter.reply_rule(name)
    if rule is None:
        raise RuleBroken("ask-rule", "The charter has no such reply rule.", rule=name)
    counted = earliest(charter, rule, ask.who, instant(at))
    if ask.due < counted.due:
        raise RuleBroken(
            "ask-early", "The reply rule gives a later date.", rule=name, due=counted.due
        )
    if rule.seconds or ask.provisional:
        return
    # Past what both sides adopted, no counted date is firm.
    parties = (ask.who,) if rule.count == "answering" else PARTIES
    lasts = [calendar.last for calendar in charter.calendars if calendar.party in parties]
    if counted.provisional or any(ask.due[:10] > last for last in lasts):
        raise RuleBroken("ask-provisional", "No calendar covers that date: it is provisional.")


def _judge_answers(answers: Answers, entry: NotePosted, past: Past, court: Court) -> None:
    for number in answers.numbers():
        ask = ask_in(court, past, entry.thread, AskRef(id=answers.id, q=number))
        if ask.answering != past.party:
            raise NotAllowed("owner", "The question is for the other side to answer.")


def _judge_about_note(
    entry: NoteAcknowledged | NoteCorrected | NoteWithdrawn | NoteTranslated,
    past: Past,
    court: Court,
    *,
    by: Party | None,
) -> None:
    row = named(court, past, entry.ref)
    if row.kind != "note.posted" or row.thread != entry.thread:
        raise RuleBroken("reference", "The entry names no note of this thread.", id=entry.ref)
    if by is not None and row.party != by:
        raise NotAllowed("owner", "This is not for this side to say of that note.")
    if isinstance(entry, NoteCorrected):
        judge_translation(entry)


def _judge_close(entry: ThreadClosed, past: Past, court: Court) -> None:
    row = court.row(("thread", entry.thread), ThreadRow)
    assert row is not None  # noqa: S101 - own bug, not input: `_judge_thread` has seen it
    owned(next(fact.party for fact in row.opened if past.holds(fact)), past)
    for listed in entry.body.asks:
        ask = ask_in(court, past, entry.thread, listed)
        if ask.asker != past.party:
            raise NotAllowed("owner", "A close ends the own questions of its thread alone.")


def _judge_reopening(entry: ThreadReopened, past: Past, court: Court) -> None:
    row = named(court, past, entry.ref)
    if row.kind != "thread.closed" or row.thread != entry.thread:
        raise RuleBroken("reference", "The entry names no close of this thread.", id=entry.ref)


def _judge_erasure(entry: PartErased, past: Past, court: Court) -> None:
    row = named(court, past, entry.ref, invalid_too=True)
    check_order(entry.body)
    for place in entry.body.parts:
        if place >= len(row.roles) or (row.roles[place] == "d" and entry.body.basis == "order"):
            raise RuleBroken(
                "erase-part", "There is no such part, or it can't be erased.", part=place
            )
