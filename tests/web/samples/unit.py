"""A sample of the page of what each desk holds."""

from __future__ import annotations

from datetime import date

from special_channel.core.bytes.ids import Party
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.words import Pair
from special_channel.web.shell.frame import ViewPage
from special_channel.web.unit.pages import unit_page
from special_channel.web.unit.views import DeskItem, ReleaseItem, UnitQuery, UnitThread, UnitView
from tests.web.samples.inbox import rows_ours, rows_theirs, staff
from tests.web.samples.people import astrid, at, chen, en, hexes, zh

DAYS = tuple(date(2026, 11, day) for day in (24, 25, 26, 27, 30))

DESKS: dict[Party, tuple[tuple[str, Pair], ...]] = {
    "eu": (
        ("eu-permits", Pair(en("Export permits desk"), zh("出口许可岗位"))),
        ("eu-sensors", Pair(en("Sensors and optics"), zh("传感器和光学岗位"))),
    ),
    "cn": (
        ("cn-licensing", Pair(zh("许可处"), en("Licensing division"))),
        ("cn-bureau", Pair(zh("综合处"), en("General affairs division"))),
    ),
}


def unit_sample(party: Party, *, empty: bool = False) -> ViewPage:
    """Return desks with threads, releases and absences; or a side without any of them."""
    desks = DESKS[party]
    if empty:
        held = (DeskItem(desk=desks[0][0], title=desks[0][1], open=0, passed=0, dates=(0,) * 5),)
        none = UnitView(
            eu=910, cn=345, day=DAYS[0], days=DAYS, desks=held, nobody=(), unheld=0, releases=(),
            away=(), items=(), total=0, open=0,
        )  # fmt: skip
        query = UnitQuery(desk=desks[0][0], on="passed")
        return unit_page(none, query, Paging(1, 1, 0))
    people = staff(party)
    away = people[1].model_copy(update={"until": date(2026, 12, 1), "stand_in": people[0].name})
    alone = people[0].model_copy(update={"until": date(2026, 11, 25)})
    rows = (*rows_ours(party), *rows_theirs(party))
    known = "No answer yet; the date passed on Fri 20 Nov." if party == "eu" else "尚无答复。"
    threads = tuple(
        UnitThread(
            number=row.number, thread=row.thread, title=row.title, opened=date(2026, 11, 10),
            working_days=10 - place, desk=desks[0][0], desk_title=desks[0][1],
            question=row.about or "", due=row.due if row.about else None,
            state=known if row.about else "", holder=people[1] if place else None,
        )
        for place, row in enumerate(rows)
    )  # fmt: skip
    nobody = threads[-1].model_copy(
        update={"desk": "-", "desk_title": None, "holder": None, "working_days": 0}
    )
    author = astrid("eu") if party == "eu" else chen("cn")
    whose = ("Head of unit",) if party == "eu" else ("处长",)
    releases = (
        ReleaseItem(id=hexes(1), kind="batch.listed", name="L2026-48", author=author,
                    at=at(24, 7, 40), whose=whose, mine=True),
        ReleaseItem(id=hexes(2), kind="note.posted", thread=rows[0].number, author=author,
                    at=at(24, 8, 2), whose=whose * 2, mine=False, due=at(25, 11)),
    )  # fmt: skip
    items = tuple(
        DeskItem(desk=code, title=title, open=9 - 2 * place, oldest=date(2026, 11, 6),
                 working_days=12 - 3 * place, passed=1 - place, dates=(0, 1, 1, 0, place))
        for place, (code, title) in enumerate(desks)
    )  # fmt: skip
    last = DeskItem(
        desk="-", open=1, oldest=DAYS[0], working_days=0, passed=0, dates=(0, 0, 0, 0, 0)
    )
    view = UnitView(
        eu=910, cn=345, day=DAYS[0], days=DAYS, desks=(*items, last), nobody=(nobody,), unheld=1,
        releases=releases, away=(away, alone), items=(*threads, nobody), total=123, open=123,
        holder=people[1].name,
    )  # fmt: skip
    pages = Paging(1, 3, 123, None, "/unit?page=2")
    return unit_page(view, UnitQuery(holder=people[1].number), pages)
