"""Describe the state of an unanswered question in the reader's language.

Used by page, list, mail, print, calendar and command line. Does not determine an outcome
(`core.rows.questions`) and does not format instants: callers do, in their reader's local time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from special_channel.messages.catalogue import Catalogue

_SILENT: Final = frozenset({"unanswered-confirmed", "unanswered-unconfirmed"})

_CAUSES: Final = frozenset({"link-down", "behind-gap"})
"""States with a mail text that explains the missing knowledge of the other side's record."""

_EVENTS: Final = {
    "open": "open",
    "provisional": "provisional",
    "requested": "requested",
    "withdrawn-ours": "withdrawn",
}
"""Calendar titles by case; other cases are passed dates."""


@dataclass(frozen=True, slots=True)
class QuestionStatus:
    """A question from the viewpoint of one side.

    Attributes:
        outcome: From `core.rows.questions`.
        ours: Whether our side must answer.
        passed: Whether the agreed date has passed without an answer, recorded or not.
        requested: Whether the asking side alone chose the date.
        provisional: Whether no adopted calendar covers the date.
    """

    outcome: str
    ours: bool
    passed: bool = False
    requested: bool = False
    provisional: bool = False

    @property
    def case(self) -> str:
        """Key of the matching texts."""
        if self.outcome in _SILENT or (self.outcome == "open" and self.passed):
            # Our own answer could only be in our own log, so both records are known.
            if self.ours:
                return "ours"
            return "neither" if self.outcome == "unanswered-confirmed" else "unheard"
        if self.outcome == "open":
            return "requested" if self.requested else "provisional" if self.provisional else "open"
        if self.outcome == "withdrawn":
            return "withdrawn-ours" if self.ours else "withdrawn"
        return self.outcome


@dataclass(frozen=True, slots=True)
class Times:
    """Formatted instants and positions for a sentence; empty if unknown.

    Attributes:
        due: The date in our capital, formatted for a sentence about a record.
        by: The date in both capitals.
        known: Time up to which the other side's record was known at the date.
        answered: The day of a later withdrawn answer.
        withdrawn: The day of the answer's withdrawal.
        position: The entry with the answer.
    """

    due: str = ""
    by: str = ""
    known: str = ""
    answered: str = ""
    withdrawn: str = ""
    position: str = ""


def short(t: Catalogue, status: QuestionStatus) -> str:
    """Return two or three words for a list, without a time."""
    case = status.case
    return t.label("silence" if f"silence.{case}" in t else "outcome", case)


def known(t: Catalogue, status: QuestionStatus, up_to: str) -> str:
    """Return the time up to which the other side's record is known, for a list's second line.

    Returns an empty string if both records are known, or if `up_to` is empty.
    """
    if status.case != "unheard" or not up_to:
        return ""
    return t.gettext("silence-list.known", known=up_to)


def line(t: Catalogue, status: QuestionStatus, up_to: str) -> str:
    """Return `short` and `known` in one line, for text without a second line."""
    words = [short(t, status), known(t, status, up_to)]
    return t.gettext("silence-list.join").join(filter(None, words))


def event(t: Catalogue, status: QuestionStatus, number: str) -> str:
    """Return the calendar title for the due date of a question to our side."""
    return t.gettext(f"feed.{_EVENTS.get(status.case, 'passed')}", number=number)


def letter(t: Catalogue, state: str, times: Times, *, since: str, gap: str) -> str:
    """Return what a mail about a question says of the records, in a sentence or two.

    Args:
        t: The reader's catalogue.
        state: Alert state, from `channels.alerts`.
        times: `due`, and `known` if any of the other side's record is known.
        since: Start of the link's outage, for `link-down`.
        gap: The incomplete entry, for `behind-gap`.
    """
    # Name a time of knowledge only if known.
    key = "unheard" if state == "unconfirmed" and not times.known else state
    first = t.gettext(f"mail.body.{key}", due=times.due, known=times.known, since=since, gap=gap)
    if state in _CAUSES and times.known:
        return first + t.gettext("mail.body.known", known=times.known)
    return first


def sentence(t: Catalogue, status: QuestionStatus, times: Times) -> str:
    """Return the sentence for a page, a print or a brief."""
    case = status.case
    if case == "unheard" and times.known:
        case = "known-to"
    facts = asdict(times) | {"position": times.position or "–"}
    return t.gettext(f"silence-said.{case}", **facts)
