"""Views of disputed entries and of the review of them, for page and API."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from special_channel.core.bytes.ids import Position
from special_channel.web.shared.doubts import Doubt
from special_channel.web.shared.query import Query
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Words

MOST: Final = 200
"""Entries of one review, as `core.entries.directory.Review` allows."""

Choice = Literal["confirmed", "disowned"]
CHOICES: Final[tuple[Choice, ...]] = ("confirmed", "disowned")

Outcome = Literal["acknowledged", "withdrawn", "delivered", "stored"]


class ReviewsQuery(Query):
    """Whose disputed entries: the reader's own, or all of our side."""

    scope: Literal["mine", "all"] = "mine"


class Remedy(View):
    """The ordinary act that changes what a disowned entry did.

    `code`: of the `remedy` vocabulary.
    """

    code: str
    url: str


class ReviewItem(View):
    """A disputed entry.

    Attributes:
        entry_id: Id to be named in a review.
        thread: Number of its thread.
        words: The start of its text, for a note or an opening.
        outcome: What has come of it since, at `outcome_at`.
        second: Whether the reader signed it as a second official.
        on_people: Whether it is an act on people and keys; these come first (K23).
        remedy: The ordinary act that changes what it did; None where there is none.
    """

    entry_id: str
    position: str
    kind: str
    accepted: datetime
    author: Author
    doubt: Doubt
    thread: str | None = None
    words: Words | None = None
    outcome: Outcome = "stored"
    outcome_at: datetime | None = None
    second: bool = False
    on_people: bool = False
    remedy: Remedy | None = None

    @property
    def url(self) -> str:
        """Address of the entry's place on a page."""
        return f"/entries/{self.position}"

    @property
    def index(self) -> int:
        """Index in our log."""
        return Position.parse(self.position).index


class ReviewsFound(SizesView):
    """Disputed entries, acts on people first; at most 200 of `total`.

    `mine`: whether the reader may review them alone.
    """

    total: int
    mine: bool
    items: tuple[ReviewItem, ...]


class Signing(View):
    """What a review signs: an entry for each word, at most two.

    Attributes:
        bodies: Canonical JSON of each entry's body.
        not_mine: Disowned entries, for their ordinary acts.
    """

    bodies: tuple[str, ...] = ()
    confirmed: int = 0
    not_mine: tuple[ReviewItem, ...] = Field(default=())
