"""The parts of an entry as texts and files, each with language and presence.

Does not verify commitments: admission and the reader's browser do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, Literal

import orjson

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import EntryId, Party, Position
from special_channel.core.entries import (
    Entry,
    Translatable,
    Translation,
    parse,
)
from special_channel.desk.file_scanner import CheckState, FileCheck
from special_channel.messages.catalogue import Lang
from special_channel.ports import Stored
from special_channel.web.shared.words import Pair, Presence, Words
from special_channel.web.shell.context import PageContext

TEXTS: Final = frozenset({"text", "subject"})
"""Kinds of parts that are texts."""

EXCERPT: Final = 160
"""Characters of a note in a list: about two lines."""


PREVIEWED: Final = (".pdf", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".txt", ".csv")
"""Ends of names of files that mostly have a preview."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scanner's verdict on a file: the engine, its signatures and their date."""

    engine: str
    signatures: str
    dated: date | None
    threat: str


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of a note.

    `url` ends with the file's SHA-256: the download, or a page in front of the download that names
    active content. None until the file may be opened.

    Attributes:
        check: State of the file by our side's scanners; None until the file arrives.
        scanned: Verdicts, a single verdict for a scanner.
        active: Names of active content, as far as known.
    """

    ordinal: int
    name: str
    size_bytes: int
    media_type: str
    sha256: str
    url: str | None
    presence: Presence = "present"
    check: CheckState | None = None
    scanned: tuple[Scanned, ...] = ()
    active: tuple[str, ...] = ()

    @property
    def previewed(self) -> bool:
        """Whether its name promises a preview; its bytes decide."""
        return bool(self.url) and self.name.lower().endswith(PREVIEWED)

    def checked(self, check: FileCheck | None) -> FileRef:
        """Return the file with its check; `url` is None until the file is here and usable."""
        if check is None:
            return replace(self, url=None)
        return replace(
            self,
            url=self._address(check) if check.usable else None,
            active=check.active or (),
            check=check.state,
            scanned=tuple(
                Scanned(each.engine, each.signatures, each.dated, each.threat)
                for each in check.verdicts
                if each.found or check.state != "found"
            ),
        )

    def _address(self, check: FileCheck) -> str | None:
        return self.url if check.active == () else f"/files/{self.sha256}"


StageName = Literal["signed", "stored", "delivered", "acknowledged", "answered"]
STAGES: Final[tuple[StageName, ...]] = (
    "signed",
    "stored",
    "delivered",
    "acknowledged",
    "answered",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage reached by a note, with the entry that proves the stage."""

    name: StageName
    at: datetime | None = None
    position: str | None = None
    url: str | None = None

    @property
    def reached(self) -> bool:
        """Whether an entry proves the stage."""
        return self.at is not None


@dataclass(frozen=True, slots=True)
class Proof:
    """Addresses of an entry's evidence."""

    key: str
    entry_url: str
    receipt_url: str
    leaf_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The texts and files of an entry.

    Attributes:
        original: The authentic text, paragraph by paragraph.
        translation: The entry's own courtesy translation; empty if absent.
        files: Files with their addresses, even if their bytes have not arrived.
    """

    lang: str
    original: tuple[Words, ...]
    translation: tuple[Words, ...]
    files: tuple[FileRef, ...]


# Entries never change, and the newest are read often.
@lru_cache(maxsize=4096)
def entry_in(envelope: bytes) -> Entry | None:
    """Parse the payload of an envelope; return None if invalid (rule 18)."""
    try:
        return parse(dsse.decode(envelope).payload)
    except ChannelError:
        return None


def entry_of(stored: Stored) -> Entry | None:
    """Parse the payload of an entry; return None if absent or invalid (rule 18)."""
    return entry_in(stored.envelope) if stored.envelope else None


def content(stored: Stored, erased: Collection[int] = ()) -> Content:
    """Return the texts and files of an entry; `erased`: ordinals of parts declared erased."""
    entry = entry_of(stored)
    translated = _translation(entry)
    lang = str(getattr(entry, "lang", None) or "")
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


def contents(
    entries: Sequence[Stored], erased: Mapping[EntryId, Mapping[int, Position]]
) -> dict[EntryId, Content]:
    """Return the texts and files of entries, by id."""
    return {entry.id: content(entry, erased.get(entry.id, ())) for entry in entries}


async def erased_of(
    context: PageContext, entries: Sequence[Stored]
) -> Mapping[EntryId, Mapping[int, Position]]:
    """Look up erased parts by entry and ordinal; no query if every part is present."""
    absent = [entry.id for entry in entries if None in entry.parts]
    return await context.own.stores.views.erased(absent) if absent else {}


def title(said: Content | None) -> Pair:
    """Return a thread's subject and its translation, from the content of its opening."""
    said = said or Content("", (), (), ())
    return Pair(
        said.original[0] if said.original else Words("", said.lang, None, "missing"),
        said.translation[0] if said.translation else None,
    )


def beginning(stored: Stored, erased: Collection[int] = ()) -> Pair:
    """Return `title` of an entry's content, without reading its other parts."""
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
    """Ordinals of the first text of an entry and of its translation."""

    lang: str
    text: int | None
    translation: int | None
    translation_lang: str


@lru_cache(maxsize=4096)
def _opening(envelope: bytes) -> _Opening:
    entry = entry_in(envelope) if envelope else None
    translated = _translation(entry)
    others = translated.parts if translated else ()
    texts = [n for n, ref in enumerate(getattr(entry, "parts", ())) if ref.k in TEXTS]
    return _Opening(
        str(getattr(entry, "lang", None) or ""),
        next((ordinal for ordinal in texts if ordinal not in others), None),
        next((ordinal for ordinal in texts if ordinal in others), None),
        translated.lang if translated else "",
    )


def excerpt(stored: Stored, lang: Lang) -> Words:
    """Return the start of an entry, in the reader's language if it is translated."""
    return shortened(beginning(stored).first(lang))


def shortened(words: Words) -> Words:
    """Return the start of a text, on one line."""
    text = " ".join(words.text.split("\n"))
    if len(text) > EXCERPT:
        text = text[: EXCERPT - 1].rstrip() + "…"
    return Words(text, words.lang, words.ordinal, words.presence)


def question(said: Content, part: int) -> Words:
    """Return the paragraph of a question, else the note's start."""
    found = next((words for words in said.original if words.ordinal == part), None)
    if found is None:
        found = said.original[0] if said.original else Words("", said.lang, None, "missing")
    return shortened(found)


def question_translation(said: Content, part: int) -> Words | None:
    """Return the translation of a question; None if the texts differ in their paragraphs."""
    places = [words.ordinal for words in said.original]
    if part not in places or len(said.translation) != len(said.original):
        return None
    return shortened(said.translation[places.index(part)])


def question_in(said: Content | None, part: int, lang: str) -> Words:
    """Return the paragraph of a question, in the reader's language if the translation matches."""
    if said is None or not said.original:
        return Words("", lang, None, "missing")
    places = [words.ordinal for words in said.original]
    place = places.index(part) if part in places else 0
    original = said.original[place]
    if len(said.translation) == len(said.original) and original.chinese != (lang == "zh-CN"):
        return shortened(said.translation[place])
    return shortened(original)


def _translation(entry: Entry | None) -> Translation | None:
    if isinstance(entry, Translatable):
        return entry.body.translation
    return None


def _words(stored: Stored, ordinal: int, lang: str, erased: Collection[int]) -> Words:
    presence, said = _disclosed(stored, ordinal, erased)
    return Words(str(said.get("text", "")), lang, ordinal, presence)


def _disclosed(
    stored: Stored, ordinal: int, erased: Collection[int]
) -> tuple[Presence, dict[str, Any]]:
    """Return the fields of a part, or the reason for its absence."""
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


def party_of(stored: Stored) -> Party:
    """Return the party whose log has a shared entry."""
    return "eu" if stored.log == "eu" else "cn"


def position_of(stored: Stored) -> Position:
    """Return the position of a shared entry."""
    return Position(party_of(stored), stored.index)


def number_of(stored: Stored) -> str:
    """Return the registration number of a shared entry, such as EU-877."""
    return str(position_of(stored))


def proof(stored: Stored) -> Proof:
    """Return the addresses of an entry's evidence."""
    url = f"/entries/{number_of(stored)}"
    leaf = sha256(b"\x00" + stored.leaf).hexdigest()
    return Proof(stored.by, f"{url}/envelope", f"{url}/receipt", leaf)
