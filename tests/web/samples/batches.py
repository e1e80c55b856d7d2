"""Batches with what really occurs: numbers not found, states that differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.threads import CloseFact, OpeningFact, ThreadRow
from special_channel.core.rules.releasing import Release
from special_channel.core.sense.findings import Fact, Finding
from special_channel.desk import columns, tables
from special_channel.desk.amending import AmendedRow
from special_channel.desk.layout import table_of
from special_channel.desk.sheet import AsideStop
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.sense import said
from special_channel.stores.lists import UrgencyCounts
from special_channel.web.lists.file_looks import amendment_page, check_page
from special_channel.web.lists.file_views import (
    AmendmentReport,
    DeskChoiceItem,
    EarlierItem,
    ListReport,
    LookItem,
    StopAsideItem,
)
from special_channel.web.lists.pages import batch_page, batches_page
from special_channel.web.lists.views import (
    AmendedItem,
    BatchDetail,
    BatchesFound,
    BatchesPageQuery,
    BatchPageQuery,
    CountedBatch,
    PredecessorItem,
    RowItem,
    RowStates,
    SheetItem,
)
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.references import BatchRef
from special_channel.web.shared.statements import StateItem
from special_channel.web.shared.states import Bar, bar_of
from special_channel.web.shared.words import Pair
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.reasons import ConfirmItem, Sheeted, to_confirm
from special_channel.web.shell.uploads import (
    AsideFault,
    AsideItem,
    FaultItem,
    HeadItem,
    KeptPart,
    SkippedItem,
    asked_items,
    column_words,
    data_to_sign,
)
from tests.web.samples.people import en, hexes, zh

PREDECESSOR = PredecessorItem(
    number="FIKTIV-100", former="FIKTIV-26-0001110", by="cn", position="CN-402", basis="refiled",
    times=4, list="L2026-38", batch="EU-88",
)  # fmt: skip
KEPT = KeptPart(
    data_to_sign(b'{"data":{"rows":[]},"role":"data"}'), "{}", "eu.channel.example/private"
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


def rows(party: Party) -> tuple[RowItem, ...]:
    states = ("review", "approved", "supplement", "submitted", "issued", "returned")
    items = []
    for n in range(1, 26):
        eu = StateItem(
            position="EU-120", state=states[n % 6], as_of=date(2026, 11, 12), source="supplier"
        )
        cn = StateItem(
            position="CN-318", state=states[(n + n % 3 // 2) % 6], as_of=date(2026, 11, 17),
            source="bureau",
        )  # fmt: skip
        known = n % 7 != 0
        items.append(
            RowItem(
                row=n,
                number=f"FIKTIV-26-{9300 + n:07d}",
                urgency=("normal", "urgent", "line_stop")[n % 3],
                rank=n,
                first_listed=date(2026, 9, 25),
                times_listed=1 + n % 5,
                states=RowStates(
                    eu=eu,
                    cn=cn if known else None,
                    differs=known and cn.state != eu.state,
                    predecessors=(PREDECESSOR,) if n == 2 else (),
                ),
                match="found" if known else "not_found",
                accepted_on=date(2026, 9, 21) if n % 2 else None,
                days_used=38 if n % 2 else None,
                remark="resubmit" if n == 4 else None if known else "typo",
            )
        )
    return tuple(items)


def fault(lang: Lang, row: int, column: str, code: str, **facts: Any) -> FaultItem:
    words = catalogue(lang).sentence(code, row=row, column=column, **facts)
    return FaultItem(
        row=row,
        list_row=row - 1,
        column=column,
        code=code,
        **facts,
        sentence=words.text,
        next=words.next_step,
    )


def confirms(lang: Lang) -> tuple[ConfirmItem, ...]:
    """Three findings to confirm, one of them in many rows."""
    pair = {"number": Fact("number", "FIKTIV-110"), "other": Fact("number", "FIKTIV-101")}
    ranks = {"n": Fact("text", "4"), "rows": Fact("rows", "7,11")}
    past = [
        Finding(
            "S-016",
            "confirm",
            row,
            ("stop_on",),
            {"date": Fact("date", f"2026-11-{row:02}")},
            "past",
        )
        for row in range(1, 13)
    ]
    found = (
        Finding("S-007", "confirm", 5, ("number",), pair, "values"),
        Finding("S-017", "confirm", 7, ("rank",), ranks),
        *past,
    )
    return to_confirm(catalogue(lang), found, Sheeted(50, {row: row + 1 for row in range(1, 51)}))


def looks(lang: Lang) -> tuple[LookItem, ...]:
    """Two things to look at."""
    t = catalogue(lang)
    decided = {"number": "FIKTIV-77", "side": t.label("side", "cn")}
    decided["state"] = t.label("state", "issued")
    notices: tuple[tuple[str, tuple[int, ...], dict[str, str]], ...] = (
        ("list-decided", (12, 31), decided),
        ("list-rank-unexplained", tuple(range(20, 40)), {}),
    )
    return tuple(
        LookItem(
            code=code,
            rows=rows,
            list_rows=tuple(row - 1 for row in rows),
            sentence=words.text,
            next=words.next_step,
        )
        for code, rows, facts in notices
        for words in (t.sentence(code, **facts),)
    )


def list_check(lang: Lang, *, faults: bool) -> ViewPage:
    """A checked file with every kind of finding."""
    impossible = FaultItem(
        row=11,
        list_row=7,
        column="eu_as_of",
        code="S-011",
        sentence=said(catalogue(lang), Finding("S-011", "refuse", 7, ("as_of",))),
        next=catalogue(lang).label("sense-next", "refuse"),
    )
    note = fault(
        lang, 4, "times_listed", "list-times-listed", number="FIKTIV-200", file="3", record="5"
    )
    row = {"number": "FIKTIV-200", "row": 1, "urgency": "urgent", "rank": 1, "times_listed": 5}
    report = ListReport(
        list="L2026-47",
        stops_aside=tuple(
            StopAsideItem(line=each.line, row=each.row, number=each.number,
                          sentence=each.said(catalogue(lang)))
            for each in (AsideStop(11, 7, "FIKTIV-207", dated=False),
                         AsideStop(13, 0, "", dated=True))
        ) if faults else (),
        faults=(fault(lang, 1, "list_id", "list-known", number="EU-131"),) if faults else (),
        notes=(note,),
        confirm=confirms(lang),
        look=looks(lang),
        again=1,
        gone=3,
        first_stop=date(2026, 12, 3),
        counted=UrgencyCounts("L2026-47", {"line_stop": 4, "urgent": 16, "normal": 30}),
        last=UrgencyCounts("L2026-46", {"line_stop": 2, "urgent": 21, "normal": 25}, "EU-120"),
        waiting=False,
        reopened=(
            EarlierItem(
                number="FIKTIV-200", times=4, first="2026-09-25", list="L2026-46",
                position="EU-120", eu_state="review", cn_state="",
            ),
        ),
        linked=(PREDECESSOR,),
        rows=(
            row,
            {"number": "FIKTIV-100", "row": 2, "urgency": "normal", "rank": 2, "times_listed": 1},
        ),
        lines=(4, 5),
        kept=(columns.encode_row(1, "FIKTIV-200", {"rank_reason": "Stock for nine days"}),),
        stays=("eu_company", "hs_cn", "注释"),
        stays_named=tuple(column_words(catalogue(lang), each)
                          for each in ("eu_company", "hs_cn", "注释")),
        heads=(
            HeadItem(place="A3", text="MOFCOM No.", column="application_no",
                     words=catalogue(lang).label("sheet", "number")),
            HeadItem(place="B3", text="注释"),
            HeadItem(place="C3", text="Date", meant=("first_listed", "eu_as_of", "stop_on")),
        ),
        skipped=(SkippedItem(line=1, text="Fictional weekly list L2026-47"),
                 SkippedItem(line=54, text="合计 50")),
        total=6 if faults else 2,
        others=("Notizen",),
        unnamed=("F3",),
        aside=(
            AsideItem(line=9, row="5", number="FIKTIV-201", faults=(
                AsideFault(
                    fault=fault(lang, 9, "urgency", "list-word", cell="very urgent"),
                    column=catalogue(lang).label("sheet", "urgency"),
                    options=(("urgent", catalogue(lang).label("urgency", "urgent")),),
                ),
            )),
            AsideItem(line=11, row="7", number="FIKTIV-207", faults=(
                AsideFault(fault=impossible, column=catalogue(lang).label("sheet", "as_of")),
            )),
            AsideItem(line=12, row="8", number="FIKTIV-202", faults=(
                AsideFault(fault=fault(lang, 12, "", "list-row-hidden"), decide="row-hidden"),
            )),
            AsideItem(line=13, row="9", number="", faults=(
                AsideFault(fault=fault(lang, 13, "application_no", "list-number-missing")),
            )),
        ) if faults else (),
        comments=(("B7", "虚构：暂缓"),) if faults else (),
    )  # fmt: skip
    return check_page(
        report,
        file="liste-47.xlsx",
        agreed=["state", "as_of"],
        not_agreed=["question"],
        charter=1,
        signable=not faults,
        part=data_to_sign(b'{"data":{"rows":[{"number":"FIKTIV-200","row":1}]},"role":"data"}' * 4),
        body='{"list":"L2026-47","rows":50}',
        kept=KEPT,
        release=Release(held=True, roles=("head", "director")),
        next_officials=("Astrid Lindqvist",),
        by_desk=DeskChoiceItem(on=date(2026, 11, 20), by="Ilona Kőszegi"),
    )


def list_encoding(lang: Lang) -> ViewPage:
    """A file that tells no encoding."""
    name = "Fikcyjne Łożyska Śląsk"
    text = f"list_id,row,application_no,urgency,company\r\nL2026-47,1,FIKTIV-200,urgent,{name}\r\n"
    book = tables.read(text.encode("windows-1250"))
    try:
        table_of(book, "list")
    except Malformed as error:
        asked = asked_items(catalogue(lang), error, book)
        return check_page(None, file="lista-47.csv", held=True, **asked)
    raise AssertionError("the file is read without a question")


def amendment(lang: Lang) -> ViewPage:
    """A checked amendment with one row of each kind."""
    stop = Finding(
        "S-016", "confirm", 2, ("stop_on",), {"date": Fact("date", "2026-08-03")}, "past"
    )
    report = AmendmentReport(
        list="L2026-41",
        faults=(),
        confirm=to_confirm(catalogue(lang), [stop], Sheeted(50, {stop.row: 3})),
        data={},
        rows=3,
        line_stop=True,
        kept=({"row": 2},),
    )
    return amendment_page(
        BatchRow(hexes(1), 120, "L2026-41", 250, "2026-11-13T15:00:00Z"),
        report,
        file="amendment-41.xlsx",
        lines=(
            AmendedRow(
                2, "FIKTIV-26-0009302", ("urgent", "4", ""), ("line_stop", "1", "2026-12-03")
            ),
            AmendedRow(
                3,
                "FIKTIV-26-0009303",
                ("normal", "9", ""),
                None,
                {"en": "issued", "zh-CN": "已发证"}[lang],
            ),
            AmendedRow(26, "FIKTIV-26-0009326", None, ("urgent", "5", "")),
        ),
        part=data_to_sign(b'{"data":{"added":[]},"role":"data"}'),
        body='{"rows":3}',
        signable=True,
        kept=KEPT,
        release=Release(held=True, roles=("head",)),
    )


def item(name: str, number: str, accepted: str, **more: Any) -> CountedBatch:
    fields: dict[str, Any] = {
        "batch": hexes(1), "number": number, "list": name, "rows": 250, "standing": 250,
        "accepted": accepted, "answers": (), "amendments": (), "counts": dict(BAR.counts),
        "eu_counts": dict(BAR.counts), "answered": 0, "open_threads": 0, "differing": 0,
    }  # fmt: skip
    return CountedBatch(**fields | more)


def batch(party: Party) -> ViewPage:
    listed = item(
        "L2026-41", "EU-120", "2026-11-13T15:00:00Z", eu_as_of=date(2026, 11, 12),
        cn_as_of=date(2026, 11, 17),
        answers=(SheetItem(position="CN-318", accepted="2026-11-19T03:20:00Z", rows=50),),
        amendments=(
            AmendedItem(
                position="EU-131", accepted="2026-11-14T09:00:00Z", added=1, changed=2, withdrawn=1
            ),
        ),
    )  # fmt: skip
    closed = CloseFact("eu", 203, hexes(7), "2026-11-20T09:00:00Z")
    threads = [
        (thread("eu", 142, ("FIKTIV-26-0009301", "FIKTIV-26-0009302")), TITLE, 2),
        (replace(thread("cn", 201), closes=(closed,)), Pair(zh("0098号申请退回")), 0),
    ]
    items = rows(party)
    private: tuple[str, ...] = ("Beispiel Antriebe GmbH (fictional)", "DE", "8 Dec 2026")
    names: tuple[str, ...] = ("company", "member_state", "stock_out_on")
    if party == "cn":
        private, names = ("拟请企业补正后再审",), ("internal_review_notes",)
    return batch_page(
        BatchDetail(eu=878, cn=341, items=(listed, *items)),
        bars={"eu": BAR, "cn": bar_of({"review": 20, "approved": 27, "not_accepted": 3})},
        states=["review", "supplement"],
        threads=threads,
        remarks={},
        private_columns=names,
        private={each.row: private for each in items},
        query=BatchPageQuery(),
        pages=Paging(1, 3, 250, None, "/batches/EU-120?page=2"),
        print_url="/batches/EU-120?all=1&print=all",
        printing=False,
        writes=True,
        answers=party == "cn",
        amends=party == "eu",
    )


def thread(party: Party, index: int, applications: tuple[str, ...] = ()) -> ThreadRow:
    opened = OpeningFact(
        party, index, hexes(5), hexes(6), hexes(1), applications, "2026-11-13T15:00:00Z"
    )
    return ThreadRow(hexes(5), (opened,))


def batches(party: Party) -> ViewPage:
    first = item("L2026-42", "EU-903", "2026-11-20T15:00:00Z", rows=248, standing=248)
    second = item(
        "L2026-41", "EU-120", "2026-11-13T15:00:00Z", answered=250, open_threads=3, differing=17
    )
    view = BatchesFound(eu=904, cn=341, total=2, items=(first, second))
    return batches_page(view, BatchesPageQuery(), lists=party == "eu")
