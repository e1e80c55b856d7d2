"""`special-channel erase`: list an entry's parts, or order the erasure of some.

Works on the shared logs and on our private log. Does not judge: the node does. Does not reach the
other side's copy: their officials order that, by the same command at their node.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from special_channel.cli import references
from special_channel.cli.bodies import fields
from special_channel.cli.command import Count, argument, command, option, repeated
from special_channel.cli.output import draft_number
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import (
    Column,
    Item,
    Reader,
    label,
    show_rows,
    text,
    texts,
    time,
)
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries.record import Erasure
from special_channel.core.rows.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.erasure_payloads import erased
from special_channel.messages.catalogue import commands

_ID = re.compile(r"[0-9a-f]{64}")

_SHOWN = 60
"""Characters of a part's text in the list."""


@command()
@argument(
    "position",
    "Give the entry's number, such as EU-877, CN-340 or, in our private log, PRIVATE-7, "
    "or its id. Without it, the entries of the private log are listed.",
    "number",
    required=False,
    default="",
)
@repeated(
    "--part",
    "Erase the part with this number, as listed without this option. Repeat it for more.",
    Count(0),
)
@repeated(
    "--row",
    "Erase this row of a list's own columns; the other rows are saved again. Repeat it for more.",
    Count(1),
)
@fields(
    Erasure, {"basis": "State the basis: a lawful order, or that the part was lost."}, basis="order"
)
@option(
    "--reason",
    (
        "Name the order, such as 'Order 7/2026'; required on the basis order. Both sides see "
        "it; in the private log, only our side."
    ),
)
@option("--holding", "List only entries of our private log that contain these words.")
@remote
async def erase(  # noqa: PLR0913 - its options
    call: Call,
    position: str,
    *,
    part: tuple[int, ...],
    row: tuple[int, ...],
    basis: str,
    reason: str,
    holding: str,
) -> None:
    """Erase texts, subjects or files of an entry here, by a signed order; list them without --part.

    What is erased can't be brought back. Every signature and proof still verifies. The other
    side's copy goes when its own people order it.
    """
    if not position:
        show_rows(call, await _private_entries(call, holding), _ENTRIES)
        return
    entry = await references.any_entry_of(call.node, position)
    private, parts = references.is_private(entry), sorted(set(part))
    if not parts and not row:
        show_rows(call, _parts(entry), _PARTS)
        return
    author = await call.official.author(private=private)
    id_ = str(entry["id"])
    if private:
        columns = _columns_without(author, entry, set(row))
        orders = [*columns, erased(author, "private.erased", id_, parts or [0], (basis, reason))]
        receipt = (await call.official.receipts(orders, private=True))[-1]
        call.out.receipt(receipt, entry=entry["position"], parts=parts or [0])
    else:
        if row:
            raise Malformed("erase-rows", "Only a list's own columns are erased by rows.")
        order = erased(author, "part.erased", id_, parts, (basis, reason))
        await call.send(order, entry=entry["position"], parts=parts)


def _about(_reader: Reader, item: Item) -> str:
    """Return the list, or the short number of a draft."""
    about = str(item["about"])
    return draft_number(about) if _ID.fullmatch(about) else about


def _word(heading: str, value: Callable[[Item], str]) -> Column:
    """Declare a column of words of the command line."""
    return Column(heading, lambda reader, item: commands(reader.out.lang).gettext(value(item)))


_ENTRIES: Final = (
    text("position"),
    label("kind", "kind"),
    text("thread"),
    Column("about", _about),
    time("accepted"),
    _word("state", lambda item: "here" if all(item["here"]) else "absent"),
)
_PARTS: Final = (
    text("part"),
    _word("kind", lambda item: str(item["kind"])),
    _word("state", lambda item: str(item["state"])),
    *texts("order", "starts"),
)


# Not a row of `tables.py`: it reads all pages of a search.
async def _private_entries(call: Call, words: str) -> list[Item]:
    """Return the entries of the private log with parts, the newest first."""
    entries: list[Item] = []
    search: dict[str, Any] = {"words": words}
    while items := (await call.node.post("/api/private/search", search))["items"]:
        entries += items
        search["before"] = items[-1]["index"]
    return entries


def _columns_without(author: payloads.Author, entry: Item, rows: set[int]) -> Iterator[Submission]:
    """Yield the list's columns without `rows`, if the entry holds the list's latest columns.

    Raises:
        Malformed: `erase-rows` if the entry holds no columns, or lacks a row.
    """
    if not rows:
        return
    payload = _payload(entry)
    if payload["kind"] != "columns.kept" or not entry["parts"][0]:
        raise Malformed("erase-rows", "Only a list's own columns are erased by rows.")
    columns = json.loads(entry["parts"][0])["data"]["rows"]
    rest = [each for each in columns if each["row"] not in rows]
    if rows - {each["row"] for each in columns}:
        raise Malformed("erase-rows", "There is no such row in these columns.")
    if rest and entry["stands"]:
        yield payloads.columns_kept(author, payload["body"]["list"], rest)


def _payload(entry: Item) -> Item:
    payload: Any = canonical.loads(dsse.decode(str(entry["envelope"]).encode()).payload)
    return dict(payload)


def _parts(entry: Item) -> Iterator[Item]:
    """Yield kind, state and first words of every part; only the kind is signed."""
    present = "here" if references.is_private(entry) else "fixed"
    refs = _payload(entry).get("parts", ())
    for number, (ref, disclosure) in enumerate(zip(refs, entry["parts"], strict=True)):
        content = json.loads(disclosure) if disclosure else {}
        text = " ".join(str(content.get("text") or content.get("name") or "").split())
        order = entry["erased"].get(str(number), "")
        absent = "erased" if order else "absent"
        yield {
            "part": number,
            "kind": ref["k"],
            "state": (present if ref["k"] == "data" else "here") if disclosure else absent,
            "order": order,
            "starts": text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…",
        }
