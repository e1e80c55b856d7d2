"""Drafts waiting for a second official, with short numbers for people."""

from __future__ import annotations

import json
from typing import Any, Final

from special_channel.cli import options
from special_channel.cli.command import Choice, option
from special_channel.cli.official import rows_to_see
from special_channel.cli.output import draft_number
from special_channel.cli.people import named, read_holders
from special_channel.cli.remote import Call
from special_channel.cli.tables import Column, Item, Table, label, text, time
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import NotFound, RuleBroken
from special_channel.core.bytes.ids import EntryId


async def draft_id(call: Call, typed: str) -> EntryId:
    """Look up a waiting draft by number or id; return the id.

    Raises:
        NotFound: `clearance-unknown`.
        RuleBroken: `draft-ambiguous` if the number is ambiguous.
    """
    drafts = (await call.node.get(WAITING.path))["clearances"]
    matching = [
        str(item["id"]) for item in drafts if typed in (item["id"], draft_number(item["id"]))
    ]
    if len(matching) > 1:
        raise RuleBroken("draft-ambiguous", "Two drafts have this number.", number=typed)
    if not matching:
        raise NotFound("clearance-unknown", "No such draft waits for release.")
    return matching[0]


async def _with_authors(call: Call, answer: Item) -> Item:
    holders = await read_holders(call.node)
    drafts = [
        item | {"author": named(call.out, holders, item["by"])} for item in answer["clearances"]
    ]
    return {"clearances": drafts}


def show_rows_to_see(call: Call, draft: Item) -> None:
    """Show the rows that a second official must see, with the reasons, and what the node found."""
    rows = [
        {
            "type": "row",
            "row": row["row"],
            "number": row["number"],
            "reason": " · ".join(
                call.out.label("release-found", each["code"]) for each in row["reasons"]
            ),
        }
        for row in rows_to_see(draft)
    ]
    if rows:
        call.out.rows(rows, ("row", "number", "reason"))
    for item in draft.get("found", ()):
        call.out.say(str(item["sentence"]))


def _content(item: Item) -> str:
    """Return a list's name, or the first text of the draft."""
    payload: Any = canonical.loads(dsse.decode(str(item["envelope"]).encode()).payload)
    if "list" in payload["body"]:
        return str(payload["body"]["list"])
    texts = [json.loads(part).get("text") for part in item["parts"] if part]
    return next((str(text).splitlines()[0] for text in texts if text), "–")


WAITING: Final = Table(
    path="/api/clearances",
    help="List the drafts that wait for release, the oldest first.",
    columns=(
        Column("draft", lambda _, item: draft_number(item["id"])),
        label("kind", "kind"),
        Column("content", lambda _, item: _content(item)),
        text("by", "author"),
        time("at"),
    ),
    items="clearances",
    complete=_with_authors,
    filters=(
        option("--kind", "List only drafts of this kind, such as note.posted.", "code"),
        option(
            "--turn",
            "List only drafts for you to release, or written by you.",
            Choice("me", "own"),
        ),
        options.OLDEST,
    ),
)
"""The waiting drafts."""
