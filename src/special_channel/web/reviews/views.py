"""Views of disputed entries and reviews, for page and API."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from special_channel.core.bytes.ids import Position
from special_channel.web.shared.doubts import Doubt
from special_channel.web.shared.query import Filters, Text
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Words

MOST: Final = 200
"""Entries of one review, as `core.entries.directory.Review` allows."""

Choice = Literal["confirmed", "disowned"]
CHOICES: Final[tuple[Choice, ...]] = ("confirmed", "disowned")

Outcome = Literal["acknowledged", "withdrawn", "delivered", "stored"]


class ReviewsQuery(Filters):
    """Disputed entries of the reader or of our side, their filter and order.

    Attributes:
        text: Part of an entry's number, or of the words of its kind.
        what: Acts on people and keys, or the other entries.
        sort: Acts on people first, then by their place; or by their place alone.
    """

    scope: Literal["mine", "all"] = "mine"
    text: Text = ""
    what: Literal["", "people", "rest"] = ""
    sort: Literal["people", "oldest", "newest"] = "people"

    @property
    def filtered(self) -> bool:
        """Whether a filter is chosen or refused, apart from the scope."""
        return self.fault is not None or bool(self.text or self.what)


class Remedy(View):
    """The ordinary act that changes the effect of a disowned entry.

    `code`: of the `remedy` vocabulary.
    """

    code: str
    url: str


class ReviewItem(View):
    """A disputed entry.

    Attributes:
        may: Whether the reader may review it: alone, or as one of two leaders.
        act: Id of the act that reviews it and waits for a second leader; for leaders alone.
        entry_id: Id for the body of a review.
        thread: Number of the entry's thread.
        words: Beginning of the text of a note or an opening.
        outcome: Last step of the entry, at `outcome_at`.
        second: Whether the reader signed the entry as a second official.
        on_people: Whether the entry is an act on people or keys; acts come first (K23).
        remedy: The ordinary act that changes the entry's effect, if any.
    """

    entry_id: str
    position: str
    kind: str
    accepted: datetime
    author: Author
    doubt: Doubt
    second: bool
    on_people: bool
    thread: str | None = None
    words: Words | None = None
    outcome: Outcome = "stored"
    outcome_at: datetime | None = None
    remedy: Remedy | None = None
    may: bool = False
    act: str | None = None

    @property
    def url(self) -> str:
        """Address of the entry's place on a page."""
        return f"/entries/{self.position}"

    @property
    def index(self) -> int:
        """Index in our log."""
        return Position.parse(self.position).index


class ReviewsFound(SizesView):
    """Disputed entries of a filter, in its order; at most 200 of `total`.

    `mine`: whether the reader may review them alone. `leads`: whether the reader may be one of two
    leaders who review what others signed.
    """

    total: int
    mine: bool
    leads: bool = False
    items: tuple[ReviewItem, ...]


class Signing(View):
    """The data of a review to be signed: an entry for every chosen word, at most two.

    Attributes:
        bodies: Canonical JSON of the entries' bodies.
        words: Word of each body.
        not_mine: Disowned entries, listed with their ordinary acts.
    """

    bodies: tuple[str, ...] = ()
    words: tuple[Choice, ...] = ()
    confirmed: int = 0
    not_mine: tuple[ReviewItem, ...] = Field(default=())
