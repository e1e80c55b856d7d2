"""The translation of a note or subject for a side's readers: the own last, else the other side's.

Does not judge a translation: readers do, and the original prevails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from special_channel.core.bytes.ids import EntryId, Party, Position
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.recorded_talks import note_as_recorded
from special_channel.core.rows.threads import Mark, NoteRow, OpeningFact
from special_channel.ports import Stored
from special_channel.web.shared.words import Pair, Words
from special_channel.web.shell.content import (
    Content,
    contents,
    erased_of,
    excerpt,
    shortened,
)
from special_channel.web.shell.context import PageContext

NONE: Final[Mapping[EntryId, Stored]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Translated:
    """Paragraphs of a translation, with the translating side.

    `mark`: the entry `note.translated`; None for a part of the note itself.
    """

    paragraphs: tuple[Words, ...]
    party: Party
    mark: Mark | None = None


def translation_of(
    reader: Party, row: NoteRow, texts: Mapping[EntryId, Content]
) -> Translated | None:
    """Choose the translation of a note for a side's readers; `texts`: of the note and others."""
    said = texts[row.note]
    given = [Translated(said.translation, row.party)] if said.translation else []
    chinese = any(words.chinese for words in said.original)
    for mark in row.translated:
        text = texts.get(mark.id)
        if text and text.original and text.original[0].chinese != chinese:
            given.append(Translated(text.original, mark.party, mark))
    ours = [each for each in given if each.party == reader]
    return next(reversed(ours or given), None)


def subject_of(
    reader: Party, opening: OpeningFact, said: Pair, texts: Mapping[EntryId, Words]
) -> Pair:
    """Choose the translation of a subject for a side's readers; `texts`: later ones, by entry."""
    given = [(opening.party, said)] if said.translation else []
    for mark in opening.translated:
        words = texts.get(mark.id)
        if words and words.presence == "present" and words.chinese != said.original.chinese:
            later = mark.id, str(Position(mark.party, mark.index))
            given.append((mark.party, Pair(said.original, words, later)))
    ours = [pair for party, pair in given if party == reader]
    return next(reversed(ours or [pair for _, pair in given]), said)


def in_both(
    reader: Party,
    id_: EntryId,
    notes: Mapping[EntryId, NoteRow],
    texts: Mapping[EntryId, Content],
) -> Content | None:
    """Return a note's texts with the translation for a side; None for an unknown note."""
    said, row = texts.get(id_), notes.get(id_)
    given = translation_of(reader, row, texts) if said and row else None
    if said is None or given is None or given.mark is None:
        return said
    # The parts are another entry's: they have no ordinals here.
    parts = (Words(words.text, words.lang, None, words.presence) for words in given.paragraphs)
    return replace(said, translation=tuple(parts))


async def notes_said(
    context: PageContext,
    questions: Iterable[QuestionRow],
    sizes: Mapping[Party, int] | None = None,
) -> Mapping[EntryId, Content]:
    """Read the notes of questions, with translations for our side.

    `sizes`: numbers of entries by log, beyond which no translation counts.
    """
    return await notes_read(context, {row.note for row in questions}, sizes=sizes)


async def excerpts(context: PageContext, entries: Iterable[Stored]) -> Mapping[EntryId, Words]:
    """Return the starts of entries in the reader's language, as far as a translation is there."""
    known = {entry.id: entry for entry in entries}
    texts = {id_: excerpt(entry, context.lang) for id_, entry in known.items()}
    foreign = {id_ for id_, words in texts.items() if words.foreign(context.lang)}
    translated = await context.own.stores.views.translated(foreign)
    later = await notes_read(context, translated, known) if translated else {}
    started = {
        id_: shortened(said.translation[0])
        for id_, said in later.items()
        if said.translation and not said.translation[0].foreign(context.lang)
    }
    return texts | started


async def notes_read(
    context: PageContext,
    notes: Collection[EntryId],
    known: Mapping[EntryId, Stored] = NONE,
    sizes: Mapping[Party, int] | None = None,
) -> Mapping[EntryId, Content]:
    """Read notes, with translations for our side.

    `known`: entries that are read already; `sizes`: as in `notes_said`.
    """
    stores = context.own.stores
    rows = await stores.views.notes_by_id(notes)
    if sizes is not None:
        rows = {id_: note_as_recorded(row, sizes) for id_, row in rows.items()}
    later = {mark.id for row in rows.values() for mark in row.translated}
    unread = sorted({*notes, *later} - {*known})
    stored = [known[id_] for id_ in notes if id_ in known]
    stored += (await stores.record.find(unread) if unread else {}).values()
    texts = contents(stored, await erased_of(context, stored))
    said = ((id_, in_both(context.party, id_, rows, texts)) for id_ in notes)
    return {id_: text for id_, text in said if text}
