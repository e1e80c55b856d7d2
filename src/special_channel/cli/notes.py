"""`special-channel note …`: post, correct, translate, acknowledge, withdraw.

The command signs; the node stores.
"""

from __future__ import annotations

import mimetypes
import sys
from pathlib import Path
from typing import Final

from special_channel.cli import options, references
from special_channel.cli.command import (
    argument,
    flag,
    group,
    option,
    repeated,
    useless,
)
from special_channel.cli.files import read_file
from special_channel.cli.machine import MACHINE
from special_channel.cli.reasons import REASON_OF_TEXT, WHY, typed_reasons
from special_channel.cli.remote import Call, remote
from special_channel.core.bytes.errors import RuleBroken
from special_channel.desk import payloads, written
from special_channel.desk.payloads import Attachment, NoteDraft, Translated
from special_channel.desk.written import Wording
from special_channel.messages.catalogue import catalogue

app = group()
_NOTE: Final = "Give the note's number, such as CN-340, or its id."


@app.command("post")
@argument("thread", "Give the thread's number, such as EU-142.", "number")
@argument(
    "text",
    "Write the note; blank lines separate paragraphs. - reads standard input.",
    required=False,
    default="",
)
@repeated("--ask", options.ASK)
@repeated("--answers", "Answer these questions: EU-877:1,3-5. Repeat it for more.", "number")
@repeated("--file", "Attach this file. Repeat it for more.", "file")
@options.TRANSLATION
@options.LANG_OF
@options.MARKING
@options.CALENDARS
@flag("--internal", "Write an internal note in our private log; it is never sent.")
@REASON_OF_TEXT
@remote
async def post(  # noqa: PLR0913 - its options
    call: Call,
    thread: str,
    text: str,
    *,
    ask: tuple[str, ...],
    answers: tuple[str, ...],
    file: tuple[Path, ...],
    translation: str,
    lang_of: str,
    marking: str,
    calendars: Path,
    internal: bool,
    reason: tuple[str, ...],
) -> None:
    """Post a note in a thread: what is signed is exactly what is typed."""
    shared = {"--ask": ask, "--answers": answers, "--file": file, "--translation": translation}
    for name, typed in {**shared, "--marking": marking, "--reason": reason}.items():
        if internal and typed:
            raise useless(name, "--internal")
    words, given = sys.stdin.read() if text == "-" else text, typed_reasons(reason)
    own, other = call.languages(lang_of)
    where = await references.thread_id(call.node, thread)
    if internal:
        author = await call.official.author(private=True)
        entry = payloads.note_internal(author, where, own, words)
        positions = await call.official.send([entry], private=True)
        call.out.document({"position": positions[0]})
        return
    questions = [
        await references.question(call.official, each, MACHINE.now(), calendars) for each in ask
    ]
    translated = translation or any(each.translation for each in questions)
    draft = NoteDraft(
        where,
        own,
        words,
        Translated(other, translation) if translated else None,
        tuple(questions),
        tuple([await references.answered(call.node, each) for each in answers]),
        tuple([await _upload(call, path) for path in file]),
        (await call.official.charter())[0] if questions else "",
        await references.marking(call.official, marking),
    )
    if not payloads.paragraphs(words) and not questions and not draft.files:
        raise RuleBroken("text-empty", "The note says nothing.")
    await call.sign(payloads.note_posted, draft, reasons=given)


async def _upload(call: Call, path: Path) -> Attachment:
    data = read_file(path)
    type_ = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return await call.official.upload(path.name, type_, data)


@app.command("acknowledge")
@argument("number", _NOTE, "number", nargs=-1, required=True)
@remote
async def acknowledge(call: Call, number: tuple[str, ...]) -> None:
    """Acknowledge notes, all in one entry.

    Receipt only; no view on the content.
    """
    notes = [await references.note_at(call.node, each) for each in number]
    await call.sign(payloads.acknowledged, *notes)
    call.out.say(catalogue(call.out.lang).gettext("Receipt only; no view on the content."))


@app.command("correct")
@argument("number", _NOTE, "number")
@argument("text", "Write the whole corrected text. - reads standard input.")
@options.TRANSLATION
@options.LANG_OF
@REASON_OF_TEXT
@remote
async def correct(
    call: Call,
    number: str,
    text: str,
    *,
    translation: str,
    lang_of: str,
    reason: tuple[str, ...],
) -> None:
    """Correct your note. Its original text stays readable; questions and dates stay."""
    words, given = _wording(call, text, translation, lang_of), typed_reasons(reason)
    note = await references.note_at(call.node, number)
    await call.sign(written.corrected, *note, words, reasons=given)


@app.command("translate")
@argument("number", "Give the number of a note or a thread, such as CN-340, or its id.", "number")
@argument("text", "Write the translation. - reads standard input.")
@option("--lang-of", "Name the language of the translation: en or zh-CN.", "language")
@REASON_OF_TEXT
@remote
async def translate(
    call: Call, number: str, text: str, *, lang_of: str, reason: tuple[str, ...]
) -> None:
    """Add our translation to a note of either side, or to a thread's subject.

    Give the number of the thread for its subject. The original prevails.
    """
    words, given = _wording(call, text, "", lang_of), typed_reasons(reason)
    thread, note, role = await references.text_at(call.node, number)
    await call.sign(written.translated, thread, note, words, role, reasons=given)


@app.command("withdraw")
@argument("number", _NOTE, "number")
@option("--reason", "Say why, in your side's language; the other side reads it.", "text")
@options.TRANSLATION
@options.LANG_OF
@WHY
@remote
async def withdraw(
    call: Call, number: str, *, reason: str, translation: str, lang_of: str, why: tuple[str, ...]
) -> None:
    """Withdraw your note. It stays readable; its open questions end."""
    words, given = _wording(call, reason, translation, lang_of), typed_reasons(why)
    note = await references.note_at(call.node, number)
    await call.sign(written.withdrawn, *note, words, reasons=given)


def _wording(call: Call, text: str, translation: str, lang_of: str) -> Wording:
    """Read a text with its translation.

    Raises:
        RuleBroken: `words-empty`.
    """
    words = sys.stdin.read() if text == "-" else text
    if not payloads.paragraphs(words):
        raise RuleBroken("words-empty", "The text says nothing.")
    own, other = call.languages(lang_of)
    return Wording(own, words, Translated(other, translation) if translation else None)
