"""Titles of threads for mails and calendar links, where our side allows them (`notices.titles`).

Only threads without a marking have a title here, and no title that seems to name a company or an
application. Does not check the reader: titles go to mails and links of our own people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from special_channel.core.bytes import parts
from special_channel.core.bytes.ids import EntryId, Party, ThreadId
from special_channel.core.entries import NoteTranslated, ThreadOpened
from special_channel.desk.answers import names_in
from special_channel.desk.releasing import entry_of_draft
from special_channel.messages.catalogue import Lang
from special_channel.ports import Stored
from special_channel.stores.thread_views import ThreadViews

MOST_ENTRIES: Final = 200
"""Entries of a thread that are searched for a marking; a longer thread shows no title."""

LONGEST: Final = 120
"""Characters of a title in a mail or calendar."""

_NUMBER: Final = re.compile(r"(?!(?:19|20)\d\d(?!\d))\d{4}")
"""Four digits and more, as in a number of an application; a year alone is none."""


class ThreadTitles:
    """Looks up the titles that may be shown."""

    def __init__(self, views: ThreadViews, party: Party) -> None:
        """Read threads by `views`; translations of our side `party` come before the other's."""
        self._views = views
        self._party = party

    async def of(self, threads: Iterable[ThreadId], lang: Lang) -> Mapping[ThreadId, str]:
        """Look up titles in a language, else in the first language known, cut to `LONGEST`.

        Threads with a title that may not be shown are omitted.

        Raises:
            Unavailable: `database-unavailable`.
        """
        found: dict[ThreadId, str] = {}
        for thread in {*threads} - {""}:
            entries = await self._views.thread_entries(thread)
            openings = [each for each in entries if each.kind == "thread.opened" and not each.code]
            if len(openings) != 1 or len(entries) > MOST_ENTRIES or any(map(_marked, entries)):
                continue
            opening = openings[0]
            later = [each for each in entries if _translates(each, opening.id)]
            erased = await self._views.erased([opening.id, *(each.id for each in later)])
            titles: dict[str, str] = {}
            # As on pages: the last translation of our side, else of the other; never the original.
            for each in sorted((opening, *later), key=lambda each: each.log == self._party):
                titles |= _titles(each, erased.get(each.id, {}))
            titles |= _original(opening, erased.get(opening.id, {}))
            if titles and not any(map(_names, titles.values())):
                found[thread] = _cut(titles.get(lang) or next(iter(titles.values())))
        return found


def _cut(title: str) -> str:
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}\u2026"


def _translates(stored: Stored, opening: EntryId) -> bool:
    """Return whether an entry is a later translation of a thread's subject."""
    entry = entry_of_draft(stored.envelope) if stored.envelope else None
    return isinstance(entry, NoteTranslated) and not stored.code and entry.ref == opening


def _marked(stored: Stored) -> bool:
    """Return whether an entry is marked, or cannot be read."""
    entry = entry_of_draft(stored.envelope) if stored.envelope else None
    return entry is None or entry.optional("marking", None) is not None


def _names(title: str) -> bool:
    return bool(_NUMBER.search(title) or names_in(title, ()))


def _original(stored: Stored, erased: Mapping[int, object]) -> Mapping[str, str]:
    """Return the subject in the language of the opening; empty if absent or erased."""
    lang = getattr(entry_of_draft(stored.envelope), "lang", "")
    return {each: text for each, text in _titles(stored, erased).items() if each == lang}


def _titles(stored: Stored, erased: Mapping[int, object]) -> Mapping[str, str]:
    """Return the subjects of an opening or a translation by language, without erased texts.

    The first language is the entry's own.
    """
    entry = entry_of_draft(stored.envelope)
    assert isinstance(entry, ThreadOpened | NoteTranslated)  # noqa: S101 - own bug: see callers
    courtesy = entry.body.translation if isinstance(entry, ThreadOpened) else None
    titles: dict[str, str] = {}
    for ordinal, disclosure in enumerate(stored.parts):
        if disclosure is None or ordinal in erased:
            continue
        lang = courtesy.lang if courtesy and ordinal in courtesy.parts else entry.lang
        titles.setdefault(lang, _text(disclosure))
    return {lang: text for lang, text in titles.items() if text}


def _text(disclosure: bytes) -> str:
    part = parts.parse(disclosure)
    return " ".join(part.text.split()) if isinstance(part, parts.SubjectPart) else ""
