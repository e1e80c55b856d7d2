"""Names of sides, desks and authors, as a page shows them.

Does not look up officials: `shell/people.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.core.bytes.ids import Party
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.shared.viewpoint import RecordViewpoint
from special_channel.web.shared.words import Pair, Words, paired


@dataclass(frozen=True, slots=True)
class SideName:
    """Names of a side, from the charter."""

    name: Pair
    short: Pair


@dataclass(frozen=True, slots=True)
class Author:
    """Author of an entry: desk and role, and the name on our side alone.

    Attributes:
        number: Number of the key, such as `CN-0007`.
        role: Role code of the charter.
        desk: The desk's title.
        name: From our directory; None for officials of the other side.
    """

    party: Party
    number: str
    role: str
    desk: Pair
    name: str | None = None
    key: str = ""


def side_name(view: RecordViewpoint, party: Party) -> SideName:
    """Return the charter's names of a side; the catalogue's before the first charter."""
    parties = view.document.parties if view.document else ()
    names = next((each for each in parties if each.party == party), None)
    if names is None:
        return plain_name(view.lang, party)
    return SideName(
        paired(party, names.name_en, names.name_zh), paired(party, names.short_en, names.short_zh)
    )


def plain_name(lang: Lang, party: Party) -> SideName:
    """Return the catalogue's name of a side, in one language."""
    name = Pair(Words(catalogue(lang).label("side", party), lang))
    return SideName(name, name)


def desk_of(view: RecordViewpoint, party: Party, desk: str) -> Pair:
    """Return a desk's title, its side's language first; the code if the charter lacks it."""
    title = view.document.desk(party, desk) if view.document else None
    if title is None:
        return Pair(Words(desk, "en"))
    return paired(party, title.title_en, title.title_zh)
