"""What every page looks at first: who reads, in which language, and both logs as they are.

Read once per request, so that all of a page speaks of one moment. Does not draw the frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import from_posix, instant
from special_channel.core.log.checkpoint import cosigned_at
from special_channel.core.log.note import VerifierKey
from special_channel.core.rows.charter import Charter, CharterRow, InForce, in_force
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.past import Past
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.due import Calendars
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.ports import Head
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import Visitor, language, visitor

EVERYTHING: Final = 2**53
"""Larger than any log: a past that holds all that is known."""

OFFICIALS: Final = frozenset({"desk", "head", "director"})
"""Roles that write to the other side (core/rules/roles.py); the others read."""


@dataclass(frozen=True, slots=True)
class PageContext:
    """One request's view of the node.

    Attributes:
        who: None on pages for everybody.
        here: Path and query, for links that come back.
        charter: In force now; None before the first.
        charters: All that either side adopted.
        heads: Of both shared logs; the sizes that the page names.
        calendars: Both sides' as the charter in force adopted them; else those held.
    """

    own: Services
    who: Visitor | None
    lang: Lang
    now: datetime
    here: str
    charter: InForce | None
    charters: tuple[CharterRow, ...]
    heads: Mapping[Party, Head]
    parties: Mapping[Party, PartyRow]
    calendars: Calendars

    @property
    def party(self) -> Party:
        """The own side."""
        return self.own.identity.party

    @property
    def peer(self) -> Party:
        """The other side."""
        return self.own.identity.peer

    @property
    def t(self) -> Catalogue:
        """The reader's language."""
        return catalogue(self.lang)

    @property
    def document(self) -> Charter | None:
        """The charter's document."""
        return self.charter.charter if self.charter else None

    @property
    def writes(self) -> bool:
        """Whether the reader's role writes to the other side."""
        return self.who is not None and self.who.row.role in OFFICIALS

    def writes_for(self, party: Party) -> bool:
        """Tell whether the reader may write what this side alone may state."""
        return self.writes and self.party == party

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes of both logs, which each view names (rule 3)."""
        return {party: self.heads[party].size for party in PARTIES}

    @property
    def reader(self) -> Visitor:
        """Who reads, on pages that only signed-in people get."""
        assert self.who is not None  # noqa: S101 - own bug: a page for everybody asked
        return self.who

    def calendar(self, party: Party) -> Calendar:
        """Return a side's calendar."""
        return self.calendars[party]

    def today(self, party: Party) -> date:
        """Return the date in a party's capital; in Beijing statutory days are counted."""
        return self.calendar(party).local(self.now).date()

    def cosigned(self, log: Party, note: str) -> datetime | None:
        """Return when the other side cosigned this note of a log; None if it can't be told."""
        other = self.parties.get("cn" if log == "eu" else "eu")
        return None if other is None else _cosigned(note, other.cosigning_vkey)

    def stamped(self, log: Party, note: str) -> datetime | None:
        """Return when a log's own node stamped this head; None if it can't be told."""
        return stamped(self.parties, log, note)


def stamped(parties: Mapping[Party, PartyRow], log: Party, note: str) -> datetime | None:
    """Return when a log's own node stamped this head; None if it can't be told."""
    side = parties.get(log)
    return None if side is None else _cosigned(note, side.cosigning_vkey)


async def page_context(request: web.Request, *roles: str) -> PageContext:
    """Look, for a signed-in reader of one of these roles (any, if none is named).

    Raises:
        NotAllowed, BadSignature: As `access.visitor`.
    """
    return await context_for(request, await visitor(request, *roles))


async def context_for(request: web.Request, who: Visitor | None) -> PageContext:
    """Look at the node, for a reader or for anybody."""
    own = services(request)
    now = own.clock.now()
    rows = await own.record.rows(frozenset(("party", party) for party in PARTIES))
    charters = tuple(row for row in rows.values() if isinstance(row, CharterRow))
    charter = in_force(charters, Past(own.identity.party, EVERYTHING, EVERYTHING))
    adopted = own.adopted(charter.charter) if charter else None
    return PageContext(
        own=own,
        who=who,
        lang=language(request),
        now=now,
        here=request.path_qs,
        charter=charter,
        charters=charters,
        heads=await own.record.heads(),
        parties={row.party: row for row in rows.values() if isinstance(row, PartyRow)},
        calendars=adopted or own.calendars,
    )


# A note's line is checked once: the same few notes cover all entries of a thread.
@lru_cache(maxsize=4096)
def _cosigned(note: str, vkey: str) -> datetime | None:
    try:
        return instant(from_posix(cosigned_at(note, VerifierKey.parse(vkey))))
    except ChannelError:
        return None
