"""Sign the entries of the fictional year's correspondence, by the plan.

Entries are dated by the node's clock, so the caller sets a demonstration's clock to a day. Does
not send and does not plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.ids import EntryId, Party, ThreadId, peer_of
from special_channel.core.bytes.times import instant
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.submission import Submission
from special_channel.core.time.calendars import Calendar
from special_channel.desk import meeting_payloads, payloads, written
from special_channel.desk.meeting_payloads import MeetingDraft, PointDraft
from special_channel.desk.payloads import Author, Proposal, Question
from special_channel.desk.questions import by_rule
from special_channel.desk.written import Wording
from special_channel.sample.sending import id_of
from special_channel.sample.story import OWN, Pair
from special_channel.sample.year_course import Act
from special_channel.sample.year_plan import YearMeeting, YearPlan, moment
from special_channel.sample.year_texts import YearTexts

POINTS: Final = ("ours", "our-promise", "theirs", "their-promise")
"""Points of a meeting, by name."""

_EXTENSION: Final = "reply-5wd"
"""Rule by which a proposed date is counted, from the day of the first due time."""

_PROMISED: Final = timedelta(days=14)


@dataclass(slots=True)
class Letters:
    """State of the load: ids of signed entries and due times of questions, by name.

    Attributes:
        plan: The plan.
        texts: Texts of meetings' places.
        calendars: Both sides' calendars.
        digest: Digest of the charter.
        charter: The charter in force.
        thread_of: Returns a thread's id by its name.
        batches: Ids of lists, by number.
        person_of: Ids of the officials' persons, by name.
    """

    plan: YearPlan
    texts: YearTexts
    calendars: Mapping[Party, Calendar]
    digest: str
    charter: Charter
    thread_of: Callable[[str], ThreadId]
    batches: Mapping[str, EntryId]
    person_of: Mapping[str, str]
    ids: dict[str, EntryId] = field(default_factory=dict)
    dues: dict[str, datetime] = field(default_factory=dict)
    _threads: dict[str, ThreadId] = field(default_factory=dict)
    _proposals: dict[str, Proposal] = field(default_factory=dict)

    def names(self, act: Act) -> list[str]:
        """Return the names of an act's entries: a meeting has its points, marks name points."""
        if act.kind == "meeting":
            return [act.name, *(f"{act.name}-{point}" for point in POINTS)]
        if act.kind == "mark":
            return [f"{act.name}-{point}" for point in POINTS]
        return [act.name]

    def sign(self, act: Act, author: Author, now: datetime) -> list[Submission]:
        """Sign an act's entries in the order of `names`; `now` starts a question's time."""
        if act.kind == "meeting":
            return self._meeting(self.plan.meetings[act.name], author)
        if act.kind == "mark":
            return self._marks(self.plan.meetings[act.ref], author)
        return [self._entry(act, author, now)]

    def learn(self, entries: Mapping[str, Submission]) -> None:
        """Remember ids, due times and proposed dates of entries by name, sent now or before."""
        for name, entry in entries.items():
            envelope = dsse.decode(entry.envelope)
            self.ids[name] = envelope.id
            payload: Any = canonical.loads(envelope.payload)
            if payload.get("asks"):
                self.dues[name] = instant(payload["asks"][0]["due"])
            if payload["kind"] == "date.proposed":
                body = payload["body"]
                self._proposals[name] = Proposal(
                    payload["thread"], payload["ref"], body["q"], body["due"]
                )

    def _entry(self, act: Act, author: Author, now: datetime) -> Submission:
        match act.kind:
            case "open":
                return self._opened(act, author)
            case "note":
                return self._note(act, author, now)
            case "propose" | "agree":
                return self._moved(act, author)
            case "close":
                return payloads.closed(author, self._thread(act.thread), ())
            case _:
                return self._mark(act, author)

    def _mark(self, act: Act, author: Author) -> Submission:
        """Sign an entry about a note, or an assignment in the side's private log."""
        thread, (own, _) = self._thread(act.thread), OWN[act.party]
        if act.kind == "assign":
            person = self.person_of[f"{act.party}-desk-2"]
            return written.assigned(author, thread, person, Wording(own, _text(act, own)))
        note = self.ids[act.ref]
        match act.kind:
            case "correct":
                return written.corrected(author, thread, note, _words(act))
            case "withdraw":
                return written.withdrawn(author, thread, note, _words(act))
            case "translate":
                # The reader's side translates the other side's note into its own language.
                return written.translated(author, thread, note, Wording(own, _text(act, own)))
            case _:
                return payloads.acknowledged(author, (thread, note))

    def _opened(self, act: Act, author: Author) -> Submission:
        thread = self.plan.threads[act.thread]
        words = thread.subject.wording(act.party, _as_written)
        return payloads.thread_opened(
            author,
            payloads.ThreadDraft(
                self._thread(act.thread),
                words.lang,
                words.text,
                words.translation,
                self.batches[thread.list] if thread.list else "standing",
                thread.applications,
            ),
        )

    def _note(self, act: Act, author: Author, now: datetime) -> Submission:
        words = _words(act)
        questions = tuple(self._question(act, pair, now) for pair in act.asks)
        return payloads.note_posted(
            author,
            payloads.NoteDraft(
                self._thread(act.thread),
                words.lang,
                words.text,
                words.translation if act.translated else None,
                questions,
                ((self.ids[act.ref], act.answers),) if act.answers else (),
                charter=self.digest,
            ),
        )

    def _question(self, act: Act, pair: Pair, now: datetime) -> Question:
        own, other = OWN[act.party]
        texts = {"en": pair.en, "zh-CN": pair.zh}
        who = peer_of(act.party)
        counted = by_rule(self.charter, act.rule, self.calendars, who, now)
        return Question(
            texts[own],
            texts[other],
            who,
            counted.due,
            counted.rule,
            counted.calendar,
            counted.provisional,
        )

    def _moved(self, act: Act, author: Author) -> Submission:
        if act.kind == "agree":
            proposal = self._proposals[act.ref]
            return payloads.date_agreed(author, proposal, self.ids[act.ref])
        # Another five working days of the answering side, counted from the first due day.
        start = moment(self.dues[act.ref].date())
        later = by_rule(self.charter, _EXTENSION, self.calendars, act.party, start)
        proposal = Proposal(self._thread(act.thread), self.ids[act.ref], "1", later.due)
        return payloads.date_proposed(author, proposal)

    def _meeting(self, meeting: YearMeeting, author: Author) -> list[Submission]:
        agenda, other = meeting.agenda, peer_of(meeting.by)
        words = agenda.subject.wording(meeting.by, _as_written)
        place = self.texts.places[meeting.by]
        present = tuple((party, role) for party in (meeting.by, other) for role in ("head", "desk"))
        held = meeting_payloads.meeting_held(
            author, MeetingDraft(words, meeting.on.isoformat(), place, "working", present)
        )
        promised = (meeting.on + _PROMISED).isoformat()
        points = (
            (agenda.ours, "statement", meeting.by),
            (agenda.our_promise, "promise", meeting.by),
            (agenda.theirs, "statement", other),
            (agenda.their_promise, "promise", other),
        )
        return [held] + [
            meeting_payloads.point_noted(
                author,
                id_of(held),
                PointDraft(
                    pair.wording(meeting.by, _as_written),
                    "promise" if kind == "promise" else "statement",
                    who,
                    promised if kind == "promise" else "",
                ),
            )
            for pair, kind, who in points
        ]

    def _marks(self, meeting: YearMeeting, author: Author) -> list[Submission]:
        other = peer_of(meeting.by)
        differed = meeting.agenda.differed.wording(other, _as_written)
        return [
            meeting_payloads.point_differed(author, self.ids[f"{meeting.name}-{point}"], differed)
            if point == "ours" and meeting.differs
            else meeting_payloads.point_agreed(author, self.ids[f"{meeting.name}-{point}"])
            for point in POINTS
        ]

    def _thread(self, name: str) -> ThreadId:
        if name not in self._threads:
            self._threads[name] = self.thread_of(name)
        return self._threads[name]


def _words(act: Act) -> Wording:
    assert act.text is not None  # noqa: S101 - own bug: the plan gives every note a text
    return act.text.wording(act.party, _as_written)


def _text(act: Act, lang: str) -> str:
    assert act.text is not None  # noqa: S101 - own bug: the plan gives every note a text
    return act.text.en if lang == "en" else act.text.zh


def _as_written(text: str, _lang: str) -> str:
    return text
