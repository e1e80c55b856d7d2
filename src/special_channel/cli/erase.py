"""`special-channel erase`: show an entry's parts, or order the erasure of some of them.

Of the shared logs and of the own private log alike. Does not judge who may or what can go: the
node does. Does not reach the other side's copy: its own people order that, by the same command
at their node.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

import typer

from special_channel.cli import references
from special_channel.cli.remote import Call, remote
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.rows.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.erasure_payloads import part_erased, private_erased
from special_channel.messages.catalogue import catalogue, commands

_SHOWN = 60
"""Characters of a part's text: enough to tell it from the others."""


@remote
async def erase(  # noqa: PLR0913 - its options
    call: Call,
    position: Annotated[
        str,
        typer.Argument(
            help="The entry's number, such as EU-877, CN-340 or, in the own private log, "
            "PRIVATE-7, or its id. Without it, what the private log holds is listed."
        ),
    ] = "",
    *,
    part: Annotated[
        list[int] | None,
        typer.Option(
            min=0,
            help="Number of a part, as listed without this option. Repeat it for more.",
        ),
    ] = None,
    row: Annotated[
        list[int] | None,
        typer.Option(
            min=1,
            help="Row of a list's own columns: they are kept anew without it. Repeat it for more.",
        ),
    ] = None,
    basis: Annotated[
        Literal["order", "lost"],
        typer.Option(help="By lawful order, or because the part was lost."),
    ] = "order",
    reason: Annotated[
        str,
        typer.Option(
            help="What the order is called, such as 'Order 7/2026'; required on the basis order. "
            "Both sides read it; in the private log, the own side alone."
        ),
    ] = "",
    holding: Annotated[
        str,
        typer.Option(help="Lists only what holds these words in the own private log."),
    ] = "",
) -> None:
    """Erase texts, subjects or files of an entry here, by a signed order; list them without --part.

    What is erased can't be brought back. Every signature and proof still verifies. The other
    side's copy goes when its own people order it.
    """
    if not position:
        call.out.rows(await _held(call, holding), _COLUMNS)
        return
    entry = await references.any_entry_of(call.node, position)
    private, parts = references.is_private(entry), sorted(set(part or ()))
    if not parts and not row:
        call.out.rows(_shown(call, _parts(entry)), ("part", "kind", "state", "order", "starts"))
        return
    author = await call.official.author(private=private)
    id_ = str(entry["id"])
    if private:
        kept = _kept_anew(author, entry, set(row or ()))
        orders = [*kept, private_erased(author, id_, parts or [0], basis, reason)]
        receipt = (await call.official.receipts(orders, private=True))[-1]
        call.out.receipt(receipt, entry=entry["position"], parts=parts or [0])
    else:
        if row:
            raise Malformed("erase-rows", "Only a list's own columns are erased by rows.")
        order = part_erased(author, id_, parts, basis, reason)
        await call.send(order, entry=entry["position"], parts=parts)


_COLUMNS = ("position", "kind", "thread", "about", "accepted", "state")


async def _held(call: Call, words: str) -> list[dict[str, Any]]:
    """Return what the private log holds in parts, the newest first, with what is here of each."""
    found: list[dict[str, Any]] = []
    search: dict[str, Any] = {"words": words}
    while items := (await call.node.post("/api/private/search", search))["items"]:
        found += items
        search["before"] = items[-1]["index"]
    if call.out.as_json:
        return found
    t, labels = commands(call.out.lang), catalogue(call.out.lang)
    return [
        {
            **each,
            "kind": labels.label("kind", each["kind"]),
            "state": t.gettext("here" if all(each["here"]) else "absent"),
        }
        for each in found
    ]


def _kept_anew(
    author: payloads.Author, entry: dict[str, Any], rows: set[int]
) -> Iterator[Submission]:
    """Yield the columns of the list that stay, where these are the ones that it was kept by last.

    Raises:
        Malformed: `erase-rows` if these are no columns, or hold none of these rows.
    """
    if not rows:
        return
    payload = _payload(entry)
    if payload["kind"] != "columns.kept" or not entry["parts"][0]:
        raise Malformed("erase-rows", "Only a list's own columns are erased by rows.")
    held = json.loads(entry["parts"][0])["data"]["rows"]
    stay = [each for each in held if each["row"] not in rows]
    if rows - {each["row"] for each in held}:
        raise Malformed("erase-rows", "There is no such row in these columns.")
    if stay and entry["stands"]:
        yield payloads.columns_kept(author, payload["body"]["list"], stay)


def _shown(call: Call, parts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put kinds and states into the reader's words; JSON keeps the codes."""
    if call.out.as_json:
        return list(parts)
    t = commands(call.out.lang)
    words = ("kind", "state")
    return [{**each, **{name: t.gettext(each[name]) for name in words}} for each in parts]


def _payload(entry: dict[str, Any]) -> dict[str, Any]:
    payload: Any = canonical.loads(dsse.decode(str(entry["envelope"]).encode()).payload)
    return dict(payload)


def _parts(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what can be told of each part: its role is signed, its text may be gone."""
    fixed = "here" if references.is_private(entry) else "fixed"
    for number, (ref, held) in enumerate(
        zip(_payload(entry).get("parts", ()), entry["parts"], strict=True)
    ):
        said = json.loads(held) if held else {}
        text = " ".join(str(said.get("text") or said.get("name") or "").split())
        order = entry["erased"].get(str(number), "")
        absent = "erased" if order else "absent"
        yield {
            "part": number,
            "kind": ref["k"],
            "state": (fixed if ref["k"] == "data" else "here") if held else absent,
            "order": order,
            "starts": text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…",
        }
