"""The answer to a list on screen: every row as it was stated last, to be said again or changed.

Does not sign: the official's browser does, over what its page shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from special_channel.messages import terms
from special_channel.web.pages.list_check import FaultLine, KeptPart
from special_channel.web.shared.references import Assertion, BatchRef


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One listed application.

    Attributes:
        question: Code of what the list asks.
        peer: What the other side holds.
        held: The fields of the last statement, by their names in a return sheet.
        data: The same as JSON, for the script.
        said_in: Where that was stated; empty where nothing was.
        since: As of when it was stated; None where the sheet says no date.
        here: It was stated of this list already.
    """

    row: int
    number: str
    url: str
    urgency: str
    question: str
    peer: Assertion | None
    held: dict[str, str | tuple[str, ...]]
    data: str
    said_in: str = ""
    since: date | None = None
    here: bool = False

    def text(self, name: str) -> str:
        """Return one field, or nothing."""
        value = self.held.get(name, "")
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """A whole list on one page, since it is answered as a whole.

    Attributes:
        today: In the capital of the side that answers.
        draft_name: Of the draft on the server that the script keeps.
        next_url: Where to go once it is sent.
        lang: Language of free remarks.
        kept: The columns of the reader's file that stay, signed with the answer.
    """

    template: ClassVar[str] = "answer.html"
    page: ClassVar[str] = "answer"

    batch: BatchRef
    entry_id: str
    rows: tuple[AnswerRow, ...]
    today: date
    draft_name: str
    next_url: str
    lang: str
    new_thread_url: str
    kept: KeptPart | None = None
    states: tuple[str, ...] = terms.STATES
    matches: tuple[str, ...] = terms.MATCHES
    clocks: tuple[str, ...] = terms.CLOCKS
    decisions: tuple[str, ...] = terms.DECISIONS
    missing: tuple[str, ...] = terms.MISSING
    remarks: tuple[str, ...] = terms.REMARKS


@dataclass(frozen=True, slots=True)
class AnswerFilePage:
    """What is at fault in a return sheet that was sent as a file; nothing was kept."""

    template: ClassVar[str] = "answer_file.html"
    page: ClassVar[str] = "answer"

    batch: BatchRef
    file: str
    refused: tuple[str, tuple[tuple[str, str | int], ...]] | None = None
    faults: tuple[FaultLine, ...] = ()


@dataclass(frozen=True, slots=True)
class TermsPage:
    """The lists of official terms, each code in both languages.

    Attributes:
        groups: By list: (code, Chinese, English).
        materials: (control code, whether it was read, symbol, Chinese, English, customs codes).
        further: Customs codes of no single material: (Chinese, English, codes).
    """

    template: ClassVar[str] = "terms.html"
    page: ClassVar[str] = "terms"

    groups: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...]
    materials: tuple[tuple[str, bool, str, str, str, tuple[terms.Reference, ...]], ...]
    further: tuple[tuple[str, str, tuple[terms.Reference, ...]], ...]
