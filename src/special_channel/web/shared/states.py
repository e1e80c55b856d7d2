"""Application states: pending states, groups by country, and bars laid out on a scale of 1000.

Does not name states: `messages/terms.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

Bucket = Literal["done", "running", "asked", "ended", "unknown"]


BUCKETS: Final[tuple[Bucket, ...]] = ("done", "running", "asked", "ended", "unknown")


BUCKET_OF: Final[dict[str, Bucket]] = {
    **dict.fromkeys(("approved", "issued", "used"), "done"),
    **dict.fromkeys(
        ("drafted", "submitted", "provincial", "accepted", "review", "expert", "council"),
        "running",
    ),
    **dict.fromkeys(("supplement", "customs_query"), "asked"),
    **dict.fromkeys(("refused", "not_accepted", "returned", "withdrawn", "expired"), "ended"),
}


STATES: Final = tuple(BUCKET_OF)
"""State codes, by the part of a bar that they belong to."""


def bucket_of(code: str) -> Bucket:
    """Return which part of a bar a state code belongs to, with its source or without."""
    return BUCKET_OF.get(code.partition(".")[0], "unknown")


PENDING: Final = (
    "drafted", "submitted", "provincial", "supplement", "accepted", "review", "expert", "council",
    "returned", "customs_query",
)  # fmt: skip
"""States in which an application is neither decided nor given up."""


GROUPS = ("approved", "pending", "refused", "over", "unstated")
"""What an application's state comes to. `over`: withdrawn, lapsed and the like."""


GROUP_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys(PENDING, "pending"),
    **dict.fromkeys(("approved", "issued", "used"), "approved"),
    **dict.fromkeys(("refused", "not_accepted"), "refused"),
    "": "unstated",
}


GAP: Final = 4
"""Between the parts of a bar, of 1000."""


SMALLEST: Final = 2
"""Width of a part that would not be seen, of 1000."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One part of a bar, placed on a scale of 1000.

    `drawn` is its width less the gap to the next; the smallest is still seen.
    """

    bucket: Bucket
    count: int
    start: int
    width: int
    drawn: int


@dataclass(frozen=True, slots=True)
class Bar:
    """Numbers of applications by state, by one side's assertions.

    A state may have its source after a dot (`returned.supplier`), if the source defines the state.
    """

    counts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Number of applications."""
        return sum(count for _, count in self.counts)

    @property
    def done(self) -> int:
        """Number of applications decided in favour."""
        return sum(count for code, count in self.counts if bucket_of(code) == "done")

    def slices(self) -> tuple[Slice, ...]:
        """Lay the buckets side by side, in a fixed order."""
        return _slices(self)


# A batch's bar stands beside each of its threads.
@lru_cache(maxsize=1024)
def _slices(bar: Bar) -> tuple[Slice, ...]:
    total = bar.total
    sums = dict.fromkeys(BUCKETS, 0)
    for code, count in bar.counts:
        sums[bucket_of(code)] += count
    laid: list[Slice] = []
    seen = 0
    for bucket, count in sums.items():
        if count:
            start = round(1000 * seen / total)
            seen += count
            width = round(1000 * seen / total) - start
            drawn = max(width if seen == total else width - GAP, SMALLEST)
            laid.append(Slice(bucket, count, start, width, drawn))
    return tuple(laid)


def bar_of(counts: Mapping[str, int]) -> Bar:
    """Order counts by state, in the order of an application's course."""
    order = {code: place for place, code in enumerate(BUCKET_OF)}
    return Bar(
        tuple(sorted(counts.items(), key=lambda item: order.get(item[0].partition(".")[0], 99)))
    )
