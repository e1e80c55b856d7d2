"""Names of sides and authors, as a page shows them.

Does not look up names: `shell/people.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.core.bytes.ids import Party
from special_channel.web.shared.words import Pair


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
