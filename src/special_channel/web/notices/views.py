"""Views of the reader's news and of the reader's choice, for page and API."""

from __future__ import annotations

from typing import Annotated, Literal

from special_channel.core.rules.notifying import (
    EVENTS,
    Event,
    Following,
    Medium,
    Preset,
    Share,
)
from special_channel.web.shared.query import Filters, PageQuery, Text, WindowQuery, codes
from special_channel.web.shared.view import View
from special_channel.web.shared.words import Pair
from special_channel.web.shell.news import NewsItem, NewsView


class NoticeFilters(Filters):
    """Filters of the reader's news by part of the words, and by what happened; and their order."""

    text: Text = ""
    event: Annotated[str, codes(EVENTS)] = ""
    sort: Literal["newest", "oldest"] = "newest"


class NoticesPageQuery(NoticeFilters, PageQuery):
    """A page of the reader's news."""


class NoticesQuery(NoticeFilters, WindowQuery):
    """The reader's news over the API."""


class ExceptionItem(View):
    """An exception from the preset: whether an event is told on a medium."""

    event: Event
    medium: Medium
    on: bool


class FollowedThread(View):
    """A thread that the reader watches or mutes."""

    number: str
    url: str
    title: Pair
    how: Following


class NoticesView(NewsView):
    """What is new for the reader, and what the reader chose.

    Attributes:
        digest_at: Time of the digest in our capital, such as 08:30.
        line_stops: Whether the reader is told of every line stop, outside office hours as well.
        share: Per cent of the time to answer after which the reader is told that a date comes.
        browser: Whether the reader allowed a browser to show notices.
        mail: Mail address of the reader; empty without one.
        chat: Whether the directory names a chat for the reader.
    """

    preset: Preset
    digest_at: str
    line_stops: bool
    share: Share = 0
    exceptions: tuple[ExceptionItem, ...]
    followed: tuple[FollowedThread, ...]
    browser: bool = False
    mail: str = ""
    chat: bool = False


class HandedOut(View):
    """Notices that the asking window shows as the browser's own; no other window gets them."""

    items: tuple[NewsItem, ...]


class FollowView(View):
    """How the reader follows a thread; empty for neither."""

    number: str
    how: Literal["watched", "muted", ""]
