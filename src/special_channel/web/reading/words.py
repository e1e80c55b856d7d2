"""Parts of an entry as the words that a page shows, each with its language and presence.

Does not verify commitments: admission did, and the reader's browser does again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries import (
    Entry,
    MeetingHeld,
    NoteCorrected,
    NotePosted,
    PointDiffered,
    PointNoted,
    ThreadOpened,
    Translation,
    parse,
)
from special_channel.messages.catalogue import Lang
from special_channel.ports import Stored
from special_channel.web.pages.thread import FileRef
from special_channel.web.shared.words import Pair, Presence, Words

TEXTS: Final = frozenset({"text", "subject"})
"""Kinds of parts that are words."""

EXCERPT: Final = 160
"""Characters of a note in a list: about two lines."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry says.

    Attributes:
        original: The authentic text, paragraph by paragraph.
        translation: The entry's own courtesy translation; empty without one.
        files: Without the knowledge of whether their bytes are here: `url` is set.
    """

    lang: str
    original: tuple[Words, ...]
    translation: tuple[Words, ...]
    files: tuple[FileRef, ...]


# Entries never change, and the newest are read again and again.
@lru_cache(maxsize=4096)
def _parsed(envelope: bytes) -> Entry | None:
    try:
        return parse(dsse.decode(envelope).payload)
    except ChannelError:
        return None


def entry_of(stored: Stored) -> Entry | None:
    """Return the payload; None where it is still to come, or is no entry of ours (rule 18)."""
    return _parsed(stored.envelope) if stored.envelope else None


def content(stored: Stored, erased: Collection[int] = ()) -> Content:
    """Return what an entry says; `erased` are the parts that are declared so."""
    entry = entry_of(stored)
    translated = _translation(entry)
    lang = str(getattr(entry, "lang", ""))
    original: list[Words] = []
    translation: list[Words] = []
    files: list[FileRef] = []
    for ordinal, ref in enumerate(getattr(entry, "parts", ())):
        if ref.k == "file":
            presence, said = _disclosed(stored, ordinal, erased)
            files.append(_file(ordinal, said, presence))
        elif ref.k in TEXTS:
            if translated is not None and ordinal in translated.parts:
                translation.append(_words(stored, ordinal, translated.lang, erased))
            else:
                original.append(_words(stored, ordinal, lang, erased))
    if entry is None:
        original.append(Words("", "", None, "damaged" if stored.damaged else "missing"))
    return Content(lang, tuple(original), tuple(translation), tuple(files))


def title(said: Content | None) -> Pair:
    """Return a thread's subject and its translation, of what its opening says."""
    said = said or Content("", (), (), ())
    return Pair(
        said.original[0] if said.original else Words("", said.lang, None, "missing"),
        said.translation[0] if said.translation else None,
    )


def beginning(stored: Stored, erased: Collection[int] = ()) -> Pair:
    """Return `title` of what an entry says, reading no more of it."""
    at = _opening(stored.envelope)
    return Pair(
        Words("", at.lang, None, "damaged" if stored.damaged else "missing")
        if at.text is None
        else _words(stored, at.text, at.lang, erased),
        None
        if at.translation is None
        else _words(stored, at.translation, at.translation_lang, erased),
    )


@dataclass(frozen=True, slots=True)
class _Opening:
    """Which parts hold the first words of an entry and of its translation, by ordinal."""

    lang: str
    text: int | None
    translation: int | None
    translation_lang: str


@lru_cache(maxsize=4096)
def _opening(envelope: bytes) -> _Opening:
    entry = _parsed(envelope) if envelope else None
    translated = _translation(entry)
    others = translated.parts if translated else ()
    texts = [n for n, ref in enumerate(getattr(entry, "parts", ())) if ref.k in TEXTS]
    return _Opening(
        str(getattr(entry, "lang", "")),
        next((ordinal for ordinal in texts if ordinal not in others), None),
        next((ordinal for ordinal in texts if ordinal in others), None),
        translated.lang if translated else "",
    )


def excerpt(stored: Stored, lang: Lang) -> Words:
    """Return how an entry begins, in the reader's language where it is translated."""
    return shortened(beginning(stored).first(lang))


def shortened(words: Words) -> Words:
    """Return the start of a text, on one line."""
    text = " ".join(words.text.split("\n"))
    if len(text) > EXCERPT:
        text = text[: EXCERPT - 1].rstrip() + "…"
    return Words(text, words.lang, words.ordinal, words.presence)


def question_in(said: Content | None, part: int, lang: str) -> Words:
    """Return the paragraph that asks, in the reader's language where it is translated alike."""
    if said is None or not said.original:
        return Words("", lang, None, "missing")
    places = [words.ordinal for words in said.original]
    place = places.index(part) if part in places else 0
    original = said.original[place]
    if len(said.translation) == len(said.original) and original.chinese != (lang == "zh-CN"):
        return shortened(said.translation[place])
    return shortened(original)


def _translation(entry: Entry | None) -> Translation | None:
    if isinstance(
        entry,
        ThreadOpened | NotePosted | NoteCorrected | MeetingHeld | PointNoted | PointDiffered,
    ):
        return entry.body.translation
    return None


def _words(stored: Stored, ordinal: int, lang: str, erased: Collection[int]) -> Words:
    presence, said = _disclosed(stored, ordinal, erased)
    return Words(str(said.get("text", "")), lang, ordinal, presence)


def _disclosed(
    stored: Stored, ordinal: int, erased: Collection[int]
) -> tuple[Presence, dict[str, Any]]:
    """Return what a part holds, or why nothing of it is here."""
    disclosure = stored.parts[ordinal] if ordinal < len(stored.parts) else None
    if disclosure is None:
        damaged: Presence = "damaged" if f"part:{ordinal}" in stored.damaged else "missing"
        return "erased" if ordinal in erased else damaged, {}
    said = _read(disclosure)
    return ("missing", {}) if said is None else ("present", said)


def _read(disclosure: bytes) -> dict[str, Any] | None:
    try:
        said = orjson.loads(disclosure)
    except orjson.JSONDecodeError:
        return None
    return said if isinstance(said, dict) else None


def _file(ordinal: int, said: dict[str, Any], presence: Presence) -> FileRef:
    digest = str(said.get("sha256", ""))
    return FileRef(
        ordinal=ordinal,
        name=str(said.get("name", "")),
        size_bytes=int(said.get("len", 0)),
        media_type=str(said.get("type", "")),
        sha256=digest,
        url=f"/api/files/{digest}" if digest else None,
        presence=presence,
    )
