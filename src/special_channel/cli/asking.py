"""`special-channel thread ask …`: one question about several applications, a thread for each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from special_channel.cli import options, references
from special_channel.cli.command import argument, option, repeated, required
from special_channel.cli.machine import MACHINE
from special_channel.cli.reasons import REASON_OF_TEXT, typed_reasons
from special_channel.cli.remote import Call, remote
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.rows.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.payloads import Author, NoteDraft, Question, ThreadDraft, Translated
from special_channel.desk.text_templates import filled, number_gaps


@argument(
    "application", "Give an application's number; repeat it for more.", nargs=-1, required=True
)
@required("--subject", "Give the subject, in one line; each application's number follows it.")
@repeated("--ask", options.ASK)
@option("--batch", "Open the threads on this list; without it, on the standing list.", "number")
@options.TRANSLATION
@options.LANG_OF
@options.MARKING
@options.CALENDARS
@REASON_OF_TEXT
@remote
async def ask_each(  # noqa: PLR0913 - its options
    call: Call,
    application: tuple[str, ...],
    *,
    subject: str,
    ask: tuple[str, ...],
    batch: str,
    translation: str,
    lang_of: str,
    marking: str,
    calendars: Path,
    reason: tuple[str, ...],
) -> None:
    """Ask the same about several applications: a thread of its own for each, in one request.

    An answer about one application leaves the questions about the others open. The number fills
    the gap [application number] of the questions.
    """
    given = typed_reasons(reason)
    asks = [
        await references.question(call.official, each, MACHINE.now(), calendars) for each in ask
    ]
    if not asks:
        raise RuleBroken("text-empty", "The note says nothing.")
    own, other = call.languages(lang_of)
    thread = ThreadDraft(
        "",
        own,
        subject,
        Translated(other, translation) if translation else None,
        await references.batch_id(call.node, batch) if batch else "standing",
        (),
        await references.marking(call.official, marking),
    )
    translated = Translated(other, "") if any(each.translation for each in asks) else None
    charter = (await call.official.charter())[0]
    note = NoteDraft("", own, "", translated, tuple(asks), charter=charter, marking=thread.marking)
    author = await call.official.author()
    numbers = dict.fromkeys(application)
    sent = [entry for number in numbers for entry in _asked(author, thread, note, number)]
    await call.send(*sent, reasons=given)


def _asked(
    author: Author, thread: ThreadDraft, note: NoteDraft, number: str
) -> tuple[Submission, Submission]:
    """Sign the opening of an application's thread, and the note with the questions."""
    id_, translation = MACHINE.draw(16).hex(), thread.translation
    if translation:
        translation = replace(translation, text=f"{translation.text} · {number}")
    opening = replace(
        thread,
        thread=id_,
        subject=f"{thread.subject} · {number}",
        translation=translation,
        applications=(number,),
    )
    asks = tuple(_numbered(each, number) for each in note.questions)
    return (
        payloads.thread_opened(author, opening),
        payloads.note_posted(author, replace(note, thread=id_, questions=asks)),
    )


def _numbered(question: Question, number: str) -> Question:
    gaps = dict.fromkeys(number_gaps(), number)
    return replace(
        question,
        text=filled(question.text, gaps),
        translation=filled(question.translation, gaps),
    )
