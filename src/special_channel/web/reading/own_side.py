"""What the own side alone sees of a thread: steps of its ladder, and what its people wrote to it.

Does not tell anything of this to the other side, and nothing of an order to erase to those who
may not give one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from special_channel.core.bytes.times import instant
from special_channel.core.entries import PrivateErased
from special_channel.core.rules.private import EscalationRow
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.ports import Stored
from special_channel.web.pages.thread import Event, Flag
from special_channel.web.reading.items import Thread
from special_channel.web.shared.people import Author
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import content, entry_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import people


async def own_events(thread: Thread, raised: Sequence[EscalationRow]) -> list[Event]:
    """Return what the own side alone sees of a thread, in no order."""
    context = thread.context
    written = await context.own.views.private_of_thread(thread.row.thread)
    absent = [entry.id for entry in written if None in entry.parts]
    erased = await context.own.views.erased_privately(absent) if absent else {}
    orders = await _orders(context, {index for by in erased.values() for index in by.values()})
    authors = await people(context, [entry.by for entry in written])
    return [
        *(_raised(thread, row) for row in raised),
        *(
            _written(context, entry, authors.author(entry.by), erased.get(entry.id, {}), orders)
            for entry in written
        ),
    ]


def _raised(thread: Thread, row: EscalationRow) -> Event:
    """Tell a step of the own ladder."""
    ask = f"{thread.position_of(row.note)} Q{row.q}"
    role = thread.context.t.label("role", row.role)
    return Event(
        entry_id=row.id,
        position=private_number(thread.context, row.index),
        party=thread.context.party,
        kind="escalation.raised",
        accepted=instant(row.fired),
        facts=(("ask", ask), ("role", role)),
        private=True,
    )


def _written(
    context: PageContext,
    stored: Stored,
    author: Author,
    erased: Mapping[int, int],
    orders: Mapping[int, Flag],
) -> Event:
    """Tell what somebody of the own side wrote to the others of it.

    `erased`: parts that are gone, and by which entry; `orders`: those that the reader may know.
    """
    by = sorted({*erased.values()} & orders.keys())
    return Event(
        entry_id=stored.id,
        position=private_number(context, stored.index),
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
    """Return orders to erase of the private log, for a reader who might have given them.

    Nobody else gets them from the node, either (`node/api.py`).
    """
    if context.reader.row.role not in MAY_SIGN["private.erased"]:
        return {}
    found = {}
    for index in indexes:
        [stored] = await context.own.record.entries("private", index, 1)
        entry, number = entry_of(stored), private_number(context, index)
        assert isinstance(entry, PrivateErased)  # noqa: S101 - own bug: the view names no other
        url = f"/api/private/entries/{number}"
        said = entry.body.order or ""
        found[index] = Flag("erased-by", number, url, instant(stored.accepted), said)
    return found


def private_number(context: PageContext, index: int) -> str:
    """Return what an entry of the private log is called on its own side."""
    return f"{context.party.upper()}-P-{index}"
