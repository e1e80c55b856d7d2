"""The context of a page: reader, language, time, charter and both logs.

Read once per request, so that a page shows a single moment. Does not draw the frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from aiohttp import web

from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import from_posix, instant
from special_channel.core.rows.charter import CharterRow, in_force
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.log_keys import LogKey, cosigned_time
from special_channel.core.rows.past import Past
from special_channel.core.rows.submission import Submission
from special_channel.core.rules.doubt import KnownDoubts
from special_channel.desk.proposed import ProposedEntry, of_entry
from special_channel.ports import Head
from special_channel.stores.directory import Directory
from special_channel.stores.people import Official, Officials
from special_channel.web.http.operation import DOUBTS
from special_channel.web.http.services import Services, StoreServices, services
from special_channel.web.http.sessions import Visitor, alone, language, visitor
from special_channel.web.shared.dues import DateReader
from special_channel.web.shared.viewpoint import RecordViewpoint

EVERYTHING: Final = 2**53
"""Larger than any log: a past that contains every known entry."""

OFFICIALS: Final = frozenset({"desk", "head", "director"})
"""Roles that write to the other side (core/rules/roles.py); the others read."""

OVERSIGHT: Final = "oversight"
"""The one role that sees what oversight may read (K29)."""

REGISTRAR: Final = "registrar"
"""The one role that may sign `charter.adopted` (core/rules/roles.py)."""


@dataclass(slots=True, eq=False)
class OwnOfficials:
    """Officials of our side: read once a request, however many parts of its page name them."""

    store: Officials
    _known: Sequence[Official] | None = None
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def all(self) -> Sequence[Official]:
        """Return them in order of their numbers."""
        async with self._reading:
            if self._known is None:
                self._known = await self.store.all()
        return self._known


@dataclass(frozen=True, slots=True)
class PageContext(RecordViewpoint):
    """The context of a request.

    Attributes:
        own: The node's services.
        who: The reader; None on public pages.
        here: Path and query, for links back to the page.
        charters: Charters adopted by either side.
        heads: Heads of both shared logs; the page names the sizes of the heads.
        doubts: Entries in doubt.
        directory: The directory of both sides.
        officials: Officials of our side, with their names.
    """

    own: Services
    who: Visitor | None
    here: str
    charters: tuple[CharterRow, ...]
    heads: Mapping[Party, Head]
    parties: Mapping[Party, PartyRow]
    doubts: KnownDoubts
    directory: Directory
    officials: OwnOfficials

    @property
    def writes(self) -> bool:
        """Whether a function of the reader writes to the other side."""
        return self.who is not None and bool(self.who.row.roles_now & OFFICIALS)

    def writes_for(self, party: Party) -> bool:
        """Tell whether the reader may write entries reserved for `party`'s side."""
        return self.writes and self.party == party

    @property
    def sizes(self) -> dict[str, int]:
        """Sizes of both logs, by party, shown in every view (rule 3)."""
        return {party: self.heads[party].size for party in PARTIES}

    @property
    def reader(self) -> Visitor:
        """The signed-in reader."""
        assert self.who is not None  # noqa: S101 - own bug: a public page has no reader
        return self.who

    @property
    def dates(self) -> DateReader:
        """The reader of due times."""
        roles = self.reader.row.roles_now
        return DateReader(self, roles, self.writes, self.charters, self.own.times.adopted)

    def cosigned(self, log: Party, note: str) -> datetime | None:
        """Return when the other side cosigned a note of a log; None if the note has no time."""
        other = self.parties.get("cn" if log == "eu" else "eu")
        return None if other is None else _cosigned(note, other.cosigning)

    def stamped(self, log: Party, note: str) -> datetime | None:
        """Return when a log's own node stamped a head; None if the note has no time."""
        return stamped(self.parties, log, note)


def stamped(parties: Mapping[Party, PartyRow], log: Party, note: str) -> datetime | None:
    """Return when a log's own node stamped a head; None if the note has no time."""
    side = parties.get(log)
    return None if side is None else _cosigned(note, side.cosigning)


async def page_context(request: web.Request, *roles: str) -> PageContext:
    """Return the context for a signed-in reader with any of the roles; without roles, any reader.

    Raises:
        NotAllowed, BadSignature: As `sessions.visitor`.
    """
    return await context_for(request, await visitor(request, *roles))


async def checking_context(request: web.Request) -> PageContext:
    """Return the context in which the entries of a request are checked before they are stored.

    Read once for all checks. Raises as `page_context`.
    """
    context = request.get(_CHECKING)
    if context is None:
        context = request[_CHECKING] = await page_context(request)
    return context


def proposed_entries(request: web.Request, sent: Sequence[Submission]) -> list[ProposedEntry]:
    """Return the entries of a request as the checks read them; each is read once for all checks."""
    known = request.get(_PROPOSED)
    if known is None:
        known = request[_PROPOSED] = {}
    for item in sent:
        if item not in known:
            known[item] = of_entry(item.envelope, item.parts)
    return [known[item] for item in sent]


_PROPOSED: Final[web.RequestKey[dict[Submission, ProposedEntry]]] = web.RequestKey("proposed", dict)
_CHECKING: Final[web.RequestKey[PageContext]] = web.RequestKey("checking", PageContext)


async def context_for(request: web.Request, who: Visitor | None) -> PageContext:
    """Read the context for a reader, or for a public page."""
    own = services(request)
    now = own.node.clock.now()
    heads = await own.stores.record.heads()
    directory = await own.stores.directory.known(heads)
    charters = directory.charters
    charter = in_force(charters, Past(own.node.identity.party, EVERYTHING, EVERYTHING))
    adopted = own.times.adopted(charter.charter) if charter else None
    doubts = request[DOUBTS] = await known_doubts(own.stores, heads)
    return PageContext(
        party=own.node.identity.party,
        lang=language(request),
        alone=alone(request),
        now=now,
        charter=charter,
        calendars=adopted or own.times.calendars,
        delivered={party: heads[party].cosigned for party in PARTIES},
        own=own,
        who=who,
        here=request.path_qs,
        charters=charters,
        heads=heads,
        parties=directory.parties,
        doubts=doubts,
        directory=directory,
        officials=OwnOfficials(own.desk.officials),
    )


def context_after(context: PageContext, past: Past) -> PageContext:
    """Return the context with the charter and the calendars in force after the past."""
    charter = in_force(context.charters, past)
    adopted = context.own.times.adopted(charter.charter) if charter else None
    calendars = adopted or context.own.times.calendars
    return replace(context, charter=charter, calendars=calendars)


async def known_doubts(stores: StoreServices, heads: Mapping[Party, Head]) -> KnownDoubts:
    """Return the doubts of the record as of the given heads."""
    return await stores.doubts.known(heads)


# A note's line is checked once: the same few notes cover all entries of a thread.
@lru_cache(maxsize=4096)
def _cosigned(note: str, keys: tuple[LogKey, ...]) -> datetime | None:
    try:
        # Any key of the side, also one that is compromised by now: the node checked the line by
        # the key in force when it stored the note (K18).
        return instant(from_posix(cosigned_time(note, keys[::-1])))
    except ChannelError:
        return None
