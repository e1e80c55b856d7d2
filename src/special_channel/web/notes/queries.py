"""Read a note for an act about the note, and refuse an act that the judge would refuse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.core.entries import NotePosted, ThreadOpened
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow
from special_channel.web.notes.views import NoteAct, NoteActView, Paragraph
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import (
    Content,
    content,
    entry_of,
    erased_of,
    number_of,
    party_of,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import refuse_hidden
from special_channel.web.shell.proofs import find_entry
from special_channel.web.shell.threads import MANY, find_thread, thread_items
from special_channel.web.shell.translations import notes_read


async def note_act(context: PageContext, which: str, act: NoteAct) -> NoteActView:
    """Build the view model of an act's page.

    Raises:
        NotFound: `entry-unknown`.
        RuleBroken: `reference` for an entry that is neither a note nor, for a translation, the
            opening of a thread; `note-withdrawn`.
        NotAllowed: `owner` for a note of the other side.
    """
    stores = context.own.stores
    stored = await find_entry(stores, which)
    refuse_hidden(stored)
    note = entry_of(stored)
    has_subject = isinstance(note, ThreadOpened) and act == "translate"
    if not (isinstance(note, NotePosted) or has_subject) or stored.code:
        raise RuleBroken("reference", "The entry names no note.", id=stored.id)
    assert isinstance(note, NotePosted | ThreadOpened)  # noqa: S101 - as just checked
    rows = await stores.views.notes_by_id([stored.id])
    for row in rows.values():
        _refuse(context, row, act)
    thread = await find_thread(context, note.thread)
    [item] = await thread_items(context, [thread])
    asks = await stores.views.asks(threads=[note.thread], limit=MANY)
    said = content(stored, (await erased_of(context, [stored])).get(stored.id, ()))
    own, other = context.languages
    target = _other(said.lang or own) if act == "translate" else own
    view = NoteActView(
        eu=context.heads["eu"].size,
        cn=context.heads["cn"].size,
        act=act,
        note=stored.id,
        position=number_of(stored),
        party=party_of(stored),
        thread=note.thread,
        thread_number=str(thread.position),
        title=item.title,
        lang=target,
        other=_other(target) if act == "translate" else other,
        original=said.original,
    )
    if isinstance(note, ThreadOpened):
        return view.model_copy(update={"role": "subject", "paragraphs": _subject(item.title)})
    match act:
        case "correct":
            return view.model_copy(update=_wording(note, said))
        case "withdraw":
            return view.model_copy(update=_consequences(rows[stored.id], asks))
        case "translate":
            read = (await notes_read(context, [stored.id]))[stored.id]
            return view.model_copy(update={"paragraphs": _paragraphs(note, read)})


def _refuse(context: PageContext, row: NoteRow, act: NoteAct) -> None:
    if act == "translate":
        return
    if row.party != context.party:
        raise NotAllowed("owner", "This is not for this side to say of that note.", id=row.note)
    if row.withdrawn:
        raise RuleBroken("note-withdrawn", "The note is withdrawn.", id=row.note)


def _subject(title: Pair) -> tuple[Paragraph, ...]:
    translation = title.translation
    text = translation.text if translation and translation.presence == "present" else ""
    return (Paragraph(number=1, words=title.original, translation=text),)


def _paragraphs(note: NotePosted, said: Content) -> tuple[Paragraph, ...]:
    """Pair the paragraphs of a note with their translations, where translated."""
    questions: dict[int | None, str] = {ask.part: ask.q for ask in note.asks}
    return tuple(
        Paragraph(
            number=number,
            q=questions.get(words.ordinal, ""),
            words=words,
            translation=translated.text if translated else "",
        )
        for number, (words, translated) in enumerate(
            zip_longest(said.original, said.translation[: len(said.original)]), 1
        )
    )


def _other(lang: str) -> str:
    return "en" if lang.startswith("zh") else "zh-CN"


def _wording(note: NotePosted, said: Content) -> dict[str, str]:
    """Return the note's own text and translation, without the words of its questions."""
    places = [place for place, words in enumerate(said.original) if not _asked(note, words)]
    parallel = len(said.translation) == len(said.original)
    translated = [said.translation[place] for place in places] if parallel else []
    return {"text": _text(said.original[n] for n in places), "translation": _text(translated)}


def _asked(note: NotePosted, words: Words) -> bool:
    return words.ordinal in {ask.part for ask in note.asks}


def _text(paragraphs: Iterable[Words]) -> str:
    return "\n\n".join(words.text for words in paragraphs if words.presence == "present")


def _consequences(row: NoteRow, asks: Sequence[QuestionRow]) -> dict[str, tuple[str, ...]]:
    """Return the numbers of questions that a withdrawal reopens, and of questions that end."""
    answered = {(each.note, q) for each in row.answers for q in each.numbers}
    return {
        "reopens": tuple(
            ask_number(ask) for ask in asks if (ask.note, ask.q) in answered and _alone(ask, row)
        ),
        "ends": tuple(ask_number(ask) for ask in asks if ask.note == row.note and ask.is_open),
    }


def _alone(ask: QuestionRow, row: NoteRow) -> bool:
    """Tell whether a note is the only answer to a question, apart from withdrawn notes."""
    return all(each.id == row.note or each.withdrawn for each in ask.answers)
