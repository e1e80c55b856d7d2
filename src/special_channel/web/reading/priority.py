"""Requests for priority, and the EU's own view of who is listed, from its private columns.

The private columns stay on the node that keeps them: the page of figures exists there alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import Position
from special_channel.core.bytes.times import instant
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.priorities import PriorityRow
from special_channel.ports.permits import GroupCounts
from special_channel.web.pages.priority import (
    ANSWERS,
    REASONS,
    REMARKS,
    AskPage,
    FairnessPage,
    Grouping,
    GroupLine,
    PrioritiesPage,
    PriorityPage,
    RequestRef,
    WantedView,
)
from special_channel.web.reading.licences import sizes
from special_channel.web.shared.paging import paging
from special_channel.web.shared.references import application_url
from special_channel.web.shared.states import GROUP_OF, GROUPS
from special_channel.web.shell.context import Scene

PAGE: Final = 50
MAX_APPLICATIONS: Final = 400
"""As `core.entries.permits.PriorityRequest` allows."""

COLUMNS: Final = ("member_state", "end_use_sector", "is_sme")
"""Private columns by which applications are grouped."""


async def priorities(scene: Scene, page: int) -> PrioritiesPage:
    """Read one page of requests."""
    rows, total = await scene.own.permits.priorities((page - 1) * PAGE, PAGE)
    return PrioritiesPage(
        rows=tuple(_ref(row) for row in rows),
        paging=paging(page, total, PAGE, "/priority?all=1"),
        up_to=sizes(scene),
        may_ask=may_ask(scene),
    )


def may_ask(scene: Scene) -> bool:
    """Tell whether the reader's side asks for priority, and their role writes."""
    return scene.writes and scene.party == "eu"


async def find_request(scene: Scene, number: str) -> PriorityRow:
    """Return a request by its number, such as EU-12.

    Raises:
        NotFound: `priority-unknown`.
    """
    try:
        position = Position.parse(number)
    except Malformed:
        position = Position("cn", 0)
    row = await scene.own.permits.priority(position.index) if position.party == "eu" else None
    if row is None:
        raise NotFound("priority-unknown", "There is no such request here.")
    return row


async def priority(
    scene: Scene, row: PriorityRow, given: Mapping[str, str] | None = None
) -> PriorityPage:
    """Read one request; `given` are the answers that the reader chose, to be signed.

    Raises:
        Malformed: `request-malformed` for an answer that there is not.
    """
    held = await scene.own.views.applications([each.number for each in row.wanted])
    chosen = {
        place: (given.get(f"answer-{place}", ""), given.get(f"remark-{place}", ""))
        for place in range(len(row.wanted))
    } if given else {}  # fmt: skip
    answers: list[Value] = []
    wanted = []
    for place, each in enumerate(row.wanted):
        answer, remark = chosen.get(place, ("", ""))
        if answer not in {"", *ANSWERS} or remark not in {"", *REMARKS}:
            raise Malformed("request-malformed", "There is no such answer.", field="answer")
        if answer:
            said: dict[str, Value] = {"number": each.number, "answer": answer}
            answers.append(said | ({"remark": remark} if remark else {}))
        wanted.append(
            WantedView(
                number=each.number,
                url=application_url(each.number),
                state=_state(held.get(each.number)),
                answer=each.answer,
                remark=each.remark,
                answered_in=f"CN-{each.answered}" if each.answered >= 0 else "",
                given=answer,
                said=remark,
            )
        )
    return PriorityPage(
        request=_ref(row),
        entry_id=row.request,
        wanted=tuple(wanted),
        answers=scene.writes and scene.party == "cn",
        body=canonical.dumps({"answers": answers}).decode() if answers else "",
        chosen=len(answers),
    )


async def ask(scene: Scene, chosen: Sequence[str]) -> AskPage:
    """Read what would be asked for: the applications that are known, once each."""
    numbers = tuple(dict.fromkeys(chosen))[:MAX_APPLICATIONS]
    held = await scene.own.views.applications([each for each in numbers if "\0" not in each])
    known = tuple(number for number in numbers if number in held)
    body: dict[str, Value] = {"applications": list(known)}
    bodies = [(reason, canonical.dumps(body | {"reason": reason}).decode()) for reason in REASONS]
    return AskPage(
        numbers=known,
        unknown=tuple(number for number in numbers if number not in held),
        bodies=tuple(bodies) if known else (),
    )


async def fairness(scene: Scene) -> FairnessPage:
    """Count applications by the EU's own columns; there is no such page on the other node.

    Raises:
        NotFound: `not-found` where no such columns are kept by the side that lists.
    """
    if scene.party != "eu":
        raise NotFound("not-found", "There is no such page.")
    groups = await scene.own.permits.groups(COLUMNS)
    groupings = [_grouping(column, groups[column]) for column in COLUMNS]
    return FairnessPage(tuple(groupings), groupings[0].total, sizes(scene))


def _grouping(column: str, groups: Sequence[GroupCounts]) -> Grouping:
    lines = tuple(_line(each) for each in sorted(groups, key=lambda each: each.value))
    return Grouping(column, lines, sum(line.total for line in lines))


def _line(group: GroupCounts) -> GroupLine:
    counts = dict.fromkeys(GROUPS, 0)
    for state, rows in group.states.items():
        counts[GROUP_OF.get(state, "over")] += rows
    return GroupLine(group.value, group.total, tuple(counts.items()), group.asked, group.granted)


def _ref(row: PriorityRow) -> RequestRef:
    position = f"EU-{row.index}"
    return RequestRef(
        position=position,
        url=f"/priority/{position}",
        asked_at=instant(row.accepted),
        reason=row.reason,
        applications=len(row.wanted),
        open=row.open,
        granted=sum(each.answer == "granted" for each in row.wanted),
    )


def _state(row: ApplicationRow | None) -> str:
    said = (row.latest("cn") or row.latest("eu")) if row else None
    return said.state if said else ""
