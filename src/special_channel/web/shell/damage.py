"""Damage in our side's database, as pages and API name it.

Names the place and never shows what was found there. Does not look for damage: reading an entry
does (`stores/record/integrity.py`), and the check of the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.ids import Position
from special_channel.messages.catalogue import Catalogue
from special_channel.ports import Stored
from special_channel.ports.damage import Damage
from special_channel.web.http.services import Services

WHOLE = frozenset({"entry", "leaf", "envelope", "columns"})
"""Damage for which nothing of an entry is shown."""

NAMED = 5
"""Places that the bar over each page names; `status` has all."""


def is_hidden(stored: Stored) -> bool:
    """Tell whether nothing of this entry may be shown."""
    return not WHOLE.isdisjoint(stored.damaged)


def damaged(place: str) -> Unavailable:
    """Say that what was asked for is damaged and not shown."""
    return Unavailable("record-damaged", "This is damaged in our database.", place=place)


def refuse_hidden(stored: Stored) -> None:
    """Refuse to hand out an entry that is damaged.

    Raises:
        Unavailable: `record-damaged`.
    """
    if is_hidden(stored):
        raise damaged(f"{stored.log.upper()}-{stored.index}")


async def refuse_lost(own: Services, position: Position) -> None:
    """Refuse to say of an entry that is missing here that there is no such entry.

    Raises:
        Unavailable: `record-damaged` if the log reaches beyond it.
    """
    if position.index < (await own.record.head(position.party)).size:
        raise damaged(str(position))


def hides_row(own: Services, table: str, key: str) -> bool:
    """Tell whether a view's row was found damaged."""
    place = f"{table} {key}"
    return any(one.what == "row" and one.place == place for one in own.check().damaged)


def refuse_row(own: Services, table: str, key: str, name: str) -> None:
    """Refuse to show what was derived, where its row was found damaged.

    Raises:
        Unavailable: `record-damaged`.
    """
    if hides_row(own, table, key):
        raise damaged(name)


def names(found: Sequence[Damage], t: Catalogue) -> tuple[str, ...]:
    """Return what people call the damaged places, each once, the first few."""
    called = dict.fromkeys(name(one, t) for one in found)
    return tuple(called)[:NAMED]


def name(one: Damage, t: Catalogue) -> str:
    """Return what people call a damaged place: EU-5, the application's number, or what it is."""
    if one.index >= 0:
        return one.name
    table, _, key = one.place.partition(" ")
    if one.what == "row" and table in {"application", "licence"}:
        return key
    return t.label("damaged-place", table if one.what == "row" else "log")


def lost_of(held: Iterable[Stored], named: Iterable[Position]) -> list[Position]:
    """Return which of these entries are not among those that are here."""
    here = {(each.log, each.index) for each in held}
    return sorted(
        {one for one in named if (one.party, one.index) not in here},
        key=lambda one: (one.party, one.index),
    )
