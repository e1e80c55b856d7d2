"""Dates of a question as a page shows them: what was said of them, and what may be proposed.

Does not count: `reading` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from special_channel.core.bytes.ids import Party


@dataclass(frozen=True, slots=True)
class Referral:
    """A level of the other side to which a named person may take a question."""

    level: str
    body: str


Standing = Literal["open", "agreed", "in-force", "earlier"]


@dataclass(frozen=True, slots=True)
class DateOffer:
    """A date to propose, or to move to. `body` is what a click signs, as JSON."""

    at: datetime
    body: str


@dataclass(frozen=True, slots=True)
class SuspensionOffer:
    """The form for a suspension: how it names the question, and the first day to begin with."""

    ask: str
    first: date


@dataclass(frozen=True, slots=True)
class SaidDate:
    """One line of the history of a question's date.

    Attributes:
        what: Asked with it, proposed by the answering side, moved to it by the asker, accepted
            by the answering side.
        party: Who said so, in `position`.
        basis: Of a move, why.
        standing: Of a proposal: `open`, or `agreed`; of the others `in-force` or `earlier`.
        body: Of an open proposal that the reader may agree to: what a click signs, as JSON.
        suspended: Of a proposal: the dates of the answering side that should not count.
    """

    what: Literal["asked", "proposed", "moved", "accepted"]
    at: datetime
    party: Party
    position: str
    said_at: datetime
    basis: str = ""
    standing: Standing = "earlier"
    provisional: bool = False
    body: str = ""
    suspended: tuple[date, date] | None = None
