"""Views of drafts, for page and API."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

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
    "other",
]
"""The form in which a draft is written on.

`answer`: a return sheet; `act`: about a note; `release`: remarks on a colleague's draft.
"""

SENT_AT_ONCE: Final[frozenset[DraftForm]] = frozenset(("note", "new", "promise"))
"""Forms whose notes can wait before they are sent."""


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
    """The reader's drafts, the newest first."""

    items: tuple[DraftItem, ...]

    @property
    def held(self) -> int:
        """Number of drafts that were signed and not sent."""
        return sum(item.held for item in self.items)
