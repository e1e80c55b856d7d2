"""Cut the points of a meeting into portions, so that its page has at most 400 KB of HTML.

An entry is shown whole, for the reader's browser checks it as it was signed.
"""

from __future__ import annotations

from typing import Final

from special_channel.web.meetings.views import EntryText, MeetingDetail, PointItem
from special_channel.web.shared.portions import (
    EntryPortionQuery,
    Portion,
    PortionQuery,
    Portions,
    heavy,
)

# Weights are bytes of HTML.
POINTS: Final = 280_000
"""Of the points of a page, which has no other table."""

_POINT: Final = 5_000
_MARK: Final = 2_500
_PARAGRAPH: Final = 150


def portions_of(view: MeetingDetail, asked: EntryPortionQuery) -> Portion[PointItem]:
    """Return the asked portion of a meeting's points; `entry` is a point or a mark on one."""
    portions = Portions(view.url, _within(view, asked), POINTS)
    return portions.of("points", view.items, weigh_point, main=True)


def weigh_point(point: PointItem) -> int:
    """Weigh a point with the marks on it."""
    return _POINT + _words(point) + sum(_MARK + _words(mark) for mark in point.marks)


def _within(view: MeetingDetail, asked: EntryPortionQuery) -> PortionQuery:
    for at, point in enumerate(view.items, 1) if asked.entry else ():
        if asked.entry in {point.position, *(mark.position for mark in point.marks)}:
            return PortionQuery(part="points", at=at)
    return asked


def _words(said: EntryText) -> int:
    texts = (*said.paragraphs, *said.translation)
    return sum(_PARAGRAPH + heavy(each.text) for each in texts)
