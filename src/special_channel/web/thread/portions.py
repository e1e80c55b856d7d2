"""Cut the texts of heavy notes, so that each page of a thread has at most 400 KB of HTML.

The formats bound a paragraph, and a note only by the request that brings it. A heavy note shows a
portion of its texts, with links to the others; its browser compares each piece with what was
signed. An entry that is cut says so, since not all that was signed stands on the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final, NamedTuple
from urllib.parse import urlencode

from special_channel.web.shared.changed_words import Run
from special_channel.web.shared.pieces import pieces, pieces_of
from special_channel.web.shared.portions import Portion, PortionQuery, Portions, heavy
from special_channel.web.shared.words import Words
from special_channel.web.thread.address import LEAST_TEXTS, NOTE_TEXTS, ThreadQuery
from special_channel.web.thread.views import Item, NoteView, ThreadView
from special_channel.web.thread.windows import (
    ANSWERED_WEIGHT,
    EVENT_WEIGHT,
    NOTE_WEIGHT,
    QUESTION_WEIGHT,
    heaviest_next_to,
)

# Weights are bytes of HTML.
_SPARE: Final = 70_000
"""What entries may weigh here beyond `windows.HEAVIEST`: their texts are weighed as they stand."""

_TEXT: Final = 150
_RUN: Final = 100


class TextPiece(NamedTuple):
    """A piece of a note's texts, and the texts to which it belongs."""

    place: str
    said: Words | Run


class FittedThread(NamedTuple):
    """A thread whose heavy notes show portions of their texts.

    Attributes:
        view: The thread with the texts of the portions.
        cuts: The portions, by the numbers of the notes.
        limit: Most bytes of HTML of each note's texts, which bounds each portion.
    """

    view: ThreadView
    cuts: Mapping[str, Portion[TextPiece]]
    limit: int


def fitted(view: ThreadView, query: ThreadQuery, limit: int = 0) -> FittedThread:
    """Cut the texts of a thread's heavy notes, so that the thread fits on a page.

    Args:
        view: The thread.
        query: Names the note whose portion is asked for; others show their first.
        limit: Limit of an open page, whose update draws the same portions again; 0 to compute it.
    """
    weights = {each.position: _weigh(each) for each in view.items if isinstance(each, NoteView)}
    limit = limit or _limit(view, weights)
    cuts = {
        each.position: _portion(view, each, query, limit)
        for each in view.items
        if isinstance(each, NoteView) and weights[each.position] > limit
    }
    if not cuts:
        return FittedThread(view, cuts, limit)
    items = tuple(
        _with(each, cuts[each.position].items)
        if isinstance(each, NoteView) and each.position in cuts
        else each
        for each in view.items
    )
    return FittedThread(view.model_copy(update={"items": items}), cuts, limit)


def _limit(view: ThreadView, weights: Mapping[str, int]) -> int:
    """Return the most bytes that each note's texts may have, for all items to fit on a page."""
    bare = {each.position: _bare(each) for each in view.items}
    room = heaviest_next_to(sum(each.is_open for each in view.asks)) + _SPARE
    limit = NOTE_TEXTS
    while limit >= 2 * LEAST_TEXTS:
        if sum(weight + min(weights.get(at, 0), limit) for at, weight in bare.items()) <= room:
            break
        limit //= 2
    return limit


def _portion(
    view: ThreadView, note: NoteView, query: ThreadQuery, limit: int
) -> Portion[TextPiece]:
    """Return the asked portion of a note's texts."""
    # The window of the link is that of the note, or the same part of a print.
    place = {"print": query.print, "later_than": query.later_than} if query.print else {}
    fields = (place or {"at": note.position}) | {"view": query.view, "work": query.work}
    named = urlencode({name: value for name, value in fields.items() if value})
    every = [each for place, words in _texts(note) for each in _cut(place, words, limit)]
    asked = PortionQuery(part=query.part, page=query.page)
    portions = Portions(f"/threads/{view.number}?{named}", asked, limit, most=len(every))
    return portions.of(note.position, every, _weigh_piece, main=True)


def _texts(note: NoteView) -> Iterator[tuple[str, Words | Run]]:
    """Yield the texts of a note in the order of the page, each with its place."""
    if note.withdrawal:
        yield from (("reason", each) for each in note.withdrawal.reason)
        yield from (("reason-translation", each) for each in note.withdrawal.translation)
    if note.changes:
        yield from (("changes", each) for each in note.changes.runs)
    translated = note.translation.paragraphs if note.translation else ()
    # Each paragraph stands before its translation, so that both are read on one page.
    for pair in zip_longest(note.paragraphs, translated):
        places = zip(("paragraphs", "translation"), pair, strict=True)
        yield from ((place, each) for place, each in places if each is not None)


def _with(note: NoteView, shown: Sequence[TextPiece]) -> NoteView:
    """Return a note with the texts of a portion; what the portion has none of is left out."""

    def of(place: str) -> tuple[Words | Run, ...]:
        return tuple(piece.said for piece in shown if piece.place == place)

    changes, translation, gone = note.changes, note.translation, note.withdrawal
    runs, translated = of("changes"), of("translation")
    if gone:
        reasons = {"reason": of("reason"), "translation": of("reason-translation")}
        gone = gone.model_copy(update=reasons)
    return note.model_copy(
        update={
            "withdrawal": gone,
            "changes": changes.model_copy(update={"runs": runs}) if changes and runs else None,
            "paragraphs": of("paragraphs"),
            "translation": translation.model_copy(update={"paragraphs": translated})
            if translation and translated
            else None,
        }
    )


def _cut(place: str, said: Words | Run, most: int) -> Iterator[TextPiece]:
    if isinstance(said, Words):
        yield from (TextPiece(place, each) for each in pieces_of(said, most - _TEXT))
        return
    for text in pieces(said.text, most - _RUN):
        yield TextPiece(place, Run(text=text, change=said.change))


def _weigh(note: NoteView) -> int:
    return sum(_weigh_piece(TextPiece(*each)) for each in _texts(note))


def _weigh_piece(piece: TextPiece) -> int:
    return (_RUN if isinstance(piece.said, Run) else _TEXT) + heavy(piece.said.text)


def _bare(item: Item) -> int:
    """Weigh an item without a note's texts."""
    if not isinstance(item, NoteView):
        return EVENT_WEIGHT + sum(heavy(each.text) for each in item.words)
    return NOTE_WEIGHT + QUESTION_WEIGHT * len(item.asks) + ANSWERED_WEIGHT * len(item.answers)
