"""Find dates of our answers that come: a share of the time has passed, as people chose.

Beside the ladder, with warnings set by the charter (`core/rules/alerting.py`): people warned by
the ladder at the same time are not told again. `event_recipients.py` knows the chosen shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from special_channel.channels.event_mails import PersonalNotice
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.charter import Charter, CharterRow, charter_of
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.alerting import share_times, warnings
from special_channel.core.rules.notifying import SHARES, Share
from special_channel.core.rules.state import RowKey
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.event_recipients import Happening

PAGE: Final = 100
"""Questions read per query, and counted at a stretch."""

_CHARTERS: Final[frozenset[RowKey]] = frozenset(("party", party) for party in PARTIES)

_Dated = tuple[str, str, str, int]
"""Key and date of a question, and the number of moves of the date."""

_Times = Mapping[Share, tuple[datetime, bool]]
"""By share, when it has passed, and whether the ladder warns at the same time."""


class ComingDates:
    """Reads the open questions to us, and counts their shares of time once."""

    def __init__(self, deps: EscalationDeps) -> None:
        self._deps = deps
        self._counted: dict[_Dated, _Times] = {}

    async def between(self, after: datetime, until: datetime) -> list[Happening]:
        """Return the events of shares that have passed after a time, until the present `until`.

        Raises:
            Unavailable: `database-unavailable`.
        """
        deps = self._deps
        charters = await self._charters()
        staff = await deps.staff()
        warned = frozenset(one.email for one in staff.warned())
        counted: dict[_Dated, _Times] = {}
        found: list[Happening] = []
        page = timestamp(until), ""
        while rows := await deps.stores.asks.ahead(deps.node.identity.party, page, PAGE):
            for row in rows:
                times = self._times(row, charters, counted)
                passed = {share: each for share, each in times.items() if after < each[0] <= until}
                found += _happenings(row, passed, warned, until)
            page = rows[-1].due, f"{rows[-1].note}:{rows[-1].q}"
        self._counted = counted
        return found

    def _times(
        self, row: QuestionRow, charters: tuple[CharterRow, ...], counted: dict[_Dated, _Times]
    ) -> _Times:
        """Return a question's times, from the last look if its date is the same."""
        dated = row.note, row.q, row.due, len(row.moves)
        if dated in self._counted:
            counted[dated] = self._counted[dated]
        else:
            counted[dated] = self._count(row, charter_of(charters, row.charter))
        return counted[dated]

    def _count(self, row: QuestionRow, charter: Charter | None) -> _Times:
        times = self._deps.times
        calendars = (times.adopted(charter) if charter else None) or times.calendars
        rule = charter.reply_rule(row.rule) if charter and row.rule else None
        warned = {each.at for each in warnings(row, rule, calendars)} if row.is_agreed else set()
        shares = share_times(row, SHARES[1:], rule, calendars)
        return {
            share: (shares[share], shares[share] in warned) for share in SHARES if share in shares
        }

    async def _charters(self) -> tuple[CharterRow, ...]:
        rows = await self._deps.stores.record.rows(_CHARTERS)
        return tuple(row for row in rows.values() if isinstance(row, CharterRow))


def _happenings(
    row: QuestionRow, passed: _Times, warned: frozenset[str], now: datetime
) -> Iterator[Happening]:
    """Yield an event for each share of a question's time that has passed."""
    number = str(row.position)
    notice = PersonalNotice(
        "coming",
        now,
        "",
        "",
        position=number,
        asked=number,
        question=row.q,
        due=instant(row.due),
        agreed=row.is_agreed,
        ours=True,
    )
    for share, (_, by_ladder) in passed.items():
        yield Happening(
            f"coming:{row.note}:{row.q}",
            (notice,),
            f"{row.note}:{row.q}",
            thread=row.thread,
            told=warned if by_ladder else frozenset(),
            share=share,
        )
