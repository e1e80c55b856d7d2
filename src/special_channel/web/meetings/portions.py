"""Cut the points of a meeting into portions, so that its page has at most 400 KB of HTML.

A point whose texts are heavier than a page, with the marks on it, is read in pieces, each with the
point's heading. The reader's browser compares each piece with what was signed at its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, Literal, NamedTuple

from special_channel.web.meetings.views import EntryText, MeetingDetail, PointItem
from special_channel.web.shared.pieces import pieces_of
from special_channel.web.shared.portions import (
    EntryPortionQuery,
    Portion,
    PortionQuery,
    Portions,
    heavy,
)
from special_channel.web.shared.words import Words

# Weights are bytes of HTML.
POINTS: Final = 280_000
"""Of the points of a page, which has no other table."""

_POINT: Final = 5_000
_MARK: Final = 2_500
_PARAGRAPH: Final = 150
_LEAST: Final = 20_000
"""Of a piece of a text next to very many marks."""

_Place = Literal["paragraphs", "translation"]


class PointPiece(NamedTuple):
    """A point, or a piece of the texts of a heavy one.

    Attributes:
        point: The whole point.
        entry: Place of the piece's entry: -1 for the point, else among the marks; `place`: of the
            text in the entry.
        words: The piece; None for a whole point.
    """

    point: PointItem
    entry: int = -1
    place: _Place = "paragraphs"
    words: Words | None = None


@dataclass(frozen=True, slots=True)
class PointPortion:
    """A portion of a meeting's points.

    Attributes:
        points: The points, with the texts of the portion.
        cut: Numbers of the points of which not all texts are here.
        goes_on: Number of the point whose texts go on in the next portion; empty for none.
        portion: The pages; its items are pieces.
        heavy: Whether any point of the meeting is cut.
    """

    points: Sequence[PointItem]
    cut: frozenset[str]
    goes_on: str
    portion: Portion[PointPiece]
    heavy: bool


def portions_of(view: MeetingDetail, asked: EntryPortionQuery) -> PointPortion:
    """Return the asked portion of a meeting's points; `entry` is a point or a mark on one."""
    every = [piece for point in view.items for piece in _pieces(point)]
    portions = Portions(view.url, _within(every, asked), POINTS)
    shown = portions.of("points", every, _weigh, main=True)
    following = every[shown.first + len(shown.items) :]
    groups = [list(group) for _, group in groupby(shown.items, lambda each: each.point.position)]
    return PointPortion(
        points=[_with(group) for group in groups],
        cut=frozenset(group[0].point.position for group in groups if group[0].words),
        goes_on=_same_point([*shown.items[-1:], *following[:1]]),
        portion=shown,
        heavy=any(each.words for each in every),
    )


def weigh_point(point: PointItem) -> int:
    """Weigh a point with the marks on it."""
    return _head(point) + sum(map(_words, (point, *point.marks)))


def _same_point(neighbours: Sequence[PointPiece]) -> str:
    """Return the number of the point of two pieces; empty if they are not of one point."""
    positions = [each.point.position for each in neighbours]
    return positions[0] if len(positions) == len({*positions}) + 1 else ""


def _within(every: Sequence[PointPiece], asked: EntryPortionQuery) -> PortionQuery:
    for at, (point, *_) in enumerate(every, 1) if asked.entry else ():
        if asked.entry in {point.position, *(mark.position for mark in point.marks)}:
            return PortionQuery(part="points", at=at)
    return asked


def _pieces(point: PointItem) -> Iterator[PointPiece]:
    if weigh_point(point) <= POINTS:
        yield PointPiece(point)
        return
    most = max(POINTS - _head(point) - _PARAGRAPH, _LEAST)
    for number, entry in enumerate((point, *point.marks), -1):
        for words in entry.paragraphs:
            yield from (PointPiece(point, number, "paragraphs", w) for w in pieces_of(words, most))
        for words in entry.translation:
            yield from (PointPiece(point, number, "translation", w) for w in pieces_of(words, most))


def _with(shown: Sequence[PointPiece]) -> PointItem:
    """Return a point with the texts of a portion."""
    point = shown[0].point
    if shown[0].words is None:
        return point

    def texts(number: int) -> dict[str, tuple[Words, ...]]:
        return {
            place: tuple(
                p.words for p in shown if p.words and (p.entry, p.place) == (number, place)
            )
            for place in ("paragraphs", "translation")
        }

    marks = tuple(mark.model_copy(update=texts(n)) for n, mark in enumerate(point.marks))
    return point.model_copy(update={**texts(-1), "marks": marks})


def _weigh(piece: PointPiece) -> int:
    if piece.words is None:
        return weigh_point(piece.point)
    return _head(piece.point) + _PARAGRAPH + heavy(piece.words.text)


def _head(point: PointItem) -> int:
    """Weigh a point and its marks without their texts."""
    return _POINT + _MARK * len(point.marks)


def _words(said: EntryText) -> int:
    texts = (*said.paragraphs, *said.translation)
    return sum(_PARAGRAPH + heavy(each.text) for each in texts)
