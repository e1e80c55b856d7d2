"""Damage in our side's database, for pages and API.

Names the place and never shows the damaged data. Does not search for damage: reading an entry does
(`stores/record/integrity.py`), and so does the check of the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.ids import Position
from special_channel.messages.catalogue import Catalogue
from special_channel.ports import Stored
from special_channel.ports.damage import Damage
from special_channel.web.http.services import StatusServices, StoreServices

WHOLE = frozenset({"entry", "leaf", "envelope", "columns"})
"""Damage for which nothing of an entry is shown."""

NAMED = 5
"""Places that the bar over each page names; `status` has all."""


def is_hidden(stored: Stored) -> bool:
    """Tell whether the whole entry must be hidden."""
    return not WHOLE.isdisjoint(stored.damaged)


def damaged(place: str) -> Unavailable:
    """Make the error for damaged data."""
    return Unavailable("record-damaged", "This is damaged in our database.", place=place)


def refuse_hidden(stored: Stored) -> None:
    """Refuse to return a damaged entry.

    Raises:
        Unavailable: `record-damaged`.
    """
    if is_hidden(stored):
        raise damaged(f"{stored.log.upper()}-{stored.index}")


async def refuse_lost(stores: StoreServices, position: Position) -> None:
    """Refuse to report an entry as unknown if it is missing because of damage.

    Raises:
        Unavailable: `record-damaged` if the log reaches beyond it.
    """
    if position.index < (await stores.record.head(position.party)).size:
        raise damaged(str(position))


def hides_row(status: StatusServices, table: str, key: str) -> bool:
    """Tell whether a view's row was found damaged."""
    place = f"{table} {key}"
    return any(one.what == "row" and one.place == place for one in status.check().damaged)


def refuse_row(status: StatusServices, table: str, key: str, name: str) -> None:
    """Refuse to show data derived from a damaged row.

    Raises:
        Unavailable: `record-damaged`.
    """
    if hides_row(status, table, key):
        raise damaged(name)


def names(found: Sequence[Damage], t: Catalogue) -> tuple[str, ...]:
    """Return names of damaged places without duplicates, `NAMED` at most."""
    called = dict.fromkeys(name(one, t) for one in found)
    return tuple(called)[:NAMED]


def name(one: Damage, t: Catalogue) -> str:
    """Return the name of a damaged place: EU-5, an application's number, or the kind of row."""
    if one.index >= 0:
        return one.name
    table, _, key = one.place.partition(" ")
    if one.what == "row" and table in {"application", "licence"}:
        return key
    return t.label("damaged-place", table if one.what == "row" else "log")


def lost_of(held: Iterable[Stored], named: Iterable[Position]) -> list[Position]:
    """Return positions without a stored entry, in order."""
    here = {(each.log, each.index) for each in held}
    return sorted(
        {one for one in named if (one.party, one.index) not in here},
        key=lambda one: (one.party, one.index),
    )
