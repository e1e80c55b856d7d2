"""Changed words between two texts: a correction is shown next to the corrected text.

Does not read the record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, Literal

from special_channel.web.shared.view import View

Change = Literal["same", "removed", "added"]

# A Chinese character is a unit, since Chinese has no spaces between words.
_UNIT: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u3400-\u9fff]+|\s+|[^\w\s]|_")

_IN_ORDER: Final[tuple[Change, ...]] = ("removed", "added")

MOST: Final = 400
"""Units between the first and the last change that are compared one by one.

The comparison takes time by their square. Where there are more, all are removed and added.
"""


class Run(View):
    """Neighbouring words of both texts, of the first alone, or of the second alone."""

    text: str
    change: Change


def changed_words(before: str, after: str) -> tuple[Run, ...]:
    """Return the runs of two texts in order.

    `same` and `removed` runs together are the first text, `same` and `added` ones the second.

    A blank between two changed words counts as changed: a phrase is one run.
    """
    first, second = _UNIT.findall(before), _UNIT.findall(after)
    start = _common(first, second)
    end = _common(first[start:][::-1], second[start:][::-1])
    return tuple(
        _joined(
            [
                *_runs("same", first[:start]),
                *_middle(first[start : len(first) - end], second[start : len(second) - end]),
                *_runs("same", first[len(first) - end :]),
            ]
        )
    )


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the number of equal units at the beginning of both."""
    same = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        same += 1
    return same


def _middle(first: Sequence[str], second: Sequence[str]) -> Iterator[Run]:
    if max(len(first), len(second)) > MOST:
        yield from (*_runs("removed", first), *_runs("added", second))
        return
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    for tag, here, there, begin, end in matcher.get_opcodes():
        blank = tag == "equal" and not "".join(first[here:there]).strip()
        if tag == "equal" and not blank:
            yield from _runs("same", first[here:there])
        else:
            yield from _runs("removed", first[here:there])
            yield from _runs("added", second[begin:end])


def _runs(change: Change, units: Sequence[str]) -> Iterator[Run]:
    if units:
        yield Run(text="".join(units), change=change)


def _joined(runs: Sequence[Run]) -> Iterator[Run]:
    """Join neighbours: between two texts that stay, first all that is removed, then all added."""
    kept: dict[Change, str] = {}
    for run in (*runs, Run(text="", change="same")):
        if run.change == "same":
            yield from (Run(text=kept[each], change=each) for each in _IN_ORDER if each in kept)
            kept.clear()
            if run.text:
                yield run
        else:
            kept[run.change] = kept.get(run.change, "") + run.text
