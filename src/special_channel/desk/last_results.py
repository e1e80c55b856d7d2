"""Keep the results of a pure function for its last arguments.

A sheet is checked when its author asks, when it is laid before a second official, when that
official reads it and when they release it: often with the same record. Nothing goes stale: a
result is returned for equal arguments alone. Never for texts, which can be erased, and never for
private columns: what is kept here stays in memory without a term.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

_R = TypeVar("_R")

MOST: Final = 4
"""Results kept: a sheet of either form, and a second one that is checked at the same time."""


class LastResults(Generic[_R]):
    """The last results of a function, which must depend on its arguments alone."""

    def __init__(self) -> None:
        self._known: tuple[tuple[object, _R], ...] = ()

    def of(self, arguments: object, make: Callable[[], _R]) -> _R:
        """Return the result for arguments, made unless kept. The arguments are kept as they are."""
        for known, result in self._known:
            if known == arguments:
                return result
        made = make()
        # Replaced as a whole: checks run in threads, too.
        self._known = ((arguments, made), *self._known[: MOST - 1])
        return made
