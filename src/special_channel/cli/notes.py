"""`special-channel note …`: post, acknowledge, withdraw. Signs here; the node only stores."""

from __future__ import annotations

import mimetypes
import sys
from pathlib import Path
from typing import Annotated

import typer

from special_channel.cli import references
from special_channel.cli.machine import MACHINE
from special_channel.cli.remote import Call, remote
from special_channel.cli.threads import LangOption, TranslationOption, languages
from special_channel.cli.typed import read_file
from special_channel.core.bytes.errors import RuleBroken
from special_channel.desk import payloads
from special_channel.desk.payloads import Attachment, NoteDraft, Translated
from special_channel.messages.catalogue import catalogue

app = typer.Typer(help="Notes: post, acknowledge, withdraw.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="The note's number, such as CN-340, or its id.")]
CalendarsOption = Annotated[
    Path, typer.Option(help="Folder of the calendars, for questions due by a rule.")
]


@app.command("post")
@remote
async def post(  # noqa: PLR0913 - its options
    call: Call,
    thread: Annotated[str, typer.Argument(help="The thread's number, such as EU-142.")],
    text: Annotated[
        str, typer.Argument(help="The note; blank lines part paragraphs. - reads standard input.")
    ] = "",
    *,
    ask: Annotated[
        list[str] | None,
        typer.Option(
            help="A question: 'words | due | translation'. Due: an instant (…Z), +90s, +2d, "
            "or a reply rule of the charter. Repeat it for more."
        ),
    ] = None,
    answers: Annotated[
        list[str] | None, typer.Option(help="Ticks questions off: EU-877:1,3-5. Repeat it.")
    ] = None,
    file: Annotated[list[Path] | None, typer.Option(help="Attaches a file. Repeat it.")] = None,
    translation: TranslationOption = "",
    lang_of: LangOption = "",
    marking: Annotated[str, typer.Option(help="A marking of the charter's list.")] = "",
    calendars: CalendarsOption = Path("config/calendars"),
    internal: Annotated[
        bool, typer.Option("--internal", help="Into the own private log: never sent.")
    ] = False,
) -> None:
    """Post a note in a thread: what is signed is exactly what is typed."""
    words = sys.stdin.read() if text == "-" else text
    own, other = languages(call, lang_of)
    where = await references.thread_id(call.node, thread)
    if internal:
        author = await call.official.author(private=True)
        entry = payloads.note_internal(author, where, own, words)
        positions = await call.official.send([entry], private=True)
        call.out.document({"position": positions[0]})
        return
    questions = [
        await references.question(call.official, each, MACHINE.now(), calendars)
        for each in ask or ()
    ]
    translated = translation or any(each.translation for each in questions)
    draft = NoteDraft(
        where,
        own,
        words,
        Translated(other, translation) if translated else None,
        tuple(questions),
        tuple([await references.answered(call.node, each) for each in answers or ()]),
        tuple([await _upload(call, path) for path in file or ()]),
        (await call.official.charter())[0] if questions else "",
        marking,
    )
    if not payloads.paragraphs(words) and not questions and not draft.files:
        raise RuleBroken("text-empty", "The note says nothing.")
    author = await call.official.author()
    await call.send(payloads.note_posted(author, draft))


async def _upload(call: Call, path: Path) -> Attachment:
    data = read_file(path)
    type_ = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return await call.official.upload(path.name, type_, data)


@app.command("acknowledge")
@remote
async def acknowledge(call: Call, number: Number) -> None:
    """Say that the own desk has a note of the other side.

    Receipt only; no view on the content.
    """
    note = await references.entry_of(call.node, number)
    author = await call.official.author()
    entry = payloads.acknowledged(author, str(note.get("thread", "")), str(note["id"]))
    await call.send(entry)
    call.out.say(catalogue(call.out.lang).gettext("Receipt only; no view on the content."))


@app.command("withdraw")
@remote
async def withdraw(call: Call, number: Number) -> None:
    """Take an own note back; it stays readable, its open questions end."""
    note = await references.entry_of(call.node, number)
    author = await call.official.author()
    entry = payloads.withdrawn(author, str(note.get("thread", "")), str(note["id"]))
    await call.send(entry)
