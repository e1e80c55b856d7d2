"""From where a page is written, and the names of sides, desks and authors seen from there.

A viewpoint is a side, a language and a time, and what dates are counted by. Does not know the
node's services (`shell/context.py` does) and does not look up officials (`shell/people.py` does).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.charter import Charter, InForce
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.due import Calendars
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.messages.dates import as_of, plain_day
from special_channel.web.shared.capitals import both_as_of, local
from special_channel.web.shared.words import NO_LANGUAGE, Pair, Words, paired, readable


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """The side, language and time of a page's reader.

    Attributes:
        alone: The reader gets no text of the other language.
        dated: Every date has its year, also the current one: the text is for paper, which is
            read in later years.
    """

    party: Party
    lang: Lang
    now: datetime
    alone: bool = field(default=False, kw_only=True)
    dated: bool = field(default=False, kw_only=True)

    @property
    def peer(self) -> Party:
        """The other side."""
        return peer_of(self.party)

    @property
    def t(self) -> Catalogue:
        """The catalogue of the reader's language."""
        return catalogue(self.lang)

    @property
    def languages(self) -> tuple[Lang, Lang]:
        """The language in which our side writes, then the other side's."""
        return ("en", "zh-CN") if self.party == "eu" else ("zh-CN", "en")

    @property
    def near(self) -> datetime | None:
        """The time whose year dates omit; None if every date has its year."""
        return None if self.dated else self.now

    def readable(self, words: Words) -> Words:
        """Return a text, or the marker of a text that the reader gets in one language alone."""
        return readable(words, self.lang) if self.alone else words

    def day(self, at: datetime) -> str:
        """Write a day in our own capital; on paper the instant, as days of the capitals differ."""
        if self.dated:
            return self.as_of(at)
        return plain_day(local(at, self.party).date(), self.lang)

    def as_of(self, at: datetime) -> str:
        """Write an instant for a sentence about a record: in our own capital, on paper in both.

        Paper is handed to the other side, whose clock shows another hour.
        """
        if self.near is None:
            return both_as_of(at, self.party, self.lang)
        return as_of(local(at, self.party), self.lang, local(self.near, self.party).year)


@dataclass(frozen=True, slots=True)
class RecordViewpoint(Viewpoint):
    """A viewpoint with the record's charter, calendars and deliveries.

    Attributes:
        charter: In force now; None before the first.
        calendars: Both sides' calendars as the charter in force adopts them; else those here.
        delivered: Number of entries of each log that the other side has cosigned.
    """

    charter: InForce | None
    calendars: Calendars
    delivered: Mapping[Party, int]

    @property
    def document(self) -> Charter | None:
        """The charter's document."""
        return self.charter.charter if self.charter else None

    def calendar(self, party: Party) -> Calendar:
        """Return a side's calendar."""
        return self.calendars[party]

    def today(self, party: Party) -> date:
        """Return the date in a party's capital; in Beijing statutory days are counted."""
        return self.calendar(party).local(self.now).date()


@dataclass(frozen=True, slots=True)
class SideName:
    """Names of a side, from the charter."""

    name: Pair
    short: Pair


@dataclass(frozen=True, slots=True)
class Author:
    """Author of an entry: desk and role, and the name on our side alone.

    Attributes:
        number: Number of the key, such as `CN-0007`.
        role: Role code of the charter.
        desk: The desk's title.
        name: From our directory; None for officials of the other side.
        person: Pseudonym of the person; empty for machines.
        place: Number of the person in the side's log, such as 4 in "Export permits desk · 4"; 0 for
            machines.
        absent: For whom a stand-in acts (K27): the name on our side, else desk and number; empty
            for an own function.
    """

    party: Party
    number: str
    role: str
    desk: Pair
    name: str | None = None
    key: str = ""
    person: str = ""
    place: int = 0
    absent: str = ""


def side_name(view: RecordViewpoint, party: Party) -> SideName:
    """Return the charter's names of a side; the catalogue's before the first charter."""
    parties = view.document.parties if view.document else ()
    names = next((each for each in parties if each.party == party), None)
    if names is None:
        return plain_name(view.lang, party)
    return SideName(
        paired(party, names.name_en, names.name_zh), paired(party, names.short_en, names.short_zh)
    )


def plain_name(lang: Lang, party: Party) -> SideName:
    """Return the catalogue's name of a side, in one language."""
    name = Pair(Words(catalogue(lang).label("side", party), lang))
    return SideName(name, name)


def desk_of(view: RecordViewpoint, party: Party, desk: str) -> Pair:
    """Return a desk's title, its side's language first; the code if the charter lacks it."""
    title = view.document.desk(party, desk) if view.document else None
    if title is None:
        return Pair(Words(desk, NO_LANGUAGE))
    return paired(party, title.title_en, title.title_zh)


def official_title(view: RecordViewpoint, party: Party, desk: str, number: int) -> str:
    """Name an official without a name: desk and number, in the reader's language."""
    title = desk_of(view, party, desk).first(view.lang).text
    return view.t.gettext("official.numbered", desk=title, number=number)
