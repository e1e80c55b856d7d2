"""A list being answered, with what really occurs; faults of a file; the lists of terms."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from special_channel.web.pages.answer import AnswerFilePage, AnswerPage, AnswerRow
from special_channel.web.pages.list_check import FaultLine, KeptPart
from special_channel.web.shared.references import Assertion
from tests.web.samples.batches import batch_ref
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
    return AnswerRow(
        row=n,
        number=f"FIKTIV-26-{9300 + n:07d}",
        url=f"/applications/FIKTIV-26-{9300 + n:07d}",
        urgency="normal",
        question=("status", "", "missing")[n % 3],
        peer=None if n % 4 == 0 else Assertion("returned", date(2026, 11, 12), "supplier"),
        held={k: tuple(v) if isinstance(v, list) else v for k, v in held.items()},
        data=json.dumps(held),
        said_in=f"CN-{300 + n}" if held else "",
        since=date(2026, 11, 17) if held.get("as_of") else None,
        here=n % 5 == 0 and bool(held),
    )


def answer_page() -> AnswerPage:
    return AnswerPage(
        batch=batch_ref(),
        entry_id=hexes(80),
        rows=tuple(answer_row(n) for n in range(1, 26)),
        today=date(2026, 11, 24),
        draft_name="answer",
        next_url="/batches/EU-120",
        lang="zh-CN",
        new_thread_url="/batches/EU-120/new-thread",
        kept=KeptPart('{"data":{"rows":[]},"role":"data"}', "{}", "cn.channel.example/private"),
    )


def answer_file_page() -> AnswerFilePage:
    facts = (("row", 7), ("column", "application_no"), ("number", "FIKTIV-26-00O9307"))
    return AnswerFilePage(
        batch_ref(),
        "反馈表.xlsx",
        faults=(
            FaultLine(7, "application_no", "answer-row-unknown", facts),
            FaultLine(9, "cn_as_of", "list-malformed", facts),
        ),
    )
