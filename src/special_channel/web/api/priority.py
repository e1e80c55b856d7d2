"""Requests for priority over the API. Does not render; asking and answering are entries."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from special_channel.core.rows.priorities import PriorityRow
from special_channel.web.http.operation import Body, Operation, operation, whole_number
from special_channel.web.reading.priority import find_request
from special_channel.web.shell.context import scene

MOST = 100


class PriorityItem(Body):
    """A request; `open`: how many of its applications have no answer."""

    position: str
    request: str
    accepted: str
    reason: str
    applications: int
    open: int


class WantedItem(Body):
    """One application of a request, with CN's last answer."""

    number: str
    answer: str | None = None
    remark: str | None = None
    answered_in: str | None = None


class PriorityDetail(PriorityItem):
    """One request with its applications."""

    wanted: tuple[WantedItem, ...]


class PrioritiesFound(Body):
    """Some requests, how many there are, and the sizes (m, n) that this shows."""

    eu: int
    cn: int
    total: int
    items: tuple[PriorityItem, ...]


@operation(
    Operation("List requests for priority", response=PrioritiesFound, query=("first", "limit"))
)
async def get_priorities(request: web.Request) -> PrioritiesFound:
    """Return requests, the newest first, `first` counted from 1."""
    seen = await scene(request)
    first, limit = whole_number(request, "first", 1), whole_number(request, "limit", MOST)
    rows, total = await seen.own.permits.priorities(max(0, first - 1), min(limit, MOST))
    return PrioritiesFound(
        eu=seen.heads["eu"].size,
        cn=seen.heads["cn"].size,
        total=total,
        items=tuple(PriorityItem(**_fields(row)) for row in rows),
    )


@operation(Operation("Read a request for priority", response=PriorityDetail))
async def get_priority(request: web.Request) -> PriorityDetail:
    """Return one request with CN's answers."""
    seen = await scene(request)
    row = await find_request(seen, request.match_info["number"])
    return PriorityDetail(
        **_fields(row),
        wanted=tuple(
            WantedItem(
                number=each.number,
                answer=each.answer or None,
                remark=each.remark or None,
                answered_in=f"CN-{each.answered}" if each.answered >= 0 else None,
            )
            for each in row.wanted
        ),
    )


def _fields(row: PriorityRow) -> dict[str, Any]:
    return {
        "position": f"EU-{row.index}",
        "request": row.request,
        "accepted": row.accepted,
        "reason": row.reason,
        "applications": len(row.wanted),
        "open": row.open,
    }
