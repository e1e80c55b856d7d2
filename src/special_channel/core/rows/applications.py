"""Applications: what each side asserts, shown beside each other and never merged.

Does not decide which side is right. What a side states of the procedure becomes events of
that side's own statutory clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Final

from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.entries import (
    ApplicationLinked,
    ClockMarked,
    ListRow,
    PriorityAnswered,
    PriorityRequested,
)
from special_channel.core.rows.past import Placed
from special_channel.core.time.statutory import Act, Event


@dataclass(frozen=True, slots=True)
class ClockFact:
    """One act of the procedure, as stated."""

    act: Act
    on: str
    basis: str = ""
    expected_until: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is stated of one application at one time."""

    state: str
    as_of: str
    source: str
    clock: tuple[ClockFact, ...] = ()
    decision: str = ""
    decided_on: str = ""


@dataclass(frozen=True, slots=True)
class AssertedStatement(Statement):
    """What one side held at one index of its log."""

    index: int = field(kw_only=True)
    id: EntryId = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class ClockMark(ClockFact):
    """One act that a side stated by itself (`clock.marked`), from a source."""

    source: str = field(kw_only=True)
    index: int = field(kw_only=True)
    id: EntryId = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class PriorityRequestFact:
    """One request of the EU's that this application comes first."""

    index: int
    id: EntryId
    reason: str


@dataclass(frozen=True, slots=True)
class PriorityReply:
    """CN's answer to the request `request`: `granted`, `not_now` or `cannot`."""

    index: int
    id: EntryId
    request: EntryId
    answer: str
    remark: str


@dataclass(frozen=True, slots=True)
class NumberLink:
    """One side's word that two numbers are one matter."""

    party: Party
    index: int
    id: EntryId
    number: str
    former: str
    basis: str


@dataclass(frozen=True, slots=True)
class ListAppearance:
    """One appearance on a list. `first`: when, by that list, it was listed first."""

    index: int
    batch: EntryId
    row: int
    first: str = ""


Sides = tuple[str, str]

DIFFERENCES: Final = ("state", "accepted", "decided", "decision", "link")
"""In what two statements of one application may differ."""

_STANDING_STATES: Final[dict[str, Act]] = {
    "returned": "returned",
    "withdrawn": "withdrawn",
    "not_accepted": "not_accepted",
    "supplement": "supplement",
    "council": "council",
    "expert": "uncounted",
    "review": "counted",
}
"""States that are acts as well: the date of the statement is the best date there is."""


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application by MOFCOM's number. Histories are in the order of each side's index."""

    number: str
    eu: tuple[AssertedStatement, ...] = ()
    cn: tuple[AssertedStatement, ...] = ()
    listed: tuple[ListAppearance, ...] = ()
    links: tuple[NumberLink, ...] = field(default=())
    eu_marks: tuple[ClockMark, ...] = ()
    cn_marks: tuple[ClockMark, ...] = ()
    asked: tuple[PriorityRequestFact, ...] = ()
    replies: tuple[PriorityReply, ...] = ()

    def latest(self, party: Party) -> AssertedStatement | None:
        """Return what this side holds now."""
        history = self.history(party)
        return history[-1] if history else None

    def history(self, party: Party) -> tuple[AssertedStatement, ...]:
        """Return all that this side held, the first first."""
        return self.eu if party == "eu" else self.cn

    def marks(self, party: Party) -> tuple[ClockMark, ...]:
        """Return the acts that this side stated one by one, the first first."""
        return self.eu_marks if party == "eu" else self.cn_marks

    def reply(self) -> PriorityReply | None:
        """Return CN's last answer to the EU's last request for priority, if there is one."""
        if not self.asked:
            return None
        to_last = [each for each in self.replies if each.request == self.asked[-1].id]
        return to_last[-1] if to_last else None

    def priority(self) -> str:
        """Return `granted`, `not_now`, `cannot`, `asked` without an answer, or nothing."""
        reply = self.reply()
        return reply.answer if reply else "asked" if self.asked else ""

    def differs(self) -> bool:
        """Tell whether both sides assert something, and not the same."""
        return bool(self.differences())

    def differences(self) -> tuple[str, ...]:
        """Name in what the two sides' latest statements differ; `DIFFERENCES` has the words.

        What only one side states is no difference: silence is not a claim. A link is one
        that a single side states while the other still asserts the former number.
        """
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
        found = [name for name, (one, other) in pairs.items() if one and other and one != other]
        if len({link.party for link in self.links}) == 1:
            found.append("link")
        return tuple(found)

    def dated(self, party: Party, act: Act) -> str:
        """Return the last date that a side states of an act, or nothing."""
        return _last(events(self, party), act)


def _last(acts: tuple[Event, ...], act: Act) -> str:
    """Return the last date of an act; events are in the order of their dates."""
    return next((each.on.isoformat() for each in reversed(acts) if each.act == act), "")


def events(row: ApplicationRow, party: Party) -> tuple[Event, ...]:
    """Return what a side states of the procedure, by date.

    The acts of an `application.asserted` are the whole course as the side then holds it, and
    take the place of all it had stated. What a sheet or a `clock.marked` states is added: a
    date of acceptance or decision in place of the one before it, unless the application was
    sent back or withdrawn in between. States that are acts (returned, withdrawn, not
    accepted, supplement, referred, with experts and so not counted) count with the date of
    the statement where no act is named: from when they held before, nobody has stated.
    """
    return _events(row.history(party), row.marks(party))


# A page asks for the events of one row again and again: its clock, its dates, its differences.
@lru_cache(maxsize=4096)
def _events(
    history: tuple[AssertedStatement, ...], marks: tuple[ClockMark, ...]
) -> tuple[Event, ...]:
    course: list[ClockFact] = []
    stated: list[AssertedStatement | ClockMark] = [*history, *marks]
    for said in sorted(stated, key=lambda said: said.index):
        if isinstance(said, AssertedStatement) and said.clock and said.source not in SHEETS:
            course = []
        for fact in _facts(said):
            if not _says_nothing_new(fact, course):
                course = [each for each in course if not _replaced(each, fact, course)] + [fact]
    order: dict[str, int] = {act: place for place, act in enumerate(_ORDER)}
    course.sort(key=lambda fact: (fact.on, order[fact.act]))
    return tuple(_event(fact) for fact in course)


SHEETS: Final = frozenset({"list", "return-sheet"})
"""Sources of statements that say one date, and not the whole course."""

_ENDS: Final = frozenset({"returned", "not_accepted", "withdrawn"})


COUNTING: Final = frozenset({"uncounted", "counted"})
"""Acts by which time stops and goes on being counted: CN's alone to state one by one."""


def _says_nothing_new(fact: ClockFact, course: list[ClockFact]) -> bool:
    """Tell whether time was counted, or not counted, as a fact says, already.

    Sheets say it week by week; a span that goes on is one span.
    """
    if fact.act not in COUNTING or fact.basis:
        return False
    held = next((each.act for each in reversed(course) if each.act in COUNTING), "counted")
    return fact.act == held


def _replaced(held: ClockFact, fact: ClockFact, course: Iterable[ClockFact]) -> bool:
    """Tell whether a fact takes an earlier one's place: the same act in the same round."""
    if held.act != fact.act:
        return False
    first, last = sorted((held.on, fact.on))
    between = any(each.act in _ENDS and first <= each.on <= last for each in course)
    return first == last or (held.act in {"accepted", "decided"} and not between)


_ORDER: Final[tuple[Act, ...]] = (
    "received",
    "supplement",
    "accepted",
    "counted",
    "uncounted",
    "council",
    "decided",
    "not_accepted",
    "returned",
    "withdrawn",
)
"""Acts of one date in the order in which a procedure takes them."""


def _facts(said: AssertedStatement | ClockMark) -> Iterable[ClockFact]:
    if isinstance(said, ClockMark):
        yield said
        return
    yield from said.clock
    named = {fact.act for fact in said.clock}
    act = _STANDING_STATES.get(said.state)
    stated = act in named or (act in COUNTING and not COUNTING.isdisjoint(named))
    if act is not None and not stated and said.as_of:
        yield ClockFact(act, said.as_of)
    if said.decided_on and "decided" not in named:
        yield ClockFact("decided", said.decided_on)


def _event(fact: ClockFact) -> Event:
    until = date.fromisoformat(fact.expected_until) if fact.expected_until else None
    return Event(fact.act, date.fromisoformat(fact.on), fact.basis, until)


def asserted(
    row: ApplicationRow | None, number: str, placed: Placed, said: Statement
) -> ApplicationRow:
    """Add a side's assertion."""
    row = row or ApplicationRow(number)
    fact = AssertedStatement(
        said.state,
        said.as_of,
        said.source,
        said.clock,
        said.decision,
        said.decided_on,
        index=placed.position.index,
        id=placed.id,
    )
    if placed.position.party == "eu":
        return replace(row, eu=(*row.eu, fact))
    return replace(row, cn=(*row.cn, fact))


def marked(row: ApplicationRow | None, placed: Placed, entry: ClockMarked) -> ApplicationRow:
    """Add one act of the procedure, as a side states it."""
    said = entry.body
    row = row or ApplicationRow(said.number)
    fact = ClockMark(
        said.act,
        said.on,
        said.basis or "",
        said.expected_until or "",
        source=said.source,
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
    asked = PriorityRequestFact(placed.position.index, placed.id, entry.body.reason)
    return replace(row, asked=(*row.asked, asked))


def replied(row: ApplicationRow, placed: Placed, entry: PriorityAnswered) -> ApplicationRow:
    """Add CN's answer on this application."""
    said = next(each for each in entry.body.answers if each.number == row.number)
    reply = PriorityReply(
        placed.position.index, placed.id, entry.ref, said.answer, said.remark or ""
    )
    return replace(row, replies=(*row.replies, reply))


def listed(
    row: ApplicationRow | None, placed: Placed, batch: EntryId, listing: ListRow
) -> ApplicationRow:
    """Add an appearance on the list of a batch."""
    row = row or ApplicationRow(listing.number)
    seen = ListAppearance(placed.position.index, batch, listing.row, listing.first_listed)
    return replace(row, listed=(*row.listed, seen))


def linked(
    row: ApplicationRow | None, number: str, placed: Placed, entry: ApplicationLinked
) -> ApplicationRow:
    """Add a side's word that this number and another are one matter."""
    row = row or ApplicationRow(number)
    link = NumberLink(
        party=placed.position.party,
        index=placed.position.index,
        id=placed.id,
        number=entry.body.number,
        former=entry.body.former,
        basis=entry.body.basis,
    )
    # Both logs write here, so the order is by log and index: no rule depends on another (rule 4).
    links = sorted((*row.links, link), key=lambda each: (each.party, each.index))
    return replace(row, links=tuple(links))
