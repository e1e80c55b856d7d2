"""`special-channel thread …`: list, show, open, close. What is said in one is `notes.py`."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal

import typer

from special_channel.cli import references
from special_channel.cli.exits import exit_code
from special_channel.cli.machine import MACHINE
from special_channel.cli.printing import print_line
from special_channel.cli.proofs import Checked, check_entries
from special_channel.cli.remote import Call, remote
from special_channel.cli.silence import state_of
from special_channel.core.bytes.errors import Corrupt
from special_channel.core.bytes.parts import FilePart, SubjectPart, TextPart
from special_channel.desk import payloads
from special_channel.desk.payloads import ThreadDraft, Translated

app = typer.Typer(help="Threads: list, show, open, close.", no_args_is_help=True)

DAMAGED: Final = exit_code(Corrupt("record-damaged", place=""))

Number = Annotated[str, typer.Argument(help="The thread's number, such as EU-142.")]
LangOption = Annotated[str, typer.Option("--lang-of", help="Language of the text: en, zh-CN.")]
TranslationOption = Annotated[
    str, typer.Option("--translation", help="Courtesy translation into the other language.")
]


@app.command("list")
@remote
async def list_threads(
    call: Call,
    *,
    show: Annotated[Literal["open", "closed", "all"], typer.Option(help="Which.")] = "open",
    batch: Annotated[str, typer.Option(help="Only threads on this batch, such as EU-12.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
) -> None:
    """List threads, the last moved first."""
    query: dict[str, str | int] = {"show": show, "limit": limit}
    if batch:
        query["batch"] = await references.batch_id(call.node, batch)
    items = (await call.node.get("/api/threads", query))["items"]
    call.out.rows(
        (
            {
                **item,
                "subject": next(iter(item.get("subjects") or ["–"])),
                "notes": item["notes_eu"] + item["notes_cn"],
            }
            for item in items
        ),
        ("number", "subject", "notes", "closed"),
    )


@app.command("show")
@remote
async def show_thread(call: Call, number: Number) -> None:
    """Show a thread with its entries and questions, each entry checked before it is printed.

    Checked are texts, signatures and the place in the log; with a trust file the checkpoint's
    signature as well. The state of a question is the node's own count. Exit code 8: an entry is
    damaged at the node, or is not what was signed; it is named and not shown.
    """
    answer = await call.node.get(f"/api/threads/{number}")
    thread, *rest = answer["items"]
    entries = [item for item in rest if item["type"] == "entry"]
    ids = [str(item["id"]) for item in entries if "id" in item]
    checked = await check_entries(call.node, ids, call.official.trust)
    found = [(item, checked.get(str(item.get("id")), Checked("damaged"))) for item in entries]
    subjects = [
        part.text
        for item, one in found
        for part in one.parts
        if item["position"] == thread["number"] and isinstance(part, SubjectPart)
    ]
    if call.out.as_json:
        shown = [_json_entry(*each) for each in found]
        asks = [item for item in rest if item["type"] == "ask"]
        call.out.rows([{**thread, "subjects": subjects}, *shown, *asks], ())
    else:
        for subject in subjects or ["–"]:
            print_line(f"{thread['number']}  {subject}")
        for item, one in found:
            _print_entry(call, item, one)
        for item in rest:
            _print_ask(call, item)
        passed = answer.get("check_passed_at") or "–"
        print_line(f"\n{call.out.label('checked', 'passed')}{passed}")
    if call.official.trust is None:
        call.out.say(call.out.label("checked", "untrusted"))
    if any(one.word != "ok" or one.damaged for _, one in found):
        raise typer.Exit(DAMAGED)


def _json_entry(item: dict[str, Any], one: Checked) -> dict[str, Any]:
    """Return what was checked; of what does not hold its number alone."""
    if one.word != "ok":
        return {"type": "entry", "position": item["position"], "checked": one.word}
    return {
        **item,
        "checked": "ok",
        "accepted": one.accepted,
        "payload": json.loads(one.payload),
        "texts": _texts(one),
    }


def _texts(one: Checked) -> list[str]:
    return [part.text for part in one.parts if isinstance(part, SubjectPart | TextPart)]


def _print_entry(call: Call, item: dict[str, Any], one: Checked) -> None:
    if one.entry is None:
        print_line(f"\n{item['position']}  {call.out.label('checked', one.word)}")
        return
    kind = call.out.label("kind", one.entry.kind)
    print_line(f"\n{item['position']}  {one.accepted}  {kind}  {one.entry.by}")
    if item["verdict"]:
        print_line(f"  {item['verdict']}")
    for place, part in enumerate(one.parts):
        if place in one.damaged:
            print_line(f"  {call.out.label('presence', 'damaged')}")
        elif isinstance(part, FilePart):
            print_line(f"  {part.name}  {part.len}  sha256 {part.sha256}")
        elif isinstance(part, SubjectPart | TextPart):
            for line in part.text.splitlines():
                print_line(f"  {line}")


def _print_ask(call: Call, item: dict[str, Any]) -> None:
    if item["type"] == "ask":
        state = state_of(item, call.official.party, call.out.lang, MACHINE.now())
        number = f"{item['asker'].upper()}-{item['index']} Q{item['q']}"
        print_line(f"\n{number}  {item['due']}  {state}")


@app.command("open")
@remote
async def open_thread(
    call: Call,
    subject: Annotated[str, typer.Argument(help="Subject, one line.")],
    *,
    batch: Annotated[str, typer.Option(help="Batch number; without it the standing batch.")] = "",
    application: Annotated[
        list[str] | None, typer.Option(help="Application number; repeat it.")
    ] = None,
    translation: TranslationOption = "",
    lang_of: LangOption = "",
) -> None:
    """Open a thread on a batch or on the charter's standing batch."""
    own, other = languages(call, lang_of)
    draft = ThreadDraft(
        MACHINE.draw(16).hex(),
        own,
        subject,
        Translated(other, translation) if translation else None,
        await references.batch_id(call.node, batch) if batch else "standing",
        tuple(application or ()),
    )
    entry = payloads.thread_opened(await call.official.author(), draft)
    await call.send(entry, thread=draft.thread)


@app.command("close")
@remote
async def close_thread(call: Call, number: Number) -> None:
    """Close a thread that the own side opened; its own open questions end with it."""
    items = (await call.node.get(f"/api/threads/{number}"))["items"]
    asks = [
        (str(item["note"]), str(item["q"]))
        for item in items
        if item["type"] == "ask"
        and item["asker"] == call.official.party
        and item["outcome"].startswith(("open", "unanswered", "withdrawn"))
    ]
    author = await call.official.author()
    entry = payloads.closed(author, str(items[0]["thread"]), asks)
    await call.send(entry)


def languages(call: Call, chosen: str) -> tuple[str, str]:
    """Return the language of the text and that of its translation: the side's own first."""
    own = chosen or ("en" if call.official.party == "eu" else "zh-CN")
    return own, ("zh-CN" if own == "en" else "en")
