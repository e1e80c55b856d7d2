"""Filters and views of applications, for pages, API and files, in the reader's language.

Does not merge the sides' statements and does not count days: `core` does.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.applications import DIFFERENCES
from special_channel.core.sense.stages import GRANTED
from special_channel.stores.applications import ANY, CLOCKS, NOTHING
from special_channel.web.shared.clocks import ClockView
from special_channel.web.shared.corrections import CorrectionItem, ReplaceableItem
from special_channel.web.shared.differences import Difference
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.licences import Rule
from special_channel.web.shared.query import PageQuery, Query, Text, WindowQuery, codes
from special_channel.web.shared.references import application_url, licence_url
from special_channel.web.shared.statements import StateItem
from special_channel.web.shared.states import STATES
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shell.questions import QuestionState

MAX_ITEMS: Final = 1000
"""Applications of one API response."""

COLUMNS: Final = (
    "list", "urgency", "times", "own", "peer", "clock", "accepted", "decision", "priority",
    "threads",
)  # fmt: skip
"""Columns that a reader may choose, next to the number."""

FIRST_COLUMNS: Final = ("list", "urgency", "own", "peer", "clock", "threads")
URGENCIES: Final = ("normal", "urgent", "line_stop")
PRIORITIES: Final = ("asked", "granted", "not_now", "cannot")
PAGE_SORTS: Final = ("number", "listed", "times", "own_as_of", "peer_as_of", "day")
DIFFERENCE_SORTS: Final = ("number", "listed", "own_as_of", "peer_as_of")

State = Annotated[str, codes((NOTHING, *STATES))]


class NumberFilters(Query):
    """Filters of applications by number, list and statements; empty values match every application.

    Attributes:
        own: State by our side; `-` for applications without one.
        peer: State by the other side, or `-`.
        differs: Aspect in which the sides differ, or `any`.
        batch: Number of a list's batch, such as `EU-120`.
    """

    text: Text = ""
    own: State = ""
    peer: State = ""
    differs: Annotated[str, codes((ANY, *DIFFERENCES))] = ""
    batch: Text = ""

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return any(self.model_dump(exclude={"sort", "col", "page"}).values())

    @property
    def address(self) -> str:
        """The filters as a page's address has them."""
        fields = self.model_dump(exclude={"col", "page"})
        return urlencode([(name, value) for name, value in fields.items() if value])


class ApplicationFilters(NumberFilters):
    """Filters of applications. `clock`: state of the statutory clock, from CN's statements."""

    urgency: Annotated[str, codes(URGENCIES)] = ""
    clock: Annotated[str, codes(CLOCKS)] = ""
    priority: Annotated[str, codes(PRIORITIES)] = ""
    sort: Annotated[str, codes(PAGE_SORTS)] = "number"


class ApplicationsPageQuery(ApplicationFilters, PageQuery):
    """A page of filtered applications; `col` names columns, others are ignored."""

    col: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to show, in their order."""
        return tuple(name for name in COLUMNS if name in self.col) or FIRST_COLUMNS

    @property
    def address(self) -> str:
        """The filters and columns as the page's address has them."""
        columns = self.columns if self.columns != FIRST_COLUMNS else ()
        return "&".join([super().address, *(f"col={name}" for name in columns)])


class DifferenceFilters(NumberFilters):
    """Filters and order of differences; without `differs`, differences of any kind."""

    sort: Annotated[str, codes(DIFFERENCE_SORTS)] = "number"

    @property
    def address(self) -> str:
        """Filters and order as in the page's address."""
        return urlencode(self.model_dump(exclude={"page"}, exclude_defaults=True))

    @property
    def filtered(self) -> bool:
        """Whether any filter is set; `any` is no filter of differences."""
        return self.differs not in {"", ANY} or any((self.text, self.own, self.peer, self.batch))


class DifferencesPageQuery(DifferenceFilters, PageQuery):
    """A page of filtered differences."""


class ApplicationWindow(WindowQuery):
    """Rows of a list of applications over the API, in the reader's language or `lang`."""

    lang: str = ""

    @property
    def size(self) -> int:
        """Applications to return, at most `MAX_ITEMS`."""
        return min(self.limit, MAX_ITEMS)


class ApplicationsQuery(ApplicationFilters, ApplicationWindow):
    """Filtered applications over the API."""


class DifferencesQuery(DifferenceFilters, ApplicationWindow):
    """Filtered differences over the API."""


class ApplicationQuery(Query):
    """Language of an application's texts; the reader's without one."""

    lang: str = ""


class ActItem(View):
    """An act of the procedure as stated; `text` names the act with its date and basis."""

    act: str
    on: date
    basis: str | None = None
    expected_until: date | None = None
    text: str


class MarkItem(ActItem, EntryItem, ReplaceableItem):
    """An act stated in an entry of its own."""

    position: str
    source: str


class StatementItem(StateItem, ReplaceableItem):
    """A side's statement of an application; `row`: row of its sheet, 0 without a sheet."""

    row: int = 0
    state_text: str
    clock: tuple[ActItem, ...] = ()
    decision: str | None = None
    decided_on: date | None = None

    @property
    def approves(self) -> bool:
        """Whether it says that the application was approved."""
        return self.decision == "approved" or self.state in GRANTED


class SideItem(View):
    """A side's latest statement and its clock."""

    latest: StatementItem | None = None
    clock: ClockView


class SideDetail(SideItem):
    """A side's statements of an application as recorded, oldest first, and its corrections."""

    history: tuple[StatementItem, ...]
    marks: tuple[MarkItem, ...]
    corrections: tuple[CorrectionItem, ...] = ()


class LinkItem(EntryItem):
    """A side's statement that `number` replaces `former`.

    `basis`: `withdrawn` if it takes back an earlier one. `withdrawn_in`: the entry that takes it
    back, if any.
    """

    by: Party
    position: str
    number: str
    former: str
    basis: str
    withdrawn_in: str | None = None


class LinkDetail(LinkItem):
    """A link with the listings of the other number.

    Attributes:
        other: The number that is not the page's.
        holds: False for a link that was taken back, and for a number of a reference in whose place
            its side stated another.
        row: Row of the sheet that states it; 0 without a sheet.
        times_listed: How often the other number was listed; `last_list`: last on this list.
    """

    other: str
    holds: bool = True
    row: int = 0
    times_listed: int
    last_list: str | None = None

    @property
    def url(self) -> str:
        """Address of the other number's page."""
        return application_url(self.other)


class ListItem(View):
    """A weekly list by its name and the number of its batch."""

    list: str
    batch: str

    @property
    def url(self) -> str:
        """Address of the list's page."""
        return f"/batches/{self.batch}"


class ListedItem(ListItem):
    """A row on a list, with CN's answer.

    Attributes:
        listed_at: When the list was signed.
        times: How often the application was listed, as the list states.
    """

    listed_at: datetime
    row: int
    urgency: str
    rank: int
    times: int
    match: str | None = None
    remark: str | None = None
    found_as: str | None = None
    answered_in: str | None = None


class IssuedItem(View):
    """A licence of an application. `rule`: why the licence would cover the application."""

    licence: str
    type: str
    standing: str
    valid_to: date
    rule: Rule | None = None

    @property
    def url(self) -> str:
        """Address of the licence's page."""
        return licence_url(self.licence)


class RequestItem(EntryItem):
    """The EU's last request for priority, with CN's last answer."""

    position: str
    reason: str
    answer: str | None = None
    remark: str | None = None
    answered_in: str | None = None


class NumberItem(View):
    """An application by its number, with the aspects in which the sides' statements differ."""

    number: str
    differences: tuple[str, ...]

    @property
    def url(self) -> str:
        """Address of the application's page."""
        return application_url(self.number)


class ApplicationItem(NumberItem):
    """An application with both sides' latest statements.

    Attributes:
        times_listed: Number of lists in the record with the application.
        urgency: Urgency on the last list.
        priority: CN's answer to the last request for priority, `asked` before an answer.
    """

    eu: SideItem
    cn: SideItem
    times_listed: int
    links: tuple[LinkItem, ...]
    last_list: ListItem | None = None
    urgency: str | None = None
    priority: str | None = None

    def side(self, party: Party) -> SideItem:
        """Return a side's statements."""
        return self.eu if party == "eu" else self.cn


class ApplicationDetail(ApplicationItem):
    """An application with its statements, lists (newest first), licences and threads.

    Attributes:
        reference: The EU's reference, of an application without a number.
        licences: Licences issued for the application, next to expire first.
        covering: Licences in force that would cover the application, by our private columns.
        threads: Numbers of threads on the application, latest activity first.
        asks: Questions in these threads with their states, earliest due time first.
        eu_size: Size of the EU's log in this view (rule 3).
        cn_size: Size of CN's log in this view.
    """

    eu: SideDetail
    cn: SideDetail
    reference: str = ""
    links: tuple[LinkDetail, ...]
    listed: tuple[ListedItem, ...]
    licences: tuple[IssuedItem, ...]
    covering: tuple[IssuedItem, ...]
    request: RequestItem | None = None
    threads: tuple[str, ...]
    asks: tuple[QuestionState, ...] = ()
    eu_size: int
    cn_size: int

    def side(self, party: Party) -> SideDetail:
        """Return a side's statements."""
        return self.eu if party == "eu" else self.cn


class ApplicationsFound(SizesView):
    """A page of applications; `total`: number of matches."""

    total: int
    items: tuple[ApplicationItem, ...]


class DifferingItem(NumberItem):
    """An application in which the sides differ."""

    last_list: ListItem | None = None
    eu: StateItem
    cn: StateItem
    aspects: tuple[Difference, ...]

    def side(self, party: Party) -> StateItem:
        """Return a side's latest state."""
        return self.eu if party == "eu" else self.cn


class DifferencesFound(SizesView):
    """Applications in which the sides differ.

    Attributes:
        known: Number of applications in the record, or on the list.
        both: Applications with a state stated by both sides.
        differing: Applications with a difference of any kind.
        kinds: Numbers of applications by aspect; an application may count in several.
        total: Number of matches.
        list_name: The list to which the counts are limited.
    """

    known: int
    both: int
    differing: int
    kinds: dict[str, int]
    total: int
    items: tuple[DifferingItem, ...]
    list_name: str | None = None
