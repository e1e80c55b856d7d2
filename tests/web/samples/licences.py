"""Licences with what really occurs: much left, nothing left, too much drawn; and priority."""

from __future__ import annotations

from datetime import date

from special_channel.core.bytes.ids import Party
from special_channel.web.listed.pages import listed_page
from special_channel.web.listed.views import Grouping, GroupLine, ListedView
from special_channel.web.pages.licences import (
    CoveredView,
    DrawView,
    IssueView,
    LicenceLine,
    LicencePage,
    LicencesAsked,
    LicencesPage,
    LineView,
    RecordPage,
)
from special_channel.web.priority.pages import priorities_page, priority_page, proposal_page
from special_channel.web.priority.views import (
    PrioritiesFound,
    PriorityDetail,
    PriorityItem,
    WantedItem,
)
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.states import GROUPS
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.people import NOW, hexes

UP_TO = ("EU-877", "CN-340")
LINES = (
    LineView("1C905.a", "5000", "1850.5", "3149.5", "kg", "gross", 629),
    LineView("1C904.b", "40", "41.25", "-1.25", "kg", "contained", 0, over=True),
)
LICENCE = LicenceLine(
    "虚构-26-00001", "/licences/1", "general", "in_force", date(2026, 12, 1), date(2027, 11, 30),
    371, LINES, "licence_year", 2,
)  # fmt: skip
SINGLE = LicenceLine(
    "FIKTIV-L-" + "9" * 50, "/licences/2", "individual", "ended", date(2026, 3, 1),
    date(2026, 12, 31), 37, LINES[:1], "licence",
)  # fmt: skip
REQUEST = PriorityItem(
    position="EU-870", request=hexes(9), accepted="2026-11-24T09:00:00Z", reason="line_stop",
    applications=3, open=1, granted=1,
)  # fmt: skip


def licences_page(party: Party) -> LicencesPage:
    return LicencesPage(
        (LICENCE, SINGLE), Paging(1, 1, 2), LicencesAsked(standing="in_force"), NOW.date(), UP_TO,
        records=party == "cn",
    )  # fmt: skip


def licence_page(party: Party) -> LicencePage:
    first = DrawView("CN-330", hexes(1), date(2026, 12, 8), "1C905.a", "1250.5", "kg", "gross")
    covers = (CoveredView("FIKTIV-26-0009317", "/applications/1", "1C905.a", "review", "code"),)
    return LicencePage(
        licence=LICENCE,
        issued_on=date(2026, 11, 20),
        position="CN-320",
        since=date(2026, 12, 1),
        on=NOW.date(),
        applications=(("FIKTIV-26-0009317", "/applications/1"),),
        customers=("Fictional Antriebe Nord GmbH", "Fictional Łożyska Wisła sp. z o.o."),
        draws=(
            DrawView(
                "CN-333", hexes(2), date(2026, 12, 9), "1C905.a", "125", "kg", "gross",
                "FIKTIV-26-0009317", "/applications/1", "Fictional Antriebe Nord GmbH", "CN-331",
            ),
            DrawView(
                "CN-331", hexes(3), date(2026, 12, 9), "1C905.a", "1250", "kg", "gross",
                corrected_in="CN-333",
            ),
            first,
        ),
        history=(
            IssueView(
                "CN-320", "general", date(2026, 12, 1), date(2027, 11, 30),
                (("1C905.a", "5000", "kg", "gross"),), "revoked", date(2027, 2, 2),
            ),
        ),
        covers=covers if party == "eu" else None,
        covered=1,
        shared_customers=True,
        records=party == "cn",
    )  # fmt: skip


def record_page(what: str = "licence") -> RecordPage:
    if what == "draw":
        return RecordPage(
            "draw", "/licences/1/draw", "/licences/1", {"quantity": "1,5", "unit": "kg"},
            LICENCE.number, ("1C905.a", "1C904.b"), fault="quantity", shared_customers=True,
        )  # fmt: skip
    given = {"licence": LICENCE.number, "code-0": "1C905.a", "quantity-0": "5", "unit-0": "t"}
    return RecordPage(
        "licence", "/new-licence", "/licences/1", given, LICENCE.number, body='{"licence":"1"}',
        told=(("Licence number", LICENCE.number),), shared_customers=True, lines=2,
    )  # fmt: skip


def priorities(party: Party) -> ViewPage:
    view = PrioritiesFound(eu=878, cn=341, total=1, items=(REQUEST,))
    return priorities_page(view, Paging(1, 1, 1), asks=party == "eu")


def priority(party: Party) -> ViewPage:
    wanted = (
        WantedItem(
            number="FIKTIV-26-0009317", state="review", answer="granted", answered_in="CN-339"
        ),
        WantedItem(
            number="FIKTIV-26-0009318", answer="not_now", remark="in_turn", answered_in="CN-340"
        ),
        WantedItem(number="FIKTIV-26-0009319", state="expert"),
    )
    own = party == "cn"
    view = PriorityDetail(**dict(REQUEST), wanted=wanted)
    return priority_page(view, {wanted[2].number: ("cannot", "")} if own else {}, answers=own)


def proposal() -> ViewPage:
    return proposal_page(("FIKTIV-26-0009317", "FIKTIV-26-0009318"), ("nobody",))


def listed() -> ViewPage:
    def grouping(column: str, *values: str) -> Grouping:
        counts = dict.fromkeys(GROUPS, 3)
        lines = tuple(
            GroupLine(value=value, total=12, counts=counts, asked=4, granted=1) for value in values
        )
        return Grouping(column=column, lines=lines)

    groupings = (
        grouping("member_state", "", "DE", "PL"),
        grouping("end_use_sector", "automotive", "wind"),
        grouping("is_sme", "false", "true"),
    )
    return listed_page(ListedView(eu=878, cn=341, groupings=groupings))
