"""Licences with what really occurs: much left, nothing left, too much drawn; and priority."""

from __future__ import annotations

from datetime import date

from special_channel.core.bytes.ids import Party
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
from special_channel.web.pages.priority import (
    REASONS,
    AskPage,
    FairnessPage,
    Grouping,
    GroupLine,
    PrioritiesPage,
    PriorityPage,
    RequestRef,
    WantedView,
)
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.states import GROUPS
from tests.web.samples.people import NOW, at, hexes

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
REQUEST = RequestRef("EU-870", "/priority/EU-870", at(24, 9), "line_stop", 3, 1, 1)


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


def priorities_page(party: Party) -> PrioritiesPage:
    return PrioritiesPage((REQUEST,), Paging(1, 1, 1), UP_TO, may_ask=party == "eu")


def priority_page(party: Party) -> PriorityPage:
    wanted = (
        WantedView("FIKTIV-26-0009317", "/applications/1", "review", "granted", "", "CN-339"),
        WantedView("FIKTIV-26-0009318", "/applications/2", "", "not_now", "in_turn", "CN-340"),
        WantedView("FIKTIV-26-0009319", "/applications/3", "expert", given="cannot"),
    )
    own = party == "cn"
    return PriorityPage(REQUEST, hexes(9), wanted, own, '{"answers":[]}' if own else "", int(own))


def ask_page() -> AskPage:
    bodies = tuple((reason, "{}") for reason in REASONS)
    return AskPage(("FIKTIV-26-0009317", "FIKTIV-26-0009318"), ("nobody",), bodies)


def fairness_page() -> FairnessPage:
    def groups(column: str, *values: str) -> Grouping:
        lines = tuple(
            GroupLine(value, 12, tuple((name, 3) for name in GROUPS), 4, 1) for value in values
        )
        return Grouping(column, lines, 12 * len(lines))

    return FairnessPage(
        (
            groups("member_state", "", "DE", "PL"),
            groups("end_use_sector", "automotive", "wind"),
            groups("is_sme", "false", "true"),
        ),
        36,
        UP_TO,
    )
