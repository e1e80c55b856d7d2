"""A list being answered, with what really occurs; faults of a file; the lists of terms."""

from __future__ import annotations

from datetime import date
from typing import Any

from special_channel.core.rows.batches import BatchRow
from special_channel.desk.given import OtherValue, said_of
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.answers.pages import answer_page, sheet_page
from special_channel.web.answers.views import (
    AnswerPart,
    AnswerRow,
    AnswerView,
    Progress,
    RowNotice,
)
from special_channel.web.shared.statements import StateItem
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.uploads import (
    AsideFault,
    AsideItem,
    FaultItem,
    KeptPart,
    data_to_sign,
)
from tests.web.samples.people import hexes

HELD: tuple[dict[str, Any], ...] = (
    {"match": "found", "state": "review", "as_of": "2026-11-17", "accepted_on": "2026-10-23",
     "clock": "runs"},
    {"match": "found", "state": "supplement", "as_of": "2026-11-17", "clock": "not_started",
     "missing": ["end_user_certificate", "translation"], "remark": "applicant_told"},
    {"match": "not_found", "remark": "typo"},
    {"match": "found", "state": "approved", "as_of": "2026-11-14", "accepted_on": "2026-09-10",
     "clock": "stopped", "decision": "approved", "decided_on": "2026-11-13"},
    {"match": "withheld", "remark": "law"},
    {},
)  # fmt: skip


def answer_row(n: int) -> AnswerRow:
    held = HELD[n % len(HELD)]
    peer = StateItem(
        position="EU-120", state="returned", as_of=date(2026, 11, 12), source="supplier"
    )
    return AnswerRow(
        row=n,
        number=f"FIKTIV-26-{9300 + n:07d}",
        said_in=f"CN-{300 + n}" if held else None,
        fields=held,
        question=("status", "", "missing")[n % 3],
        peer=None if n % 4 == 0 else peer,
        here=n % 5 == 0 and bool(held),
    )


def answer() -> ViewPage:
    rows = tuple(answer_row(n) for n in range(1, 26))
    view = AnswerView(list="L2026-41", batch=hexes(80), position="EU-120", rows=rows)
    kept = KeptPart(
        data_to_sign(b'{"data":{"rows":[]},"role":"data"}'), "{}", "cn.channel.example/private"
    )
    part = AnswerPart(view, {row.row: row.here for row in rows}, Progress(5, 25))
    return answer_page(part, kept, "zh-CN", date(2026, 11, 24))


def sheet(lang: Lang) -> ViewPage:
    def fault(row: int, column: str, code: str) -> AsideItem:
        number = "FIKTIV-26-00O9307"
        words = catalogue(lang).sentence(code, row=row, column=column, number=number)
        item = FaultItem(
            row=row, column=column, code=code, number=number, sentence=words.text,
            next=words.next_step,
        )  # fmt: skip
        return AsideItem(
            line=row, row=str(row - 1), number=number, faults=(AsideFault(fault=item),)
        )

    aside = (
        fault(7, "application_no", "answer-row-unknown"),
        fault(9, "cn_as_of", "list-malformed"),
    )
    batch = BatchRow(hexes(80), 120, "L2026-41", 25, "2026-11-13T15:00:00Z")
    t = catalogue(lang)
    others = tuple(
        RowNotice(row=each.row, code="given-other", grade="note", text=said_of(t, each))
        for each in (
            OtherValue(4, "urgency", "urgent", "line_stop"),
            OtherValue(7, "eu_as_of", "2026-11-19", "2026-11-12"),
        )
    )
    return sheet_page(batch, "反馈表.xlsx", aside, taken=182, given_other=others)
