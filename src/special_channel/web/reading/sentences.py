"""Placeholders of the sentences that describe events of a thread, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from special_channel.core.bytes.ids import PARTIES
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    DateProposed,
    DeadlineMoved,
    DeadlinePassed,
    ReferralSent,
)
from special_channel.core.entries import Entry as Signed
from special_channel.core.rules.suspending import suspended_days
from special_channel.messages.dates import days
from special_channel.web.shared.capitals import both, place
from special_channel.web.shell.context import PageContext

if TYPE_CHECKING:
    from special_channel.web.reading.items import Thread


def facts(thread: Thread, entry: Signed | None) -> tuple[tuple[str, str], ...]:
    """Return the placeholders of an event's sentence, in the reader's language."""
    ref = thread.position_of(str(getattr(entry, "ref", "")))
    found = {"ref": ref}
    t = thread.context.t
    match entry:
        case DateProposed():
            found |= {"ask": f"{ref} Q{entry.body.q}", "due": _proposed(thread.context, entry)}
        case DeadlinePassed():
            found |= {
                "ask": f"{ref} Q{entry.body.q}",
                "due": _moment(thread.context, entry.body.due),
            }
        case DeadlineMoved():
            found |= {
                "ask": f"{ref} Q{entry.body.q}",
                "due": _moment(thread.context, entry.body.due),
                "basis": t.label("basis", entry.body.basis),
            }
        case ReferralSent():
            level = t.label("role", entry.body.level)
            found |= {"ask": f"{ref} Q{entry.body.q}", "level": level}
        case _:
            pass
    return tuple(found.items())


def _proposed(context: PageContext, entry: DateProposed) -> str:
    at, span = _moment(context, entry.body.due), entry.body.suspended
    if span is None:
        return at
    identity = context.own.identity
    answering = next(party for party in PARTIES if identity.origin(party) == entry.log)
    first, last = suspended_days(context.calendar(answering), (span.first, span.last))
    said = days(first, last, context.lang), place(answering, context.lang)
    return context.t.gettext("date.suspending", due=at, days=said[0], place=said[1])


def _moment(context: PageContext, at: str) -> str:
    return both(instant(at), context.party, context.lang, context.now)
