"""Views of answers to weekly lists, for pages and API. Does not decide about notices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import orjson
from pydantic import Field

from special_channel.core.entries import ReturnSheet
from special_channel.core.sense.findings import Grade
from special_channel.desk.given import GivenColumn
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.references import application_url
from special_channel.web.shared.statements import StateItem
from special_channel.web.shared.view import View
from special_channel.web.shell.reasons import ConfirmItem

RowNumber = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}$")]
Remark = Annotated[str, Field(max_length=20_000)]
GivenCell = Annotated[str, Field(max_length=400)]


class CorrectableItem(EntryItem):
    """A correctable statement of our side: number and id of its entry, and row if any."""

    position: str
    id: str
    row: int | None = None


class AnswerRow(View):
    """A row of the list with CN's latest statement.

    Attributes:
        said_in: Entry of the statement; absent before the first.
        fields: Values of the statement, as in a return sheet.
        question: Code of the list's question.
        urgency: Code of the list's urgency.
        peer: The other side's latest statement.
        here: Whether the statement answers this list.
        correctable: Correctable statements of our side, the latest last.
    """

    row: int
    number: str
    said_in: str | None = None
    fields: dict[str, Any]
    question: str
    urgency: str = ""
    peer: StateItem | None = None
    here: bool
    correctable: tuple[CorrectableItem, ...] = ()

    @property
    def latest(self) -> str:
        """The latest correctable statement as JSON for the script."""
        if not self.correctable:
            return ""
        last = self.correctable[-1]
        ref = {"id": last.id, "row": last.row} if last.row is not None else {"id": last.id}
        return orjson.dumps(ref).decode()

    @property
    def url(self) -> str:
        """Address of the application's page."""
        return application_url(self.number)

    @property
    def data(self) -> str:
        """The fields as JSON, for the script."""
        return orjson.dumps(self.fields, option=orjson.OPT_SORT_KEYS).decode()

    @property
    def since(self) -> date | None:
        """Date of the statement."""
        return on_date(self.text("as_of"))

    def sheet_fields(self) -> dict[str, Any]:
        """Return the row as a line of the sheet to fill in needs it."""
        return self.fields | {
            "row": self.row,
            "number": self.number,
            "question": self.question,
            "urgency": self.urgency,
            "eu_state": self.peer.state if self.peer else "",
            "eu_as_of": self.peer.as_of if self.peer else None,
        }

    def text(self, name: str) -> str:
        """Return a field's text, or an empty text."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""


class AnswerView(EntryItem):
    """A list with CN's latest statements, on whatever list; `batch` is the id of its entry."""

    list: str
    batch: str
    position: str
    rows: tuple[AnswerRow, ...]

    @property
    def url(self) -> str:
        """Address of the list's page."""
        return f"/batches/{self.position}"


@dataclass(frozen=True, slots=True)
class Progress:
    """Number of answered rows, of all rows of a list."""

    answered: int
    total: int

    @property
    def open(self) -> int:
        """Number of rows without an answer."""
        return self.total - self.answered


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """Some rows of a list that is being answered, and what its page says of all rows.

    Attributes:
        view: The list with the rows shown.
        here: Whether the latest statement answers this list, by row, of all rows.
        progress: Rows answered so far.
        referred: Whether a row has a reference in the place of a number.
    """

    view: AnswerView
    here: Mapping[int, bool]
    progress: Progress
    referred: bool = False


class AnswerDraft(View):
    """Rows of an answer, and free remarks by row number.

    `given`: by row number, what a file has in columns that repeat the record; not sent on.
    """

    rows: ReturnSheet
    remarks: dict[RowNumber, Remark] = Field(default_factory=dict)
    given: dict[RowNumber, dict[GivenColumn, GivenCell]] = Field(default_factory=dict)


class RowNotice(View):
    """A finding about a row.

    Attributes:
        code: Number of the rule; `correction`, or `given-other` for a value that the record has
            otherwise.
        grade: `refuse` if the row can't be signed; `confirm` if it needs a reason; `note` to see.
    """

    row: int
    code: str
    grade: Grade
    text: str


class AnswerLook(View):
    """Size of an answer before it is signed, with notices; `same`: rows without news.

    `confirm`: findings to which the author gives a reason.
    """

    rows: int
    same: int
    changed: int
    bytes: int
    summary: str
    notices: tuple[RowNotice, ...]
    confirm: tuple[ConfirmItem, ...] = ()
