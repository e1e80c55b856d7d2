"""`special-channel corrections` and `corrections-seen`: what the other side corrected."""

from __future__ import annotations

from typing import Final

from special_channel.cli.command import Count, command, option
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Item, Table, text

_TOTALS: Final = ("total", "lists_total", "licences_total")


async def _one_a_correction(_call: Call, answer: Item) -> Item:
    """List each correction and change; of applications first, the last corrected first."""
    corrected = [
        {"number": each["number"], **made}
        for name, made_in in (("items", "corrections"), ("licences", "changes"))
        for each in answer[name]
        for made in each[made_in]
    ]
    amended = [
        {
            "number": each["list"],
            "position": each["number"],
            "corrected_in": made["position"],
            "after": made["said"],
        }
        for each in answer["lists"]
        for made in each["amendments"]
    ]
    return {"items": [*corrected, *amended]}


corrections = Table(
    path="/api/corrections",
    help="List what the other side corrected or changed in the last 30 days and you did not see.",
    columns=(
        text("number"),
        text("position"),
        text("stated_before", "before"),
        text("corrected_in"),
        text("stated_after", "after"),
    ),
    filters=(option("--limit", "Stop after this many.", Count(1, 100), default=20),),
    complete=_one_a_correction,
).alone()


@command()
@remote
async def corrections_seen(call: Call) -> None:
    """Mark all corrections and changes that are listed for you as seen; only you see this."""
    listed = await call.node.get("/api/corrections", {"limit": 100})

    def last(name: str, made_in: str, entry: str) -> list[Item]:
        return [
            {"number": each["number"], "last": each[made_in][-1][entry]} for each in listed[name]
        ]

    seen = {
        "items": last("items", "corrections", "corrected_in"),
        "lists": last("lists", "amendments", "position"),
        "licences": last("licences", "changes", "corrected_in"),
    }
    answer = await call.node.post("/api/corrections", seen)
    call.out.document({"left": sum(answer[name] for name in _TOTALS)})
