"""View of threads to be assigned, for page and API."""

from __future__ import annotations

from special_channel.web.shared.leaving import back_url
from special_channel.web.shared.query import Back
from special_channel.web.shared.view import SizesView
from special_channel.web.shell.colleagues import Colleague
from special_channel.web.shell.threads import ThreadItem


class AssignView(SizesView):
    """Threads to be assigned, and who can be assigned them.

    Attributes:
        items: The threads, each with its present holder.
        colleagues: Officials of our side who can sign, in order of their numbers.
        lang: Language of a remark.
        nobody: Whether the threads are taken from their holders and assigned to nobody.
        back: List on which they were chosen.
        goes_on: Address to go on to, if the page that led here named one.
    """

    items: tuple[ThreadItem, ...]
    colleagues: tuple[Colleague, ...]
    lang: str
    nobody: bool = False
    back: Back = ""
    goes_on: str = ""

    @property
    def numbers(self) -> tuple[str, ...]:
        """Numbers of the threads."""
        return tuple(item.number for item in self.items)

    @property
    def held(self) -> bool:
        """Whether somebody holds one of the threads."""
        return any(item.holder for item in self.items)

    @property
    def next_url(self) -> str:
        """Where the reader goes on afterwards: to the thread, or to the list of several."""
        if self.goes_on:
            return self.goes_on
        if self.back:
            return f"/{self.back}"
        return self.items[0].url if len(self.items) == 1 else "/threads"

    @property
    def back_url(self) -> str:
        """Where the reader returns to without assigning."""
        return back_url(self.next_url, self.numbers)
