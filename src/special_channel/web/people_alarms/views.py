"""Views of alarms about acts on people, for page and API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from special_channel.web.shared.query import Filters, Text
from special_channel.web.shared.view import View


class AlarmFilters(Filters):
    """Filters of alarms by part of their words or number, and by whether the reader may take them.

    `who`: `mine` for those that the reader may take, `others` for those that others have to.
    """

    text: Text = ""
    who: Literal["", "mine", "others"] = ""
    sort: Literal["oldest", "newest"] = "oldest"


class AlarmItem(View):
    """An alarm that nobody has taken.

    Attributes:
        position: The entry that it is about.
        words: What happened, in the reader's language.
        refused: Code of the reason why the reader may not take it; empty if the reader may.
    """

    id: int
    code: str
    position: str
    at: datetime
    words: str
    refused: str


class AlarmList(View):
    """Alarms that nobody has taken and that match a filter, in its order."""

    alarms: tuple[AlarmItem, ...]
