"""Applications in numbers as JSON: each side's counts, what they are of, and how they count.

Does not count and does not render.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from aiohttp import web

from special_channel.core.bytes.ids import Party
from special_channel.core.time.statutory import DECISION_DAYS
from special_channel.ports.numbers import CodeSource, Counts, Sides, Spread
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.pages.numbers import MEASURES, OF_LISTS, Measure, PublicFigure, count_of
from special_channel.web.reading.numbers import on_of, public_record, read
from special_channel.web.shell.context import Scene, scene

OF_CODES: Final[tuple[Measure, ...]] = ("listed", *OF_LISTS)
"""What is told of each control code."""


class DaysItem(Body):
    """Working days in China's calendar, of so many applications; absent of nothing."""

    of: int
    median: int | None = None
    ninth_decile: int | None = None


class CountsItem(Body):
    """What one side's statements come to, each a number of the `listed`.

    `matched`: the side states anything of it. `addressed`: decided, not accepted or withdrawn.
    """

    by: str
    listed: int
    matched: int
    accepted: int
    decided: int
    approved: int
    refused: int
    not_accepted: int
    withdrawn: int
    addressed: int
    returned: int
    sent_back: int
    running: int
    uncounted: int
    over: int
    age: DaysItem
    took: DaysItem


class ListCounts(Body):
    """A list with its batch, and the same counts of the applications on it."""

    list: str
    batch: str
    sides: tuple[CountsItem, ...]


class MonthItem(Body):
    """What happened in a month (`2025-10`), by each side's dates."""

    month: str
    listed: int
    accepted: dict[Party, int]
    approved: dict[Party, int]
    refused: dict[Party, int]


class CodeItem(Body):
    """Licences that name a control code, by kind, and the applications that they name."""

    code: str
    general: int
    individual: int
    certificate: int
    applications: int


class CodeCountsItem(Body):
    """What one side's statements come to, of the applications with a control code."""

    by: str
    listed: int
    matched: int
    accepted: int
    decided: int
    approved: int
    refused: int
    returned: int
    running: int
    over: int


class CodedCounts(Body):
    """A control code, and counts of the applications with it; "" where none is stated.

    `source`: `licence`, by MOFCOM's licences that name the application; `list`, by the EU's
    lists where the charter opts that in; `own`, by columns that never leave this node.
    """

    source: CodeSource
    code: str
    sides: tuple[CodeCountsItem, ...]


class DefinitionItem(Body):
    """A measure in the reader's words, and how it is counted."""

    measure: str
    title: str
    definition: str


class PublicItem(Body):
    """What was published as of a date, and what the same words come to here, by each side."""

    on: str
    published: str
    measure: str
    definition: str
    listed: int
    part: dict[str, int]


class NumbersItem(Body):
    """Numbers as of a date, with the sizes (m, n) that they are a function of. Own side first."""

    on: str
    eu: int
    cn: int
    limit: int
    sides: tuple[CountsItem, ...]
    lists: tuple[ListCounts, ...]
    months: tuple[MonthItem, ...]
    codes: tuple[CodeItem, ...]
    coded: tuple[CodedCounts, ...]
    first_general: str | None = None
    public: tuple[PublicItem, ...]
    definitions: tuple[DefinitionItem, ...]


@operation(Operation("Read applications in numbers", response=NumbersItem, query=("on", "lang")))
async def get_numbers(request: web.Request) -> NumbersItem:
    """Return numbers as of a date in Beijing; today without."""
    seen = await scene(request)
    on = on_of(seen, request.query.get("on", ""))
    found = await read(seen, on)
    own = found.sides[seen.party]
    return NumbersItem(
        on=on.isoformat(),
        eu=found.eu,
        cn=found.cn,
        limit=DECISION_DAYS,
        sides=_both(seen, found.sides),
        lists=tuple(
            ListCounts(list=each.list, batch=f"EU-{each.index}", sides=_both(seen, each.sides))
            for each in found.lists
        ),
        months=tuple(
            MonthItem(
                month=each.month,
                listed=each.listed,
                accepted=dict(each.accepted),
                approved=dict(each.approved),
                refused=dict(each.refused),
            )
            for each in found.months
        ),
        codes=tuple(CodeItem(**asdict(each)) for each in found.codes),
        coded=tuple(
            CodedCounts(source=source, code=each.code, sides=_by_side(seen, each.sides))
            for source, codes in found.coded.items()
            for each in codes
        ),
        first_general=found.first_general or None,
        public=tuple(_public(seen, each) for each in await public_record(seen, own.listed)),
        definitions=_definitions(seen),
    )


def _both(seen: Scene, sides: Sides) -> tuple[CountsItem, ...]:
    return tuple(_counts(party, sides[party]) for party in (seen.party, seen.peer))


def _by_side(seen: Scene, sides: Sides) -> tuple[CodeCountsItem, ...]:
    return tuple(
        CodeCountsItem(
            by=party,
            **{name: count_of(sides[party], name) for name in OF_CODES},
        )
        for party in (seen.party, seen.peer)
    )


def _counts(party: str, counts: Counts) -> CountsItem:
    return CountsItem(
        by=party,
        age=_days(counts.age),
        took=_days(counts.took),
        **{measure: count_of(counts, measure) for measure in MEASURES},
    )


def _days(spread: Spread) -> DaysItem:
    return DaysItem(of=spread.count, median=spread.median, ninth_decile=spread.ninth)


def _public(seen: Scene, figure: PublicFigure) -> PublicItem:
    on = figure.on.isoformat()
    return PublicItem(
        on=on,
        published=seen.t.label("public", on),
        measure=figure.measure,
        definition=seen.t.label("public-how", on),
        listed=figure.listed,
        part={seen.party: figure.part[0], seen.peer: figure.part[1]},
    )


def _definitions(seen: Scene) -> tuple[DefinitionItem, ...]:
    return tuple(
        DefinitionItem(
            measure=name,
            title=seen.t.label("number", name),
            definition=seen.t.label("number-how", name),
        )
        for name in (*MEASURES, "age", "took")
    )
