"""Listings: threads, batches, asks.

Rows come from the views; each listing names the sizes (m, n) that it shows (rule 3). Does
not render.
"""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp import web

from special_channel.core.bytes import canonical, dsse, parts
from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import Position
from special_channel.core.rules.state import key_of
from special_channel.ports import Stored
from special_channel.web.http.operation import Body, Operation, operation, whole_number
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import visitor


class Listing(Body):
    """Rows as the fold made them, with the sizes that they show."""

    eu: int
    cn: int
    items: tuple[dict[str, Any], ...]


@operation(Operation("List batches", response=Listing))
async def get_batches(request: web.Request) -> Listing:
    """Return batches, the newest first, with counts by state."""
    await visitor(request)
    own = services(request)
    found = await own.views.batches()
    counts = await own.views.counts([row.batch for row in found])
    items = [
        {**as_item(row), "number": f"EU-{row.index}", "counts": counts[row.batch]} for row in found
    ]
    return await listing(own, items)


@operation(Operation("Read a batch's rows", response=Listing, query=("first", "limit")))
async def get_batch(request: web.Request) -> Listing:
    """Return a batch's row, then its rows."""
    await visitor(request)
    own = services(request)
    row = await own.views.batch(Position.parse(request.match_info["number"]))
    if row is None:
        raise NotFound("batch-unknown", "There is no such batch here.")
    rows = await own.views.listings(
        row.batch, whole_number(request, "first", 1), whole_number(request, "limit", 100)
    )
    return await listing(own, [as_item(row), *map(as_item, rows)])


async def listing(own: Services, items: list[dict[str, Any]]) -> Listing:
    """Name the sizes that a listing shows."""
    eu, cn, _ = await own.record.state()
    return Listing(eu=eu, cn=cn, items=tuple(items))


def entry_item(entry: Stored) -> dict[str, Any]:
    """Return an entry for a listing: payload, texts and files, as far as they are here.

    The payload is None where the envelope did not come, or is damaged: `damaged` tells.
    """
    payload = canonical.loads(dsse.decode(entry.envelope).payload) if entry.envelope else None
    found = [None if part is None else parts.parse(part) for part in entry.parts]
    return {
        "type": "entry",
        "position": f"{entry.log.upper()}-{entry.index}",
        "id": entry.id,
        "accepted": entry.accepted,
        "verdict": entry.code,
        "damaged": list(entry.damaged),
        "payload": payload,
        "texts": [
            part.text for part in found if isinstance(part, parts.SubjectPart | parts.TextPart)
        ],
        "files": [
            {"name": part.name, "sha256": part.sha256, "len": part.len}
            for part in found
            if isinstance(part, parts.FilePart)
        ],
    }


def as_item(row: Any) -> dict[str, Any]:  # noqa: ANN401 - any row of the state
    """Return a row of the state as JSON fields, with its table."""
    fields: dict[str, Any] = orjson.loads(orjson.dumps(row))
    return {"type": key_of(row)[0], **fields}
