"""`special-channel thread …`: all but the notes, and `ask`, which is in `asking.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from click.exceptions import Exit

from special_channel.cli import options, references
from special_channel.cli.asking import ask_each
from special_channel.cli.bodies import fields
from special_channel.cli.command import Choice, argument, flag, group, option
from special_channel.cli.dossiers import EDITION, OUT, write_dossier
from special_channel.cli.exits import exit_code
from special_channel.cli.machine import MACHINE
from special_channel.cli.people import Holders, named, read_holders
from special_channel.cli.printing import print_line
from special_channel.cli.proofs import Checked, check_entries
from special_channel.cli.reasons import REASON_OF_TEXT, typed_reasons
from special_channel.cli.registry import read_registry
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import LIMIT, Item, Reader, Table, question, subject, text
from special_channel.core.bytes.errors import Corrupt
from special_channel.core.bytes.parts import FilePart, SubjectPart, TextPart
from special_channel.core.entries.threads import Opening
from special_channel.desk import payloads, written
from special_channel.desk.payloads import ThreadDraft, Translated
from special_channel.desk.written import Wording

app = group()
_THREAD: Final = "Give the thread's number, such as EU-142."

HELD: Final = (
    option("--desk", "List only threads of this desk, such as eu-permits; -: of nobody.", "code"),
    option(
        "--holder",
        "List only threads assigned to the person of this number; -: to nobody.",
        "number",
    ),
    option("--label", "List only threads with this label of yours."),
)
"""Filters by who holds threads, and by the reader's labels."""

DAMAGED: Final = exit_code(Corrupt("record-damaged", place=""))

Table(
    path="/api/threads",
    help="List threads, the most recently changed first.",
    columns=(
        text("number"),
        text("subject"),
        text("notes"),
        text("closed"),
        text("holder", "holder.name"),
    ),
    filters=(
        option(
            "--show", "List threads in this state.", Choice("open", "closed", "all"), default="open"
        ),
        option(
            "--scope",
            "List your threads: assigned to you, written in by you, or asked of everybody.",
            Choice("mine", "unit", "all"),
            default="all",
        ),
        option("--batch", "List only threads on this list, such as EU-12.", "number"),
        option("--side", "List only threads that this side opened.", Choice("eu", "cn")),
        *HELD,
        option("--since", "List only threads opened from this day on, such as 2026-11-24.", "date"),
        option("--until", "List only threads opened up to this day, such as 2026-11-30.", "date"),
        option(
            "--sort",
            "List the last changed first, or the oldest.",
            Choice("changed", "oldest"),
            default="changed",
        ),
        LIMIT,
    ),
    lookups={"batch": references.batch_id},
    derive=lambda item: {
        **item,
        "subject": subject(item),
        "notes": item["notes_eu"] + item["notes_cn"],
    },
).add_to(app, "list")


# Not a row of `tables.py`: it reads each entry's proof and prints only what it has checked.
@app.command("show")
@argument("number", _THREAD, "number")
@option("--at", "Show the part with this entry, such as CN-340; or start, or end.", "number")
@option("--earlier-than earlier_than", "Show the part before this entry.", "number")
@option("--later-than later_than", "Show the part after this entry.", "number")
@remote
async def show_thread(
    call: Call, number: str, *, at: str, earlier_than: str, later_than: str
) -> None:
    """Show a thread with its entries and questions, each entry checked before it is printed.

    A long thread is shown whole; an option chooses one part of it.

    It checks texts, signatures and the place in the log; with a trust file the checkpoint's
    signature as well. The state of a question is the node's own count. Exit code 8: an entry is
    damaged at the node, or is not what was signed; it is named and not shown.
    """
    named = {"at": at, "earlier_than": earlier_than, "later_than": later_than}
    asked = {name: value for name, value in named.items() if value}
    answer = await (_part if asked else _whole)(call, f"/api/threads/{number}", asked)
    thread, asks = answer["thread"], [question(item) for item in answer["asks"]]
    # Private entries of our side have no proof in a shared log.
    entries = [item for item in answer["items"] if not item["private"]]
    ids = [item["entry_id"] for item in entries if item["entry_id"]]
    holders = await read_holders(call.node)
    trusted = await call.official.trusted_logs()
    results = await check_entries(call.node, ids, holders, trusted)
    checked = [(item, results.get(item["entry_id"], Checked("damaged"))) for item in entries]
    subjects = [
        part.text
        for item, one in checked
        for part in one.parts
        if item["position"] == thread["number"] and isinstance(part, SubjectPart)
    ]
    if call.out.as_json:
        json_entries = [_json_entry(*each) for each in checked]
        call.out.rows([{**thread, "subjects": subjects}, *json_entries, *asks], ())
    else:
        reader = Reader.of(call)
        for words in subjects or ["–"]:
            print_line(f"{thread['number']}  {words}")
        for item, one in checked:
            _print_entry(reader, holders, item, one)
        for ask in asks:
            _print_ask(reader, ask)
        passed = reader.time(answer.get("check_passed_at"))
        print_line(f"\n{call.out.label('checked', 'passed')}{passed}")
    if call.official.trust is None:
        call.out.say(call.out.label("checked", "untrusted"))
    if any(one.word != "ok" or one.damaged for _, one in checked):
        raise Exit(DAMAGED)


async def _part(call: Call, path: str, asked: Mapping[str, str]) -> Item:
    answer: Item = await call.node.get(path, asked)
    return answer


async def _whole(call: Call, path: str, _: Mapping[str, str]) -> Item:
    """Read a thread part by part, with each question once."""
    whole = answer = await _part(call, path, {"at": "start"})
    asks = {item["number"]: item for item in answer["asks"]}
    while answer["window"]["later"]:
        answer = await _part(call, path, {"later_than": answer["window"]["last"]})
        whole["items"] += answer["items"]
        asks |= {item["number"]: item for item in answer["asks"]}
    return whole | {"asks": sorted(asks.values(), key=_by_outcome)}


def _by_outcome(ask: Item) -> tuple[bool, str]:
    return ask["outcome"] != "open", str(ask["due"]["at"])


def _json_entry(item: Item, one: Checked) -> Item:
    """Return a checked entry; only its number if the check failed."""
    if one.word != "ok":
        return {"type": "entry", "position": item["position"], "checked": one.word}
    return {
        "type": "entry",
        "position": item["position"],
        "id": item["entry_id"],
        "verdict": item.get("refused", ""),
        "damaged": [f"part:{place}" for place in one.damaged],
        "checked": "ok",
        "accepted": one.accepted,
        "payload": json.loads(one.payload),
        "texts": [part.text for part in one.parts if isinstance(part, SubjectPart | TextPart)],
        "files": [
            {"name": part.name, "sha256": part.sha256, "len": part.len}
            for part in one.parts
            if isinstance(part, FilePart)
        ],
    }


def _print_entry(reader: Reader, holders: Holders, item: Item, one: Checked) -> None:
    out = reader.out
    if one.entry is None:
        print_line(f"\n{item['position']}  {out.label('checked', one.word)}")
        return
    kind, author = out.label("kind", one.entry.kind), named(out, holders, one.entry.by)
    print_line(f"\n{item['position']}  {reader.time(one.accepted)}  {kind}  {author}")
    if "refused" in item:
        print_line(f"  {item['refused']}")
    for place, part in enumerate(one.parts):
        if place in one.damaged:
            print_line(f"  {out.label('presence', 'damaged')}")
        elif isinstance(part, FilePart):
            print_line(f"  {part.name}  {part.len}")
        elif isinstance(part, SubjectPart | TextPart):
            for line in part.text.splitlines():
                print_line(f"  {line}")


def _print_ask(reader: Reader, item: Item) -> None:
    print_line(f"\n{item['number']}  {reader.time(item['due'])}  {reader.state(item)}")


@app.command("open")
@argument("subject", "Give the subject, in one line.")
@option("--batch", "Open it on this list; without it, on the standing list.", "number")
@options.MARKING
@fields(Opening, {"applications": "Name an application's number; repeat it for more."})
@options.TRANSLATION
@options.LANG_OF
@REASON_OF_TEXT
@remote
async def open_thread(  # noqa: PLR0913 - its options
    call: Call,
    subject: str,
    *,
    batch: str,
    marking: str,
    applications: tuple[str, ...],
    translation: str,
    lang_of: str,
    reason: tuple[str, ...],
) -> None:
    """Open a thread on a list or on the charter's standing list."""
    own, other = call.languages(lang_of)
    draft = ThreadDraft(
        MACHINE.draw(16).hex(),
        own,
        subject,
        Translated(other, translation) if translation else None,
        await references.batch_id(call.node, batch) if batch else "standing",
        applications,
        await references.marking(call.official, marking),
    )
    # Its number is the position; programs get the id, too.
    more: dict[str, Any] = {"thread": draft.thread} if call.out.as_json else {}
    await call.sign(payloads.thread_opened, draft, reasons=typed_reasons(reason), **more)


app.command("ask")(ask_each)


@app.command("close")
@argument("number", _THREAD, "number")
@remote
async def close_thread(call: Call, number: str) -> None:
    """Close a thread that our side opened; our open questions in it end."""
    answer = await call.node.get(f"/api/threads/{number}")
    asks = [
        (str(item["note"]), str(item["q"]))
        for item in answer["asks"]
        if item["asker"] == call.official.party
        and item["outcome"].startswith(("open", "unanswered", "withdrawn"))
    ]
    await call.sign(payloads.closed, str(answer["thread"]["thread"]), asks)


@app.command("assign")
@argument("number", _THREAD, "number", nargs=-1, required=True)
@option("--to person", "Assign them to this person, by number; without it, to nobody.", "number")
@option("--remark", "Say why, in your side's language; it never leaves this node.", "text")
@remote
async def assign_threads(call: Call, number: tuple[str, ...], person: str, *, remark: str) -> None:
    """Assign threads to an official of our side, or hand them over, all in one request.

    The assignments are signed in our private log and never sent.
    """
    to = (await read_registry(call.node)).person(person).person if person else ""
    threads = [await references.thread_id(call.node, each) for each in number]
    author = await call.official.author(private=True)
    words = Wording(call.languages("")[0], remark)
    entries = [written.assigned(author, thread, to, words) for thread in threads]
    for position in await call.official.send(entries, private=True):
        call.out.document({"position": position})


@app.command("follow")
@argument("number", _THREAD, "number")
@option("--how", "Watch or mute it; without it, neither.", Choice("watched", "muted"))
@remote
async def follow(call: Call, number: str, how: str) -> None:
    """Watch a thread, to be told of each entry, or mute it; only you see this."""
    answer = await call.node.post(f"/api/threads/{number}/follow", {"how": how or ""})
    call.out.document(call.out.worded(answer, how="following"))


@app.command("unread")
@argument("number", _THREAD, "number")
@argument("entry", "Give the entry's number, such as CN-340.", "number")
@remote
async def mark_unread(call: Call, number: str, entry: str) -> None:
    """Mark an entry unread with what follows, for you alone."""
    await call.node.post(f"/api/threads/{number}/unread", {"entry": entry})
    call.out.document({"unread": entry})


Table(
    path="/api/marks",
    help="List the threads that you marked: labels, reminders, and threads marked as done.",
    columns=(
        text("number"),
        text("labels", "marks.labels"),
        text("remind_on", "marks.remind_on"),
        text("done", "marks.done"),
    ),
).add_to(app, "marks")


@app.command("done")
@argument("number", _THREAD, "number", nargs=-1, required=True)
@flag("--undo", "Take them back into your inbox.")
@remote
async def mark_done(call: Call, number: tuple[str, ...], *, undo: bool) -> None:
    """Mark threads as done: they leave your inbox until something new arrives. Only you see this.

    The threads stay open, and their dates stay as they are.
    """
    await _mark(call, number, "inbox" if undo else "done")


@app.command("remind")
@argument("number", _THREAD, "number", nargs=-1, required=True)
@option("--on day", "Be reminded on this day, such as 2026-11-24; without it, not.", "text")
@remote
async def remind(call: Call, number: tuple[str, ...], day: str) -> None:
    """Set or remove a reminder: on that day, in your capital, threads are in your inbox again.

    Only you see this. Due times and alerts stay as they are.
    """
    await _mark(call, number, "remind", day or "")


@app.command("label")
@argument("label", "Give the label.")
@argument("number", _THREAD, "number", nargs=-1, required=True)
@flag("--remove", "Remove the label.")
@remote
async def label_threads(call: Call, label: str, number: tuple[str, ...], *, remove: bool) -> None:
    """Label threads, or remove a label. Only you see this."""
    await _mark(call, number, "unlabel" if remove else "label", label)


async def _mark(call: Call, numbers: tuple[str, ...], act: str, value: str = "") -> None:
    body = {"threads": numbers, "act": act, "value": value}
    answer = await call.node.post("/api/marks", body)
    for item in answer["items"]:
        call.out.document({"number": item["number"], **item["marks"]})


@app.command("reference")
@argument("number", _THREAD, "number")
@option("--set reference", "Set the reference; empty: remove it.", "text", default=None)
@remote
async def file_reference(call: Call, number: str, reference: str | None) -> None:
    """Show or set the reference of our records office for a thread; our side alone sees it."""
    path = f"/api/threads/{number}/reference"
    if reference is None:
        answer = await call.node.get(path, {})
    else:
        answer = await call.node.post(path, {"reference": reference})
    changes = [each["reference"] for each in answer["changes"]]
    call.out.document({"reference": answer["reference"], "changes": changes})


@app.command("dossier")
@argument("number", _THREAD, "number")
@EDITION
@option("--later-than", "Begin after this entry of a long thread, such as CN-340.", "number")
@OUT
@remote
async def dossier(call: Call, number: str, *, edition: str, later_than: str, out: Path) -> None:
    """Write a thread's dossier for the records office, as PDF."""
    query = {"edition": edition, "later_than": later_than}
    await write_dossier(call, f"/api/threads/{quote(number, safe='')}", query, out)
