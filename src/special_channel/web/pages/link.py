"""How the link to the other node stands, and what came over it that is not checked yet.

Shows numbers and kinds of what waits, and no text: nobody has judged it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Unchecked:
    """An entry of the other side that arrived and waits for another one.

    Attributes:
        position: Its number.
        kind: What it says that it is.
        accepted: When its own log took it in, by that log.
        lacking: It did not come whole itself; the others wait for it.
        thread: Number of its thread, if the thread is known here.
    """

    position: str
    kind: str
    accepted: datetime
    lacking: bool = False
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One log: how much of it is here, and how much of that the side that mirrors it cosigned."""

    own: bool
    size: int
    cosigned: int


@dataclass(frozen=True, slots=True)
class LinkPage:
    """How the link stands.

    Attributes:
        logs: Both logs, the own first.
        last_heard: When the other node answered last; None if never since this node started.
        stopped: The code for which its log is not followed any more; empty if it is.
        waits_for: Number of the entry that the others wait for; empty if nothing waits.
        unchecked: What arrived and waits, in order; the first of many.
        more: Whether there are more than are listed.
        waiting: How many arrived whole and wait.
        elsewhere: How many more of its entries are still with the other node.
    """

    template: ClassVar[str] = "link.html"
    page: ClassVar[str] = "link"

    logs: tuple[Standing, ...]
    last_heard: datetime | None = None
    stopped: str = ""
    waits_for: str = ""
    unchecked: tuple[Unchecked, ...] = ()
    more: bool = False
    waiting: int = 0
    elsewhere: int = 0
