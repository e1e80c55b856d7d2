"""Entries of our side before they are stored, as far as the rules of plausibility read them.

A common form for drafts in a page, signed drafts waiting for release, and entries being sent.
Input from the browser or the command line is not trusted: values of an unexpected type are omitted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from special_channel.core.bytes import dsse, parts
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.sense.texts import Place, PlacedText, placed
from special_channel.desk.payloads import paragraphs

_KINDS: Final = {"note": "note.posted", "thread": "thread.opened"}
"""Kinds of entries by their builder in the browser."""

_CHANGED: Final = "changed"
"""The builder of a signed draft with other texts, which holds its fields apart."""

_TEXTS_OF: Final[Mapping[str, Place]] = {
    "batch.answered": "remark",
    "point.noted": "point",
    "point.marked": "point",
    "note.withdrawn": "reason",
}
"""What the text parts of a kind are; of other kinds they are the text."""

_FIELDS: Final[Mapping[str, Place]] = {
    "subject": "subject",
    "subject_tr": "subject",
    "text": "text",
    "text_tr": "translation",
    "textTr": "translation",
    "place": "place",
    "name": "file",
}
"""Fields of a form that a person fills with words."""

_CODED: Final = frozenset(
    {"answers", "applications", "each", "held", "internal", "marking", "page", "due", "rule"}
)
"""Fields of a form with choices alone."""

_DIGEST: Final = re.compile("[0-9a-f]{64}")

SIGNING: Final = "draft"
"""The field of a page's draft with the entries as they are shown before the signature."""

_SHARED_LOG: Final = "log"
"""An entry in a page's draft that names a log is one of the private log."""


LOOKED_AT: Final = frozenset(
    {"note.posted", "note.corrected", "note.translated", "note.withdrawn", "thread.opened"}
    | {"meeting.held", "point.noted", "point.marked", "referral.sent"}
    | {"priority.requested", "priority.answered"}
)
"""Kinds that the rules of free texts, priority, meetings and questions read."""


@dataclass(frozen=True, slots=True)
class ProposedEntry:
    """An entry as it would be stored.

    Attributes:
        kind: Kind of the entry; empty for fields of a form with no known kind.
        body: Body of the entry.
        ref: Id of the entry that the new entry is about.
        thread: Id of the thread.
        asks: Questions asked, in the clear.
        answers: Questions answered: entry and numbers.
        marking: Marking of the entry.
        texts: Texts with their places.
        id: Id of the entry, and `by` the author's key; empty before the signature.
        files: Digest and name of every file.
    """

    kind: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    ref: str = ""
    thread: str = ""
    asks: tuple[Mapping[str, Any], ...] = ()
    answers: tuple[Mapping[str, Any], ...] = ()
    marking: str = ""
    texts: tuple[PlacedText, ...] = ()
    id: str = ""
    by: str = ""
    files: tuple[tuple[str, str], ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """Application numbers named in the clear."""
        named = self.body.get("applications")
        return tuple(map(str, named)) if isinstance(named, list) else ()


def of_fields(fields: Mapping[str, str | Sequence[str]]) -> tuple[ProposedEntry, ...]:
    """Return the entries that a saved draft's fields would become; none for an internal note."""
    if SIGNING in fields:
        return tuple(_of_signing("".join(fields[SIGNING])))
    if fields.get("internal") == "true":
        return ()
    words = [found for name, value in fields.items() for found in _typed(name, value)]
    numbers = fields.get("applications", ())
    body = {"applications": [numbers] if isinstance(numbers, str) else list(numbers)}
    named = fields.get("files", ())
    files = (_named_file(_parsed(each)) for each in ((named,) if isinstance(named, str) else named))
    return (ProposedEntry(body=body, texts=placed(words), files=tuple(filter(None, files))),)


def of_entry(envelope: bytes, disclosures: Sequence[bytes | None]) -> ProposedEntry:
    """Read a signed entry; return an empty `ProposedEntry` for bytes that are not an entry."""
    try:
        signed = dsse.decode(envelope)
        payload = orjson.loads(signed.payload)
    except (ChannelError, orjson.JSONDecodeError):
        return ProposedEntry()
    if not isinstance(payload, dict):
        return ProposedEntry()
    body = _object(payload.get("body"))
    entry = _described(payload, str(payload.get("kind", "")), body)
    words = [*_signed_texts(entry, disclosures, {}), *_place(body)]
    return _with_texts(entry, placed(words), signed.id, tuple(_signed_files(disclosures)))


def _described(fields: Mapping[str, Any], kind: str, body: Mapping[str, Any]) -> ProposedEntry:
    return ProposedEntry(
        kind,
        body,
        str(fields.get("ref") or ""),
        str(fields.get("thread") or ""),
        tuple(map(_object, _list(fields.get("asks")))),
        tuple(map(_object, _list(fields.get("answers")))),
        str(fields.get("marking") or ""),
        by=str(fields.get("by") or ""),
    )


def _with_texts(
    entry: ProposedEntry,
    texts: tuple[PlacedText, ...],
    id_: str = "",
    files: tuple[tuple[str, str], ...] = (),
) -> ProposedEntry:
    return replace(entry, texts=texts, id=id_, files=files)


def _signed_texts(
    entry: ProposedEntry, disclosures: Sequence[bytes | None], changed: Mapping[str, Any]
) -> Iterator[tuple[Place, str]]:
    """Yield the texts of parts by place; `changed`: other words of some, by number of the part."""
    asked = {part for ask in entry.asks if isinstance(part := ask.get("part"), int)}
    translated = _list(_object(entry.body.get("translation")).get("parts"))
    for ordinal, disclosure in enumerate(disclosures):
        try:
            part = parts.parse(disclosure or b"")
        except ChannelError:
            continue
        if isinstance(part, parts.FilePart):
            yield "file", part.name
        elif isinstance(part, parts.SubjectPart):
            yield "subject", str(changed.get(str(ordinal), part.text))
        elif isinstance(part, parts.TextPart):
            place = _TEXTS_OF.get(entry.kind, "text")
            if ordinal in translated:
                place = "translation"
            elif ordinal in asked:
                place = "question"
            yield place, str(changed.get(str(ordinal), part.text))


def _signed_files(disclosures: Sequence[bytes | None]) -> Iterator[tuple[str, str]]:
    for disclosure in disclosures:
        with suppress(ChannelError):
            part = parts.parse(disclosure or b"")
            if isinstance(part, parts.FilePart):
                yield part.sha256, part.name


def _named_file(value: object) -> tuple[str, str] | None:
    """Return digest and name of a file in a form; None for another value."""
    file = _object(value)
    digest, name = str(file.get("sha256", "")), str(file.get("name", ""))
    return (digest, name) if _DIGEST.fullmatch(digest) else None


def _place(body: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    if isinstance(body.get("place"), str):
        yield "place", body["place"]


def _of_signing(text: str) -> Iterator[ProposedEntry]:
    """Yield the entries that a page shows before their signature, without private entries."""
    steps = _list(_object(_parsed(text)).get("steps"))
    for each in (each for step in steps for each in _list(_object(step).get("entries"))):
        fields = _object(each)
        if not fields or fields.get(_SHARED_LOG):
            continue
        if fields.get("make") == _CHANGED:
            yield _changed(fields)
            continue
        kind = str(_KINDS.get(str(fields.get("make")), fields.get("kind") or ""))
        body = _object(fields.get("body")) or {"applications": fields.get("applications")}
        texts = placed([*_built(fields, kind), *_place(body)])
        files = (_named_file(file) for file in _list(fields.get("files")))
        yield _with_texts(_described(fields, kind, body), texts, files=tuple(filter(None, files)))


def _changed(fields: Mapping[str, Any]) -> ProposedEntry:
    """Return a signed draft with other texts, in the form of a signed entry."""
    stated = _object(fields.get("fields"))
    held = [str(_object(part).get("text") or "").encode() for part in _list(fields.get("parts"))]
    entry = _described(stated, str(fields.get("kind") or ""), _object(stated.get("body")))
    words = [*_signed_texts(entry, held, _object(fields.get("texts"))), *_place(entry.body)]
    return _with_texts(entry, placed(words), files=tuple(_signed_files(held)))


def _built(fields: Mapping[str, Any], kind: str) -> Iterator[tuple[Place, str]]:
    """Yield the texts of an entry that the browser is about to build."""
    own = _TEXTS_OF.get(kind, "text")
    translation = _object(fields.get("translation")).get("text")
    yield from _paragraphs("subject", fields.get("subject"))
    yield from _paragraphs(own, fields.get("text"))
    for ask in map(_object, _list(fields.get("asks"))):
        yield from _paragraphs("question", ask.get("text"))
    yield from _paragraphs("subject" if kind == "thread.opened" else "translation", translation)
    for ask in map(_object, _list(fields.get("asks"))):
        yield from _paragraphs("translation", ask.get("textTr"))
    texts = fields.get("texts")
    for text in texts.values() if isinstance(texts, dict) else _list(texts):
        yield from _paragraphs(own, text)
    for file in map(_object, _list(fields.get("files"))):
        yield from _paragraphs("file", file.get("name"))


def _typed(name: str, value: str | Sequence[str]) -> Iterator[tuple[Place, str]]:
    """Yield the words in a field of a form; a value can be several texts as JSON."""
    if name in _CODED:
        return
    place = _FIELDS.get(name, "text")
    for text in (value,) if isinstance(value, str) else value:
        held = _object(_parsed(text)) if text.startswith("{") else {}
        if not held:
            yield from _paragraphs(place, text)
        for key, words in held.items():
            if key in _FIELDS:
                yield from _paragraphs(
                    "question" if name == "asks" and key == "text" else _FIELDS[key], words
                )


def _paragraphs(place: Place, text: object) -> Iterator[tuple[Place, str]]:
    if isinstance(text, str):
        for paragraph in paragraphs(text):
            yield place, paragraph


def _parsed(text: str) -> Any:  # noqa: ANN401 - JSON
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
