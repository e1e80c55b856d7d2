"""Payloads that officials sign outside a browser, one function a kind.

Mirrors `web/static/js/payloads.js`. The author provides time, salts and keys; the node judges
whether an entry is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import EntryId, Party, PersonId, ThreadId
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import (
    Signer,
    data_part,
    file_part,
    part_refs,
    sign,
    text_part,
)
from special_channel.core.rules.functions import HeldFunction, stated_number

SALT_BYTES: Final = 32

PREVIEW_SALT: Final = bytes(SALT_BYTES)
"""Placeholder for the salt in a preview: the salt is drawn when the part is signed."""

_BLANK_LINES: Final = re.compile(r"\n(?:[^\S\n]*\n)+")

Fields = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Author:
    """The signer of an entry, with log, time, and verified checkpoints of both logs.

    Attributes:
        signer: The author's key.
        log: Origin of the entry's log.
        at: The author's clock, `YYYY-MM-DDThh:mm:ssZ`.
        seen: Items of `seen`: verified checkpoints.
        draw: Returns the requested number of random bytes, for salts.
        functions: The signer's functions, of which one that fits is stated.
    """

    signer: Signer
    log: str
    at: str
    seen: tuple[Fields, ...]
    draw: Callable[[int], bytes]
    functions: Sequence[HeldFunction] = ()

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
    """A question with its due instant; `rule` and `calendar` are set for a date by a reply rule."""

    text: str
    translation: str
    who: Party
    due: str
    rule: str = ""
    calendar: str = ""
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another date for a question of a note; `suspended` is the period without a running clock."""

    thread: ThreadId
    note: EntryId
    q: str
    due: str
    suspended: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """An uploaded file, as in its descriptor."""

    name: str
    type: str
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """A note before signing. `answers` names questions by note id and numbers or ranges."""

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
    """A thread before opening. `batch` is a batch's id or `standing`."""

    thread: ThreadId
    lang: str
    subject: str
    translation: Translated | None = None
    batch: str = "standing"
    applications: tuple[str, ...] = ()
    marking: str = ""


def paragraphs(text: str) -> list[str]:
    """Split a text at blank lines into paragraphs."""
    # One part a paragraph, so that a single paragraph can be withheld.
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
    """Post a note; the words of its questions are signed as paragraphs of the note."""
    original = paragraphs(draft.text)
    first_question = len(original)
    original += [question.text for question in draft.questions]
    translated = paragraphs(draft.translation.text) if draft.translation else []
    if draft.translation:
        translated += [question.translation for question in draft.questions if question.translation]
    disclosures = [text_part("text", author.salt(), text) for text in (*original, *translated)]
    disclosures += [
        file_part(author.salt(), file.name, file.type, file.length, file.sha256)
        for file in draft.files
    ]
    body: Fields = {}
    if draft.translation and translated:
        part_numbers: list[Value] = list(range(len(original), len(original) + len(translated)))
        body["translation"] = {"lang": draft.translation.lang, "parts": part_numbers}
    fields: Fields = {"thread": draft.thread, "lang": draft.lang, "body": body}
    if draft.questions:
        fields["asks"] = [
            _ask(question, index, draft.charter, first_question + index)
            for index, question in enumerate(draft.questions)
        ]
    if draft.answers:
        fields["answers"] = [{"id": note, "q": list(numbers)} for note, numbers in draft.answers]
    if draft.marking:
        fields["marking"] = draft.marking
    return signed(author, "note.posted", fields, disclosures)


def note_internal(author: Author, thread: ThreadId, lang: str, text: str) -> Submission:
    """Write a note to the private log, never sent; `author.log` is the private log."""
    disclosures = [text_part("text", author.salt(), paragraph) for paragraph in paragraphs(text)]
    fields: Fields = {"thread": thread, "lang": lang, "body": {}}
    return signed(author, "note.internal", fields, disclosures)


def acknowledged(author: Author, *notes: tuple[ThreadId, EntryId]) -> Submission:
    """Acknowledge, for our desk, notes of the other side."""
    threads = {thread for thread, _ in notes}
    # The judge asks for the thread where there is only one.
    fields: Fields = {"thread": threads.pop()} if len(threads) == 1 else {}
    body: Fields = {"entries": [note for _, note in notes]}
    return signed(author, "note.acknowledged", fields | {"body": body})


def date_proposed(author: Author, move: Proposal) -> Submission:
    """Propose another date for a question that our side must answer."""
    body: Fields = {"q": move.q, "due": move.due}
    if move.suspended is not None:
        body["suspended"] = dict(zip(("first", "last"), move.suspended, strict=True))
    return signed(author, "date.proposed", {"thread": move.thread, "ref": move.note, "body": body})


def date_agreed(author: Author, move: Proposal, proposal: EntryId) -> Submission:
    """Move our question to the date proposed by the other side."""
    basis = "suspended" if move.suspended is not None else "agreed"
    body: Fields = {"q": move.q, "due": move.due, "basis": basis, "proposal": proposal}
    return signed(author, "deadline.moved", {"thread": move.thread, "ref": move.note, "body": body})


def date_accepted(author: Author, move: Proposal) -> Submission:
    """Accept the date requested by the other side, already in force; the date does not move."""
    body: Fields = {"q": move.q, "due": move.due, "basis": "agreed"}
    return signed(author, "deadline.moved", {"thread": move.thread, "ref": move.note, "body": body})


def date_renewed(author: Author, move: Proposal) -> Submission:
    """Request an answer by another date after the answer was withdrawn."""
    body: Fields = {"q": move.q, "due": move.due, "basis": "withdrawn"}
    return signed(author, "deadline.moved", {"thread": move.thread, "ref": move.note, "body": body})


def date_rebased(author: Author, thread: ThreadId, note: EntryId, body: Fields) -> Submission:
    """Move our question to the date of the charter in force; `body` comes from its computation."""
    return signed(author, "deadline.moved", {"thread": thread, "ref": note, "body": body})


def referred(author: Author, thread: ThreadId, note: EntryId, about: tuple[str, str]) -> Submission:
    """Refer our question, by its number, to a level of the other side, by its role."""
    body: Fields = {"q": about[0], "level": about[1]}
    return signed(author, "referral.sent", {"thread": thread, "ref": note, "body": body})


def closed(author: Author, thread: ThreadId, asks: Sequence[tuple[EntryId, str]]) -> Submission:
    """Close a thread opened by our side; `asks` are our questions that end with the thread."""
    ended: list[Value] = [{"id": note, "q": number} for note, number in asks]
    body: Fields = {"asks": ended} if ended else {}
    return signed(author, "thread.closed", {"thread": thread, "body": body})


def sheet_part(salt: bytes, type_: Literal["list", "return"], rows: Sequence[Fields]) -> bytes:
    """Encode the data part of a list or a return sheet, byte for byte as sent."""
    return data_part(salt, type_, {"rows": list(rows)})


def batch_listed(author: Author, list_: str, rows: Sequence[Fields]) -> Submission:
    """List applications: a weekly list becomes a batch. Requires a second signature."""
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
    """Answer a list by a return sheet. Requires a second signature.

    `remarks` has free text by row. Each remark is a separate part, referenced from its row by part
    number, so that a remark can be erased without the sheet.
    """
    remarks = remarks or {}
    part_numbers = {row: part for part, row in enumerate(sorted(remarks), 1)}
    linked = [
        {**row, "text": part_numbers[number]}
        if isinstance(number := row.get("row"), int) and number in part_numbers
        else row
        for row in rows
    ]
    disclosures = [sheet_part(author.salt(), "return", linked)]
    disclosures += [text_part("text", author.salt(), remarks[row]) for row in part_numbers]
    fields: Fields = {"ref": batch, "body": {"rows": len(rows)}}
    if remarks:
        fields["lang"] = lang
    return signed(author, "batch.answered", fields, disclosures)


def application_asserted(author: Author, body: Fields) -> Submission:
    """State our side's facts of one application; `body` as `core.entries.Assertion`."""
    return signed(author, "application.asserted", {"body": body})


def licence_issued(author: Author, body: Fields) -> Submission:
    """State the status of a licence; `body` as `core.entries.permits.Licence`."""
    return signed(author, "licence.issued", {"body": body})


def application_linked(author: Author, number: str, former: str, basis: str) -> Submission:
    """State that one number replaces another."""
    body: Fields = {"number": number, "former": former, "basis": basis}
    return signed(author, "application.linked", {"body": body})


def amendment_part(salt: bytes, data: Fields) -> bytes:
    """Encode the data part of an amendment, byte for byte as sent."""
    return data_part(salt, "amendment", data)


def batch_amended(author: Author, batch: EntryId, data: Fields, rows: int) -> Submission:
    """Amend a list: `data` as `core.entries.AmendmentSheet`; `rows` is the total number of rows."""
    sheet = amendment_part(author.salt(), data)
    fields: Fields = {"ref": batch, "body": {"rows": rows}}
    return signed(author, "batch.amended", fields, [sheet])


def columns_part(salt: bytes, rows: Sequence[Fields]) -> bytes:
    """Encode the data part of a list's private columns, byte for byte as stored."""
    return data_part(salt, "columns", {"rows": list(rows)})


def clock_marked(author: Author, body: Fields) -> Submission:
    """State one act of the procedure; `body` as `core.entries.permits.Mark`."""
    return signed(author, "clock.marked", {"body": body})


def licence_drawn(author: Author, body: Fields) -> Submission:
    """State the use of a licence; `body` as `core.entries.permits.Draw`."""
    return signed(author, "licence.drawn", {"body": body})


def priority_requested(author: Author, numbers: Sequence[str], reason: str) -> Submission:
    """Request priority for applications."""
    body: Fields = {"applications": list(numbers), "reason": reason}
    return signed(author, "priority.requested", {"body": body})


def priority_answered(author: Author, request: EntryId, answers: Sequence[Value]) -> Submission:
    """Answer a priority request for some of its applications."""
    return signed(author, "priority.answered", {"ref": request, "body": {"answers": [*answers]}})


def columns_kept(author: Author, list_: str, rows: Sequence[Fields]) -> Submission:
    """Store a list's private columns; `author.log` is the private log."""
    sheet = columns_part(author.salt(), rows)
    fields: Fields = {"body": {"list": list_, "rows": len(rows)}}
    return signed(author, "columns.kept", fields, [sheet])


def draft_cleared(author: Author, draft: EntryId, confirmed: Sequence[EntryId] = ()) -> Submission:
    """Note that the author released a draft, with the reasons `confirmed`; for the private log."""
    named: Fields = {"confirmed": [*confirmed]} if confirmed else {}
    return signed(author, "draft.cleared", {"body": {"id": draft, **named}})


def draft_returned(
    author: Author, draft: EntryId, lang: str, remark: str, to: int | None = None
) -> Submission:
    """Return a draft with a remark, to its author or to a step; `author.log` is the private log."""
    disclosures = [text_part("text", author.salt(), paragraph) for paragraph in paragraphs(remark)]
    step: Fields = {} if to is None else {"to": to}
    fields: Fields = {"lang": lang, "body": {"id": draft, **step}}
    return signed(author, "draft.returned", fields, disclosures)


def key_enrolled(author: Author, public: str, person: PersonId) -> Submission:
    """Offer the author's own key under a one-time code; the registrar signs afterwards."""
    body: Fields = {"person": person, "suite": author.signer.private.suite, "public": public}
    return signed(author, "key.enrolled", {"body": body})


def _ask(question: Question, index: int, charter: str, part: int) -> Fields:
    ask: Fields = {
        "q": str(index + 1),
        "who": question.who,
        "due": question.due,
        "charter": charter,
        "part": part,
    }
    by_rule: Fields = {
        name: getattr(question, name) for name in ("rule", "calendar", "provisional")
    }
    return ask | {name: value for name, value in by_rule.items() if value}


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
    lends = "for" in cast(Fields, fields.get("body") or {})
    if (number := stated_number(author.functions, kind, lends=lends)) is not None:
        payload["as"] = number
    if disclosures:
        payload["parts"] = part_refs(disclosures)
    return sign(payload, [author.signer], disclosures)
