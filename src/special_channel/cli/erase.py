"""`special-channel erase`: show an entry's parts, or order the erasure of some of them.

Does not judge who may or what can go: the node does. Does not reach the other side's copy: its
own people order that, by the same command at their node.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

import typer

from special_channel.cli import references
from special_channel.cli.remote import Call, remote
from special_channel.core import canonical, dsse
from special_channel.desk import payloads
from special_channel.messages.catalogue import commands

_SHOWN = 60
"""Characters of a part's text: enough to tell it from the others."""


@remote
async def erase(
    call: Call,
    position: Annotated[
        str, typer.Argument(help="The entry's number, such as EU-877 or CN-340, or its id.")
    ],
    *,
    part: Annotated[
        list[int] | None,
        typer.Option(
            min=0,
            help="Number of a part, as listed without this option. Repeat it for more.",
        ),
    ] = None,
    basis: Annotated[
        Literal["order", "lost"],
        typer.Option(help="By lawful order, or because the part was lost."),
    ] = "order",
    reason: Annotated[
        str,
        typer.Option(help="What the order is called, such as 'Order 7/2026'. Both sides read it."),
    ] = "",
) -> None:
    """Erase texts, subjects or files of an entry here, by a signed order; list them without --part.

    What is erased can't be brought back. Every signature and proof still verifies. The other
    side's copy goes when its own people order it.
    """
    entry = await references.entry_of(call.node, position)
    if not part:
        call.out.rows(_shown(call, _parts(entry)), ("part", "kind", "state", "starts"))
        return
    author = await call.official.author()
    order = payloads.part_erased(author, str(entry["id"]), sorted(set(part)), basis, reason)
    _, charter = await call.official.charter()
    if charter.clearing_roles("part.erased"):
        call.out.document({"draft": await call.official.lay_before(order)})
        return
    [receipt] = await call.official.receipts([order])
    call.out.receipt(receipt, entry=entry["position"], parts=sorted(set(part)))


def _shown(call: Call, parts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put kinds and states into the reader's words; JSON keeps the codes."""
    if call.out.as_json:
        return list(parts)
    t = commands(call.out.lang)
    words = ("kind", "state")
    return [{**each, **{name: t.gettext(each[name]) for name in words}} for each in parts]


def _parts(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what can be told of each part: its role is signed, its text may be gone."""
    payload: Any = canonical.loads(dsse.decode(str(entry["envelope"]).encode()).payload)
    for number, (ref, held) in enumerate(
        zip(payload.get("parts", ()), entry["parts"], strict=True)
    ):
        said = json.loads(held) if held else {}
        text = " ".join(str(said.get("text") or said.get("name") or "").split())
        yield {
            "part": number,
            "kind": ref["k"],
            "state": ("fixed" if ref["k"] == "data" else "here") if held else "absent",
            "starts": text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…",
        }
