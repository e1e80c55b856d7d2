"""Batches with what really occurs: numbers not found, states that differ."""

from __future__ import annotations

from datetime import date

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.applications import NumberLink
from special_channel.core.rules.releasing import Release
from special_channel.stores.lists import EarlierListings, Predecessor
from special_channel.web.pages.amendment import AmendmentPage
from special_channel.web.pages.batch import (
    AmendedIn,
    ApplicationRow,
    BatchesPage,
    BatchLine,
    BatchPage,
    Filter,
    SideCounts,
)
from special_channel.web.pages.list_check import (
    FaultLine,
    KeptPart,
    LineSeen,
    ListCheckPage,
    NearLine,
    UrgencyLine,
)
from special_channel.web.shared.amendments import AmendedLine
from special_channel.web.shared.bars import Bar, bar_of
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.references import Assertion, BatchRef, ThreadRef
from special_channel.web.shared.words import Pair
from tests.web.samples.people import at, en, hexes, zh

PREDECESSOR = Predecessor(
    NumberLink("cn", 402, hexes(90), "FIKTIV-100", "FIKTIV-26-0001110", "refiled"),
    EarlierListings(4, "2026-08-28", "L2026-38", "EU-88"),
)

BAR = Bar(
    (("submitted", 3), ("review", 16), ("approved", 21), ("issued", 8), ("supplement", 4),
     ("returned.supplier", 1), ("returned.bureau", 1), ("unknown", 1))
)  # fmt: skip


def batch_ref(name: str = "L2026-41", position: str = "EU-120") -> BatchRef:
    return BatchRef(name, position, f"/batches/{position}", BAR)


TITLE = Pair(
    en("End-user certificates for five applications in list L2026-41"),
    zh("清单L2026-41中五份申请的最终用户和最终用途证明"),
)


def application_rows(party: Party) -> tuple[ApplicationRow, ...]:
    states = ("review", "approved", "supplement", "submitted", "issued", "returned")
    rows = []
    for n in range(1, 26):
        eu = Assertion(states[n % 6], date(2026, 11, 12), "supplier", "EU-120")
        cn = (
            None
            if n % 7 == 0
            else Assertion(states[(n + n % 3 // 2) % 6], date(2026, 11, 17), "bureau", "CN-318")
        )
        own, peer = (eu, cn) if party == "eu" else (cn, eu)
        private = ("Beispiel Antriebe GmbH (fictional)", "DE", "8 Dec 2026")
        rows.append(
            ApplicationRow(
                row=n,
                number=f"FIKTIV-26-{9300 + n:07d}",
                urgency=("normal", "urgent", "line_stop")[n % 3],
                rank=n,
                first_listed=date(2026, 9, 25),
                times_listed=1 + n % 5,
                own=own,
                peer=peer,
                match="not_found" if n % 7 == 0 else "found",
                differs=cn is not None and cn.code != eu.code,
                accepted_on=date(2026, 9, 21) if n % 2 else None,
                days_used=38 if n % 2 else None,
                remark="typo" if n % 7 == 0 else "",
                threads=(ThreadRef("EU-142", "/threads/EU-142", TITLE, 2),) if n < 4 else (),
                private=private if party == "eu" else ("拟请企业补正后再审",),
                predecessors=(PREDECESSOR,) if n == 2 else (),
            )
        )
    return tuple(rows)


def list_check_page() -> ListCheckPage:
    """A dry run with all that one can find; the bytes are there as if nothing were wrong."""
    return ListCheckPage(
        file="liste-47.xlsx",
        list="L2026-47",
        rows=50,
        faults=(
            FaultLine(3, "urgency", "list-malformed", (("row", 3), ("column", "urgency"))),
            FaultLine(9, "hs_cn", "list-code-number", (("row", 9), ("column", "hs_cn"))),
        ),
        near=(
            NearLine(8, "FIKTIV-2OO", 4, "FIKTIV-200", alike=True),
            NearLine(6, "FIKTIV-101", 5, "FIKTIV-100", alike=False),
        ),
        notes=(
            FaultLine(
                4,
                "times_listed",
                "list-times-listed",
                (("number", "FIKTIV-200"), ("file", "3"), ("record", "5")),
            ),
        ),
        urgency=(
            UrgencyLine("line_stop", 4, 2),
            UrgencyLine("urgent", 16, 21),
            UrgencyLine("normal", 30, 25),
        ),
        last=("L2026-46", "EU-120"),
        reopened=1,
        linked=1,
        lines=(
            LineSeen(
                4,
                "FIKTIV-200",
                "urgent",
                "1",
                "Stock for nine days",
                "5",
                EarlierListings(4, "2026-09-25", "L2026-46", "EU-120", "review", ""),
            ),
            LineSeen(5, "FIKTIV-100", "normal", "2", "", "1", None, (PREDECESSOR,)),
        ),
        crosses=(("number", 50), ("urgency", 48)),
        agreed=("state", "as_of"),
        not_agreed=("question",),
        charter=1,
        part='{"data":{"rows":[{"number":"FIKTIV-200","row":1}]},"role":"data"}' * 4,
        body='{"list":"L2026-47","rows":50}',
        stays=("eu_company", "hs_cn", "注释"),
        kept=KeptPart('{"data":{"rows":[]},"role":"data"}', "{}", "eu.channel.example/private"),
        release=Release(held=True, roles=("desk", "head")),
    )


def amendment_page() -> AmendmentPage:
    """A dry run of amending: one row of each kind, and the bytes."""
    return AmendmentPage(
        "L2026-41",
        "EU-120",
        hexes(1),
        file="amendment-41.xlsx",
        lines=(
            AmendedLine(
                2, "FIKTIV-26-0009302", ("urgent", "4", ""), ("line_stop", "1", "2026-12-03")
            ),
            AmendedLine(3, "FIKTIV-26-0009303", ("normal", "9", ""), None, "issued"),
            AmendedLine(26, "FIKTIV-26-0009326", None, ("urgent", "5", "")),
        ),
        part='{"data":{"added":[]},"role":"data"}',
        body='{"rows":3}',
        kept=KeptPart('{"data":{"rows":[]},"role":"data"}', "{}", "eu.channel.example/private"),
        release=Release(held=True, roles=("head",)),
    )


def batch_page(party: Party) -> BatchPage:
    eu, cn = (
        SideCounts("eu", BAR, date(2026, 11, 12)),
        SideCounts(
            "cn",
            bar_of({"review": 20, "approved": 27, "not_accepted": 3}),
            date(2026, 11, 17),
        ),
    )
    return BatchPage(
        name="L2026-41",
        position="EU-120",
        entry_id=hexes(1),
        url="/batches/EU-120",
        listed_at=at(13, 15),
        answered_at=at(19, 3, 20),
        answered_position="CN-318",
        answered_rows=50,
        sides=(eu, cn) if party == "eu" else (cn, eu),
        rows=application_rows(party),
        paging=Paging(1, 3, 250, None, "/batches/EU-120?page=2"),
        filter=Filter(states=("review", "supplement"), matches=("found", "not_found")),
        threads=(
            ThreadRef("EU-142", "/threads/EU-142", TITLE, 2),
            ThreadRef("CN-201", "/threads/CN-201", Pair(zh("0098号申请退回")), closed=True),
        ),
        private_columns=("company", "member_state", "stock_out_on")
        if party == "eu"
        else ("internal_review_notes",),
        new_thread_url="/batches/EU-120/new-thread",
        csv_url="/batches/EU-120.csv",
        amendments=(AmendedIn("EU-131", at(14, 9), 1, 2, 1),),
        amend_url="/batches/EU-120/amend" if party == "eu" else None,
    )


def batches_page(party: Party) -> BatchesPage:
    return BatchesPage(
        (
            BatchLine(batch_ref("L2026-42", "EU-903"), at(20, 15), 248, 0, 0, 0),
            BatchLine(batch_ref(), at(13, 15), 250, 250, 3, 17),
        ),
        Paging(1, 1, 2),
        lists=party == "eu",
    )
