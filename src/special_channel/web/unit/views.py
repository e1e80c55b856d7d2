"""View models of the threads and drafts at our side's desks, for page, API, file and command."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Final, Literal
from urllib.parse import urlencode

from pydantic import StringConstraints

from special_channel.web.shared.capitals import Due
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.query import PageQuery, Text, Whole
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair
from special_channel.web.shell.colleagues import Colleague

NOBODY: Final = "-"
"""Desk of threads of nobody in a filter: no charter gives a desk this code."""

PASSED: Final = "passed"
"""Filter by date: questions to us whose date has passed without an answer."""


class UnitQuery(PageQuery):
    """Filter and order of open threads; without a filter, all.

    Attributes:
        desk: Code of the desk that holds the thread; `-`: threads of nobody.
        on: Date of a question to us, such as 2026-11-27, or `passed`.
        holder: Number of the person to whom the thread is assigned; 0 for any.
        sort: The oldest or the newest thread first, or the nearest date of a question to us.
    """

    desk: Annotated[Text, StringConstraints(max_length=64)] = ""
    on: Annotated[Text, StringConstraints(max_length=10)] = ""
    holder: Whole = 0
    sort: Literal["oldest", "newest", "nearest"] = "oldest"

    @property
    def fields(self) -> dict[str, str]:
        """Fields that filter."""
        fields = {"desk": self.desk, "on": self.on, "holder": str(self.holder or "")}
        return {name: value for name, value in fields.items() if value}

    @property
    def url(self) -> str:
        """Address of the page with this filter and order."""
        order = {"sort": self.sort} if self.sort != "oldest" else {}
        return f"/unit?{urlencode(self.fields | order)}"


class DeskItem(View):
    """Open threads and questions of a desk, in numbers.

    Attributes:
        desk: Code of the charter; `-` for threads of nobody.
        title: Title by the charter; None for nobody.
        open: Number of open threads.
        oldest: Date of the oldest thread's opening; `working_days`: our working days since.
        passed: Number of questions whose date has passed without an answer.
        dates: Number of questions by day, in the order of the view's days.
    """

    desk: str
    title: Pair | None = None
    open: int
    oldest: date | None = None
    working_days: int | None = None
    passed: int
    dates: tuple[int, ...]


class ReleaseItem(View):
    """A draft waiting for release, or for a step of its sign-off route.

    Attributes:
        id: Id of the draft.
        kind: Kind of the draft.
        name: The draft's list, or empty; `thread`: number of its thread, or empty.
        at: Time of sending for release.
        whose: Roles or desks that have the turn, in the reader's language.
        mine: Whether the reader has the turn.
        due: When the sign-off route asks for the step.
    """

    id: str
    kind: str
    name: str = ""
    thread: str = ""
    author: Author
    at: datetime
    whose: tuple[str, ...]
    mine: bool
    due: datetime | None = None

    @property
    def url(self) -> str:
        """Address of the draft's page."""
        return f"/clearances/{self.id}"


class UnitThread(EntryItem):
    """An open thread, with its desk and holder on our side.

    Attributes:
        number: Registration number; `thread`: id.
        opened: Date of its opening in our capital; `working_days`: our working days since.
        desk: Code of the desk that holds the thread; `-` for nobody.
        question: Number of the nearest open question; `due`: date of the question.
        state: Sentence on the question, in the reader's language.
        holder: Person to whom the thread is assigned; None for nobody.
    """

    numbered: ClassVar = "number"

    number: str
    thread: str
    title: Pair
    opened: date
    working_days: int
    desk: str
    desk_title: Pair | None = None
    question: str = ""
    due: Due | None = None
    state: str = ""
    holder: Colleague | None = None

    @property
    def url(self) -> str:
        """Address of the thread's page."""
        return f"/threads/{self.number}"


class UnitView(SizesView):
    """Threads and drafts at our side's desks.

    Attributes:
        day: Today in our capital.
        days: The next five working days of our side.
        desks: Desks, in the order of the charter; nobody last.
        nobody: The oldest threads of nobody; `unheld`: number of threads of nobody.
        releases: Drafts waiting for release, the oldest first.
        away: Colleagues who are away, with the end of the absence and the stand-in.
        items: Open threads that match the filter, in its order; `total`: number of matches.
        open: Number of open threads without a filter.
        holder: Name of the person in the filter; empty for nobody or an unknown number.
    """

    day: date
    days: tuple[date, ...]
    desks: tuple[DeskItem, ...]
    nobody: tuple[UnitThread, ...]
    unheld: int
    releases: tuple[ReleaseItem, ...]
    away: tuple[Colleague, ...]
    items: tuple[UnitThread, ...]
    total: int
    open: int
    holder: str = ""

    def title_of(self, desk: str) -> Pair | None:
        """Return the title of a listed desk; None for nobody or an unknown desk."""
        return next((each.title for each in self.desks if each.desk == desk), None)
