"""Take an alarm about an act on people: somebody says to have looked into it.

An alarm about our own side is taken by a registrar who is not the author of the act; one about the
other side by a registrar, head or director who has compared by telephone. Does not raise alarms:
`escalation/people_notices.py` does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.broker.append import Appender
from special_channel.broker.identity import Identity
from special_channel.core.bytes.errors import NotAllowed, NotFound
from special_channel.core.bytes.ids import PersonId
from special_channel.desk.journal import record_act
from special_channel.ports import Clock
from special_channel.ports.conditions import PEER_PEOPLE_ALARMS
from special_channel.stores.people_acts import PeopleActs, PeopleAlarm

LOOKERS: Final = ("registrar", "head", "director")
"""Roles that see the alarms, and take those about the other side."""


@dataclass(frozen=True, slots=True)
class PeopleAlarmDeps:
    """Dependencies of taking alarms."""

    acts: PeopleActs
    appender: Appender
    identity: Identity
    clock: Clock


def may_take(alarm: PeopleAlarm, roles: Collection[str], person: PersonId) -> str:
    """Return why a person may not take an alarm; empty if the person may."""
    if alarm.code not in PEER_PEOPLE_ALARMS and "registrar" not in roles:
        return "alarm-registrar"
    return "alarm-author" if alarm.author and alarm.author == person else ""


async def open_alarms(deps: PeopleAlarmDeps) -> Sequence[PeopleAlarm]:
    """Return the alarms that nobody has taken, oldest first."""
    return await deps.acts.open()


async def take(
    deps: PeopleAlarmDeps, number: int, roles: Collection[str], person: PersonId
) -> None:
    """Take an alarm, and record it in the journal.

    Raises:
        NotFound: `alarm-unknown` without an open alarm of the number.
        NotAllowed: `alarm-registrar`, `alarm-author`.
    """
    alarm = next((each for each in await deps.acts.open() if each.id == number), None)
    if alarm is None:
        raise NotFound("alarm-unknown", "There is no open alarm of this number.")
    if code := may_take(alarm, roles, person):
        raise NotAllowed(code, "Another person has to take this alarm.")
    if not await deps.acts.take(number, person, deps.clock.now()):
        raise NotFound("alarm-unknown", "Somebody has taken this alarm.")
    # The entry tells two alarms of a kind apart that a person takes within a second.
    facts = {"person": person, "reason": alarm.code, "of": alarm.entry}
    await record_act(deps.appender, deps.identity, deps.clock, "alarm-taken", **facts)
