"""Read entries and drafts as events that may concern our people.

States numbers and dates alone. Does not know whom an event concerns: `event_recipients.py` does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from special_channel.channels.event_mails import PersonalNotice
from special_channel.core.bytes.ids import PARTIES, KeyId, Party, PersonId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    Ask,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    DateProposed,
    DeadlineMoved,
    DeadlinePassed,
    DraftReturned,
    Entry,
    LicenceDrawn,
    LicenceIssued,
    NotePosted,
    QuarantineAgreed,
    QuarantineAsked,
    ThreadAssigned,
)
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.charter import Charter, CharterRow, charter_of, in_force
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.log_keys import EVERYTHING
from special_channel.core.rows.past import Past
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.routes import RouteRow
from special_channel.core.rules.notifying import Event
from special_channel.core.rules.releasing import LINE_STOP
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.rules.routing import AUTHOR
from special_channel.core.rules.state import RowKey, Rows, question_key
from special_channel.desk.releasing import entry_of_draft, releasers, sheet_rows
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.event_recipients import Happening
from special_channel.escalation.event_turns import Turn
from special_channel.escalation.licence_events import LicenceEvents
from special_channel.ports import Stored
from special_channel.ports.mail import MARK
from special_channel.stores.clearances import Clearance
from special_channel.stores.draft_turns import DraftTurns
from special_channel.stores.file_scans import FileScans
from special_channel.stores.people import functions_of
from special_channel.stores.permits import Permits

QUIET: Final = frozenset({"note.acknowledged", "note.translated"})
"""Kinds of the other side that only those are told who watch the thread."""

MOST_ANSWERED: Final = 100
"""Questions of a note that are looked up, as a note has at most that many."""

_CHARTERS: Final[frozenset[RowKey]] = frozenset(("party", party) for party in PARTIES)


class EventReader:
    """Reads entries of a log, or a draft, as events."""

    def __init__(
        self, deps: EscalationDeps, turns: DraftTurns, scans: FileScans, permits: Permits
    ) -> None:
        self._deps, self._turns, self._scans = deps, turns, scans
        self._licences = LicenceEvents(deps, permits)

    async def shared(self, party: Party, entries: Sequence[Stored]) -> list[Happening]:
        """Return the events in entries of a shared log.

        Raises:
            Unavailable: `database-unavailable`.
        """
        parsed = list(_parsed(entries))
        rows = await self._rows(key for _, entry in parsed for key in _needed(entry))
        own, found = self._deps.node.identity.party, []
        for stored, entry in parsed:
            if isinstance(entry, LicenceIssued | LicenceDrawn):
                found += await self._licences.of(stored, entry)
                continue
            happening = _SharedEvent(own, party, stored, entry, rows).happening()
            if isinstance(entry, DeadlinePassed):
                happening = replace(happening, told=await self._alerted(entry, rows))
            found.append(happening)
        return found

    async def private(self, entries: Sequence[Stored]) -> list[Happening]:
        """Return the events in entries of our private log.

        Raises:
            Unavailable: `database-unavailable`.
        """
        parsed = list(_parsed(entries))
        rows = await self._rows(("key", entry.by) for _, entry in parsed)
        found = []
        for stored, entry in parsed:
            author = _person(rows, entry.by)
            if isinstance(entry, ThreadAssigned) and entry.body.person:
                notice = _notice("assigned", stored, by=await self._name(author))
                named = frozenset({entry.body.person})
                found.append(
                    Happening(
                        f"private:{stored.index}",
                        (notice,),
                        stored.id,
                        thread=entry.thread,
                        author=author,
                        persons=named,
                    )
                )
            if isinstance(entry, QuarantineAsked | QuarantineAgreed):
                found += await self._of_file(stored, author, entry)
            if not isinstance(entry, DraftReturned) or entry.body.to not in {None, AUTHOR}:
                continue  # what goes back to another step is told as that step's turn
            if draft := await self._turns.get(entry.body.id):
                found.append(await self._sent_back(stored, author, draft))
        return found

    async def laid(self, draft: Clearance, route: RouteRow | None) -> Happening:
        """Return the event that a draft waits for release, for all who may release it.

        On a sign-off route: that it waits for its step, for all who may answer the step.

        Raises:
            Unavailable: `database-unavailable`.
        """
        entry = entry_of_draft(draft.envelope)
        rows = await self._rows([("key", draft.by)])
        author, staff = _person(rows, draft.by), await self._deps.staff()
        roles, _, _ = releasers(self._charter(rows), entry, sheet_rows(draft))
        turn = Turn(frozenset(roles), route)
        may = (
            one.person
            for one in staff.officials
            if turn.is_of(one.person, functions_of(one, staff.functions))
        )
        url = f"/clearances/{draft.id[:MARK]}"
        notice = turn.notice(url, draft.at if route is None else self._deps.node.clock.now())
        return Happening(
            turn.key(draft.act or draft.id),
            (await self._of_draft(notice, entry),),
            draft.id,
            thread=getattr(entry, "thread", None) or "",
            author=author,
            persons=frozenset(may),
        )

    async def _of_file(
        self, stored: Stored, author: PersonId, entry: QuarantineAsked | QuarantineAgreed
    ) -> list[Happening]:
        """Return that a request for a quarantined file waits for another person, or its end."""
        asked = isinstance(entry, QuarantineAsked)
        id_ = stored.id if isinstance(entry, QuarantineAsked) else entry.ref
        request = await self._scans.request(id_)
        find = await self._scans.find_sealed(request.file) if request else None
        if request is None or find is None:
            return []  # judged clean or erased meanwhile
        event: Event = "decide" if asked else "agreed"
        position = f"{find.log.upper()}-{find.idx}" if find.log else ""
        at, by = instant(stored.accepted), await self._name(author)
        notice = PersonalNotice(event, at, "/quarantine", event, position=position, by=by)
        persons = await self._holding(MAY_SIGN["quarantine.agreed"]) if asked else {request.person}
        return [
            Happening(
                f"private:{stored.index}",
                (notice,),
                request.id,
                author=author,
                persons=frozenset(persons),
                closed=True,
            )
        ]

    async def _holding(self, roles: Collection[str]) -> set[PersonId]:
        staff = await self._deps.staff()
        return {
            one.person
            for one in staff.officials
            if any(each.role in roles for each in functions_of(one, staff.functions))
        }

    async def _sent_back(self, stored: Stored, author: PersonId, draft: Clearance) -> Happening:
        rows = await self._rows([("key", draft.by)])
        entry, drafter = entry_of_draft(draft.envelope), await self._turns.drafter(draft.id)
        at, url = instant(stored.accepted), "/clearances#sent-back"
        notice = PersonalNotice("sent_back", at, url, "sent_back", by=await self._name(author))
        # Drafts of one act that go back with one remark are one event.
        remark = sha256(draft.remark.encode()).hexdigest()
        return Happening(
            f"returned:{draft.act}:{remark}" if draft.act else f"private:{stored.index}",
            (await self._of_draft(notice, entry),),
            draft.id,
            thread=getattr(entry, "thread", None) or "",
            author=author,
            # Of a draft that a checker changed, whoever drafted it and whoever signed it.
            persons=frozenset({_person(rows, draft.by), drafter} - {""}),
        )

    async def _of_draft(self, notice: PersonalNotice, entry: Entry | None) -> PersonalNotice:
        """Return a notice with what names its draft: kind and list."""
        name = ""
        if isinstance(entry, BatchListed):
            name = entry.body.list
        elif isinstance(entry, BatchAnswered | BatchAmended):
            row = (await self._rows([("batch", entry.ref)])).get(("batch", entry.ref))
            name = row.list if isinstance(row, BatchRow) else ""
        return replace(notice, draft=entry.kind if entry else "", list=name)

    async def _alerted(self, entry: DeadlinePassed, rows: Rows) -> frozenset[str]:
        """Return the addresses that the ladder tells of a passed date."""
        row = rows.get(question_key(entry.ref, entry.body.q))
        if not isinstance(row, QuestionRow):
            return frozenset()
        told = await self._deps.alerts.outbox.told((row.note, row.q), entry.body.due)
        staff = await self._deps.staff()
        first = staff.holders(staff.ladder.steps[0])
        return told | {one.email for one in first}

    async def _name(self, person: PersonId) -> str:
        officials = await self._deps.alerts.officials.all()
        return next((one.name for one in officials if one.person == person), "")

    async def _rows(self, keys: Iterable[RowKey]) -> Rows:
        return await self._deps.stores.record.rows(frozenset(keys) | _CHARTERS)

    def _charter(self, rows: Rows) -> Charter | None:
        party = self._deps.node.identity.party
        force = in_force(_charters(rows), Past(party, EVERYTHING, EVERYTHING))
        return force.charter if force else None


@dataclass(frozen=True, slots=True)
class _SharedEvent:
    """An entry of a shared log, with the rows that it names."""

    own: Party
    party: Party
    stored: Stored
    entry: Entry
    rows: Rows

    def happening(self) -> Happening:
        theirs, entry = self.party != self.own, self.entry
        asks = [ask for ask in _asks(entry) if ask.who == self.own]
        passed = isinstance(entry, DeadlinePassed)
        notices = [*self._question(asks), *self._about_questions()] if theirs or passed else []
        return Happening(
            f"{self.party}:{self.stored.index}",
            tuple(notices) or (_notice("entry", self.stored, self.party),),
            self.stored.id,
            thread=self.stored.thread or "",
            author="" if theirs else _person(self.rows, entry.by),
            line_stop=theirs and any(self._stops(ask.charter, ask.rule or "") for ask in asks),
            quiet=not passed and (not theirs or entry.kind in QUIET),
        )

    def _question(self, asks: Sequence[Ask]) -> Iterator[PersonalNotice]:
        """Yield the notice of questions to us; the earliest date is named."""
        if asks:
            first = min(asks, key=lambda ask: ask.due)
            yield replace(
                _notice("question", self.stored, self.party),
                asked=str(Position(self.party, self.stored.index)),
                question=first.q if len(asks) == 1 else "",
                due=instant(first.due),
                agreed=bool(first.rule),
                ours=True,
            )

    def _about_questions(self) -> Iterator[PersonalNotice]:
        """Yield the notice of an answer, or of a date."""
        asked = [
            row for key in _needed(self.entry) if isinstance(row := self.rows.get(key), QuestionRow)
        ]
        match self.entry:
            case NotePosted():
                asked = [row for row in asked if row.asker == self.own]
                event: Event = "answer"
            case DateProposed() | DeadlineMoved():
                event = "proposed"
            case DeadlinePassed():
                event = "passed"
            case _:
                return
        if not asked:
            return
        first, body = asked[0], getattr(self.entry, "body", None)
        due = getattr(body, "due", None)
        yield replace(
            _notice(event, self.stored, self.party),
            asked=str(first.position),
            question=first.q if len(asked) == 1 else "",
            due=instant(due) if due else None,
            ours=first.answering == self.own,
            moved=isinstance(self.entry, DeadlineMoved),
        )

    def _stops(self, charter: str, rule: str) -> bool:
        document = charter_of(_charters(self.rows), charter)
        found = document.reply_rule(rule) if document else None
        return found is not None and found.urgency == LINE_STOP


def _notice(
    event: Event, stored: Stored, party: Party | None = None, by: str = ""
) -> PersonalNotice:
    position = str(Position(party, stored.index)) if party else ""
    at = instant(stored.accepted)
    return PersonalNotice(event, at, "", event, position=position, by=by)


def _parsed(entries: Sequence[Stored]) -> Iterator[tuple[Stored, Entry]]:
    """Yield entries that are here and valid, with their payload."""
    for stored in entries:
        entry = entry_of_draft(stored.envelope) if stored.envelope else None
        if entry is not None:
            yield stored, entry


def _needed(entry: Entry) -> list[RowKey]:
    """Return the keys of the rows of an event: its author, and the questions it is about."""
    keys: list[RowKey] = [("key", entry.by)]
    if isinstance(entry, NotePosted):
        answered = [(each.id, q) for each in entry.answers for q in each.numbers()]
        keys += [question_key(*each) for each in answered[:MOST_ANSWERED]]
    elif isinstance(entry, DateProposed | DeadlineMoved | DeadlinePassed):
        keys.append(question_key(entry.ref, entry.body.q))
    return keys


def _asks(entry: Entry) -> Sequence[Ask]:
    return entry.asks if isinstance(entry, NotePosted) else ()


def _charters(rows: Rows) -> tuple[CharterRow, ...]:
    return tuple(row for row in rows.values() if isinstance(row, CharterRow))


def _person(rows: Rows, key: KeyId) -> PersonId:
    row = rows.get(("key", key))
    return row.person if isinstance(row, KeyRow) else ""
