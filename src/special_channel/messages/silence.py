"""What the record says of a question that is not answered, as officials read it.

One place for all of them: page, list, mail, print, calendar and command line. Does not decide an
outcome (`core.asks`) and does not write instants: callers do, in their reader's capital.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from special_channel.messages.catalogue import Catalogue

_SILENT: Final = frozenset({"unanswered-confirmed", "unanswered-unconfirmed"})

_CAUSES: Final = frozenset({"link-down", "behind-gap"})
"""States of a mail that name why the other side's record is not known further."""

_EVENTS: Final = {
    "open": "open",
    "provisional": "provisional",
    "requested": "requested",
    "withdrawn-ours": "withdrawn",
}
"""A calendar's titles by case; any other is a date that passed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A question as one side sees it.

    Attributes:
        outcome: From `core.asks`.
        ours: Our side is to answer.
        passed: The agreed date has passed without an answer, whether or not an entry says so yet.
        requested: The asking side alone chose the date.
        provisional: No adopted calendar covers the date.
    """

    outcome: str
    ours: bool
    passed: bool = False
    requested: bool = False
    provisional: bool = False

    @property
    def case(self) -> str:
        """Name the words that fit."""
        if self.outcome in _SILENT or (self.outcome == "open" and self.passed):
            # An answer of ours could stand in our own log alone: there both records are known.
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
    """Instants and places that a sentence names, written already; empty where unknown.

    Attributes:
        due: The date in our own capital, as a sentence about a record says it.
        by: The same in both capitals.
        known: Up to when the other side's record was known at the date.
        answered: The day of an answer that was withdrawn.
        withdrawn: The day of its withdrawal.
        position: The entry that answers.
    """

    due: str = ""
    by: str = ""
    known: str = ""
    answered: str = ""
    withdrawn: str = ""
    position: str = ""


def short(t: Catalogue, standing: Standing) -> str:
    """Return two or three words for a list, without a time."""
    case = standing.case
    return t.label("silence" if f"silence.{case}" in t else "outcome", case)


def known(t: Catalogue, standing: Standing, up_to: str) -> str:
    """Return up to when the other side's record is known, for the second line of a list.

    Nothing where both records are known, or where `up_to` is not known.
    """
    if standing.case != "unheard" or not up_to:
        return ""
    return t.gettext("silence-list.known", known=up_to)


def line(t: Catalogue, standing: Standing, up_to: str) -> str:
    """Return `short` and `known` in one line, for text without a second one."""
    words = [short(t, standing), known(t, standing, up_to)]
    return t.gettext("silence-list.join").join(filter(None, words))


def event(t: Catalogue, standing: Standing, number: str) -> str:
    """Return the title of a date in a calendar, of a question that our side is to answer."""
    return t.gettext(f"feed.{_EVENTS.get(standing.case, 'passed')}", number=number)


def letter(t: Catalogue, state: str, times: Times, *, number: str, since: str, gap: str) -> str:
    """Return what a mail about a question says first: one sentence, or two.

    Args:
        t: The reader's catalogue.
        state: What is known, from `channels.alerts`.
        times: `due`, and `known` where the other side's record is known at all.
        number: The question.
        since: When the link went down, with that state.
        gap: The entry that is incomplete, with that state.
    """
    # Up to when is said only where it is known.
    said = "unheard" if state == "unconfirmed" and not times.known else state
    first = t.gettext(
        f"mail.body.{said}", number=number, due=times.due, known=times.known, since=since, gap=gap
    )
    if state in _CAUSES and times.known:
        return first + t.gettext("mail.body.known", known=times.known)
    return first


def sentence(t: Catalogue, standing: Standing, times: Times) -> str:
    """Return the sentence for a page, a print or a brief."""
    case = standing.case
    if case == "unheard" and times.known:
        case = "known-to"
    return t.gettext(
        f"silence-said.{case}",
        due=times.due,
        by=times.by,
        known=times.known,
        answered=times.answered,
        withdrawn=times.withdrawn,
        position=times.position or "–",
    )
