"""What a person is told of, on which medium and when, by the person's own choice.

Our side's alone: the other side never learns a choice. Does not know alerts about due times: the
ladder does (`core/time/ladder.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal, get_args

from special_channel.core.time.calendars import Calendar

Event = Literal[
    "question",
    "answer",
    "release",
    "check",
    "sent_back",
    "assigned",
    "decide",
    "agreed",
    "proposed",
    "coming",
    "passed",
    "reminder",
    "entry",
    "unit",
    "licence",
]
"""A question to us, an answer to ours, a draft to release, a draft to check or consult on by its
sign-off route, a draft sent back to its author, a thread assigned, a request for a quarantined file
to decide on, one's own such request agreed to, a date proposed or moved, a date of ours that comes,
a date passed, a reminder that the person set, any other entry of a thread, the morning overview of
a head's unit, a licence of which much, or more than all, is stated as used."""

EVENTS: Final[tuple[Event, ...]] = get_args(Event)

Medium = Literal["page", "browser", "mail", "chat"]
"""Where a person is told; `browser`: by a notice of the browser, while a page is open."""

MEDIA: Final[tuple[Medium, ...]] = get_args(Medium)

Preset = Literal["everything", "mine", "digest"]
"""`everything`: all threads of the person's desks. `mine`: threads of the person. `digest`: the
same, with one mail a working day."""

Following = Literal["watched", "muted"]
"""A watched thread tells each entry, a muted one nothing but line stops."""

Timing = Literal["", "now", "digest"]
"""Not told, told at once, or listed in the next digest."""

PERSONAL: Final[frozenset[Event]] = frozenset(
    ("release", "check", "sent_back", "assigned", "decide", "agreed", "reminder", "unit", "licence")
)
"""Events that name the person, whatever the thread."""

Share = Literal[0, 50, 75, 90]
"""Per cent of the time to answer after which a person is told that the date comes; 0: not told."""

SHARES: Final[tuple[Share, ...]] = get_args(Share)

DIGEST_TIME: Final = time(8, 30)

SEARCHED_DAYS: Final = 31
"""How far to look for the next working day of a digest: longer than any closure."""


@dataclass(frozen=True, slots=True)
class NoticeException:
    """An exception from a preset: whether an event is told on a medium, and then at once."""

    event: Event
    medium: Medium
    on: bool


@dataclass(frozen=True, slots=True)
class NoticeChoice:
    """What a person chose to be told of.

    Attributes:
        preset: What concerns the person.
        digest_at: Time of the digest in our capital.
        line_stops: Whether line stops of all desks are told, outside office hours as well.
        exceptions: Exceptions from the preset, one for each event and medium.
        browser: Whether the person allowed a browser to show notices.
        share: When a date of ours is told as coming, beside what the ladder tells.
    """

    preset: Preset = "mine"
    digest_at: time = DIGEST_TIME
    line_stops: bool = False
    exceptions: tuple[NoticeException, ...] = ()
    share: Share = 0
    browser: bool = False

    def timing(self, event: Event, medium: Medium) -> Timing:
        """Return when an event that concerns the person is told on a medium."""
        if medium == "browser" and not self.browser:
            return ""
        for each in self.exceptions:
            if (each.event, each.medium) == (event, medium):
                return "now" if each.on else ""
        if event == "unit":  # a mail of its own at the time of the digest
            return "now" if medium == "mail" else ""
        if medium == "mail":
            return "digest" if self.preset == "digest" else "now"
        return "" if medium == "chat" else "now"


DEFAULT_CHOICE: Final = NoticeChoice()


@dataclass(frozen=True, slots=True)
class Involvement:
    """What a thread is to a person.

    Attributes:
        mine: Assigned to the person, written in by the person, or asked of the person's desk.
        desk: A thread of one of the person's desks.
        following: Whether the person watches or mutes the thread; None for neither.
    """

    mine: bool = False
    desk: bool = False
    following: Following | None = None


Reason = Literal["", "mine", "desk", "watched", "line-stop"]
"""Why an event concerns a person; empty if it does not."""


def reason(
    choice: NoticeChoice, involved: Involvement, *, line_stop: bool = False, quiet: bool = False
) -> Reason:
    """Return why an event of a thread concerns a person; personal events need no reason.

    Args:
        choice: The person's choice.
        involved: What the thread is to the person.
        line_stop: Whether the event is about a line stop.
        quiet: Whether only those who watch the thread are told.
    """
    if line_stop and choice.line_stops:
        return "line-stop"
    if involved.following == "watched":
        return "watched"
    if quiet or (involved.following == "muted" and not line_stop):
        return ""
    if involved.mine:
        return "mine"
    return "desk" if involved.desk and choice.preset == "everything" else ""


def next_digest(calendar: Calendar, now: datetime, at: time) -> datetime:
    """Return the next digest after `now` (UTC): a time of our capital on a working day."""
    day = calendar.local(now).date()
    times = (
        datetime.combine(day + timedelta(days=ahead), at, calendar.zone).astimezone(UTC)
        for ahead in range(SEARCHED_DAYS)
        if calendar.is_working_day(day + timedelta(days=ahead))
    )
    return next((each for each in times if each > now), now)
