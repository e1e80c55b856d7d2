"""Sentences on a question's outcome, with times in our own capital.

The words are in `messages/silence.py`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.messages import silence
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.silence import QuestionStatus, Times
from special_channel.web.shared.capitals import Due, both
from special_channel.web.shared.viewpoint import Viewpoint

_SILENT: Final = frozenset({"ours", "neither", "unheard", "withdrawn", "withdrawn-ours"})


def standing(outcome: str, due: Due, own: Party) -> QuestionStatus:
    """Return the status of a question, seen from our side."""
    return QuestionStatus(
        outcome,
        due.answering == own,
        due.passed,
        requested=due.requested,
        provisional=due.provisional,
    )


def is_silent(outcome: str, due: Due, own: Party) -> bool:
    """Tell whether a date has passed without a valid answer."""
    return standing(outcome, due, own).case in _SILENT


def short(outcome: str, due: Due, own: Party, lang: Lang) -> str:
    """Return two or three words for a list."""
    return silence.short(catalogue(lang), standing(outcome, due, own))


def known(outcome: str, due: Due, heard: datetime | None, view: Viewpoint) -> str:
    """Return the time up to which the other side's record is known, for a list's second line."""
    up_to = view.as_of(heard) if heard else ""
    return silence.known(catalogue(view.lang), standing(outcome, due, view.party), up_to)


def line(outcome: str, due: Due, heard: datetime | None, view: Viewpoint) -> str:
    """Return the line of a list on a question."""
    up_to = view.as_of(heard) if heard else ""
    return silence.line(catalogue(view.lang), standing(outcome, due, view.party), up_to)


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
        outcome: Outcome from `core.rows.questions`.
        due: The question's date.
        view: Side, language and time of the page; a date of another year is written with its year.
        heard: Time up to which the other side's record was known at the date.
        withdrawn: Times of the answer and of its withdrawal.
        position: Number of the answer.
    """
    times = Times(
        due=view.as_of(due.at),
        by=both(due.at, view.party, view.lang, view.near),
        known=view.as_of(heard) if heard else "",
        answered=view.day(withdrawn[0]) if withdrawn else "",
        withdrawn=view.day(withdrawn[1]) if withdrawn else "",
        position=position,
    )
    return silence.sentence(catalogue(view.lang), standing(outcome, due, view.party), times)
