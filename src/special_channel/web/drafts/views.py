"""Views of drafts, for page and API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal, get_args

from special_channel.web.shared.query import Filters, Text, codes
from special_channel.web.shared.view import View
from special_channel.web.shared.words import Pair, Words

DraftForm = Literal[
    "note",
    "internal",
    "new",
    "promise",
    "answer",
    "meeting",
    "words",
    "act",
    "assign",
    "release",
    "quarantine",
    "file",
    "amendment",
    "other",
]
"""The form in which a draft is written on.

`answer`: a return sheet; `act`: about a note; `release`: remarks on a colleague's draft;
`file`: a weekly list's file; `amendment`: the file of an amendment.
"""

FORMS: Final[tuple[DraftForm, ...]] = get_args(DraftForm)
"""Forms, as a filter."""

SENT_AT_ONCE: Final[frozenset[DraftForm]] = frozenset(("note", "new", "promise"))
"""Forms whose notes can wait before they are sent."""


class DraftFilters(Filters):
    """Filters of the reader's drafts by form, and by part of number, subject or first words."""

    form: Annotated[str, codes(FORMS)] = ""
    text: Text = ""
    sort: Literal["newest", "oldest"] = "newest"


class DraftItem(View):
    """A draft in the list.

    Attributes:
        name: Name for the API.
        url: Address of the form; empty if the thread or list is gone.
        number: Number of the thread, note or meeting; name of the list; empty if absent.
        title: Subject of the thread.
        answers: Numbers of the answered questions, such as `CN-14 Q1`.
        words: First words, in the reader's language if available.
        at: Time of the last save; `version`: the number to discard.
        held: The draft was signed, waited, and was not sent.
    """

    name: str
    form: DraftForm
    url: str = ""
    number: str = ""
    title: Pair | None = None
    answers: tuple[str, ...] = ()
    words: Words | None = None
    at: datetime
    version: int
    held: bool = False


class DraftList(View):
    """The reader's drafts that match a filter; `total`: the number of all."""

    items: tuple[DraftItem, ...]
    total: int = 0
