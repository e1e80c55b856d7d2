"""What the record says of a question, for templates and readings of pages.

The words stand in `messages/silence.py`; here times are written in our own capital.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.messages import silence
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.dates import as_of, plain_day
from special_channel.messages.silence import QuestionStatus, Times
from special_channel.web.pages.thread import Ask
from special_channel.web.shared.capitals import Due, both, local

_SILENT: Final = frozenset({"ours", "neither", "unheard", "withdrawn", "withdrawn-ours"})


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Who reads: the side, the language, and when."""

    own: Party
    lang: Lang
    now: datetime

    def day(self, at: datetime) -> str:
        """Write a day in our own capital."""
        return plain_day(local(at, self.own).date(), self.lang)

    def as_of(self, at: datetime) -> str:
        """Write an instant in our own capital, as a sentence about a record says it."""
        return as_of(local(at, self.own), self.lang, local(self.now, self.own).year)


def standing(outcome: str, due: Due, own: Party) -> QuestionStatus:
    """See a question from our side."""
    return QuestionStatus(
        outcome,
        due.answering == own,
        due.passed,
        requested=due.requested,
        provisional=due.provisional,
    )


def is_silent(outcome: str, due: Due, own: Party) -> bool:
    """Tell whether a date has passed without an answer that stands."""
    return standing(outcome, due, own).case in _SILENT


def short(outcome: str, due: Due, own: Party, lang: Lang) -> str:
    """Return two or three words for a list."""
    return silence.short(catalogue(lang), standing(outcome, due, own))


def known(outcome: str, due: Due, heard: datetime | None, view: Viewpoint) -> str:
    """Return up to when the other side's record is known, for the second line of a list."""
    up_to = view.as_of(heard) if heard else ""
    return silence.known(catalogue(view.lang), standing(outcome, due, view.own), up_to)


def line(outcome: str, due: Due, heard: datetime | None, view: Viewpoint) -> str:
    """Return what a list says of a question, in one line."""
    up_to = view.as_of(heard) if heard else ""
    return silence.line(catalogue(view.lang), standing(outcome, due, view.own), up_to)


def sentence(ask: Ask, view: Viewpoint) -> str:
    """Return the sentence that a thread's page and print say of a question."""
    position = ask.answered_in or ""
    gone = ask.taken_back
    withdrawn = (gone.answered_at, gone.withdrawn_at) if gone else None
    return said(
        ask.outcome, ask.due, view, heard=ask.last_heard, withdrawn=withdrawn, position=position
    )


def said(
    outcome: str,
    due: Due,
    view: Viewpoint,
    *,
    heard: datetime | None = None,
    withdrawn: tuple[datetime, datetime] | None = None,
    position: str = "",
) -> str:
    """Return the sentence about one question.

    Args:
        outcome: From `core.rows.questions`.
        due: Its date.
        view: Who reads; another year than the present one is written.
        heard: Up to when the other side's record was known at the date.
        withdrawn: When it was answered, and when that answer was withdrawn.
        position: The entry that answers.
    """
    times = Times(
        due=view.as_of(due.at),
        by=both(due.at, view.own, view.lang, view.now),
        known=view.as_of(heard) if heard else "",
        answered=view.day(withdrawn[0]) if withdrawn else "",
        withdrawn=view.day(withdrawn[1]) if withdrawn else "",
        position=position,
    )
    return silence.sentence(catalogue(view.lang), standing(outcome, due, view.own), times)
