"""Views of alarms about acts on people, for page and API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from special_channel.web.shared.query import Filters, Text
from special_channel.web.shared.view import View


class AlarmFilters(Filters):
    """Filters of alarms by part of their words or number, and by the reader's right to take over.

    `who`: `mine` for alarms that the reader may take over, `others` for alarms left to others.
    """

    text: Text = ""
    who: Literal["", "mine", "others"] = ""
    sort: Literal["oldest", "newest"] = "oldest"


class AlarmItem(View):
    """An alarm not taken over yet.

    Attributes:
        position: Position of the entry that caused the alarm.
        words: Sentence on the event, in the reader's language.
        refused: Code of the reason why the reader may not take over; empty if the reader may.
    """

    id: int
    code: str
    position: str
    at: datetime
    words: str
    refused: str


class AlarmList(View):
    """Alarms not taken over yet that match a filter, in the order of the filter."""

    alarms: tuple[AlarmItem, ...]
