"""Application states: parts of a bar, pending states, and groups of the applications by country.

Does not name states: `messages/terms.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
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
