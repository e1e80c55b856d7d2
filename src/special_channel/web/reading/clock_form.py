"""The form by which CN's officials state one act on an application's clock: read, checked, told.

Nothing is written here: the reader's browser signs what the page shows, and the node judges it
as any entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.rows.applications import ApplicationRow, ClockMark
from special_channel.core.time.statutory import Act
from special_channel.desk import clock_marks
from special_channel.desk.payloads import Fields
from special_channel.web.pages.application import MarkForm
from special_channel.web.shared.clocks import act_text, clock_of
from special_channel.web.shell.context import EVERYTHING, PageContext

_TYPED: Final = ("act", "on", "basis", "expected_until")

EMPTY: Final = MarkForm(acts=clock_marks.ACTS, bases=clock_marks.BASES, given={"act": "uncounted"})
"""Time not counted comes first: it is what no sheet and no state can say with its basis."""


def may_mark(context: PageContext) -> bool:
    """Tell whether the reader states acts of the procedure: CN's officials do."""
    return context.writes and context.party == "cn"


def checked_mark(context: PageContext, row: ApplicationRow, given: Mapping[str, str]) -> MarkForm:
    """Return the form with what it would sign, or with the field that can't be taken."""
    source = clock_marks.SOURCES[context.party]
    typed = {name: given.get(name, "") for name in _TYPED}
    form = replace(EMPTY, given=typed)
    try:
        body = clock_marks.mark({**typed, "number": row.number, "source": source})
    except Malformed as error:
        return replace(form, fault=str(error.facts.get("field", "")) or "-")
    stated = _stated(body)
    then = replace(row, cn_marks=(*row.cn_marks, stated))
    return replace(
        form,
        body=canonical.dumps(body).decode(),
        told=(
            (context.t.label("mark-field", "number"), row.number),
            (context.t.label("mark-field", "act"), act_text(context.t, stated)),
            (context.t.label("mark-field", "source"), context.t.label("source", source)),
        ),
        then=clock_of(context, then, "cn").sentence,
    )


def _stated(body: Fields) -> ClockMark:
    """Return the act as it would stand after all others, before it has a place of its own."""
    act: Act = next(each for each in clock_marks.ACTS if each == body["act"])
    basis, until = (str(body.get(name, "")) for name in ("basis", "expected_until"))
    return ClockMark(
        act, str(body["on"]), basis, until, source=str(body["source"]), index=EVERYTHING, id=""
    )
