"""What our side alone sees of a thread: our ladder, internal notes, assignments.

Bounded by the thread's window, as its entries are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Final

from special_channel.core.bytes.ids import PersonId, private_number
from special_channel.core.bytes.times import instant
from special_channel.core.entries import PrivateErased, ThreadAssigned
from special_channel.core.rows.private import EscalationRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.ports import Stored
from special_channel.stores.history import AlertItem
from special_channel.stores.private_views import ASSIGNED, WRITTEN
from special_channel.stores.thread_windows import END, MOST_PRIVATE
from special_channel.web.shared.doubts import Doubt, private_doubt
from special_channel.web.shared.dues import Step, has_ladder, nearest
from special_channel.web.shared.words import Words
from special_channel.web.shell.colleagues import Colleague, colleagues
from special_channel.web.shell.content import content, entry_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import people
from special_channel.web.shell.questions import ladders
from special_channel.web.thread.items import ThreadData
from special_channel.web.thread.views import EventView, Flag


@dataclass(frozen=True, slots=True)
class Ours:
    """Private entries and the ladder of our side.

    Attributes:
        events: Private entries of the window, unordered.
        older: Index of the oldest entry, if older entries of the window are left out, or None.
        holder: To whom the thread is assigned; None for nobody.
        ladder: Last step taken of our ladder, and the next; of the question `ladder_of`.
    """

    events: Sequence[EventView]
    older: int | None = None
    holder: Colleague | None = None
    ladder: tuple[Step, ...] = ()
    ladder_of: QuestionRow | None = None


NOTHING_OURS: Final = Ours(())
"""For a view of the shared logs alone."""


async def read_ours(data: ThreadData, below: int = END.order) -> Ours:
    """Read what our side alone sees; private entries below an index of the private log alone."""
    context, thread, window = data.context, data.row.thread, data.window
    views = context.own.stores.views
    times = window.start.accepted, window.end.accepted
    written = await views.private_between(thread, (*WRITTEN, ASSIGNED), times, below)
    kept = written[-MOST_PRIVATE:]
    raised = await views.escalations(sorted({ask.note for ask in data.asks}))
    drawn = [step for step in raised if times[0] <= step.fired < times[1]]
    held = (await views.holders([thread])).get(thread, "")
    named = held or any(stored.kind == ASSIGNED for stored in kept)
    staff = await colleagues(context) if named else {}
    about = _question_of_ladder(data)
    return Ours(
        await _private_events(data, drawn, kept, staff),
        kept[0].index if len(written) > len(kept) else None,
        staff.get(held),
        await _ladder(context, about, raised) if about else (),
        about,
    )


def _question_of_ladder(data: ThreadData) -> QuestionRow | None:
    """Return the question to our side with the nearest due time; without any, the other side's."""
    waiting = [ask for ask in data.asks if ask.is_open]
    ours = [ask for ask in waiting if ask.answering == data.context.party]
    rows = [row for row in ours or waiting if has_ladder(row)]
    return nearest(rows) if rows else None


async def _ladder(
    context: PageContext, ask: QuestionRow, raised: Sequence[EscalationRow]
) -> tuple[Step, ...]:
    """Return the last step taken and the next. The page of the ladder has all steps."""
    steps = (await ladders(context, [ask], raised)).present(ask)
    if not any(step.raised for step in steps):
        return steps
    alerts = await context.own.alerts.history.of_ask((ask.note, ask.q))
    return tuple(replace(step, held_until=_held_until(step, alerts, context.now)) for step in steps)


def _held_until(step: Step, alerts: Sequence[AlertItem], now: datetime) -> datetime | None:
    """Return when the first alert of a raised step leaves; None once an alert has left."""
    own = [alert for alert in alerts if step.raised and alert.raised == step.raised]
    if any(alert.state == "sent" for alert in own):
        return None
    waiting = [alert for alert in own if alert.state == "waiting"]
    leaves = [max(each.next_at, each.alert.not_before or each.next_at) for each in waiting]
    return min((at for at in leaves if at > now), default=None)


async def _private_events(
    data: ThreadData,
    raised: Sequence[EscalationRow],
    written: Sequence[Stored],
    staff: Mapping[PersonId, Colleague],
) -> list[EventView]:
    """Return the private entries of our side on a thread, unordered. `staff`: names by person.

    Names a private order to erase only to officials who may sign such orders.
    """
    context, views = data.context, data.context.own.stores.views
    absent = [entry.id for entry in written if None in entry.parts]
    erased = await views.erased_privately(absent) if absent else {}
    orders = await _orders(context, {*chain.from_iterable(by.values() for by in erased.values())})
    authors = await people(context, [entry.by for entry in written])
    event = partial(EventView, party=context.party, private=True)

    def doubt(stored: Stored) -> Doubt | None:
        return private_doubt(context.doubts, stored.envelope, stored.by, stored.frontier)

    return [
        *(
            event(
                entry_id=step.id,
                position=private_number(context.party, step.index),
                kind="escalation.raised",
                accepted=instant(step.fired),
                facts={
                    "ask": f"{data.number(step.note)} Q{step.q}",
                    "role": context.t.label("role", step.role),
                },
            )
            for step in raised
        ),
        *(
            event(
                entry_id=stored.id,
                position=private_number(context.party, stored.index),
                kind=stored.kind,
                accepted=instant(stored.accepted),
                facts=_given(context, stored, staff),
                author=authors.writer(stored),
                doubt=doubt(stored),
                words=tuple(
                    Words(words.text, words.lang, None, words.presence)
                    for words in content(stored, erased.get(stored.id, ())).original
                ),
                flags=tuple(
                    orders[index]
                    for index in sorted({*erased.get(stored.id, {}).values()} & orders.keys())
                ),
            )
            for stored in written
        ),
    ]


def _given(
    context: PageContext, stored: Stored, staff: Mapping[PersonId, Colleague]
) -> dict[str, str]:
    """Return the placeholder of an assignment's sentence: to whom."""
    entry = entry_of(stored)
    if not isinstance(entry, ThreadAssigned):
        return {}
    found = staff.get(entry.body.person or "")
    return {"name": found.name if found else context.t.gettext("holder.nobody")}


async def _orders(context: PageContext, indexes: Collection[int]) -> dict[int, Flag]:
    """Return private orders to erase, for a reader who may sign such orders.

    The API of private entries has the same limit.
    """
    if context.reader.row.roles_now.isdisjoint(MAY_SIGN["private.erased"]):
        return {}
    flags = {}
    for index in indexes:
        [stored] = await context.own.stores.record.entries("private", index, 1)
        entry, number = entry_of(stored), private_number(context.party, index)
        assert isinstance(entry, PrivateErased)  # noqa: S101 - the view names no other kind
        flags[index] = Flag(
            code="erased-by",
            position=number,
            url=f"/api/private/entries/{number}",
            at=instant(stored.accepted),
            reference=entry.body.order or "",
        )
    return flags
