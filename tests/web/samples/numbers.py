"""Applications in numbers: a record of two lists, and one without any."""

from __future__ import annotations

from datetime import date

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.stores.numbers import CODE_SOURCES, CodeNumbers, Counts, MonthNumbers, Spread
from special_channel.web.numbers.pages import numbers_page as page_of
from special_channel.web.numbers.queries import PUBLIC_RECORD, counts_of
from special_channel.web.numbers.views import (
    MEASURES,
    TIMES,
    CodeCountsItem,
    CodedCounts,
    CountsItem,
    DefinitionItem,
    ListCounts,
    NumbersView,
    PublicItem,
    TwoWays,
)
from special_channel.web.shared.corrections import CorrectionOf
from special_channel.web.shared.extents import ExtentView
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.inbox import corrected
from tests.web.samples.people import own

ON = date(2025, 12, 15)
TODAY = date(2026, 11, 24)
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


def numbers_page(party: Party) -> ViewPage:
    """Both sides' numbers on the day of the last published one."""
    counts = {side: counts_of(side, COUNTS[side], CountsItem) for side in COUNTS}
    sides = (counts[party], counts[peer_of(party)])
    months = tuple(
        MonthNumbers(
            month=f"2025-{month}", listed=200, accepted={"eu": 190, "cn": 214},
            approved={"eu": eu, "cn": cn}, refused={"eu": 6, "cn": 6},
        )
        for month, (eu, cn) in APPROVED.items()
    )  # fmt: skip
    lists = tuple(
        ListCounts(list=name, batch=number, sides=sides)
        for name, number in (("L2025-48", "EU-1100"), ("L2025-50", "EU-1204"))
    )
    public = tuple(
        PublicItem(
            on=on, published=own(party, "about half", "约半数"), measure=measure,
            definition=own(party, "as said in public", "据公开表述"), listed=listed,
            part={"eu": eu, "cn": cn},
        )
        for (on, measure), listed, (eu, cn) in zip(
            PUBLIC_RECORD,
            (2003, 2048, 2183),
            ((1035, 1055), (1047, 1079), (1530, 1513)),
            strict=True,
        )
    )  # fmt: skip
    codes = tuple(
        CodeNumbers(code=code, general=general, individual=many, certificate=0, applications=many)
        for code, general, many in (("1C904.a", 1, 31), ("1C905.a", 2, 74))
    )
    return page_of(
        _view(
            sides, lists=lists, months=months, codes=codes, public=public, coded=_coded(party),
            first_general=date(2025, 12, 2),
        ),
        TODAY,
        provisional=False,
    )  # fmt: skip


def numbers_with_corrections(party: Party) -> ViewPage:
    """Numbers of an earlier record, with a correction made since."""
    view: NumbersView = numbers_page(party).view  # type: ignore[assignment]  # made above
    made = corrected(party).items[0].corrections[0]
    number = "虚构2026-0117"
    of = {"by": made.by, "number": number, "url": f"/applications/{number}"}
    named = CorrectionOf(**dict(made) | of)
    return page_of(
        view.model_copy(
            update={
                "public": (),
                "extent": ExtentView(
                    counting="corrected", eu=1205, cn=989, eu_corrected=1310, cn_corrected=1044
                ),
                "apart": (
                    TwoWays(measure="approved", by="cn", recorded=1513, corrected=1512),
                    TwoWays(measure="took_median", by="cn", recorded=29, corrected=None),
                ),
                "corrections": (named,),
                "corrections_total": 201,
            }
        ),
        TODAY,
        provisional=False,
    )


def no_numbers(party: Party) -> ViewPage:
    """Nothing was listed by the date."""
    sides = tuple(counts_of(side, Counts(), CountsItem) for side in (party, peer_of(party)))
    view = _view(sides, lists=(), months=(), codes=(), public=(), coded=())
    return page_of(view, TODAY, provisional=True)


def _view(sides, **others) -> NumbersView:
    definitions = tuple(
        DefinitionItem(measure=name, title=name, definition=name) for name in (*MEASURES, *TIMES)
    )
    return NumbersView(
        eu=1205, cn=989, on=ON, limit=45, sides=sides, definitions=definitions, **others
    )


def _coded(party: Party) -> tuple[CodedCounts, ...]:
    """More codes than a chart has room for, and applications without one."""
    sides = (party, peer_of(party))
    codes = [f"1C90{number}.{form}" for number in range(2, 9) for form in "ab"]
    counts = [
        (
            code,
            {
                side: Counts(listed=90 + 13 * place, approved=60 + 9 * place + 4 * (side == "eu"))
                for side in PARTIES
            },
        )
        for place, code in enumerate(codes)
    ]
    return tuple(
        CodedCounts(
            source=source,
            code=code,
            sides=tuple(counts_of(side, of[side], CodeCountsItem) for side in sides),
        )
        for source in CODE_SOURCES
        for code, of in (*counts, ("", COUNTS))
    )
