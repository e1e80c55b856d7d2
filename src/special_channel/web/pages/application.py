"""Applications: all of them found by filters, one with both sides' statements, and differences.

Does not merge what the sides state, and does not count days: `core.time.statutory` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Final

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.applications import DIFFERENCES
from special_channel.stores.filters import SavedFilter
from special_channel.stores.lists import EarlierListings
from special_channel.web.shared.clocks import ClockView
from special_channel.web.shared.differences import Difference
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.references import Assertion, ListRef, ThreadRef, application_url
from special_channel.web.shared.states import STATES

COLUMNS: Final = (
    "list", "urgency", "times", "own", "peer", "clock", "accepted", "decision", "priority",
    "threads",
)  # fmt: skip
"""Columns that a reader may choose; the number always stands first."""

FIRST_COLUMNS: Final = ("list", "urgency", "own", "peer", "clock", "threads")


@dataclass(frozen=True, slots=True)
class Line:
    """One application in the table of all.

    Attributes:
        clock: By CN's statements; None where they state no act of the procedure.
        differences: Codes of what differs between the sides' latest statements.
        accepted: Acceptance as the own side states it, then the other; `decided` alike.
    """

    number: str
    url: str
    own: Assertion | None
    peer: Assertion | None
    differences: tuple[str, ...] = ()
    clock: ClockView | None = None
    urgency: str = ""
    times_listed: int = 0
    list: ListRef | None = None
    accepted: tuple[date | None, date | None] = (None, None)
    decisions: tuple[str, str] = ("", "")
    priority: str = ""
    threads: tuple[ThreadRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asked for; empty strings mean all. `own`, `peer`: `-` for no state."""

    text: str = ""
    own: str = ""
    peer: str = ""
    differs: str = ""
    batch: str = ""
    urgency: str = ""
    clock: str = ""
    priority: str = ""
    sort: str = "number"
    columns: tuple[str, ...] = FIRST_COLUMNS

    @property
    def filters(self) -> bool:
        """Whether anything is left out."""
        return bool(
            self.text or self.own or self.peer or self.differs
            or self.batch or self.urgency or self.clock or self.priority
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choices:
    """What a filter offers: codes; batches with their names."""

    states: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    batches: tuple[tuple[str, str], ...] = ()
    differences: tuple[str, ...] = DIFFERENCES


@dataclass(frozen=True, slots=True)
class ApplicationsPage:
    """All applications. `new_thread_url` is None for a reader who may not write.

    Attributes:
        query: The filters as an address has them, for the files to take along.
        up_to: The last entries of both logs that this shows.
        saved: The reader's own filters; None where nobody's can be kept.
    """

    template: ClassVar[str] = "applications.html"
    page: ClassVar[str] = "applications"

    rows: tuple[Line, ...]
    paging: Paging
    asked: Asked
    choices: Choices
    up_to: tuple[str, str]
    query: str = ""
    new_thread_url: str | None = None
    saved: tuple[SavedFilter, ...] | None = None
    may_ask: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """What a side held at one time, with where it says so."""

    code: str
    source: str
    as_of: date | None
    position: str
    decision: str = ""
    decided_on: date | None = None
    acts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkView:
    """One act of the procedure, stated by itself."""

    position: str
    act: str
    source: str


@dataclass(frozen=True, slots=True)
class SideView:
    """All that one side states of an application; histories have the newest first."""

    party: Party
    history: tuple[Statement, ...]
    clock: ClockView
    accepted: date | None = None
    marks: tuple[MarkView, ...] = ()

    @property
    def latest(self) -> Statement | None:
        """Return what the side holds now."""
        return self.history[0] if self.history else None


@dataclass(frozen=True, slots=True)
class LinkView:
    """One side's word that two numbers are one matter.

    `url` leads to the other one; `earlier`: on which lists that stood, None if on none.
    """

    party: Party
    position: str
    number: str
    former: str
    basis: str
    other: str
    url: str
    earlier: EarlierListings | None = None


@dataclass(frozen=True, slots=True)
class Appearance:
    """A row on a list, and CN's answer to it. `times`: how often it was listed, by that list."""

    list: ListRef
    listed_at: datetime
    row: int
    urgency: str
    rank: int
    times: int = 1
    match: str = ""
    answered_in: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class LicenceRef:
    """A licence beside an application; `rule`: by what it would cover it, if it was not on it."""

    number: str
    url: str
    type: str
    standing: str
    valid_to: date
    rule: str = ""


@dataclass(frozen=True, slots=True)
class PrioritySaid:
    """The last request for priority, and CN's last answer to it; empty without one."""

    position: str
    url: str
    reason: str
    answer: str = ""
    remark: str = ""
    answered_in: str = ""


@dataclass(frozen=True, slots=True)
class MarkForm:
    """The form by which CN states one act on the clock.

    Attributes:
        given: As typed.
        fault: The field that can't be taken, or nothing.
        body: What would be signed, exactly; empty before it was checked.
        told: The same in the reader's words: name and value.
        then: How the clock's sentence would read with it.
        acts, bases: Codes to choose from.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    body: str = ""
    told: tuple[tuple[str, str], ...] = ()
    then: str = ""
    acts: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """One application; the own side first. `marks`: None for whoever may not state an act."""

    template: ClassVar[str] = "application.html"
    page: ClassVar[str] = "application"

    number: str
    sides: tuple[SideView, SideView]
    differences: tuple[str, ...] = ()
    links: tuple[LinkView, ...] = ()
    appearances: tuple[Appearance, ...] = ()
    threads: tuple[ThreadRef, ...] = ()
    new_thread_url: str | None = None
    licences: tuple[LicenceRef, ...] = ()
    covering: tuple[LicenceRef, ...] = ()
    priority: PrioritySaid | None = None
    may_ask: bool = False
    marks: MarkForm | None = None

    @property
    def url(self) -> str:
        """Its own address, to which its form is sent."""
        return application_url(self.number)


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """An application in which the sides differ."""

    number: str
    url: str
    list: ListRef | None
    own: Assertion | None
    peer: Assertion | None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class DifferencesPage:
    """The list of differences.

    Attributes:
        known: All applications of the population, and of how many both sides state a state.
        kinds: How many applications differ in what; one may be counted in several.
        up_to: The last entries of both logs that the counts are a function of.
        text: Within the number; `states`: as the own side and the other hold them.
    """

    template: ClassVar[str] = "differences.html"
    page: ClassVar[str] = "differences"

    rows: tuple[DifferenceLine, ...]
    paging: Paging
    up_to: tuple[str, str]
    known: int = 0
    both: int = 0
    differing: int = 0
    kinds: tuple[tuple[str, int], ...] = ()
    kind: str = ""
    batch: str = ""
    batch_name: str = ""
    batches: tuple[tuple[str, str], ...] = ()
    query: str = ""
    as_of: tuple[date | None, date | None] = field(default=(None, None))
    text: str = ""
    states: tuple[str, str] = ("", "")
    all_states: tuple[str, ...] = STATES

    @property
    def filters(self) -> bool:
        """Whether anything is left out."""
        return bool(self.kind not in {"", "any"} or self.batch or self.text or any(self.states))
