"""The ways to the own side's people, in order, and what a test of each brought.

Shows no address and no secret. Does not try anything: the handler does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One way to people.

    Attributes:
        name: As the settings and the private log call it.
        group: One message reaches a whole group.
        outcome: Of a test that was just made; empty if none was.
        said: The other end's own words.
        code: The error's; `messages` holds its sentence and next step.
        facts: Placeholders of that sentence.
    """

    name: str
    group: bool
    outcome: Literal["", "sent", "later", "refused"] = ""
    said: str = ""
    code: str = ""
    facts: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelsPage:
    """All ways to people, the first tried first."""

    template: ClassVar[str] = "channels.html"
    page: ClassVar[str] = "channels"

    channels: tuple[ChannelLine, ...]
    test_url: str = "/channels/test"
