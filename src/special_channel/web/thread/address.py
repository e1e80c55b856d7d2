"""The addresses of a thread's page and of its updates."""

from __future__ import annotations

from urllib.parse import quote_plus

from special_channel.core.bytes.errors import Malformed
from special_channel.stores.thread_windows import END
from special_channel.web.shared.query import Page, PlaceText, Text
from special_channel.web.thread.windows import PRIVATE_NUMBER, UNREAD_OR_NEWEST, Shown, WindowQuery


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

    `last` is empty for a page that goes to the thread's end.
    """

    after: Text = ""
    first: Text = ""
    last: Text = ""

    @property
    def shown(self) -> Shown | None:
        """The part of the thread on the page; None for a page without entries."""
        return Shown(self.first, self.last) if self.first else None
