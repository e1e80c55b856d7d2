"""What a reader may note of CN's answers on priority, on our own page alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from special_channel.core.bytes.ids import Position
from special_channel.core.entries.permits import PriorityAnswer
from special_channel.core.sense.priority import read_answer
from special_channel.messages.sense import said
from special_channel.web.priority.views import PriorityDetail
from special_channel.web.shell.context import PageContext


async def reading_notes(context: PageContext, view: PriorityDetail) -> Mapping[str, str]:
    """Return notes on the other side's answers by application, in the reader's language.

    In no print, file or API.
    """
    answered = [each for each in view.wanted if each.answer and each.answered_in]
    if context.party == "cn" or not answered:
        return {}
    rows = await context.own.stores.views.applications([each.number for each in answered])
    notes = {}
    for each in answered:
        stated = PriorityAnswer(
            number=each.number, answer=cast(Any, each.answer), remark=each.remark
        )
        index = Position.parse(each.answered_in or "").index
        found = read_answer(stated, index, rows.get(each.number))
        notes[each.number] = ("" if context.lang == "zh-CN" else " ").join(
            said(context.t, one) for one in found
        )
    return notes
