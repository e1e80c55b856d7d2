"""The frame around each page: sides, reader, menu, office hours, link, live cursor.

Lists a page in the menu only if it exists for this reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256

from special_channel.broker.live import Cursor
from special_channel.channels.probes import DEAD
from special_channel.core.bytes.ids import PARTIES, Party, Position
from special_channel.core.rules.releasing import held_kinds
from special_channel.core.time.calendars import Calendar
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.access import Visitor
from special_channel.web.api import recovery
from special_channel.web.api.alerting import TRIERS
from special_channel.web.pages.frame import (
    Frame,
    Link,
    LostTail,
    NavItem,
    Office,
    Pair,
    Reader,
    Reminders,
    SideName,
    Words,
)
from special_channel.web.reading.damage import names
from special_channel.web.reading.menu import waiting
from special_channel.web.reading.people import desk_of, paired
from special_channel.web.reading.scene import Scene
from special_channel.web.services import Services
from special_channel.web.statics import read_statics

TOLD = ("log-tail-lost", "started-alone")
"""Alarms about our log that every page shows, beside the reason for signing nothing."""

AHEAD = timedelta(days=60)
"""How far to look for the next hour at which both offices are open: longer than any closure."""


@cache
def static_url() -> str:
    """Return the address of the statics' folder; they ship with the program."""
    return read_statics().url


def csrf_token(token: str) -> str:
    """Return what each form of a session carries: no other site can know it."""
    return sha256(b"special-channel/form/v1\n" + token.encode()).hexdigest()


def may_see_registrar(own: Services, who: Visitor) -> bool:
    """Tell whether the registrar's page is this reader's.

    In a demonstration the node holds a registrar's key, with which the heads of unit look after
    the keys, too.
    """
    if who.row.role == "registrar":
        return True
    return own.registrar is not None and who.row.role in {"head", "director"}


async def frame(scene: Scene) -> Frame:
    """Make the frame of a page."""
    return replace(bare_frame(scene), nav=await _menu(scene, scene.who) if scene.who else ())


def bare_frame(scene: Scene) -> Frame:
    """Make a frame without a menu: asks the record nothing more."""
    who = scene.who
    return Frame(
        lang=scene.lang,
        party=scene.party,
        now=scene.now,
        static=static_url(),
        here=scene.here,
        log=scene.own.identity.origin(scene.party),
        private_log=scene.own.identity.private_origin,
        own=side_name(scene, scene.party),
        peer=side_name(scene, scene.peer),
        csrf=csrf_token(who.token) if who else "",
        cursor=_cursor(scene) if who else "",
        reader=_reader(scene, who) if who else None,
        office=office(scene),
        link=_link(scene),
        shortcuts=who is None or who.official is None or who.official.shortcuts,
        demo=scene.own.mailbox is not None,
        damaged=names(scene.own.check().damaged, scene.t) if who else (),
        unreachable=who is not None and DEAD in scene.own.alarms(),
        reminders=_reminders(scene.own) if who else Reminders(),
        private_lost=_private_lost(scene.own) if who else None,
        effect=effect_of(scene),
        held=held_kinds(scene.document) if who else {},
        unsigned=_unsigned(scene) if who else (),
        recovers=who is not None and who.row.role in recovery.ROLES,
    )


def effect_of(scene: Scene) -> Pair | None:
    """Return what the charter in force says that dates and silence mean in law."""
    charter = scene.document
    return paired(scene.party, charter.effect_en, charter.effect_zh) if charter else None


def effect_text(scene: Scene) -> str:
    """Return the same in the reader's language alone, for tables and briefs."""
    effect = effect_of(scene)
    return effect.first(scene.lang).text if effect else ""


def _reminders(own: Services) -> Reminders:
    state = own.reminders()
    return Reminders(state.stopped_since, state.peer_stopped_since, state.canary_lost)


def _unsigned(scene: Scene) -> tuple[str, ...]:
    """Say why nothing is signed in our log, if so, and what an operator has to act on."""
    sentences, alarms = catalogue(scene.lang), scene.own.alarms()
    codes = [scene.own.ready(), *(code for code in TOLD if code in alarms)]
    return tuple(sentences.sentence(code).text for code in codes if f"error.{code}" in sentences)


def _private_lost(own: Services) -> LostTail | None:
    lost = own.private_behind()
    return None if lost is None else LostTail(lost.held, lost.signed)


def plain_frame(own: Services, lang: Lang, here: str) -> Frame:
    """Make a frame when nothing can be asked of the record: for the page that says so."""
    label = catalogue(lang).label
    names = {
        party: SideName(
            Pair(Words(label("side", party), lang)), Pair(Words(label("side", party), lang))
        )
        for party in PARTIES
    }
    return Frame(
        lang=lang,
        party=own.identity.party,
        now=own.clock.now(),
        static=static_url(),
        here=here,
        log=own.identity.origin(own.identity.party),
        own=names[own.identity.party],
        peer=names[own.identity.peer],
    )


def side_name(scene: Scene, party: Party) -> SideName:
    """Return what the charter calls a side."""
    found = next(
        (one for one in (scene.document.parties if scene.document else ()) if one.party == party),
        None,
    )
    if found is None:
        return _plain_name(scene.lang, party)
    return SideName(
        paired(party, found.name_en, found.name_zh), paired(party, found.short_en, found.short_zh)
    )


def _plain_name(lang: Lang, party: Party) -> SideName:
    plain = Pair(Words(catalogue(lang).label("side", party), lang))
    return SideName(plain, plain)


def office(scene: Scene) -> Office:
    """Return who is at work now, and when both are next."""
    own, peer = scene.calendar(scene.party), scene.calendar(scene.peer)
    own_until, peer_until = _open_until(own, scene.now), _open_until(peer, scene.now)
    if own_until is not None and peer_until is not None:
        return Office(own_until, peer_until)
    first = own.local(scene.now).date()
    spans = _shared_days(own, peer, first, AHEAD)
    following = next((start for start, _ in spans if start > scene.now), None)
    return Office(own_until, peer_until, following)


def shared_hours(own: Calendar, peer: Calendar, day: date) -> tuple[datetime, datetime] | None:
    """Return when both offices are open on a date of both capitals."""
    ours, theirs = own.office_hours(day), peer.office_hours(day)
    if ours is None or theirs is None:
        return None
    start, end = max(ours[0], theirs[0]), min(ours[1], theirs[1])
    return (start, end) if start < end else None


def _shared_days(
    own: Calendar, peer: Calendar, first: date, span: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    for step in range(span.days):
        hours = shared_hours(own, peer, first + timedelta(days=step))
        if hours is not None:
            yield hours


def _open_until(calendar: Calendar, now: datetime) -> datetime | None:
    if not calendar.is_open(now):
        return None
    return calendar.close_of_business(calendar.local(now).date())


def _cursor(scene: Scene) -> str:
    heads = scene.heads
    return str(Cursor(heads["eu"].size, heads["cn"].size, heads[scene.party].cosigned))


def _reader(scene: Scene, who: Visitor) -> Reader:
    return Reader(who.key, who.name, desk_of(scene, scene.party, who.row.desk), who.row.role)


def _link(scene: Scene) -> Link:
    state = scene.own.link()
    head = scene.heads[scene.party]
    gap = "" if state.gap is None else str(Position(scene.peer, state.gap))
    waiting = head.size - head.cosigned
    return Link(
        state.down_since,
        waiting,
        state.last_heard,
        gap,
        state.behind,
        state.undelivered_since if waiting else None,
        state.peer_undelivered_since,
    )


async def _menu(scene: Scene, who: Visitor) -> tuple[NavItem, ...]:
    own = scene.own
    counts = await waiting(own, who, scene.charters)
    items = [
        NavItem("inbox", "/inbox"),
        NavItem("threads", "/threads"),
        NavItem("batches", "/batches"),
        NavItem("applications", "/applications"),
        NavItem("differences", "/differences"),
        NavItem("numbers", "/numbers"),
        NavItem("licences", "/licences"),
        NavItem("priority", "/priority"),
        NavItem("meetings", "/meetings"),
        NavItem("deadlines", "/deadlines"),
        NavItem("alerts", "/alerts"),
        NavItem("figures", "/figures"),
    ]
    if scene.party == "eu":
        items.append(NavItem("fairness", "/fairness"))
    items.append(NavItem("rules", "/rules"))
    if scene.writes:
        items.append(NavItem("clearance", "/clearances"))
    if may_see_registrar(own, who):
        items.append(NavItem("registrar", "/registrar"))
    if own.ways is not None and who.row.role in TRIERS:
        items.append(NavItem("channels", "/channels"))
    if own.mailbox is not None:
        items.append(NavItem("mailbox", "/mailbox"))
    return tuple(replace(item, count=counts.get(item.page)) for item in items)
