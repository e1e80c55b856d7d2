"""Read the open alarms about acts on people. Does not take alarms."""

from __future__ import annotations

from special_channel.core.bytes.ids import Position
from special_channel.desk.people_alarms import may_take, open_alarms
from special_channel.messages.catalogue import Lang, sentence
from special_channel.web.http.services import AlertServices
from special_channel.web.http.sessions import Visitor
from special_channel.web.people_alarms.views import AlarmItem, AlarmList


async def alarms(alerts: AlertServices, reader: Visitor, lang: Lang) -> AlarmList:
    """Read the open alarms, oldest first."""
    return AlarmList(
        alarms=tuple(
            AlarmItem(
                id=each.id,
                code=each.code,
                position=str(Position(each.log, each.idx)),
                at=each.at,
                words=sentence(each.code, lang).text,
                refused=may_take(each, reader.row.roles_now, reader.row.person),
            )
            for each in await open_alarms(alerts.people)
        )
    )
