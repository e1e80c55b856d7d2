"""Read our side's journal of acts on people, and the acts waiting for a further signature.

Never sent. Does not write the journal: acts on people, sign-in and stop cards do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import ActRecorded
from special_channel.desk.acts import waiting
from special_channel.messages.catalogue import Catalogue
from special_channel.ports import Stored
from special_channel.ports.conditions import PEOPLE_ALARMS
from special_channel.stores.acts import ActRow
from special_channel.web.http.sessions import Visitor
from special_channel.web.persons.views import Journal, JournalItem, WaitingAct
from special_channel.web.shared.days import DayFilters, instants
from special_channel.web.shared.query import PageQuery, WindowQuery
from special_channel.web.shell.content import entry_in, position_of
from special_channel.web.shell.directory import SideReader

KEEPERS: Final = frozenset({"registrar", "head", "director", "oversight"})
"""Roles that read the journal."""

STEPS: Final = ("asked", "signed", "refused", "withdrawn")
"""Steps of an act waiting for signatures; without a step the act is in the record."""


def reads_journal(reader: Visitor) -> bool:
    """Tell whether the journal is open to a reader."""
    return bool(reader.row.roles_now & KEEPERS)


class JournalFilters(DayFilters):
    """Days and order of the journal."""

    sort: Literal["newest", "oldest"] = "newest"


class JournalPageQuery(JournalFilters, PageQuery):
    """A page of the filtered journal."""


class JournalQuery(JournalFilters, WindowQuery):
    """The filtered journal over the API."""


async def journal(side: SideReader, filters: JournalFilters, offset: int, limit: int) -> Journal:
    """Read matching lines of the journal."""
    stores, days = side.context.own.stores, instants(side.context.party, *filters.days())
    entries, total = await stores.views.journal(
        offset, limit, *days, oldest=filters.sort == "oldest"
    )
    acts = [(each, entry_in(each.envelope)) for each in entries if each.envelope]
    records = [(stored, entry) for stored, entry in acts if isinstance(entry, ActRecorded)]
    found = await stores.record.find([entry.body.of for _, entry in records if entry.body.of])
    positions = {id_: position_of(each) for id_, each in found.items()}
    return Journal(total=total, items=tuple(_item(side, *record, positions) for record in records))


async def waiting_acts(side: SideReader) -> tuple[WaitingAct, ...]:
    """Read the acts on people that wait for a further signature, oldest first."""
    acts = await waiting(side.context.own.desk.acts)
    return tuple(_waiting(side, act) for act in acts)


def _waiting(side: SideReader, act: ActRow) -> WaitingAct:
    key = side.keys.get(act.key)
    person = side.persons.get(act.person or (key.person if key else ""))
    signer = side.keys.get(act.by)
    by = side.persons.get(signer.person) if signer else None
    return WaitingAct(
        id=act.id,
        kind=act.kind,
        who=side.names.get(act.person) if person is None else side.named(person),
        person=person.number if person else None,
        key=act.key or None,
        by=side.named(by) if by else "–",
        at=act.at,
        expires=act.expires,
    )


def act_words(t: Catalogue, act: str) -> str:
    """Write a word of the journal: of an act waiting for signatures its kind and step."""
    word, _, step = act.rpartition("-")
    if step not in STEPS:
        word, step = act, "done"
    kind = word.replace(".", "-").replace("-", ".", 1)
    if f"kind.{kind}" not in t:
        return t.label("recorded", act)
    return t.gettext("recorded.step", what=t.label("kind", kind), step=t.label("act-step", step))


def reason_words(t: Catalogue, reason: str) -> str:
    """Write a reason of the journal: of a stop, or what the alarm said that a person took."""
    if reason in PEOPLE_ALARMS:
        return t.sentence(reason).text.rstrip(".。")
    return t.label("stop-reason", reason)


def _item(
    side: SideReader, stored: Stored, entry: ActRecorded, positions: Mapping[EntryId, Position]
) -> JournalItem:
    body, t = entry.body, side.context.t
    key = side.keys.get(body.key) if body.key else None
    person = side.persons.get(body.person or (key.person if key else ""))
    named = side.names.get(body.person or "") if person is None else side.named(person)
    position = positions.get(body.of) if body.of else None
    return JournalItem(
        at=instant(stored.accepted),
        act=body.act,
        words=act_words(t, body.act),
        reason=reason_words(t, body.reason) if body.reason else None,
        who=named,
        person=person.number if person else None,
        key=key.key if key else None,
        position=str(position) if position else None,
    )
