"""What a large record holds beside lists and threads: kept columns, licences, requests, meetings.

Signed and sent through the API that officials use. Every name is fictional.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from special_channel.core.bytes.canonical import Value
from special_channel.core.rows.submission import Submission
from special_channel.desk import meeting_payloads, payloads
from special_channel.desk.meeting_payloads import MeetingDraft, PointDraft
from special_channel.desk.payloads import Author, Fields
from special_channel.desk.written import Wording
from special_channel.sample.sending import (
    id_of,
    send_private,
    send_reasoned,
    wait_until_mirrored,
)
from special_channel.sample.stage import Stage

LICENCES: Final = 200
REQUESTS: Final = 60
MEETINGS: Final = 24
POINTS: Final = 10
_LISTED: Final = 500
_FROM: Final = date(2026, 1, 5)
_GENERAL: Final = date(2026, 1, 5)
"""When general licences were issued: a working day of both sides."""
_VALID: Final = timedelta(days=364)
"""Individual licences are valid for a year at most."""
_CODES: Final = ("1C002", "2E001", "6A004", "1B003")


async def load_permits(
    stage: Stage, numbers: Sequence[str], approved: Mapping[str, date], draw: random.Random
) -> str:
    """Load them; return the position of the last meeting.

    `approved` has the applications stated as approved, with the days of the decisions: a licence
    names no other.
    """
    await _columns(stage, numbers, draw)
    await _licences(stage, approved, draw)
    await _requests(stage, numbers)
    await wait_until_mirrored(stage, "cn")
    return await _meetings(stage)


async def _columns(stage: Stage, numbers: Sequence[str], draw: random.Random) -> None:
    eu = stage.officials["eu-desk-1"]
    for first in range(0, len(numbers), _LISTED):
        name = f"B{first // _LISTED + 1:02d}"
        rows: list[Fields] = [
            {
                "row": row,
                "number": number,
                "columns": {
                    "eu_company": f"Fictional Works {draw.randint(1, 400)}",
                    "member_state": draw.choice(("AT", "CZ", "DE", "FR", "HU", "IT", "PL", "SE")),
                    "is_sme": draw.choice(("true", "false")),
                    "control_code": draw.choice(_CODES),
                    "end_use_sector": draw.choice(("automotive", "medical", "energy", "other")),
                },
            }
            for row, number in enumerate(numbers[first : first + _LISTED], 1)
        ]

        async def keep(name: str = name, rows: list[Fields] = rows) -> Submission:
            return payloads.columns_kept(await eu.author(private=True), name, rows)

        await send_private(stage, f"{name}-kept", eu, keep)


async def _licences(stage: Stage, approved: Mapping[str, date], draw: random.Random) -> None:
    """Issue them; every fourth is general, the others each name an approved application."""
    cn = stage.officials["cn-desk-1"]
    author, named = await cn.author(), iter(sorted(approved))
    licences: list[Submission] = []
    for place in range(LICENCES):
        number = None if place % 4 == 0 else next(named, None)
        issued = _GENERAL if number is None else approved[number]
        body = _licence(place, number, issued, draw)
        licences.append(payloads.licence_issued(author, body))
    await send_reasoned(cn, licences)


def _licence(place: int, number: str | None, issued: date, draw: random.Random) -> Fields:
    general = number is None
    line: Fields = {"code": draw.choice(_CODES), "quantity": f"{draw.randint(1, 90)}.5"}
    lines: list[Value] = [line | {"unit": "t", "basis": "contained"}]
    body: Fields = {
        "licence": f"FIKTIV-L-{place:05d}",
        "type": "general" if general else "individual",
        "lines": lines,
        "per": "calendar_year" if general else "licence",
        "issued_on": issued.isoformat(),
        "valid_from": issued.isoformat(),
        "valid_to": (issued + _VALID).isoformat(),
    }
    return body | ({} if number is None else {"applications": [number]})


async def _requests(stage: Stage, numbers: Sequence[str]) -> None:
    eu = stage.officials["eu-desk-1"]
    author = await eu.author()
    # One by one: the node names one finding at a time, of which each request has its own.
    for place in range(min(REQUESTS, len(numbers) // 20)):
        request = payloads.priority_requested(author, numbers[place * 20 :][:20], "line_stop")
        await send_reasoned(eu, [request])


async def _meetings(stage: Stage) -> str:
    eu, cn = stage.officials["eu-desk-1"], stage.officials["cn-desk-1"]
    author, position = await eu.author(), ""
    noted: list[Submission] = []
    for place in range(MEETINGS):
        meeting, points = _meeting(author, place)
        position, *_ = await send_reasoned(eu, [meeting, *points])
        noted += points
    await wait_until_mirrored(stage, "eu")
    author = await cn.author()
    marks = [
        meeting_payloads.point_differed(author, id_of(point), Wording("zh-CN", "我方理解不同。"))
        if place % 3 == 0
        else meeting_payloads.point_agreed(author, id_of(point))
        for place, point in enumerate(noted[: -POINTS // 2])
    ]
    await cn.send(marks)
    return position


def _meeting(author: Author, place: int) -> tuple[Submission, list[Submission]]:
    on = (_FROM + timedelta(days=14 * place)).isoformat()
    words = Wording("en", f"Working level, round {place + 1}")
    meeting = meeting_payloads.meeting_held(author, MeetingDraft(words, on, "Brussels", "working"))
    points = [
        meeting_payloads.point_noted(
            author,
            id_of(meeting),
            PointDraft(
                Wording("en", f"Point {number}: the papers that are asked for are named."),
                "promise" if number % 2 else "statement",
                "cn" if number % 2 else "eu",
                "2027-01-15" if number % 2 else "",
            ),
        )
        for number in range(POINTS)
    ]
    return meeting, points
