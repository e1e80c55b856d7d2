"""Licences with what really occurs: much left, nothing left, too much drawn; and priority."""

from __future__ import annotations

from datetime import date
from typing import Any

from special_channel.core.bytes.ids import Party
from special_channel.core.sense.findings import Finding, facts_of
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.sense import said
from special_channel.web.licences.pages import RecordForm, licence_page, licences_page
from special_channel.web.licences.pages import record_page as form_page
from special_channel.web.licences.portions import portions_of
from special_channel.web.licences.queries import LicencesPageQuery
from special_channel.web.licences.views import (
    CoveredItem,
    DrawItem,
    LicenceDetail,
    LicenceItem,
    LicencesFound,
    QuantityItem,
    StatedItem,
    StatedLine,
)
from special_channel.web.listed.pages import listed_page
from special_channel.web.listed.views import (
    Grouping,
    GroupLine,
    ListedFilters,
    ListedView,
    together,
)
from special_channel.web.priority.pages import priorities_page, priority_page, proposal_page
from special_channel.web.priority.views import (
    PrioritiesFound,
    PrioritiesPageQuery,
    PriorityDetail,
    PriorityItem,
    WantedItem,
)
from special_channel.web.shared.portions import EntryPortionQuery
from special_channel.web.shared.states import GROUPS
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.reasons import Sheeted, to_confirm
from tests.web.samples.people import NOW, hexes

LINES = (
    QuantityItem(
        code="1C905.a", allowed="5000", drawn="1850.5", left="3149.5", unit="kg", basis="gross"
    ),
    QuantityItem(
        code="1C904.b", allowed="40", drawn="41.25", left="-1.25", unit="kg", basis="contained"
    ),
)
CUSTOMERS = ("Fictional Antriebe Nord GmbH", "Fictional Łożyska Wisła sp. z o.o.")
LICENCE = LicenceItem(
    licence="虚构-26-00001", type="general", standing="in_force", valid_from=date(2025, 12, 1),
    valid_to=date(2026, 11, 30), lines=LINES, per="licence_year", customers=CUSTOMERS,
)  # fmt: skip
SINGLE = LicenceItem(
    licence="FIKTIV-L-" + "9" * 50, type="individual", standing="ended",
    valid_from=date(2026, 3, 1), valid_to=date(2026, 12, 31), lines=LINES[:1], per="licence",
    customers=(),
)  # fmt: skip
REQUEST = PriorityItem(
    position="EU-870", request=hexes(9), accepted="2026-11-20T09:00:00Z", reason="line_stop",
    applications=3, open=1, granted=1,
)  # fmt: skip


def licences(party: Party) -> ViewPage:
    view = LicencesFound(eu=878, cn=341, total=2, items=(LICENCE, SINGLE))
    query = LicencesPageQuery(standing="in_force")
    return licences_page(view, query, on=NOW.date(), records=party == "cn")


def drawn(position: str, amount: str, **others: Any) -> DrawItem:
    return DrawItem(
        position=position, on=date(2026, 10, 9), code="1C905.a", amount=amount, unit="kg",
        basis="gross", apart=False, **others,
    )  # fmt: skip


def licence(party: Party) -> ViewPage:
    covers = (CoveredItem(number="FIKTIV-26-0009317", code="1C905.a", state="review", rule="code"),)
    line = StatedLine(code="1C905.a", amount="5000", unit="kg", basis="gross")
    view = LicenceDetail(
        **dict(LICENCE),
        issued_on=date(2025, 11, 20),
        position="CN-320",
        since=date(2025, 12, 1),
        applications=("FIKTIV-26-0009317",),
        draws=(
            drawn(
                "CN-333", "125", application="FIKTIV-26-0009317", customer=CUSTOMERS[0],
                corrects="CN-331",
            ),
            drawn("CN-331", "1250", corrected_in="CN-333"),
            drawn("CN-330", "1250.5"),
        ),
        history=(
            StatedItem(
                position="CN-320", type="general", valid_from=date(2025, 12, 1),
                valid_to=date(2026, 11, 30), lines=(line,),
            ),
            StatedItem(
                position="CN-204", type="general", valid_from=date(2024, 12, 1),
                valid_to=date(2025, 11, 30), lines=(line,), ended="revoked",
                ended_on=date(2025, 11, 19),
            ),
        ),
        covers=covers if party == "eu" else None,
        covered=1,
        eu_size=878,
        cn_size=341,
    )  # fmt: skip
    return licence_page(
        view,
        portions_of(view, EntryPortionQuery()),
        on=NOW.date(),
        charter=1,
        records=party == "cn",
    )


def record(what: str = "licence", lang: Lang = "en") -> ViewPage:
    if what == "draw":
        form = {"quantity": "1,5", "unit": "kg"}
        codes = ("1C905.a", "1C904.b")
        return form_page(
            RecordForm(
                "licence.drawn", form, LICENCE.licence, codes, customers=True, fault="quantity"
            )
        )
    form = {"licence": LICENCE.licence, "code-0": "1C905.a", "quantity-0": "5", "unit-0": "t"}
    name = "Licence number" if lang == "en" else "许可证号"
    summary = ((name, LICENCE.licence),)
    early = Finding("S-074", "confirm", 1, ("valid_from",), variant="issued")
    return form_page(
        RecordForm(
            "licence.issued", form, LICENCE.licence, customers=True, body='{"licence":"1"}',
            summary=summary, confirm=to_confirm(catalogue(lang), [early], Sheeted()),
        )
    )  # fmt: skip


def priorities(party: Party) -> ViewPage:
    view = PrioritiesFound(eu=878, cn=341, total=1, items=(REQUEST,))
    return priorities_page(view, PrioritiesPageQuery(), asks=party == "eu")


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
    facts = facts_of(
        answer=("priority", "granted"), state=("state", "refused"), date=("date", "2026-11-20")
    )
    refused = Finding("S-087", "note", 1, ("answer",), facts, "state.read")
    notes = {} if own else {wanted[0].number: said(catalogue("en"), refused)}
    return priority_page(
        view, {wanted[2].number: ("cannot", "")} if own else {}, answers=own, notes=notes
    )


def proposal() -> ViewPage:
    return proposal_page(("FIKTIV-26-0009317", "FIKTIV-26-0009318"), ("nobody",))


def listed() -> ViewPage:
    def grouping(column: str, *values: str) -> Grouping:
        counts = dict.fromkeys(GROUPS, 3)
        lines = tuple(
            GroupLine(value=value, total=12, counts=counts, asked=4, granted=1) for value in values
        )
        return Grouping(column=column, whole=together(lines), lines=lines)

    groupings = (
        grouping("member_state", "", "DE", "PL"),
        grouping("end_use_sector", "automotive", "wind"),
        grouping("is_sme", "false", "true"),
    )
    return listed_page(ListedView(eu=878, cn=341, groupings=groupings), ListedFilters())
