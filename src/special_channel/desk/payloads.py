"""The payloads that officials sign outside a browser, one function a kind.

The twin of `web/static/js/payloads.js`. Times, salts and keys come with the author; whether
an entry is allowed is the node's to judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from special_channel.core.canonical import Value
from special_channel.core.ids import EntryId, Party, ThreadId
from special_channel.core.submission import Submission
from special_channel.core.writing import (
    Signer,
    data_part,
    file_part,
    part_refs,
    sign,
    text_part,
)

SALT_BYTES: Final = 32

UNDRAWN: Final = bytes(SALT_BYTES)
"""Stands for the salt in a preview: the real one is drawn when the part is signed."""

_BLANK_LINES: Final = re.compile(r"\n(?:[^\S\n]*\n)+")

Fields = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Author:
    """Who signs, into which log, when, and what they had seen of both logs.

    Attributes:
        signer: The author's key.
        log: Origin of the log that the entry is meant for.
        at: The author's clock, `YYYY-MM-DDThh:mm:ssZ`.
        seen: Items of `seen`: verified checkpoints.
        draw: Returns that many random bytes, for salts.
    """

    signer: Signer
    log: str
    at: str
    seen: tuple[Fields, ...]
    draw: Callable[[int], bytes]

    def salt(self) -> bytes:
        """Draw the salt of one part."""
        return self.draw(SALT_BYTES)


@dataclass(frozen=True, slots=True)
class Translated:
    """A courtesy translation."""

    lang: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its due instant; `rule` and `calendar` where a rule gave it."""

    text: str
    translation: str
    who: Party
    due: str
    rule: str = ""
    calendar: str = ""
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another date for a question of a note; `suspended`: from when to when no clock runs."""

    thread: ThreadId
    note: EntryId
    q: str
    due: str
    suspended: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that was uploaded, as its descriptor has it."""

    name: str
    type: str
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """A note before it is signed. `answers` names asks by note id and numbers or ranges."""

    thread: ThreadId
    lang: str
    text: str
    translation: Translated | None = None
    questions: tuple[Question, ...] = ()
    answers: tuple[tuple[EntryId, tuple[str, ...]], ...] = ()
    files: tuple[Attachment, ...] = ()
    charter: str = ""
    marking: str = ""


@dataclass(frozen=True, slots=True)
class ThreadDraft:
    """A thread before it is opened. `batch` is a batch's id or `standing`."""

    thread: ThreadId
    lang: str
    subject: str
    translation: Translated | None = None
    batch: str = "standing"
    applications: tuple[str, ...] = ()
    marking: str = ""


def paragraphs(text: str) -> list[str]:
    """Part a text at its blank lines: one part a paragraph, so that one can be withheld."""
    blocks = _BLANK_LINES.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return [block.lstrip("\n").rstrip() for block in blocks if block.strip()]


def thread_opened(author: Author, draft: ThreadDraft) -> Submission:
    """Open a thread on a batch or on the standing batch."""
    disclosures = [text_part("subject", author.salt(), draft.subject)]
    body: Fields = {"batch": draft.batch, "applications": list(draft.applications)}
    if draft.translation:
        disclosures.append(text_part("subject", author.salt(), draft.translation.text))
        body["translation"] = {"lang": draft.translation.lang, "parts": [1]}
    fields: Fields = {"thread": draft.thread, "lang": draft.lang, "body": body}
    if draft.marking:
        fields["marking"] = draft.marking
    return signed(author, "thread.opened", fields, disclosures)


def note_posted(author: Author, draft: NoteDraft) -> Submission:
    """Post a note; a question's words are paragraphs of it, so they are proven like the others."""
    own = paragraphs(draft.text)
    first_question = len(own)
    own += [question.text for question in draft.questions]
    other = paragraphs(draft.translation.text) if draft.translation else []
    if draft.translation:
        other += [question.translation for question in draft.questions if question.translation]
    disclosures = [text_part("text", author.salt(), text) for text in (*own, *other)]
    disclosures += [
        file_part(author.salt(), file.name, file.type, file.length, file.sha256)
        for file in draft.files
    ]
    body: Fields = {}
    if draft.translation and other:
        places: list[Value] = list(range(len(own), len(own) + len(other)))
        body["translation"] = {"lang": draft.translation.lang, "parts": places}
    fields: Fields = {"thread": draft.thread, "lang": draft.lang, "body": body}
    if draft.questions:
        fields["asks"] = [
            _ask(question, place, draft.charter, first_question + place)
            for place, question in enumerate(draft.questions)
        ]
    if draft.answers:
        fields["answers"] = [{"id": note, "q": list(numbers)} for note, numbers in draft.answers]
    if draft.marking:
        fields["marking"] = draft.marking
    return signed(author, "note.posted", fields, disclosures)


def note_internal(author: Author, thread: ThreadId, lang: str, text: str) -> Submission:
    """Write a note that the other side never sees; `author.log` is the private log."""
    disclosures = [text_part("text", author.salt(), each) for each in paragraphs(text)]
    fields: Fields = {"thread": thread, "lang": lang, "body": {}}
    return signed(author, "note.internal", fields, disclosures)


def acknowledged(author: Author, thread: ThreadId, note: EntryId) -> Submission:
    """Say that the own desk has a note of the other side."""
    return signed(author, "note.acknowledged", {"thread": thread, "ref": note, "body": {}})


def withdrawn(author: Author, thread: ThreadId, note: EntryId) -> Submission:
    """Take an own note back."""
    return signed(author, "note.withdrawn", {"thread": thread, "ref": note, "body": {}})


def date_proposed(author: Author, said: Proposal) -> Submission:
    """Propose another date for a question that the own side is to answer."""
    body: Fields = {"q": said.q, "due": said.due}
    if said.suspended is not None:
        body["suspended"] = dict(zip(("first", "last"), said.suspended, strict=True))
    return signed(author, "date.proposed", {"thread": said.thread, "ref": said.note, "body": body})


def date_agreed(author: Author, said: Proposal, proposal: EntryId) -> Submission:
    """Move an own question to the date that the other side proposed."""
    basis = "suspended" if said.suspended is not None else "agreed"
    body: Fields = {"q": said.q, "due": said.due, "basis": basis, "proposal": proposal}
    return signed(author, "deadline.moved", {"thread": said.thread, "ref": said.note, "body": body})


def date_accepted(author: Author, said: Proposal) -> Submission:
    """Accept the date that the other side requested, as it is in force; it moves nothing."""
    body: Fields = {"q": said.q, "due": said.due, "basis": "agreed"}
    return signed(author, "deadline.moved", {"thread": said.thread, "ref": said.note, "body": body})


def date_renewed(author: Author, said: Proposal) -> Submission:
    """Request an answer by another date, after the answer was withdrawn."""
    body: Fields = {"q": said.q, "due": said.due, "basis": "withdrawn"}
    return signed(author, "deadline.moved", {"thread": said.thread, "ref": said.note, "body": body})


def date_rebased(author: Author, thread: ThreadId, note: EntryId, body: Fields) -> Submission:
    """Move an own question to the date that the charter in force gives; `body` as it counts."""
    return signed(author, "deadline.moved", {"thread": thread, "ref": note, "body": body})


def referred(author: Author, thread: ThreadId, note: EntryId, about: tuple[str, str]) -> Submission:
    """Take an own question, by its number, to a level of the other side, by its role."""
    q, level = about
    body: Fields = {"q": q, "level": level}
    return signed(author, "referral.sent", {"thread": thread, "ref": note, "body": body})


def closed(author: Author, thread: ThreadId, asks: Sequence[tuple[EntryId, str]]) -> Submission:
    """Close a thread that the own side opened, with the own asks that end with it."""
    ended: list[Value] = [{"id": note, "q": number} for note, number in asks]
    body: Fields = {"asks": ended} if ended else {}
    return signed(author, "thread.closed", {"thread": thread, "body": body})


def sheet_part(salt: bytes, type_: Literal["list", "return"], rows: Sequence[Fields]) -> bytes:
    """Write the data part by which a list or a return sheet crosses: these bytes and no others."""
    return data_part(salt, type_, {"rows": list(rows)})


def batch_listed(author: Author, list_: str, rows: Sequence[Fields]) -> Submission:
    """List applications: a weekly list becomes a batch. It needs a second signature."""
    sheet = sheet_part(author.salt(), "list", rows)
    fields: Fields = {"body": {"list": list_, "rows": len(rows)}}
    return signed(author, "batch.listed", fields, [sheet])


def batch_answered(
    author: Author,
    batch: EntryId,
    rows: Sequence[Fields],
    remarks: Mapping[int, str] | None = None,
    lang: str = "zh-CN",
) -> Submission:
    """Answer a list by a return sheet. It needs a second signature.

    `remarks` are free words by the row that they are about: each a part of its own, which the
    row names by its place, so that it can be erased without the sheet.
    """
    remarks = remarks or {}
    places = {row: place for place, row in enumerate(sorted(remarks), 1)}
    named = [
        {**row, "text": places[number]}
        if isinstance(number := row.get("row"), int) and number in places
        else row
        for row in rows
    ]
    disclosures = [sheet_part(author.salt(), "return", named)]
    disclosures += [text_part("text", author.salt(), remarks[row]) for row in places]
    fields: Fields = {"ref": batch, "body": {"rows": len(rows)}}
    if remarks:
        fields["lang"] = lang
    return signed(author, "batch.answered", fields, disclosures)


def application_asserted(author: Author, body: Fields) -> Submission:
    """State what the own side holds of one application; `body` as `core.entries.Assertion`."""
    return signed(author, "application.asserted", {"body": body})


def licence_issued(author: Author, body: Fields) -> Submission:
    """State how a licence stands; `body` as `core.entries.permits.Licence`."""
    return signed(author, "licence.issued", {"body": body})


def application_linked(author: Author, number: str, former: str, basis: str) -> Submission:
    """State that one number stands in place of another."""
    body: Fields = {"number": number, "former": former, "basis": basis}
    return signed(author, "application.linked", {"body": body})


def amendment_part(salt: bytes, data: Fields) -> bytes:
    """Write the data part by which an amendment crosses: these bytes and no others."""
    return data_part(salt, "amendment", data)


def batch_amended(author: Author, batch: EntryId, data: Fields, rows: int) -> Submission:
    """Amend a list: `data` as `core.entries.AmendmentSheet`, of so many rows together."""
    sheet = amendment_part(author.salt(), data)
    fields: Fields = {"ref": batch, "body": {"rows": rows}}
    return signed(author, "batch.amended", fields, [sheet])


def columns_part(salt: bytes, rows: Sequence[Fields]) -> bytes:
    """Write the data part by which a list's own columns are kept: these bytes and no others."""
    return data_part(salt, "columns", {"rows": list(rows)})


def clock_marked(author: Author, body: Fields) -> Submission:
    """State one act of the procedure; `body` as `core.entries.permits.Mark`."""
    return signed(author, "clock.marked", {"body": body})


def licence_drawn(author: Author, body: Fields) -> Submission:
    """State what of a licence was used; `body` as `core.entries.permits.Draw`."""
    return signed(author, "licence.drawn", {"body": body})


def priority_requested(author: Author, numbers: Sequence[str], reason: str) -> Submission:
    """Ask that applications come first."""
    body: Fields = {"applications": list(numbers), "reason": reason}
    return signed(author, "priority.requested", {"body": body})


def priority_answered(author: Author, request: EntryId, answers: Sequence[Value]) -> Submission:
    """Answer on applications of a request."""
    return signed(author, "priority.answered", {"ref": request, "body": {"answers": [*answers]}})


def columns_kept(author: Author, list_: str, rows: Sequence[Fields]) -> Submission:
    """Keep a list's one-side-only columns; `author.log` is the private log."""
    sheet = columns_part(author.salt(), rows)
    fields: Fields = {"body": {"list": list_, "rows": len(rows)}}
    return signed(author, "columns.kept", fields, [sheet])


def draft_cleared(author: Author, draft: EntryId) -> Submission:
    """Note that the author released a draft; `author.log` is the private log."""
    return signed(author, "draft.cleared", {"body": {"id": draft}})


def draft_returned(author: Author, draft: EntryId, lang: str, remark: str) -> Submission:
    """Send a draft back with a remark; `author.log` is the private log."""
    disclosures = [text_part("text", author.salt(), each) for each in paragraphs(remark)]
    fields: Fields = {"lang": lang, "body": {"id": draft}}
    return signed(author, "draft.returned", fields, disclosures)


def key_enrolled(author: Author, public: str, role: str, unit: str, desk: str) -> Submission:
    """Offer a key of the author's own, by a one-time code; the registrar signs after them."""
    body: Fields = {
        "suite": author.signer.private.suite,
        "public": public,
        "role": role,
        "unit": unit,
        "desk": desk,
    }
    return signed(author, "key.enrolled", {"body": body})


def _ask(question: Question, place: int, charter: str, part: int) -> Fields:
    ask: Fields = {
        "q": str(place + 1),
        "who": question.who,
        "due": question.due,
        "charter": charter,
        "part": part,
    }
    if question.rule:
        ask["rule"] = question.rule
    if question.calendar:
        ask["calendar"] = question.calendar
    if question.provisional:
        ask["provisional"] = True
    return ask


def signed(
    author: Author, kind: str, fields: Fields, disclosures: Sequence[bytes] = ()
) -> Submission:
    """Sign an entry of any kind with its parts, in order."""
    payload: Fields = {
        "v": 1,
        "log": author.log,
        "kind": kind,
        "by": author.signer.key,
        "at": author.at,
        "seen": list(author.seen),
        **fields,
    }
    if disclosures:
        payload["parts"] = part_refs(disclosures)
    return sign(payload, [author.signer], disclosures)
