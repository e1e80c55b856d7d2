"""Views of alerts to our own people. An alert has no content of a case.

Does not show alerts of the other side: the node does not know any.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from special_channel.core.time.calendars import Words as Titles
from special_channel.messages.catalogue import Lang
from special_channel.stores.outbox import AlertKind, AlertState
from special_channel.web.shared.doubts import EntryItem
from special_channel.web.shared.view import View

WARNING_STEPS: Final = 100
"""Added to a warning's share of the time passed, in per cent, to make its step."""


class AlertView(EntryItem):
    """An alert on a channel; `doubt`: about the entry of its question.

    Attributes:
        number: The question, such as `EU-877 Q1`; empty for a digest.
        listed: The questions of a digest.
        made_at: Time of creation on our node.
        title: Title of the step in our ladder.
        role: Role of the recipient; empty for a group, or for somebody who left our directory.
        name: Name of the recipient.
        held_until: Opening time of the recipient's office, while the alert waits for office hours.
        closed_at: Time of the final result; for `sent`, of delivery.
        next_at: Time of the next attempt of a waiting alert.
        error: Code of the last failure; empty if absent.
        acknowledged: Names of officials who took the step over, with the time.
        open: The step can still be taken over.
    """

    numbered: ClassVar[str] = "number"

    id: str
    kind: AlertKind
    number: str
    thread_url: str
    made_at: datetime
    due: datetime | None
    step: int
    title: Titles | None
    role: str = ""
    name: str = ""
    channel: str
    state: AlertState
    attempts: int
    repeat: int = 0
    listed: tuple[str, ...] = ()
    held_until: datetime | None = None
    closed_at: datetime | None = None
    next_at: datetime | None = None
    error: str = ""
    acknowledged: tuple[tuple[str, datetime], ...] = ()
    open: bool = False

    @property
    def url(self) -> str:
        """Address of the alert's page."""
        return f"/alerts/{self.id}"

    @property
    def share(self) -> int | None:
        """Per cent of the time passed, for a warning."""
        return self.step - WARNING_STEPS if self.kind == "warning" else None

    def office(self, lang: Lang) -> str:
        """Return the step's title in the reader's language."""
        if self.title is None:
            return ""
        return self.title.zh if lang == "zh-CN" else self.title.en


class AlertsView(View):
    """A page of alerts.

    Attributes:
        older: The next page has alerts made before this time, newest first.
        newer: The next page has alerts made after this time, oldest first.
    """

    items: tuple[AlertView, ...]
    older: datetime | None = None
    newer: datetime | None = None


class AlertDetail(View):
    """An alert on its channels, in their order.

    `raised`: private entry for the reader to take over; empty if the reader may not.
    """

    items: tuple[AlertView, ...]
    raised: str = ""
