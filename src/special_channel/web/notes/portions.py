"""Cut the form of an act about a heavy note, so that each page has at most 400 KB of HTML.

The formats bound a paragraph, not a note. The form comes in portions, each with a piece of what is
read and of what is pre-filled. The script puts the portions together before anybody writes, so
that one entry has all of it; a reader without the script reads portion by portion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from typing import Final, Literal, NamedTuple

from special_channel.web.notes.views import NoteActView
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.pieces import pieces
from special_channel.web.shared.portions import PortionQuery, Portions, heavy

# Weights are bytes of HTML.
TEXTS: Final = 300_000
"""Of the texts of a page; its frame takes the rest of 400 KB."""

_PIECE: Final = 1_200
"""Of a piece without its text: of a paragraph with the field of its translation."""

_Place = Literal["original", "paragraph", "field", "text", "translation"]


class FormPiece(NamedTuple):
    """A piece of a text of the form.

    Attributes:
        place: `paragraph` and `field`: a paragraph to be translated, and what its field holds.
        number: Place of the text among those of its kind, from 0.
        text: The piece.
    """

    place: _Place
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class FormPortion:
    """A portion of a form.

    Attributes:
        view: The note's act with the texts of the portion.
        lacking: Numbers of all paragraphs without a translation, also of those in other portions.
        digest: SHA-256 of all texts, so that portions of other texts are not mixed; empty for a
            form that is not cut.
    """

    view: NoteActView
    lacking: tuple[int, ...]
    pages: Paging
    digest: str = ""


def portion_of(view: NoteActView, asked: PortionQuery) -> FormPortion:
    """Return the asked portion of a form."""
    every = [piece for text in _texts(view) for piece in _cut(text)]
    portions = Portions(
        f"/entries/{view.position}/{view.act}", asked, TEXTS, most=max(1, len(every))
    )
    cut = portions.of("texts", every, _weigh, main=True)
    if cut.pages.pages == 1:
        return FormPortion(view, view.lacking, cut.pages)
    return FormPortion(_with(view, cut.items), view.lacking, cut.pages, _digest(view))


def _texts(view: NoteActView) -> Iterator[FormPiece]:
    """Yield the texts of a form in the order of its page."""
    for number, each in enumerate(view.paragraphs):
        yield FormPiece("paragraph", number, each.words.text)
        if each.words.presence == "present":
            yield FormPiece("field", number, each.translation)
    if not view.paragraphs:
        for number, words in enumerate(view.original):
            yield FormPiece("original", number, words.text)
        yield FormPiece("text", 0, view.text)
        yield FormPiece("translation", 0, view.translation)


def _cut(text: FormPiece) -> Iterator[FormPiece]:
    return (text._replace(text=each) for each in pieces(text.text, TEXTS - _PIECE))


def _weigh(piece: FormPiece) -> int:
    return _PIECE + heavy(piece.text)


def _with(view: NoteActView, shown: Sequence[FormPiece]) -> NoteActView:
    """Return the act with the texts of a portion; a text without a piece here is empty."""

    def numbered(*places: _Place) -> list[int]:
        return list(dict.fromkeys(p.number for p in shown if p.place in places))

    def text(place: _Place, number: int = 0) -> str:
        return "".join(p.text for p in shown if (p.place, p.number) == (place, number))

    return view.model_copy(
        update={
            "original": tuple(
                replace(view.original[n], text=text("original", n)) for n in numbered("original")
            ),
            "paragraphs": tuple(
                view.paragraphs[n].model_copy(
                    update={
                        "words": replace(view.paragraphs[n].words, text=text("paragraph", n)),
                        "translation": text("field", n),
                    }
                )
                for n in numbered("paragraph", "field")
            ),
            "text": text("text"),
            "translation": text("translation"),
        }
    )


def _digest(view: NoteActView) -> str:
    whole = sha256()
    for said in chain(view.original, (each.words for each in view.paragraphs)):
        whole.update(f"{said.presence}\n".encode())
    for place, number, text in _texts(view):
        whole.update(f"{place} {number} {len(text)}\n{text}".encode())
    return whole.hexdigest()
