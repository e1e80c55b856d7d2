"""The frame around each page: sides, reader, menu, office hours, link, cursor of the live stream.

Does not know any page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from special_channel.broker.guarding import Behind
from special_channel.broker.live import Cursor
from special_channel.channels.probes import DEAD
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.entries import Role
from special_channel.core.rules.releasing import held_kinds
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.http.services import LinkState, NodeServices, RemindersState
from special_channel.web.http.sessions import Visitor, csrf_token
from special_channel.web.http.statics import read_statics
from special_channel.web.shared.office import Office, open_until, shared_days
from special_channel.web.shared.people import SideName, desk_of, plain_name, side_name
from special_channel.web.shared.words import Pair, paired
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.damage import names
from special_channel.web.shell.menu import RECOVERERS, NavItem, menu

TOLD = ("log-tail-lost", "started-alone")
"""Alarms about our log that every page shows, beside the reason for signing nothing."""

AHEAD = timedelta(days=60)
"""How far to look for the next hour at which both offices are open: longer than any closure."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The official who is signed in."""

    key: str
    name: str
    desk: Pair
    role: str


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
        here: Path and query of this page, for the language switch.
        cursor: Start of the live stream; empty without a live stream.
        csrf: Token of each form.
        log: Origin of our shared log.
        private_log: Origin of our private log.
        unreachable: No alert channel to our people works.
        undelivered: Number of our entries without delivery.
        private_lost: Sizes of the private log if its end is lost and it accepts no entries.
        effect: Legal effect of dates and silence by the charter in force.
        damaged: Names of damaged places in our database, the first few.
        held: Kinds that a second official must release, with the permitted roles; `asks` for a
            note with questions.
        unsigned: Sentences on the reasons for not signing in our log, or for signing nevertheless.
        recovers: Whether the reader may see the page about losses after a restore.
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
    cursor: str = ""
    reader: Reader | None = None
    nav: tuple[NavItem, ...] = ()
    office: Office = Office()  # noqa: RUF009 - frozen
    link: LinkState = LinkState()  # noqa: RUF009 - frozen
    undelivered: int = 0
    product: Product = Product()
    shortcuts: bool = True
    demo: bool = False
    unreachable: bool = False
    damaged: tuple[str, ...] = ()
    reminders: RemindersState = RemindersState()  # noqa: RUF009 - frozen
    private_lost: Behind | None = None
    unsigned: tuple[str, ...] = ()
    recovers: bool = False
    private_log: str = ""
    effect: Pair | None = None
    held: Mapping[str, tuple[Role, ...]] = field(default_factory=dict)

    @property
    def other(self) -> Party:
        """The other party."""
        return peer_of(self.party)

    def waiting(self, page: str) -> int | None:
        """Return the number of items waiting on a page; None for pages without a count."""
        return next((item.count for item in self.nav if item.page == page), None)

    def side(self, party: Party) -> SideName:
        """Return a side's names."""
        return self.own if party == self.party else self.peer


@dataclass(frozen=True, slots=True)
class ViewPage:
    """A page that shows a view, the same model that the API returns.

    Attributes:
        template: Path under `web/`, such as `priority/priority.html`.
        page: Its place in the menu.
        view: `v` in the template.
        more: Values of the page alone, by name in the template.
    """

    template: str
    page: str
    view: object
    more: Mapping[str, object] = field(default_factory=dict)


@cache
def static_url() -> str:
    """Return the URL of the folder of static files."""
    return read_statics().url


async def frame(context: PageContext) -> Frame:
    """Make the frame of a page."""
    return replace(bare_frame(context), nav=await menu(context, context.who) if context.who else ())


def bare_frame(context: PageContext) -> Frame:
    """Make a frame without a menu: asks the record nothing more."""
    who, head = context.who, context.heads[context.party]
    return Frame(
        lang=context.lang,
        party=context.party,
        now=context.now,
        static=static_url(),
        here=context.here,
        log=context.own.node.identity.origin(context.party),
        private_log=context.own.node.identity.private_origin,
        own=side_name(context, context.party),
        peer=side_name(context, context.peer),
        csrf=csrf_token(who.token) if who else "",
        cursor=_cursor(context) if who else "",
        reader=_reader(context, who) if who else None,
        office=office(context),
        link=context.own.status.link(),
        undelivered=head.size - head.cosigned,
        shortcuts=who is None or who.official is None or who.official.shortcuts,
        demo=context.own.desk.mailbox is not None,
        damaged=names(context.own.status.check().damaged, context.t) if who else (),
        unreachable=who is not None and DEAD in context.own.status.alarms(),
        reminders=context.own.status.reminders() if who else RemindersState(),
        private_lost=context.own.status.private_behind() if who else None,
        effect=effect_of(context),
        held=held_kinds(context.document) if who else {},
        unsigned=_unsigned(context) if who else (),
        recovers=who is not None and who.row.role in RECOVERERS,
    )


def effect_of(context: PageContext) -> Pair | None:
    """Return the legal effect of dates and silence by the charter in force."""
    charter = context.document
    return paired(context.party, charter.effect_en, charter.effect_zh) if charter else None


def effect_text(context: PageContext) -> str:
    """Return the legal effect in the reader's language, for tables and briefs."""
    effect = effect_of(context)
    return effect.first(context.lang).text if effect else ""


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


def _reader(context: PageContext, who: Visitor) -> Reader:
    return Reader(who.key, who.name, desk_of(context, context.party, who.row.desk), who.row.role)
