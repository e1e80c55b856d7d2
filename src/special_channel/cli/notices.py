"""`special-channel notice …`: the caller's news, and the choice of notices."""

from __future__ import annotations

from typing import get_args

from special_channel.cli.command import Choice, argument, flag, group, option
from special_channel.cli.output import Output
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import FIRST, LIMIT, Column, Item, Table, label, text, time
from special_channel.core.rules.notifying import EVENTS, MEDIA, SHARES, Preset

app = group()

Table(
    path="/api/notices",
    help="List what is new for you.",
    columns=(time("at"), text("text"), label("why", "notice-why")),
    filters=(
        option("--text", "List only news with this in their words."),
        option("--event", "List only news of this event.", Choice(*EVENTS)),
        option("--sort", "List the newest or the oldest first.", Choice("newest", "oldest")),
        FIRST,
        LIMIT,
    ),
).add_to(app, "list")

Table(
    path="/api/notices",
    help="Show what you are told of, the exceptions, and the threads that you watch or mute.",
    columns=(
        label("preset", "notice-preset"),
        text("digest_at"),
        text("line_stops"),
        text("share"),
        Column("exceptions", lambda reader, item: _exceptions(reader.out, item)),
        Column("followed", lambda reader, item: _followed(reader.out, item)),
        text("mail"),
    ),
    items="",
    filed=False,
).add_to(app, "show")


@app.command("choose")
@argument("preset", "Choose what reaches you.", Choice(*get_args(Preset)))
@option("--digest-at", "State the time of the digest in your capital.", default="08:30")
@flag("--line-stops", "Be told of every line stop, outside office hours as well.")
@option(
    "--share",
    "Be told once this per cent of the time to answer has passed; 0: not.",
    Choice(*map(str, SHARES)),
    default="0",
)
@remote
async def choose(call: Call, preset: str, digest_at: str, share: str, *, line_stops: bool) -> None:
    """Choose what you are told of; exceptions stay as they are."""
    body = {"preset": preset, "digest_at": digest_at, "line_stops": line_stops, "share": int(share)}
    call.out.document(_chosen(call.out, await call.node.post("/api/notices", body)))


@app.command("except")
@argument("event", "Give the event.", Choice(*EVENTS))
@argument("medium", "Give the way.", Choice(*MEDIA))
@option(
    "--told",
    "Say whether you are told at once; without it the exception ends.",
    Choice("at-once", "not"),
)
@remote
async def except_from(call: Call, event: str, medium: str, told: str) -> None:
    """Except an event from what you chose, on one way."""
    body = {"event": event, "medium": medium, "told": told == "at-once" if told else None}
    call.out.document(_chosen(call.out, await call.node.post("/api/notices/exceptions", body)))


@app.command("seen")
@remote
async def seen(call: Call) -> None:
    """Mark all that is new for you as seen."""
    answer = await call.node.post("/api/notices/seen", {})
    call.out.document({"unseen": answer["total"]})


def _chosen(out: Output, answer: Item) -> Item:
    """Return the reader's choice, in words for people."""
    shown = {
        name: answer[name] for name in ("preset", "digest_at", "line_stops", "share", "exceptions")
    }
    if out.as_json:
        return shown
    return out.worded(shown, preset="notice-preset") | {"exceptions": _exceptions(out, answer)}


def _exceptions(out: Output, item: Item) -> list[str]:
    return [
        f"{out.label('notice-event', each['event'])} · {out.label('notice-medium', each['medium'])}"
        f" · {out.label('notice-told', 'at-once' if each['on'] else 'not')}"
        for each in item["exceptions"]
    ]


def _followed(out: Output, item: Item) -> list[str]:
    """Return threads by number; the titles are unchecked."""
    return [
        f"{each['number']} · {out.label('following', each['how'])}" for each in item["followed"]
    ]
