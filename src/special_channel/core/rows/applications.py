"""Applications: statements of each side, shown next to each other and never merged.

Does not decide which side is right. A side's statements about the procedure become events of the
statutory clock for that side. A correction takes the place of the statement that it names
(`replacements.py`): every question but `history` and `marks` is answered without the replaced one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Final

from special_channel.core.bytes.fields import is_reference
from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.entries import (
    ClockMarked,
    ListRow,
    PriorityAnswered,
    PriorityRequested,
)
from special_channel.core.rows.application_facts import (
    CorrectionFact,
    DifferenceFact,
    ListAppearance,
    MatchFact,
    NumberLink,
    PriorityReply,
    PriorityRequestFact,
    live_links,
)
from special_channel.core.rows.past import Placed
from special_channel.core.rows.replacements import Place, Replacements, replacements
from special_channel.core.rows.rounds import replaced_dates
from special_channel.core.time.statutory import Act, Event


@dataclass(frozen=True, slots=True)
class ClockFact:
    """One act of the procedure, as stated by a side."""

    act: Act
    on: str
    basis: str = ""
    expected_until: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """State, acts and decision of an application as stated at one time.

    `row`: row of the sheet that states it; 0 without a sheet.
    """

    state: str
    as_of: str
    source: str
    clock: tuple[ClockFact, ...] = ()
    decision: str = ""
    decided_on: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class AssertedStatement(Statement):
    """A side's statement with the index of its entry."""

    index: int = field(kw_only=True)
    id: EntryId = field(kw_only=True)

    @property
    def place(self) -> Place:
        """Index of the entry and row of its sheet."""
        return self.index, self.row


@dataclass(frozen=True, slots=True)
class ClockMark(ClockFact):
    """One act stated in an entry of its own (`clock.marked`), with a source."""

    source: str = field(kw_only=True)
    index: int = field(kw_only=True)
    id: EntryId = field(kw_only=True)

    @property
    def place(self) -> Place:
        """Index of the entry; it has no sheet."""
        return self.index, 0


Stated = AssertedStatement | ClockMark
"""What a side states of an application in one entry or in one row of a sheet."""

Sides = tuple[str, str]

DIFFERENCES: Final = ("state", "accepted", "decided", "decision", "link")
"""Aspects in which two statements about an application may differ."""

_STATE_ACTS: Final[dict[str, Act]] = {
    "returned": "returned",
    "withdrawn": "withdrawn",
    "not_accepted": "not_accepted",
    "supplement": "supplement",
    "council": "council",
    "expert": "uncounted",
    "review": "counted",
}
"""States that imply an act, dated by the statement for want of a better date."""


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application by MOFCOM's number, or by the EU's reference before a number is known.

    Histories are in the order of each log's index.

    Attributes:
        number: MOFCOM's number, or the reference.
        eu: The EU's statements, oldest first.
        cn: CN's statements, oldest first.
        listed: Appearances on lists.
        links: Links with other numbers, by either side; `live_links`: those not taken back.
        eu_marks: The EU's acts from `clock.marked`, oldest first.
        cn_marks: CN's acts from `clock.marked`, oldest first.
        asked: Requests for priority.
        replies: Answers to them.
        matches: CN's answers without a state, oldest first.
        corrections: Corrections of earlier statements, by either side. The replaced statements
            are still in the other fields.
        difference_marks: Marks of differences, by either side.
    """

    number: str
    eu: tuple[AssertedStatement, ...] = ()
    cn: tuple[AssertedStatement, ...] = ()
    listed: tuple[ListAppearance, ...] = ()
    links: tuple[NumberLink, ...] = field(default=())
    eu_marks: tuple[ClockMark, ...] = ()
    cn_marks: tuple[ClockMark, ...] = ()
    asked: tuple[PriorityRequestFact, ...] = ()
    replies: tuple[PriorityReply, ...] = ()
    matches: tuple[MatchFact, ...] = ()
    corrections: tuple[CorrectionFact, ...] = ()
    difference_marks: tuple[DifferenceFact, ...] = ()

    def latest(self, party: Party) -> AssertedStatement | None:
        """Return a side's latest statement of a state that no correction replaces."""
        history = self.history(party)
        if not self.corrections:
            return history[-1] if history else None
        live = self.live(party)
        return next((each for each in reversed(live) if isinstance(each, AssertedStatement)), None)

    def live(self, party: Party) -> tuple[Stated, ...]:
        """Return a side's statements and acts that no correction replaces, oldest first.

        A correcting statement takes the place of the first one in its chain of corrections.
        """
        stated: list[Stated] = [*self.history(party), *self.marks(party)]
        stated.sort(key=lambda each: each.index)
        if not self.corrections:
            return tuple(stated)
        replaced = self.replacements(party)
        live = [each for each in stated if replaced.live(each.place)]
        return tuple(sorted(live, key=lambda each: replaced.origin(each.place)[0]))

    def replacements(self, party: Party) -> Replacements:
        """Return the replacements of a side's statements."""
        return replacements(self.corrections, party)

    def history(self, party: Party) -> tuple[AssertedStatement, ...]:
        """Return all statements of a side as recorded, oldest first."""
        return self.eu if party == "eu" else self.cn

    def marks(self, party: Party) -> tuple[ClockMark, ...]:
        """Return all acts of a side from `clock.marked` as recorded, oldest first."""
        return self.eu_marks if party == "eu" else self.cn_marks

    def reply(self) -> PriorityReply | None:
        """Return CN's last answer to the EU's last request for priority; None without one."""
        if not self.asked:
            return None
        replies = [each for each in self.replies if each.request == self.asked[-1].id]
        return replies[-1] if replies else None

    @property
    def live_links(self) -> tuple[NumberLink, ...]:
        """Links that their sides did not take back."""
        return live_links(self.links)

    def priority(self) -> str:
        """Return `granted`, `not_now`, `cannot`, `asked` before an answer, or an empty text."""
        reply = self.reply()
        return reply.answer if reply else "asked" if self.asked else ""

    def first_listed(self) -> str:
        """Return the first date of listing as the lists state it; empty for a reference.

        An application counts from the listing of its number: with its reference it would count
        twice.
        """
        if is_reference(self.number):
            return ""
        return min((seen.first for seen in self.listed if seen.first), default="")

    def differences(self) -> tuple[str, ...]:
        """Compare the two sides' latest statements; return the differing aspects (`DIFFERENCES`).

        `link`: only one side states links of the number, and both sides state something.
        """
        # An aspect that only one side states is no difference: silence is not a claim.
        eu, cn = self.latest("eu"), self.latest("cn")
        if eu is None or cn is None:
            return ()
        eu_acts, cn_acts = events(self, "eu"), events(self, "cn")
        pairs: dict[str, Sides] = {
            "state": (eu.state, cn.state),
            "accepted": (_last(eu_acts, "accepted"), _last(cn_acts, "accepted")),
            "decided": (_last(eu_acts, "decided"), _last(cn_acts, "decided")),
            "decision": (eu.decision, cn.decision),
        }
        aspects = [
            name
            for name, (eu_value, cn_value) in pairs.items()
            if eu_value and cn_value and eu_value != cn_value
        ]
        # One side's word that it found the number behind a reference is the answer asked for.
        linked = {each.party for each in self.live_links if each.basis != "matched"}
        if len(linked) == 1:
            aspects.append("link")
        return tuple(aspects)

    def dated(self, party: Party, act: Act) -> str:
        """Return the last date that a side states for an act, or an empty text."""
        return _last(events(self, party), act)


def _last(acts: tuple[Event, ...], act: Act) -> str:
    """Return the last date of an act; `acts` are in order of date."""
    return next((each.on.isoformat() for each in reversed(acts) if each.act == act), "")


def events(row: ApplicationRow, party: Party) -> tuple[Event, ...]:
    """Return the events of the procedure that a side states, by date.

    * Acts in an `application.asserted` replace all earlier acts of the side.
    * Acts from a sheet or a `clock.marked` are added. A date of acceptance or decision replaces
      the previous date, unless the application was returned, not accepted or withdrawn in between.
    * A state that implies an act (`_STATE_ACTS`) adds the act with the statement's date, unless
      the statement names the act or, for `counted` and `uncounted`, either act.
    * A replaced statement adds nothing; the correcting one adds its acts in the same place.
    """
    return events_of(row.live(party))


# Cached: a page needs a row's events several times, for clock, dates and differences.
@lru_cache(maxsize=4096)
def events_of(stated: tuple[Stated, ...]) -> tuple[Event, ...]:
    """Return the events of a side's live statements and acts, oldest first; see `events`."""
    course: Course = {}
    for each in stated:
        course = course_after(course, each)
    return tuple(_event(fact) for fact in acts_in(course))


SHEETS: Final = frozenset({"list", "return-sheet"})
"""Sources of statements with a single date instead of the whole procedure."""

REVOCATION: Final = "revocation"
"""Source of the statement that a revocation makes."""

COUNTING: Final = frozenset({"uncounted", "counted"})
"""Acts that stop and resume the count of time. Only CN may state them in a `clock.marked`."""

Course = dict[tuple[Act, str], ClockFact]
"""Acts by act and date, in the order in which they were stated."""


def course_after(course: Course, stated: Stated) -> Course:
    """Return the acts after a further statement; those before, `course`, may be changed."""
    if isinstance(stated, AssertedStatement) and stated.clock and stated.source not in SHEETS:
        course = {}
    for fact in _facts(stated):
        if _repeats_counting(fact, course):
            continue
        course.pop((fact.act, fact.on), None)
        for old in replaced_dates(fact.act, fact.on, course):
            del course[fact.act, old]
        course[fact.act, fact.on] = fact
    return course


def acts_in(course: Course) -> list[ClockFact]:
    """Return acts by date, and those of one date as in the procedure."""
    return sorted(course.values(), key=lambda fact: (fact.on, _PLACES[fact.act]))


def _repeats_counting(fact: ClockFact, course: Course) -> bool:
    """Return whether a fact without a reason repeats the last `counted` or `uncounted`."""
    # Sheets repeat the state of the clock every week; a continued span stays one span.
    if fact.act not in COUNTING or fact.basis:
        return False
    return fact.act == next((act for act, _ in reversed(course) if act in COUNTING), "counted")


_ORDER: Final[tuple[Act, ...]] = (
    "received", "supplement", "accepted", "counted", "uncounted", "council", "decided",
    "not_accepted", "returned", "withdrawn",
)  # fmt: skip
"""Order of acts with the same date, as in the procedure."""
_PLACES: Final[dict[Act, int]] = {act: place for place, act in enumerate(_ORDER)}


def _facts(statement: Stated) -> Iterable[ClockFact]:
    if isinstance(statement, ClockMark):
        yield statement
        return
    yield from statement.clock
    named = {fact.act for fact in statement.clock}
    act = _STATE_ACTS.get(statement.state)
    stated = act in named or (act in COUNTING and not COUNTING.isdisjoint(named))
    if act is not None and not stated and statement.as_of:
        yield ClockFact(act, statement.as_of)
    if statement.decided_on and "decided" not in named:
        yield ClockFact("decided", statement.decided_on)


def _event(fact: ClockFact) -> Event:
    until = date.fromisoformat(fact.expected_until) if fact.expected_until else None
    return Event(fact.act, date.fromisoformat(fact.on), fact.basis, until)


def asserted(
    row: ApplicationRow | None, number: str, placed: Placed, statement: Statement
) -> ApplicationRow:
    """Add a side's statement."""
    row = row or ApplicationRow(number)
    fact = AssertedStatement(
        statement.state,
        statement.as_of,
        statement.source,
        statement.clock,
        statement.decision,
        statement.decided_on,
        statement.row,
        index=placed.position.index,
        id=placed.id,
    )
    if placed.position.party == "eu":
        return replace(row, eu=(*row.eu, fact))
    return replace(row, cn=(*row.cn, fact))


def marked(row: ApplicationRow | None, placed: Placed, entry: ClockMarked) -> ApplicationRow:
    """Add an act of the procedure from a `clock.marked`."""
    body = entry.body
    row = row or ApplicationRow(body.number)
    fact = ClockMark(
        body.act,
        body.on,
        body.basis or "",
        body.expected_until or "",
        source=body.source,
        index=placed.position.index,
        id=placed.id,
    )
    if placed.position.party == "eu":
        return replace(row, eu_marks=(*row.eu_marks, fact))
    return replace(row, cn_marks=(*row.cn_marks, fact))


def requested(
    row: ApplicationRow | None, number: str, placed: Placed, entry: PriorityRequested
) -> ApplicationRow:
    """Add a request for priority."""
    row = row or ApplicationRow(number)
    request = PriorityRequestFact(placed.position.index, placed.id, entry.body.reason)
    return replace(row, asked=(*row.asked, request))


def replied(row: ApplicationRow, placed: Placed, entry: PriorityAnswered) -> ApplicationRow:
    """Add CN's answer to a request for priority."""
    answer = next(each for each in entry.body.answers if each.number == row.number)
    reply = PriorityReply(
        placed.position.index, placed.id, entry.ref, answer.answer, answer.remark or ""
    )
    return replace(row, replies=(*row.replies, reply))


def listed(
    row: ApplicationRow | None, placed: Placed, batch: EntryId, listing: ListRow
) -> ApplicationRow:
    """Add an appearance on a batch's list."""
    row = row or ApplicationRow(listing.number)
    appearance = ListAppearance(placed.position.index, batch, listing.row, listing.first_listed)
    return replace(row, listed=(*row.listed, appearance))
