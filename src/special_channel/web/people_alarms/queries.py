"""Read the open alarms about acts on people. Does not take alarms."""

from __future__ import annotations

from special_channel.core.bytes.ids import Position
from special_channel.desk.people_alarms import may_take, open_alarms
from special_channel.messages.catalogue import Lang, sentence
from special_channel.web.http.services import AlertServices
from special_channel.web.http.sessions import Visitor
from special_channel.web.people_alarms.views import AlarmFilters, AlarmItem, AlarmList


async def alarms(
    alerts: AlertServices, reader: Visitor, lang: Lang, filters: AlarmFilters
) -> AlarmList:
    """Read the open alarms that match a filter, in its order."""
    items = [
        AlarmItem(
            id=each.id,
            code=each.code,
            position=str(Position(each.log, each.idx)),
            at=each.at,
            words=sentence(each.code, lang).text,
            refused=may_take(each, reader.row.roles_now, reader.row.person),
        )
        for each in await open_alarms(alerts.people)
    ]
    text = filters.text.casefold()
    matching = [
        each
        for each in items
        if text in f"{each.position}\n{each.words}".casefold()
        and filters.who in {"", "others" if each.refused else "mine"}
    ]
    return AlarmList(alarms=tuple(matching[::-1] if filters.sort == "newest" else matching))
