"""What every page shares: who reads, in which language, when, and how the link stands.

Does not know any page. Does not choose what the navigation holds: the handler lists
only pages that exist for this reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, Protocol

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.entries import Role
from special_channel.messages.catalogue import Lang

Facts = tuple[tuple[str, str | int], ...]
"""What a sentence of a code is filled with, by name."""

Presence = Literal["present", "erased", "withheld", "sealed", "missing", "damaged"]
"""Present; four words for absence (docs/formats/bundle.md, "Verifying"); what our database lost."""


@dataclass(frozen=True, slots=True)
class Words:
    """One run of text in its own language.

    Attributes:
        text: Exactly as signed; empty when not present.
        lang: BCP 47.
        ordinal: Its place in the entry's parts; None for text that is nobody's part
            (a desk's title of the charter).
    """

    text: str
    lang: str
    ordinal: int | None = None
    presence: Presence = "present"

    @property
    def chinese(self) -> bool:
        """Tell whether it is written in Chinese."""
        return self.lang.lower().startswith("zh")


@dataclass(frozen=True, slots=True)
class Pair:
    """The authentic text and its courtesy translation, if there is one."""

    original: Words
    translation: Words | None = None

    def first(self, lang: Lang) -> Words:
        """Return the text in the reader's language, or else the authentic one."""
        wanted = lang == "zh-CN"
        if self.translation and self.original.chinese != wanted == self.translation.chinese:
            return self.translation
        return self.original

    def second(self, lang: Lang) -> Words | None:
        """Return the other text."""
        return self.in_order(lang)[1]

    def in_order(self, lang: Lang) -> tuple[Words, Words | None]:
        """Return both texts, `first` first."""
        first = self.first(lang)
        return first, self.translation if first is self.original else self.original


@dataclass(frozen=True, slots=True)
class SideName:
    """What a party is called (charter)."""

    name: Pair
    short: Pair


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote: desk and role of either side, a name on one's own side only.

    Attributes:
        number: What the key is called for people, such as `CN-0007`.
        role: Code of the charter's role.
        desk: The desk's title.
        name: From the own directory; always None for the other side's people.
    """

    party: Party
    number: str
    role: str
    desk: Pair
    name: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """The official who is signed in."""

    key: str
    name: str
    desk: Pair
    role: str


@dataclass(frozen=True, slots=True)
class NavItem:
    """A page that exists for this reader.

    `page` is one of inbox, threads, batches, deadlines, rules, clearance, registrar,
    channels, mailbox. `count` is None where nothing ever waits for them.
    """

    page: str
    url: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """Who is at work now, by both calendars and the charter's office hours.

    Attributes:
        own_until: Own close of business today; None while closed.
        peer_until: The same of the other side.
        next_shared: When both are next at work; None when unknown.
    """

    own_until: datetime | None = None
    peer_until: datetime | None = None
    next_shared: datetime | None = None

    @property
    def shared_until(self) -> datetime | None:
        """Until when both are at work."""
        if self.own_until is None or self.peer_until is None:
            return None
        return min(self.own_until, self.peer_until)


@dataclass(frozen=True, slots=True)
class Link:
    """How the link to the other side stands; `down_since` None means up.

    Attributes:
        waiting_entries: Own entries that wait to be delivered.
        gap: Number of the other side's entry that did not come whole, if any.
        behind: How many of its entries are not checked here, that one among them.
        undelivered_since: Since when nothing that our side signs arrives, if so.
        peer_undelivered_since: The same of the other side, as its node reports.
    """

    down_since: datetime | None = None
    waiting_entries: int = 0
    peer_last_heard: datetime | None = None
    gap: str = ""
    behind: int = 0
    undelivered_since: datetime | None = None
    peer_undelivered_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminders:
    """Since when reminders do not run, ours and the other side's; a trial that was lost."""

    stopped_since: datetime | None = None
    peer_stopped_since: datetime | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class LostTail:
    """Sizes of a log whose end is lost: what is here, and what was signed."""

    held: int
    signed: int


@dataclass(frozen=True, slots=True)
class Product:
    """What the service is called; settable."""

    en: str = "Special Channel"
    zh: str = "中欧出口许可沟通平台"


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame around a page.

    Attributes:
        now: Aware UTC, read once per request.
        static: URL of the folder of statics, with the tree's hash in it.
        here: Path and query of this page, for the language switch.
        cursor: Where the live stream goes on; empty for no live stream.
        csrf: Token that each form carries.
        log: Origin of the own shared log.
        private_log: Origin of the own private log.
        unreachable: Nobody of the own side can be told of anything.
        private_lost: The end of the private log is lost, and it takes no entries.
        effect: What the charter in force says that dates and silence mean in law.
        damaged: Names of what is damaged in our database and not shown, the first few.
        held: Kinds that a second official must release, each with the roles that may; `asks` for
            a note with questions.
        unsigned: Sentences on why nothing is signed in our log, or on what grounds all the same.
        recovers: Whether the page about what a restore has cost is this reader's.
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
    office: Office = Office()
    link: Link = Link()
    product: Product = Product()
    shortcuts: bool = True
    demo: bool = False
    unreachable: bool = False
    damaged: tuple[str, ...] = ()
    reminders: Reminders = Reminders()
    private_lost: LostTail | None = None
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
        """Return how much waits on a page for this reader; None where nothing ever does."""
        return next((item.count for item in self.nav if item.page == page), None)

    def side(self, party: Party) -> SideName:
        """Return a side's names."""
        return self.own if party == self.party else self.peer


class Page(Protocol):
    """What `render` takes: a value that names its template and its place in the menu."""

    template: ClassVar[str]
    page: ClassVar[str]
