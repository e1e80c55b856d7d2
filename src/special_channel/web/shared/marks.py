"""A person's marks of a thread, as pages show them to that person alone."""

from __future__ import annotations

from datetime import date
from typing import Final

from special_channel.web.shared.capitals import Due
from special_channel.web.shared.view import View


class MarksView(View):
    """The reader's marks of a thread.

    Attributes:
        done: Whether the reader put the thread away, and nothing new has arrived since.
        remind_on: Day of a reminder in our capital; None without a reminder.
        reminds: Whether that day has come.
        labels: The reader's labels.
    """

    done: bool = False
    remind_on: date | None = None
    reminds: bool = False
    labels: tuple[str, ...] = ()


NOTHING_MARKED: Final = MarksView()


def left_out(mark: MarksView | None, due: Due | None = None) -> bool:
    """Tell whether the inbox leaves a thread out.

    A thread with a reminder is there on its day, and before once its due time is near or passed: a
    reminder never hides a date.
    """
    if mark is None or not mark.done or mark.reminds:
        return False
    return mark.remind_on is None or due is None or not (due.near or due.passed)
