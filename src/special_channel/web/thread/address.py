"""The addresses of a thread's page and of its updates."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote_plus

from pydantic import Field

from special_channel.core.bytes.errors import Malformed
from special_channel.stores.thread_windows import END
from special_channel.web.shared.query import Page, PlaceText, Text, Whole
from special_channel.web.thread.windows import PRIVATE_NUMBER, UNREAD_OR_NEWEST, Shown, WindowQuery

# Bytes of HTML: bounds of what a page shows of the texts of each heavy note (`portions.py`).
NOTE_TEXTS: Final = 270_000
"""Of the texts of a note that are shown at once: a paragraph of the longest is whole."""

LEAST_TEXTS: Final = 2_000
"""Of the texts of each of many heavy notes."""


class ThreadQuery(WindowQuery):
    """How to show the languages (an unknown word is the default), which part, and what to write.

    Attributes:
        view: How to show the languages.
        quote: Number of a note for the composer to quote; an unknown note changes nothing.
        answer: Number of a question for the composer to answer, or `NEAREST`; unknown: changes
            nothing.
        print: `all` for a part to print.
        ours_before: Number of a private entry; older ones of the window are shown.
        work: The thread's place in the inbox, for a reader who works through the inbox.
        came: Place of the thread before, which may have left the inbox since.
        laid: Not empty if something in the thread before was sent for release.
        part: Number of a note of which not all texts are on the page; `page`: the portion of them.
    """

    view: str = ""
    quote: Text = ""
    answer: Text = ""
    print: Text = ""
    ours_before: Text = ""
    work: PlaceText = ""
    came: PlaceText = ""
    laid: Text = ""
    part: Text = ""
    page: Page = 1

    @property
    def window(self) -> WindowQuery:
        """The window to show: that of the quoted note, if the address names no other."""
        asked = WindowQuery(**{name: getattr(self, name) for name in WindowQuery.model_fields})
        return WindowQuery(at=self.quote) if asked == UNREAD_OR_NEWEST else asked

    @property
    def kept(self) -> str:
        """The cursors, as a part of an address that shows the same window again."""
        named = {name: getattr(self, name) for name in WindowQuery.model_fields}
        named |= {"work": self.work}
        return "".join(f"&{name}={quote_plus(value)}" for name, value in named.items() if value)

    @property
    def ours_below(self) -> int:
        """Index of the private log below which private entries are shown.

        Raises:
            Malformed: `request-malformed`.
        """
        if not self.ours_before:
            return END.order
        number = PRIVATE_NUMBER.fullmatch(self.ours_before)
        if number is None:
            raise Malformed("request-malformed", "Not a valid filter.", field="ours_before")
        return int(number[1])


class UpdateQuery(ThreadQuery):
    """Where an open page is: `after` in the live stream, and its first and last entry.

    `last` is empty for a page that goes to the thread's end. `limit`: bytes of HTML of each note's
    texts on the page; 0 if the page states none.
    """

    after: Text = ""
    first: Text = ""
    last: Text = ""
    limit: Annotated[Whole, Field(ge=LEAST_TEXTS, le=NOTE_TEXTS)] = 0

    @property
    def shown(self) -> Shown | None:
        """The part of the thread on the page; None for a page without entries."""
        return Shown(self.first, self.last) if self.first else None
