"""Applications in numbers: a record of two lists, and one without any."""

from __future__ import annotations

from datetime import date

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.ports.numbers import (
    CODE_SOURCES,
    CodedNumbers,
    CodeNumbers,
    Counts,
    MonthNumbers,
    Spread,
)
from special_channel.web.pages.numbers import (
    MEASURES,
    OF_LISTS,
    PUBLIC_RECORD,
    ListLine,
    NumbersPage,
    PublicFigure,
    TimeLine,
    code_table,
    lines_of,
    month_chart,
    month_line,
)
from special_channel.web.shared.references import ListRef

ON = date(2025, 12, 15)
EU = Counts(
    2183, 2183, 2051, 1568, 1530, 38, 45, 40, 96, 107, 434, 0, 12,
    Spread(434, 41, 88), Spread(1568, 31, 59),
)  # fmt: skip
CN = Counts(
    2183, 2169, 2128, 1551, 1513, 38, 45, 40, 134, 663, 399, 153, 111,
    Spread(246, 44, 101), Spread(1398, 29, 43),
)  # fmt: skip
COUNTS: dict[Party, Counts] = {"eu": EU, "cn": CN}
APPROVED = {"07": (27, 31), "08": (155, 171), "09": (337, 352), "10": (428, 444), "11": (300, 288)}


def numbers_page(party: Party) -> NumbersPage:
    """Both sides' numbers on the day of the last published one."""
    own, peer = COUNTS[party], COUNTS[peer_of(party)]
    months = tuple(
        month_line(
            MonthNumbers(
                f"2025-{month}", 200, {"eu": 190, "cn": 214},
                {"eu": eu, "cn": cn}, {"eu": 6, "cn": 6},
            ),
            party,
            peer_of(party),
        )
        for month, (eu, cn) in APPROVED.items()
    )  # fmt: skip
    lists = tuple(
        ListLine(
            ListRef(name, number, f"/batches/{number}"),
            own.listed,
            lines_of(own, peer, OF_LISTS),
            (own.age, peer.age),
        )
        for name, number in (("L2025-50", "EU-1204"), ("L2025-48", "EU-1100"))
    )
    public = tuple(
        PublicFigure(each.on, each.measure, listed, part)
        for each, listed, part in zip(
            PUBLIC_RECORD,
            (2003, 2048, 2183),
            ((1035, 1055), (1047, 1079), (1530, 1513)),
            strict=True,
        )
    )
    return _page(party, lists, public, own, peer, months)


def no_numbers(party: Party) -> NumbersPage:
    """Nothing was listed by the date."""
    return _page(party, (), (), Counts(), Counts(), ())


def _page(party, lists, public, own, peer, months) -> NumbersPage:
    return NumbersPage(
        on=ON,
        today=date(2026, 11, 24),
        parties=(party, peer_of(party)),
        lines=lines_of(own, peer, MEASURES),
        times=(TimeLine("age", (own.age, peer.age)), TimeLine("took", (own.took, peer.took))),
        lists=lists,
        months=months[::-1],
        chart=month_chart(months),
        public=public,
        up_to=("EU-1204", "CN-988"),
        limit=45,
        codes=(CodeNumbers("1C904.a", 1, 31, 0, 31), CodeNumbers("1C905.a", 2, 74, 0, 74))
        if lists
        else (),
        coded=tuple(code_table(source, _coded(), party, peer_of(party)) for source in CODE_SOURCES)
        if lists
        else (),
        first_general=date(2025, 12, 2) if lists else None,
        provisional=not lists,
    )


def _coded() -> tuple[CodedNumbers, ...]:
    """More codes than a drawing has room for, and applications without one."""
    codes = [f"1C90{number}.{form}" for number in range(2, 9) for form in "ab"]
    found = [
        CodedNumbers(
            code,
            {
                side: Counts(listed=90 + 13 * place, approved=60 + 9 * place + 4 * (side == "eu"))
                for side in PARTIES
            },
        )
        for place, code in enumerate(codes)
    ]
    return (*found, CodedNumbers("", COUNTS))
