"""Facts in the sentence of an event, `event.<kind>`: of an entry in a thread, or of a draft."""

from __future__ import annotations

from functools import partial

from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    DateProposed,
    DeadlineMoved,
    DeadlinePassed,
    Entry,
    ReferralSent,
)
from special_channel.core.rules.suspending import suspended_days
from special_channel.messages.dates import days
from special_channel.web.shared.capitals import both, place
from special_channel.web.shell.context import PageContext


def event_facts(context: PageContext, entry: Entry | None, ref: str) -> dict[str, str]:
    """Return the placeholders of an event's sentence. `ref`: number of the entry it is about."""
    written = partial(both, own=context.party, lang=context.lang, now=context.near)
    facts = {"ref": ref}
    match entry:
        case DateProposed(body=body):
            facts["due"] = _proposed(context, entry, written(instant(body.due)))
        case DeadlinePassed(body=body):
            facts["due"] = written(instant(body.due))
        case DeadlineMoved(body=body):
            facts["due"] = written(instant(body.due))
            facts["basis"] = context.t.label("basis", body.basis)
        case ReferralSent(body=body):
            facts["level"] = context.t.label("role", body.level)
        case _:
            return facts
    return facts | {"ask": f"{ref} Q{body.q}"}


def _proposed(context: PageContext, entry: DateProposed, at: str) -> str:
    span = entry.body.suspended
    if span is None:
        return at
    ours = context.own.node.identity.origin(context.party) == entry.log
    answering = context.party if ours else context.peer
    first, last = suspended_days(context.calendar(answering), (span.first, span.last))
    return context.t.gettext(
        "date.suspending",
        due=at,
        days=days(first, last, context.lang, dated=context.dated),
        place=place(answering, context.lang),
    )
