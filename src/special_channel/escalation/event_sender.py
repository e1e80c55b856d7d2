"""Send personal notices, apart from the alerts of due times.

Its own table, task and retries: however many notices wait, no alert waits for them. A crash
between the mail server's "250" and our commit sends the letter a second time with the same
Message-ID. A notice that no channel takes is given up: it stays on the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from special_channel.channels.event_mails import (
    CorrectionNews,
    NoticeLetter,
    notice_letter_of,
    read_corrected,
    read_notice,
    write_corrected,
)
from special_channel.core.bytes.errors import NotAllowed, Unavailable
from special_channel.core.bytes.ids import PersonId, Position
from special_channel.core.bytes.times import timestamp
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.outbox import BACKOFF
from special_channel.escalation.watch import keep_doing
from special_channel.messages.catalogue import Lang
from special_channel.stores.corrections import NEW_FOR, Corrections
from special_channel.stores.people import Official
from special_channel.stores.personal_notices import LetterState, NoticeRow, PersonalNotices

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 2.0

LEASE: Final = timedelta(seconds=180)
"""As in the outbox of alerts."""

AT_ONCE: Final = 4
"""Letters sent in parallel: half of the alerts' number, so that a mail server serves both."""

_JITTER: Final = 0.2


class NoticeSender:
    """Delivers notices that are ready."""

    def __init__(
        self, deps: EscalationDeps, notices: PersonalNotices, corrections: Corrections
    ) -> None:
        self._deps, self._notices, self._corrections = deps, notices, corrections

    async def run(self) -> None:
        """Run steps until cancelled; a failed step is retried in the next turn."""
        await keep_doing("notice-mail", self._drain, asyncio.sleep, EVERY_SECONDS)

    async def _drain(self) -> None:
        while await self.step():
            pass

    async def step(self) -> int:
        """Send letters that are ready; return their number.

        Raises:
            Unavailable: `database-unavailable`; sent letters are sent again under the same id.
        """
        now = self._deps.node.clock.now()
        await self._notices.supersede(now)
        await self._notices.fix_letters(now, AT_ONCE)
        letters = await self._notices.claim(now, now + LEASE, AT_ONCE)
        if not letters:
            return 0
        officials = await self._deps.alerts.officials.all()
        people = {one.person: one for one in officials if one.person}
        async with asyncio.TaskGroup() as tasks:
            for letter, rows in letters.items():
                tasks.create_task(self._deliver(letter, rows, people))
        return len(letters)

    async def _deliver(
        self, letter: str, rows: Sequence[NoticeRow], people: Mapping[PersonId, Official]
    ) -> None:
        """Try to send a letter once."""
        first = rows[0]
        official = people.get(first.person)
        channel = self._deps.alerts.channels.by_name.get(first.channel)
        if official is None or channel is None or not _reaches(first, official):
            await self._close(letter, rows, "superseded")
            return
        try:
            titles = await self._shown(rows, official.language)
            made = replace(_letter(rows, official), titles=titles)
            letter_ = replace(made, corrected=await self._corrected(made, first))
            await channel.send(notice_letter_of(self._deps.alerts.composer, letter_))
        except NotAllowed as error:
            await self._close(letter, rows, "refused", error.code)
        except Unavailable as error:
            await self._later(letter, rows, error.code)
        except Exception:
            # A fault of this channel alone must not block the others.
            log.exception("notice.unreadable", letter=letter, channel=first.channel)
            await self._later(letter, rows, "channel-temporary")
        else:
            await self._close(letter, rows, "sent")

    async def _shown(self, rows: Sequence[NoticeRow], lang: Lang) -> Mapping[str, str]:
        """Return titles by number of thread for a mail; a chat's service gets none."""
        shown = self._deps.alerts.titles
        if shown is None or rows[0].medium != "mail":
            return {}
        titles = await shown.of((row.thread for row in rows), lang)
        return {
            read_notice(row.document).thread: titles[row.thread]
            for row in rows
            if row.thread in titles
        }

    async def _corrected(self, letter: NoticeLetter, row: NoticeRow) -> tuple[CorrectionNews, ...]:
        """Count the other side's corrections for a person's daily mail; a group has no inbox."""
        if not letter.daily or row.medium != "mail" or row.recipient == row.channel:
            return ()
        if row.corrected:
            return read_corrected(row.corrected)
        peer = self._deps.node.identity.peer
        times = timestamp(letter.at - NEW_FOR), timestamp(letter.at)
        found = await self._corrections.unseen(row.person, peer, *times)
        news = tuple(
            CorrectionNews(
                kind, each.number, tuple(str(Position(peer, index)) for index in each.entries)
            )
            for kind, each in found.items()
        )
        # Counted once: an object that changes again before a later attempt would be left out.
        await self._notices.keep_corrected(letter.id, write_corrected(news))
        return news

    async def _close(
        self, letter: str, rows: Sequence[NoticeRow], state: LetterState, error: str = ""
    ) -> None:
        await self._notices.close(letter, state, self._deps.node.clock.now(), error)
        log.info("notice.closed", letter=letter, state=state, notices=len(rows))

    async def _later(self, letter: str, rows: Sequence[NoticeRow], error: str) -> None:
        attempts = max(row.attempts for row in rows)
        if attempts > len(BACKOFF):
            await self._close(letter, rows, "undeliverable", error)
            return
        wait = self._deps.node.jittered(BACKOFF[attempts - 1].total_seconds(), _JITTER)
        at = self._deps.node.clock.now() + timedelta(seconds=wait)
        await self._notices.retry(letter, at, error)


def _reaches(row: NoticeRow, official: Official) -> bool:
    return row.recipient in {official.email, row.channel}


def _letter(rows: Sequence[NoticeRow], official: Official) -> NoticeLetter:
    return NoticeLetter(
        id=rows[0].letter,
        to=rows[0].recipient if rows[0].recipient != rows[0].channel else official.email,
        lang=official.language,
        at=rows[0].fixed or rows[0].at,
        notices=tuple(read_notice(row.document) for row in rows),
        daily=any(row.listed for row in rows),
    )
