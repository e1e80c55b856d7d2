"""Views of alarms about acts on people, for page and API."""

from __future__ import annotations

from datetime import datetime

from special_channel.web.shared.view import View


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
    """Alarms that nobody has taken, oldest first."""

    alarms: tuple[AlarmItem, ...]
