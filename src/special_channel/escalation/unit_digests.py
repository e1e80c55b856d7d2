"""Count the open threads of each desk for heads of unit, once each working day.

At the time of a person's digest on a working day of our calendar; `event_recipients.py` waits for
office hours. The same counts as on the page `/unit`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import quote

from special_channel.channels.event_mails import PersonalNotice
from special_channel.channels.unit_mails import UnitAbsence, UnitDesk, UnitDigest, UnitRelease
from special_channel.core.bytes.ids import PARTIES, PersonId, Position
from special_channel.core.numbers import units
from special_channel.core.rows.charter import Charter, CharterRow, in_force
from special_channel.core.rows.log_keys import EVERYTHING
from special_channel.core.rows.past import Past
from special_channel.core.rules.notifying import (
    DEFAULT_CHOICE,
    MEDIA,
    NoticeChoice,
    next_digest,
)
from special_channel.core.rules.roles import HEADS
from special_channel.core.rules.state import RowKey
from special_channel.desk.releasing import entry_of_draft
from special_channel.desk.unit_holdings import Holdings, read_holdings, whose_turn
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.event_recipients import Happening
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.ports.mail import MARK
from special_channel.stores.absences import Absence
from special_channel.stores.clearances import Clearance, Clearances
from special_channel.stores.people import Official, functions_of
from special_channel.stores.views import Views

LISTED: Final = 20
"""Threads of nobody, drafts and absences of a mail; the page has all."""

URL: Final = "/unit"

_CHARTERS: Final[frozenset[RowKey]] = frozenset(("party", party) for party in PARTIES)


@dataclass(frozen=True, slots=True)
class UnitStores:
    """Queries of the record and of drafts waiting for release."""

    views: Views
    clearances: Clearances


class UnitDigests:
    """Writes the morning mails of heads of unit."""

    def __init__(self, deps: EscalationDeps, stores: UnitStores) -> None:
        self._deps, self._stores = deps, stores

    async def between(
        self,
        after: datetime,
        until: datetime,
        choices: Mapping[PersonId, NoticeChoice],
        absences: Mapping[PersonId, Absence],
    ) -> list[Happening]:
        """Return the morning mails due after a time, until the present `until`.

        Raises:
            Unavailable: `database-unavailable`.
        """
        staff, calendar = await self._deps.staff(), self._deps.calendar
        heads = set()
        for one in staff.officials:
            held = functions_of(one, staff.functions)
            choice = choices.get(one.person, DEFAULT_CHOICE)
            told = any(choice.timing("unit", medium) for medium in MEDIA)
            # An absent head's mail would be of a day long past on the head's return.
            here = bool(one.person) and one.person not in absences
            leads = any(each.role in HEADS for each in held)
            due = after < next_digest(calendar, after, choice.digest_at) <= until
            if here and leads and told and due:
                heads.add(one.person)
        if not heads:
            return []
        digest = await self._digest(staff.officials, absences)
        notice = PersonalNotice("unit", until, URL, "unit", unit=digest)
        return [
            Happening(
                f"unit:{digest.day}",
                (notice,),
                f"unit:{digest.day}",
                persons=frozenset(heads),
                closed=True,
            )
        ]

    async def _digest(
        self, officials: Sequence[Official], absences: Mapping[PersonId, Absence]
    ) -> UnitDigest:
        """Count threads, drafts and absences now."""
        deps, calendar = self._deps, self._deps.calendar
        now, identity = deps.node.clock.now(), deps.node.identity
        heads = await deps.stores.record.heads()
        delivered = heads[identity.peer].cosigned
        found = await read_holdings(self._stores.views, calendar, now, delivered)
        charter = await self._charter()
        drafts = await self._stores.clearances.waiting()
        away = [absences[one.person] for one in officials if one.person in absences]
        return UnitDigest(
            day=calendar.local(now).date(),
            open=len(found.threads),
            unheld=len(found.unheld),
            waiting=len(drafts),
            desks=self._desks(charter, found),
            nobody=tuple(_unheld(found)),
            releases=await self._releases(charter, drafts[:LISTED]),
            away=await self._away(officials, away[:LISTED]),
        )

    def _desks(self, charter: Charter | None, found: Holdings) -> tuple[UnitDesk, ...]:
        calendar, now = self._deps.calendar, self._deps.node.clock.now()
        today = calendar.local(now).date()
        days = units.coming_days(calendar, today)

        def desk(load: units.DeskLoad) -> UnitDesk:
            title = charter.desk(calendar.side, load.desk) if charter else None
            counts = zip(days, load.dates, strict=True)
            return UnitDesk(
                en=title.title_en if title else load.desk,
                zh=title.title_zh if title else load.desk,
                url=f"{URL}?desk={quote(load.desk or '-', safe='')}",
                open=load.open,
                oldest=units.days_open(calendar, load.oldest, today) if load.oldest else None,
                passed=load.passed,
                dates=tuple((day, number) for day, number in counts if number),
            )

        return tuple(map(desk, found.loads(charter, calendar, now)))

    async def _releases(
        self, charter: Charter | None, drafts: Sequence[Clearance]
    ) -> tuple[UnitRelease, ...]:
        """Return drafts with the desks or roles of their turn."""
        if not drafts:
            return ()
        views = self._stores.views
        entries = {draft.id: entry_of_draft(draft.envelope) for draft in drafts}
        named = {getattr(each, "thread", None) or "" for each in entries.values()} - {""}
        refs = {getattr(each, "ref", None) or "" for each in entries.values()} - {""}
        threads = await views.threads_by_id(sorted(named))
        lists = await views.batches_by_id(sorted(refs))
        routes = await views.routes([draft.id for draft in drafts])

        def release(draft: Clearance) -> UnitRelease:
            entry = entries[draft.id]
            thread = threads.get(getattr(entry, "thread", None) or "")
            batch = lists.get(getattr(entry, "ref", None) or "")
            desks, roles = whose_turn(charter, draft, routes.get(draft.id))
            body = getattr(entry, "body", None)
            return UnitRelease(
                kind=entry.kind if entry else "–",
                list=batch.list if batch else str(getattr(body, "list", "")),
                thread=str(thread.position) if thread else "",
                url=f"/clearances/{draft.id[:MARK]}",
                at=draft.at,
                en=self._turn(charter, desks, roles, "en"),
                zh=self._turn(charter, desks, roles, "zh-CN"),
            )

        return tuple(map(release, drafts))

    def _turn(
        self, charter: Charter | None, desks: Sequence[str], roles: Sequence[str], lang: Lang
    ) -> tuple[str, ...]:
        party, words = self._deps.node.identity.party, catalogue(lang)
        titles = [(desk, charter.desk(party, desk) if charter else None) for desk in desks]
        named = (
            (title.title_en if lang == "en" else title.title_zh) if title else desk
            for desk, title in titles
        )
        return (*named, *(words.label("role", role) for role in roles))

    async def _away(
        self, officials: Sequence[Official], absences: Sequence[Absence]
    ) -> tuple[UnitAbsence, ...]:
        names = {one.person: one.name for one in officials}
        people = [each.person for each in absences]
        rows = await self._stores.views.persons(self._deps.node.identity.party, people)
        return tuple(
            UnitAbsence(
                name=names.get(each.person, ""),
                until=each.until,
                stand_in=names.get(each.stand_in, ""),
                url=f"{URL}?holder={rows[each.person].number}" if each.person in rows else URL,
            )
            for each in absences
        )

    async def _charter(self) -> Charter | None:
        rows = await self._deps.stores.record.rows(_CHARTERS)
        charters = tuple(row for row in rows.values() if isinstance(row, CharterRow))
        past = Past(self._deps.node.identity.party, EVERYTHING, EVERYTHING)
        force = in_force(charters, past)
        return force.charter if force else None


def _unheld(found: Holdings) -> list[tuple[str, date]]:
    rows = ((found.rows[each.thread], each.opened) for each in found.unheld[:LISTED])
    return [(str(Position(row.party, row.idx)), opened) for row, opened in rows]
