"""`special-channel thread …`: list, show, open, close. What is said in one is `notes.py`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from special_channel.cli import references
from special_channel.cli.machine import MACHINE
from special_channel.cli.printing import print_line
from special_channel.cli.remote import Call, remote
from special_channel.desk import payloads
from special_channel.desk.payloads import ThreadDraft, Translated

app = typer.Typer(help="Threads: list, show, open, close.", no_args_is_help=True)

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
    """Show a thread with its entries and questions."""
    items = (await call.node.get(f"/api/threads/{number}"))["items"]
    if call.out.as_json:
        call.out.rows(items, ())
        return
    thread, *rest = items
    for subject in thread.get("subjects") or ["–"]:
        print_line(f"{thread['number']}  {subject}")
    for item in rest:
        if item["type"] == "entry":
            _print_entry(call, item)
    for item in rest:
        if item["type"] == "ask":
            due = next((move["due"] for move in reversed(item["moves"])), item["first_due"])
            outcome = call.out.label("outcome", item["outcome"])
            print_line(f"\n{item['asker'].upper()}-{item['index']} Q{item['q']}  {due}  {outcome}")


def _print_entry(call: Call, item: dict[str, Any]) -> None:
    kind = call.out.label("kind", item["payload"]["kind"])
    print_line(f"\n{item['position']}  {item['accepted']}  {kind}  {item['payload']['by']}")
    if item["verdict"]:
        print_line(f"  {item['verdict']}")
    for text in item["texts"]:
        for line in text.splitlines():
            print_line(f"  {line}")
    for file in item["files"]:
        print_line(f"  {file['name']}  {file['len']}  sha256 {file['sha256']}")


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
        and item["outcome"].startswith(("open", "unanswered"))
    ]
    author = await call.official.author()
    entry = payloads.closed(author, str(items[0]["thread"]), asks)
    await call.send(entry)


def languages(call: Call, chosen: str) -> tuple[str, str]:
    """Return the language of the text and that of its translation: the side's own first."""
    own = chosen or ("en" if call.official.party == "eu" else "zh-CN")
    return own, ("zh-CN" if own == "en" else "en")
