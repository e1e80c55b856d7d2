"""Cut what is long on the pages of drafts, so that each page has at most 400 KB.

The text of a draft, what a checker changed in it and the findings of a statement are read one
after the other; the act stands on the last page of these alone. Answers on the draft's route are
beside what is signed: the act does not wait for them. Rows to be seen are counted by the browser,
over all of their portions. The signed bytes are short enough to stand on every page: an
entry has at most 32 KiB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, zip_longest
from typing import Final, NamedTuple
from urllib.parse import urlencode

from special_channel.core.bytes import dsse
from special_channel.stores.clearances import Clearance
from special_channel.web.approvals.route_views import (
    ChangedText,
    DraftChange,
    RouteAnswer,
    RouteStepItem,
)
from special_channel.web.approvals.stored import as_stored
from special_channel.web.approvals.views import (
    DraftDetail,
    DraftItem,
    DraftQuestion,
    DraftText,
    RowReason,
)
from special_channel.web.shared.changed_words import Run
from special_channel.web.shared.pieces import pieces
from special_channel.web.shared.portions import PortionQuery, Portions, heavy
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import FileRef, content, entry_in

OFFICE: Final = 400
"""Characters of the office and of the reference of a decision on paper; a browser sends 200."""

MANY: Final = 50
"""Drafts on a page of several: each is checked as on its own page."""

# Weights are bytes of HTML.
PIECE: Final = 60_000
"""Of a text that is never cut: 20,000 Chinese characters."""

REMARK: Final = 12_000
"""Of a remark that is never cut."""

SEVERAL: Final = 300_000
"""Of drafts that are released together, with their own texts."""

WHOLE: Final = 330_000
"""Of the same with findings and the questions that are answered."""

LONG: Final = 60_000
"""Of a text that is read on the draft's own page."""

SHEET: Final = 300_000
"""Of a sign-off sheet, which has no other table; also the most pieces of it."""

QUEUE: Final = 40_000
"""Of the list of drafts beside the open one."""

ANSWERS: Final = 40_000
"""Of the answers on a route, which stand beside a text, and of those that no longer count."""

_DRAFT: Final = 900
_QUEUED: Final = 500
_CARD: Final = 1_500
_PARAGRAPH: Final = 150
_ASKED: Final = 450
_TEXT: Final = 400
_QUESTION: Final = 1_000
_RUN: Final = 100
_ANSWER: Final = 900


def several_portions(act: str, asked: PortionQuery) -> Portions:
    """Return what cuts the page of several drafts; `act`: of the drafts of an act."""
    url = f"/clearances/several?{urlencode({'act': act})}" if act else "/clearances/several"
    return Portions(url, asked, SEVERAL)


class TextPiece(NamedTuple):
    """A piece of a draft's text; `place`: the field of `DraftText` to which it belongs."""

    place: str
    said: Words | DraftQuestion | FileRef


class ReturnedCard(NamedTuple):
    """A returned draft with a piece of its remark."""

    draft: DraftItem
    remark: str
    first: bool
    last: bool


class ChangedPiece(NamedTuple):
    """A piece of a changed text; `change`: the place of its change among the changes."""

    change: int
    text: ChangedText


class AnswerPiece(NamedTuple):
    """A piece of an answer on a route.

    Attributes:
        step: Number of the step; 0 for an answer that no longer counts.
        place: Place of the answer among those of its step.
        answer: The answer with a piece of its remark; None for a step without answers.
    """

    step: int
    place: int = 0
    answer: RouteAnswer | None = None


ReadPiece = TextPiece | ChangedPiece | RowReason
"""What is read before the act; a `RowReason` is a finding of a statement."""


def text_pieces(text: DraftText) -> list[TextPiece]:
    """Return a text in the order of its page, each paragraph before its translation."""
    found = [TextPiece("answers", each) for asked in text.answers for each in _question(asked)]
    for pair in zip_longest(text.paragraphs, text.translation):
        for place, words in zip(("paragraphs", "translation"), pair, strict=True):
            if words is not None:
                found += (TextPiece(place, each) for each in _words(words))
    found += (TextPiece("files", each) for each in text.files)
    return found + [TextPiece("asks", each) for asked in text.asks for each in _question(asked)]


def text_of(text: DraftText, shown: Sequence[TextPiece]) -> DraftText:
    """Return the text of a portion."""
    places = ("answers", "paragraphs", "translation", "files", "asks")
    return text.model_copy(
        update={
            place: tuple(each.said for each in shown if each.place == place) for place in places
        }
    )


def changed_pieces(changes: Sequence[DraftChange]) -> list[ChangedPiece]:
    """Return the changed texts, the long ones in pieces."""
    return [
        ChangedPiece(number, ChangedText(lang=text.lang, runs=runs))
        for number, change in enumerate(changes)
        for text in change.texts
        for runs in _runs(text.runs)
    ]


def read_pieces(item: DraftDetail) -> list[ReadPiece]:
    """Return all that is read before the act, in the order of the page."""
    changes = item.signoff.changes if item.signoff else ()
    return [
        *(text_pieces(item.text) if item.text else ()),
        *changed_pieces(changes),
        *item.stated,
    ]


def changes_of(
    changes: Sequence[DraftChange], shown: Sequence[ChangedPiece]
) -> tuple[DraftChange, ...]:
    """Return the changes of a portion."""
    return tuple(
        changes[number].model_copy(
            update={"texts": tuple(each.text for each in shown if each.change == number)}
        )
        for number in dict.fromkeys(each.change for each in shown)
    )


def answer_pieces(answers: Sequence[RouteAnswer], step: int = 0) -> list[AnswerPiece]:
    """Return the answers to a step, those with a long remark in pieces."""
    return [
        AnswerPiece(step, place, piece)
        for place, answer in enumerate(answers)
        for piece in _answer(answer)
    ]


def step_pieces(steps: Sequence[RouteStepItem]) -> list[AnswerPiece]:
    """Return the answers to all steps; a step without any is a piece as well."""
    return [
        piece
        for step in steps
        for piece in answer_pieces(step.answers, step.number) or [AnswerPiece(step.number)]
    ]


def answers_of(shown: Sequence[AnswerPiece]) -> tuple[RouteAnswer, ...]:
    """Return the answers of a portion, each with what the portion has of its remark."""
    found = []
    for _, group in groupby(shown, lambda piece: (piece.step, piece.place)):
        held = [piece.answer for piece in group if piece.answer]
        remark = "".join(each.remark for each in held)
        found += [each.model_copy(update={"remark": remark}) for each in held[:1]]
    return tuple(found)


def steps_of(
    steps: Sequence[RouteStepItem], shown: Sequence[AnswerPiece]
) -> tuple[RouteStepItem, ...]:
    """Return all steps with the answers of a portion."""
    return tuple(
        step.model_copy(
            update={"answers": answers_of([each for each in shown if each.step == step.number])}
        )
        for step in steps
    )


def returned_cards(drafts: Sequence[DraftItem]) -> list[ReturnedCard]:
    """Return the returned drafts; one with a long remark is on several cards."""
    found = []
    for draft in drafts:
        remarks = pieces(draft.remark, REMARK)
        found += [
            ReturnedCard(draft, each, number == 1, number == len(remarks))
            for number, each in enumerate(remarks, 1)
        ]
    return found


def weigh_alone(draft: Clearance) -> int:
    """Weigh a draft among several, whose texts are not shown; `MANY` are checked for a page."""
    return max(SEVERAL // MANY, _signed(dsse.decode(draft.envelope).payload.decode()))


def weigh_in_act(draft: Clearance) -> int:
    """Weigh a draft among those of its act, with its text unless that is read apart."""
    said, entry = content(as_stored(draft)), entry_in(draft.envelope)
    # A question stands among the texts, and as a question; a subject in the row's head as well.
    texts = sum(_PARAGRAPH + 2 * heavy(each.text) for each in (*said.original, *said.translation))
    texts += _ASKED * len(getattr(entry, "asks", ()))
    signed = _signed(dsse.decode(draft.envelope).payload.decode())
    return signed + (0 if texts > LONG else texts)


def read_apart(drafts: Sequence[DraftDetail], *, texts: bool) -> frozenset[str]:
    """Return the drafts among several that must be opened: the page has no room for their words.

    `texts`: whether the page shows texts.
    """
    left = WHOLE - sum(_signed(each.payload) for each in drafts)
    apart = set()
    for each in drafts:
        text = sum(map(weigh_text, text_pieces(each.text))) if texts and each.text else 0
        words = sum(_TEXT + heavy(found.sentence) + heavy(found.given) for found in each.found)
        if text > LONG or text + words > left:
            apart.add(each.id)
        else:
            left -= text + words
    return frozenset(apart)


def weigh_queued(draft: DraftItem) -> int:
    """Weigh a draft in the queue."""
    return _QUEUED + heavy(draft.title or "") + (heavy(draft.route) if draft.route else 0)


def weigh_text(piece: TextPiece) -> int:
    """Weigh a piece of a text."""
    said = piece.said
    if isinstance(said, Words):
        return _TEXT + heavy(said.text)
    if isinstance(said, FileRef):
        return _TEXT + heavy(said)
    translated = said.translation.text if said.translation else ""
    return _QUESTION + heavy(said.text.text) + heavy(translated)


def weigh_changed(piece: ChangedPiece) -> int:
    """Weigh a piece of a changed text."""
    return _TEXT + sum(_RUN + heavy(run.text) for run in piece.text.runs)


def weigh_read(piece: ReadPiece) -> int:
    """Weigh a piece of what is read before the act."""
    match piece:
        case TextPiece():
            return weigh_text(piece)
        case ChangedPiece():
            return weigh_changed(piece)
        case _:
            return _TEXT + heavy(piece.words) + heavy(piece.given)


def weigh_answer(piece: AnswerPiece) -> int:
    """Weigh a piece of an answer; a step without answers goes with what is before it."""
    answer = piece.answer
    if answer is None:
        return 0
    paper, author = answer.paper, answer.author
    texts: list[object] = [author.name, author.absent, author.desk, answer.desk, answer.remark]
    texts += [paper.office, paper.reference, paper.scan] if paper else []
    return _ANSWER + sum(heavy(each) for each in texts if each)


def weigh_card(card: ReturnedCard) -> int:
    """Weigh a card of a returned draft."""
    return _CARD + heavy(card.remark) + heavy(card.draft.title or "")


def _signed(payload: str) -> int:
    return _DRAFT + heavy(payload)


def _words(words: Words) -> Iterator[Words]:
    return (replace(words, text=each) for each in pieces(words.text, PIECE))


def _question(asked: DraftQuestion) -> Iterator[DraftQuestion]:
    """Cut a question; its translation is cut with it."""
    translated = pieces(asked.translation.text, PIECE) if asked.translation else []
    for text, translation in zip_longest(pieces(asked.text.text, PIECE), translated):
        yield asked.model_copy(
            update={
                "text": replace(asked.text, text=text or ""),
                "translation": replace(asked.translation, text=translation)
                if asked.translation and translation is not None
                else None,
            }
        )


def _answer(answer: RouteAnswer) -> Iterator[RouteAnswer]:
    """Cut an answer; what is too long of an office or a reference is read before the remark."""
    words, changed = [answer.remark], answer.paper
    if changed:
        office, reference = changed.office, changed.reference
        words = [office[OFFICE:], reference[OFFICE:], *words]
        kept = {"office": office[:OFFICE], "reference": reference[:OFFICE]}
        changed = changed.model_copy(update=kept)
    for each in pieces("\n\n".join(filter(None, words)), REMARK):
        yield answer.model_copy(update={"remark": each, "paper": changed})


def _runs(runs: Sequence[Run]) -> Iterator[tuple[Run, ...]]:
    held: list[Run] = []
    weight = 0
    for run in runs:
        for text in pieces(run.text, PIECE):
            if held and weight + heavy(text) > PIECE:
                yield tuple(held)
                held, weight = [], 0
            held.append(Run(text=text, change=run.change))
            weight += heavy(text)
    yield tuple(held)
