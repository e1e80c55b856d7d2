"""Views of the reader's marks of threads, for page and API."""

from __future__ import annotations

from datetime import date
from typing import Final, Literal, get_args

from special_channel.web.shared.leaving import back_url
from special_channel.web.shared.marks import MarksView
from special_channel.web.shared.query import Back
from special_channel.web.shared.view import SizesView, View
from special_channel.web.shell.threads import ThreadItem

MarkAct = Literal["done", "inbox", "remind", "label", "unlabel", "watch"]
"""Put away, take back into the inbox, remind on a day, add a label, remove a label, watch."""

MARK_ACTS: Final[tuple[MarkAct, ...]] = get_args(MarkAct)


class MarkView(SizesView):
    """Threads to be marked by an act.

    Attributes:
        days: Days that the page offers for a reminder, the next working day first.
        labels: The reader's labels.
        next_url: Where the reader goes on afterwards.
        back: List on which the threads were chosen.
    """

    act: MarkAct
    items: tuple[ThreadItem, ...]
    days: tuple[date, ...]
    labels: tuple[str, ...]
    next_url: str
    back: Back = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Numbers of the threads."""
        return tuple(item.number for item in self.items)

    @property
    def back_url(self) -> str:
        """Where the reader returns to without marking."""
        return back_url(self.next_url, self.numbers)


class MarkedThread(View):
    """A thread with the reader's marks."""

    number: str
    marks: MarksView


class MarkedThreads(View):
    """Threads that the reader marked, by number."""

    items: tuple[MarkedThread, ...]
