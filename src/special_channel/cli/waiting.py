"""Drafts waiting for a second official, with short numbers for people."""

from __future__ import annotations

import json
from typing import Any

from special_channel.cli.output import draft_number
from special_channel.cli.people import named, read_holders
from special_channel.cli.remote import Call
from special_channel.cli.tables import Item, Reader
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import NotFound, RuleBroken
from special_channel.core.bytes.ids import EntryId


async def show(call: Call) -> None:
    """List the waiting drafts: number, kind, content, author and time."""
    drafts = await _waiting(call)
    if call.out.as_json:
        call.out.rows(drafts, ())
        return
    holders, reader = await read_holders(call.node), Reader.of(call)
    rows = [
        {
            "draft": draft_number(item["id"]),
            "kind": call.out.label("kind", item["kind"]),
            "content": _content(item),
            "by": named(call.out, holders, item["by"]),
            "at": reader.time(item["at"]),
        }
        for item in drafts
    ]
    call.out.rows(rows, ("draft", "kind", "content", "by", "at"))


async def draft_id(call: Call, typed: str) -> EntryId:
    """Look up a waiting draft by number or id; return the id.

    Raises:
        NotFound: `clearance-unknown`.
        RuleBroken: `draft-ambiguous` if the number is ambiguous.
    """
    matching = [str(item["id"]) for item in await _waiting(call) if _is_named(item, typed)]
    if len(matching) > 1:
        raise RuleBroken("draft-ambiguous", "Two drafts have this number.", number=typed)
    if not matching:
        raise NotFound("clearance-unknown", "No such draft waits for release.")
    return matching[0]


async def _waiting(call: Call) -> list[Item]:
    return list((await call.node.get("/api/clearances"))["clearances"])


def _is_named(item: Item, typed: str) -> bool:
    return typed in (item["id"], draft_number(item["id"]))


def _content(item: Item) -> str:
    """Return a list's name, or the first text of the draft."""
    payload: Any = canonical.loads(dsse.decode(str(item["envelope"]).encode()).payload)
    if "list" in payload["body"]:
        return str(payload["body"]["list"])
    texts = [json.loads(part).get("text") for part in item["parts"] if part]
    return next((str(text).splitlines()[0] for text in texts if text), "–")
