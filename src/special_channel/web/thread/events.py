"""Items of a thread in display order (rule 5): notes, events, and private entries of our side.

Shows a private order to erase only to officials who may sign such orders.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    DateProposed,
    DeadlineMoved,
    DeadlinePassed,
    Entry,
    PrivateErased,
    ReferralSent,
)
from special_channel.core.rules.private import EscalationRow
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.rules.suspending import suspended_days
from special_channel.messages.dates import days
from special_channel.ports import Stored
from special_channel.web.shared.capitals import both, place
from special_channel.web.shared.people import Author
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import (
    content,
    entry_of,
    number_of,
    party_of,
    position_of,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import is_hidden
from special_channel.web.shell.people import people
from special_channel.web.thread.notes import ThreadData, note
from special_channel.web.thread.views import EventView, Flag, Item

DAMAGED = "damaged"
"""Kind of the event for a damaged entry."""

NOTES = frozenset({"note.posted", "note.corrected"})
"""Kinds of entries shown as notes; other kinds are events."""


async def items(data: ThreadData, raised: Sequence[EscalationRow]) -> tuple[Item, ...]:
    """Return the items of a thread; `raised`: steps taken of our ladder."""
    shared = _with_lost(data)
    private = await _private_events(data, raised)
    private.sort(key=lambda event: (event.accepted, event.position))
    merged: list[Item] = []
    for item in shared:
        while private and private[0].accepted < item.accepted:
            merged.append(private.pop(0))
        merged.append(item)
    return (*merged, *private)


def about(stored: Stored) -> set[EntryId]:
    """Return the ids of entries that an entry refers to or answers."""
    entry = entry_of(stored)
    answers = getattr(entry, "answers", None) or ()
    return {str(getattr(entry, "ref", None) or ""), *(answer.id for answer in answers)} - {""}


def _with_lost(data: ThreadData) -> list[Item]:
    """Return the shared items in display order, lost entries in their places in their logs."""
    after: dict[int, list[Position]] = {}
    for lost in data.lost:
        before = (
            at
            for at, stored in enumerate(data.entries, 1)
            if stored.log == lost.party and stored.index < lost.index
        )
        after.setdefault(max(before, default=0), []).append(lost)
    opened = data.row.opening.accepted
    made: list[Item] = [_damaged(lost, opened) for lost in after.get(0, ())]
    for at, stored in enumerate(data.entries, 1):
        made.append(_item(data, stored))
        made += [_damaged(lost, stored.accepted) for lost in after.get(at, ())]
    return made


def _item(data: ThreadData, stored: Stored) -> Item:
    if is_hidden(stored):
        return _damaged(position_of(stored), stored.accepted)
    return note(data, stored) if stored.kind in NOTES else _event(data, stored)


def _damaged(position: Position, accepted: str) -> EventView:
    """Return the event of a damaged entry: its number, and `accepted` for the order alone."""
    # Without an id no browser asks for the entry to check it.
    return EventView(
        entry_id="",
        position=str(position),
        party=position.party,
        kind=DAMAGED,
        accepted=instant(accepted),
        tone="amber",
    )


def _event(data: ThreadData, stored: Stored) -> EventView:
    entry = entry_of(stored)
    ref = str(getattr(entry, "ref", ""))
    passed = stored.kind == "deadline.passed"
    return EventView(
        entry_id=stored.id,
        position=number_of(stored),
        party=party_of(stored),
        kind=stored.kind,
        accepted=instant(stored.accepted),
        facts=_facts(data, entry, data.number(ref)),
        author=None if passed else data.people.author(stored.by),
        url=f"#{data.number(ref)}" if ref in data.by_id else None,
        unread=data.unread(stored),
        refused=stored.code or None,
        tone="amber" if passed else "quiet",
    )


def _facts(data: ThreadData, entry: Entry | None, ref: str) -> dict[str, str]:
    """Return the placeholders of an event's sentence. `ref`: number of the entry it is about."""
    context = data.context
    facts = {"ref": ref}
    match entry:
        case DateProposed():
            facts |= {"ask": f"{ref} Q{entry.body.q}", "due": _proposed(context, entry)}
        case DeadlinePassed():
            facts |= {"ask": f"{ref} Q{entry.body.q}", "due": _moment(context, entry.body.due)}
        case DeadlineMoved():
            basis = context.t.label("basis", entry.body.basis)
            facts |= {"ask": f"{ref} Q{entry.body.q}", "due": _moment(context, entry.body.due)}
            facts["basis"] = basis
        case ReferralSent():
            level = context.t.label("role", entry.body.level)
            facts |= {"ask": f"{ref} Q{entry.body.q}", "level": level}
        case _:
            pass
    return facts


def _proposed(context: PageContext, entry: DateProposed) -> str:
    at, span = _moment(context, entry.body.due), entry.body.suspended
    if span is None:
        return at
    origin = context.own.node.identity.origin
    answering = context.party if origin(context.party) == entry.log else context.peer
    first, last = suspended_days(context.calendar(answering), (span.first, span.last))
    return context.t.gettext(
        "date.suspending",
        due=at,
        days=days(first, last, context.lang),
        place=place(answering, context.lang),
    )


def _moment(context: PageContext, at: str) -> str:
    return both(instant(at), context.party, context.lang, context.now)


async def _private_events(data: ThreadData, raised: Sequence[EscalationRow]) -> list[EventView]:
    """Return the private entries of our side on a thread, unordered."""
    context = data.context
    written = await context.own.stores.views.private_of_thread(data.row.thread)
    absent = [entry.id for entry in written if None in entry.parts]
    erased = await context.own.stores.views.erased_privately(absent) if absent else {}
    orders = await _orders(context, {index for by in erased.values() for index in by.values()})
    authors = await people(context, [entry.by for entry in written])
    return [
        *(_raised(data, row) for row in raised),
        *(
            _internal(context, entry, authors.author(entry.by), erased.get(entry.id, {}), orders)
            for entry in written
        ),
    ]


def _raised(data: ThreadData, row: EscalationRow) -> EventView:
    """Return the event of a step taken of our ladder."""
    role = data.context.t.label("role", row.role)
    return EventView(
        entry_id=row.id,
        position=_private_number(data.context, row.index),
        party=data.context.party,
        kind="escalation.raised",
        accepted=instant(row.fired),
        facts={"ask": f"{data.number(row.note)} Q{row.q}", "role": role},
        private=True,
    )


def _internal(
    context: PageContext,
    stored: Stored,
    author: Author,
    erased: Mapping[int, int],
    orders: Mapping[int, Flag],
) -> EventView:
    """Return the event of an internal note.

    Args:
        context: Page context.
        stored: The private entry.
        author: Its author.
        erased: Erased parts, with the index of the order to erase.
        orders: Orders that the reader may see, by index.
    """
    by = sorted({*erased.values()} & orders.keys())
    return EventView(
        entry_id=stored.id,
        position=_private_number(context, stored.index),
        party=context.party,
        kind=stored.kind,
        accepted=instant(stored.accepted),
        author=author,
        private=True,
        words=tuple(
            Words(words.text, words.lang, None, words.presence)
            for words in content(stored, erased).original
        ),
        flags=tuple(orders[index] for index in by),
    )


async def _orders(context: PageContext, indexes: Collection[int]) -> dict[int, Flag]:
    """Return private orders to erase, for a reader who may sign such orders.

    The API of private entries has the same limit.
    """
    if context.reader.row.role not in MAY_SIGN["private.erased"]:
        return {}
    flags = {}
    for index in indexes:
        [stored] = await context.own.stores.record.entries("private", index, 1)
        entry, number = entry_of(stored), _private_number(context, index)
        assert isinstance(entry, PrivateErased)  # noqa: S101 - the view names no other kind
        flags[index] = Flag(
            code="erased-by",
            position=number,
            url=f"/api/private/entries/{number}",
            at=instant(stored.accepted),
            reference=entry.body.order or "",
        )
    return flags


def _private_number(context: PageContext, index: int) -> str:
    return f"{context.party.upper()}-P-{index}"
