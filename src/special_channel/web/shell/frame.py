"""The frame around each page: sides, reader, menu, office hours, link, cursor of the live stream.

The menu lists the pages that exist for a reader, and how much waits on each; a page and its live
stream count alike. Does not know any page and does not draw.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Final
from urllib.parse import parse_qs, urlsplit

from special_channel.broker.guarding import Behind
from special_channel.broker.live import Cursor
from special_channel.channels.probes import DEAD
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.entries import Role
from special_channel.core.rules.doubt import NO_DOUBT, DoubtedEntry, KnownDoubts, Word
from special_channel.core.rules.releasing import held_kinds
from special_channel.desk.people_alarms import LOOKERS
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.ports.conditions import PEOPLE_ALARMS
from special_channel.web.http.services import (
    DeskServices,
    NodeServices,
)
from special_channel.web.http.sessions import Visitor, csrf_token
from special_channel.web.http.states import LinkState, RemindersState
from special_channel.web.http.statics import read_statics
from special_channel.web.shared.capitals import Office, open_until, shared_days
from special_channel.web.shared.doubts import (
    Doubt,
    doubt_of_number,
    doubt_word,
    doubts_text,
    word_at,
)
from special_channel.web.shared.viewpoint import SideName, plain_name, side_name
from special_channel.web.shared.words import Pair, paired
from special_channel.web.shell.context import REGISTRAR, PageContext
from special_channel.web.shell.damage import names
from special_channel.web.shell.menu import Group, NavItem, grouped, menu
from special_channel.web.shell.reader import Reader, full_reader, plain_reader

TOLD = ("log-tail-lost", "started-alone")
"""Alarms about our log that every page shows, beside the reason for signing nothing."""

SENT_BACK: Final = "sent-back"
"""Name of the draft in the address of a form that is filled with a returned draft again."""

AHEAD = timedelta(days=60)
"""How far to look for the next hour at which both offices are open: longer than any closure."""

RECOVERERS: Final = ("registrar", "head", "director")
"""Roles that see what a restore has cost, and act on it."""


@dataclass(frozen=True, slots=True)
class Product:
    """Name of the service; a setting."""

    en: str = "Special Channel"
    zh: str = "中欧出口许可沟通平台"


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame around a page.

    Attributes:
        now: Aware UTC, read once per request.
        static: URL of the folder of static files, with their hash.
        alone: The reader gets no text of the other language.
        here: Path and query of this page, for the language switch.
        cursor: Start of the live stream; empty without a live stream.
        csrf: Token of each form.
        session_left: Whole seconds until the reader's session ends.
        log: Origin of our shared log.
        private_log: Origin of our private log.
        unreachable: No alert channel to our people works.
        undelivered: Number of our entries without delivery.
        private_lost: Sizes of the private log if its end is lost and it accepts no entries.
        effect: Legal effect of dates and silence by the charter in force.
        doubts: Entries in doubt, for the word next to their numbers.
        damaged: Names of damaged places in our database, the first few.
        held: Kinds that a second official must release, with the permitted roles; `asks` for a
            note with questions.
        unsigned: Sentences on the reasons for not signing in our log, or for signing nevertheless.
        recovers: Whether the reader may see the page about losses after a restore.
        people_alarms: Whether acts on people wait for the reader to look into them.
        finds: Whether finds of virus scanners do.
        sent_back: What to change in the draft that was sent back and is open in this form.
    """

    lang: Lang
    party: Party
    now: datetime
    static: str
    here: str
    log: str
    own: SideName
    peer: SideName
    csrf: str = ""
    session_left: int = 0
    cursor: str = ""
    reader: Reader | None = None
    nav: tuple[NavItem, ...] = ()
    office: Office = Office()  # noqa: RUF009 - frozen
    link: LinkState = LinkState()  # noqa: RUF009 - frozen
    undelivered: int = 0
    product: Product = Product()
    shortcuts: bool = True
    dense: bool = False
    alone: bool = False
    unreachable: bool = False
    damaged: tuple[str, ...] = ()
    reminders: RemindersState = RemindersState()  # noqa: RUF009 - frozen
    private_lost: Behind | None = None
    unsigned: tuple[str, ...] = ()
    recovers: bool = False
    people_alarms: bool = False
    finds: bool = False
    sent_back: str = ""
    private_log: str = ""
    effect: Pair | None = None
    doubts: KnownDoubts = NO_DOUBT
    held: Mapping[str, tuple[Role, ...]] = field(default_factory=dict)

    @property
    def other(self) -> Party:
        """The other party."""
        return peer_of(self.party)

    @property
    def menu(self) -> tuple[tuple[Group, tuple[NavItem, ...]], ...]:
        """The reader's pages in their groups; empty groups are left out."""
        return grouped(self.nav)

    def waiting(self, page: str) -> int | None:
        """Return the number of items waiting on a page; None for pages without a count."""
        return next((item.count for item in self.nav if item.page == page), None)

    def doubt(self, number: str) -> Word | None:
        """Return what an entry is that is in doubt, by its number; None without doubt."""
        return word_at(self.doubts, number)

    def doubted(self, number: str) -> Doubt | None:
        """Return the doubt about an entry by its number, for a sentence."""
        return doubt_of_number(self.doubts, number)

    def side(self, party: Party) -> SideName:
        """Return a side's names."""
        return self.own if party == self.party else self.peer


@dataclass(frozen=True, slots=True)
class FaultView:
    """Why a filter is refused, in the reader's language.

    Attributes:
        code: Stable code of the error.
        text: What is wrong.
        next_step: What to do.
        fields: Names of the refused fields.
    """

    code: str
    text: str
    next_step: str
    fields: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class ViewPage:
    """A page of a view, the model returned by the API.

    Attributes:
        template: Path under `web/`, such as `priority/priority.html`.
        page: Its place in the menu.
        view: `v` in the template.
        more: Values of the page alone, by name in the template.
        fault: Why the filter in the address is refused; the page then lists nothing.
    """

    template: str
    page: str
    view: object
    more: Mapping[str, object] = field(default_factory=dict)
    fault: FaultView | None = None


@cache
def static_url() -> str:
    """Return the URL of the folder of static files."""
    return read_statics().url


async def frame(context: PageContext) -> Frame:
    """Make the frame of a page."""
    if context.who is None:
        return bare_frame(context)
    nav, reader = await menu(context, context.who), await full_reader(context, context.who)
    back = await sent_back(context, context.who)
    return replace(bare_frame(context), nav=nav, reader=reader, sent_back=back)


async def sent_back(context: PageContext, who: Visitor) -> str:
    """Return the remark on the draft that the address names, if it is the reader's own."""
    [id_] = parse_qs(urlsplit(context.here).query).get(SENT_BACK, [""])[:1]
    if not re.fullmatch("[0-9a-f]{64}", id_):
        return ""
    draft = await context.own.desk.clearances.of_person(id_, who.key)
    return draft.remark if draft else ""


def bare_frame(context: PageContext) -> Frame:
    """Make a frame without a menu and functions: asks the record nothing more."""
    who, head = context.who, context.heads[context.party]
    looks = who is not None and not who.row.roles_now.isdisjoint(LOOKERS)
    return Frame(
        lang=context.lang,
        party=context.party,
        now=context.now,
        static=static_url(),
        here=context.here,
        alone=context.alone,
        log=context.own.node.identity.origin(context.party),
        private_log=context.own.node.identity.private_origin,
        own=side_name(context, context.party),
        peer=side_name(context, context.peer),
        csrf=csrf_token(who.token) if who else "",
        session_left=int((who.expires - context.now).total_seconds()) if who else 0,
        cursor=_cursor(context) if who else "",
        reader=plain_reader(context, who) if who else None,
        office=office(context),
        link=context.own.status.link(),
        undelivered=head.size - head.cosigned,
        shortcuts=who is None or who.official is None or who.official.shortcuts,
        dense=who is not None and who.official is not None and who.official.dense,
        damaged=names(context.own.status.check().damaged, context.t) if who else (),
        unreachable=who is not None and DEAD in context.own.status.alarms(),
        reminders=context.own.status.reminders() if who else RemindersState(),
        private_lost=context.own.status.private_behind() if who else None,
        effect=effect_of(context),
        doubts=context.doubts,
        held=held_kinds(context.document) if who else {},
        unsigned=_unsigned(context) if who else (),
        recovers=who is not None and not who.row.roles_now.isdisjoint(RECOVERERS),
        people_alarms=looks and not PEOPLE_ALARMS.isdisjoint(context.own.status.alarms()),
        finds=looks and "file-found" in context.own.status.alarms(),
    )


def effect_of(context: PageContext) -> Pair | None:
    """Return the legal effect of dates and silence by the charter in force."""
    charter = context.document
    return paired(context.party, charter.effect_en, charter.effect_zh) if charter else None


def effect_text(context: PageContext) -> str:
    """Return what files and briefs say at their foot, in the reader's language.

    The legal effect by the charter, and how many entries are in doubt.
    """
    effect = effect_of(context)
    texts = (
        effect.first(context.lang).text if effect else "",
        doubts_text(context.doubts, context),
    )
    return (" " if context.lang == "en" else "").join(text for text in texts if text)


def numbered(context: PageContext, number: str) -> str:
    """Return an entry's number as files write it: with a word after it if the entry is in doubt."""
    word = doubt_word(context.doubts, number, context)
    if not word:
        return number
    return f"{number} ({word})" if context.lang == "en" else f"{number}（{word}）"


def _unsigned(context: PageContext) -> tuple[str, ...]:
    """Return sentences on reasons for not signing in our log, and on alarms for the operator."""
    sentences, alarms = catalogue(context.lang), context.own.status.alarms()
    codes = [context.own.status.ready(), *(code for code in TOLD if code in alarms)]
    return tuple(sentences.sentence(code).text for code in codes if f"error.{code}" in sentences)


def plain_frame(node: NodeServices, lang: Lang, here: str) -> Frame:
    """Make a frame without reading the record, for a page about a failure of the record."""
    return Frame(
        lang=lang,
        party=node.identity.party,
        now=node.clock.now(),
        static=static_url(),
        here=here,
        log=node.identity.origin(node.identity.party),
        own=plain_name(lang, node.identity.party),
        peer=plain_name(lang, node.identity.peer),
    )


def office(context: PageContext) -> Office:
    """Return the offices open now, and the next hour with both offices open."""
    own, peer = context.calendar(context.party), context.calendar(context.peer)
    own_until, peer_until = open_until(own, context.now), open_until(peer, context.now)
    if own_until is not None and peer_until is not None:
        return Office(own_until, peer_until)
    first = own.local(context.now).date()
    spans = shared_days(own, peer, first, AHEAD)
    following = next((start for start, _ in spans if start > context.now), None)
    return Office(own_until, peer_until, following)


def _cursor(context: PageContext) -> str:
    heads = context.heads
    return str(Cursor(heads["eu"].size, heads["cn"].size, heads[context.party].cosigned))


def to_review(context: PageContext, who: Visitor) -> list[DoubtedEntry]:
    """Return the disputed entries signed with a reader's keys, for a review by the reader alone."""
    return context.doubts.to_review(context.party, who.row.person) if who.row.person else []


def may_see_registrar(desk: DeskServices, who: Visitor) -> bool:
    """Tell whether the registrar's page is this reader's.

    In a demonstration the node holds the registrars' keys, with which the heads of unit look after
    the keys, too.
    """
    if REGISTRAR in who.row.roles_now:
        return True
    return bool(desk.registrars) and not who.row.roles_now.isdisjoint({"head", "director"})
