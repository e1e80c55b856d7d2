"""Replacements of a side's statements on one application by later ones of the same side.

A correction takes the place of the whole statement in `corrects` (rules.md,
"What a valid entry changes"). Does not judge corrections, and does not hold statements:
`applications.py` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.application_facts import CorrectionFact

Place = tuple[int, int]
"""Index of an entry in a side's log, and row of its sheet; row 0 for an entry without rows."""


@dataclass(frozen=True, slots=True)
class Replacements:
    """Replacements of one side's statements on an application.

    Attributes:
        by: Place of the correcting statement, by the place of the replaced one.
        of: Place of the replaced statement, by the place of the correcting one.
    """

    by: Mapping[Place, Place] = field(default_factory=dict)
    of: Mapping[Place, Place] = field(default_factory=dict)

    def live(self, place: Place) -> bool:
        """Return whether no statement replaces the one at a place."""
        return place not in self.by

    def origin(self, place: Place) -> Place:
        """Return the place that a statement takes: of the first one in its chain of corrections."""
        while place in self.of:
            place = self.of[place]
        return place

    def chain(self, place: Place) -> tuple[Place, ...]:
        """Return the statements that one replaces, the oldest first, and its own place."""
        places = [place]
        while places[-1] in self.of:
            places.append(self.of[places[-1]])
        return tuple(reversed(places))


NONE: Final = Replacements()


def replacements(corrections: Iterable[CorrectionFact], party: Party) -> Replacements:
    """Return the replacements by a side's corrections.

    Of several corrections that name one statement, the first by index and row replaces it; the
    others are statements like any other.
    """
    own = tuple(each for each in corrections if each.party == party)
    return _replacements(own) if own else NONE


# Cached: a row's columns, its events and its page need the same replacements.
@lru_cache(maxsize=256)
def _replacements(corrections: tuple[CorrectionFact, ...]) -> Replacements:
    by: dict[Place, Place] = {}
    of: dict[Place, Place] = {}
    for each in sorted(corrections, key=lambda each: (each.index, each.row)):
        place, replaced = (each.index, each.row), (each.corrected_index, each.corrected_row)
        if replaced not in by:
            by[replaced] = place
            of[place] = replaced
    return Replacements(by, of)
