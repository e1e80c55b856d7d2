"""Look up the other side's last stamped head before a due time that passed (rule 14).

The time is that of the stamped head in `deadline.passed`. It is absent if both records were known
at the due time, and for the other side's questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from special_channel.core.bytes.ids import EntryId, Party
from special_channel.core.entries import DeadlinePassed
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.question_facts import DuePassedFact
from special_channel.core.rows.questions import QuestionRow
from special_channel.ports import Stored
from special_channel.stores.record import PostgresRecord
from special_channel.web.shell.content import entry_of
from special_channel.web.shell.context import PageContext, stamped


@dataclass(frozen=True, slots=True)
class LastHeard:
    """Entries `deadline.passed` by id, and the keys that stamp heads."""

    parties: Mapping[Party, PartyRow]
    held: Mapping[EntryId, Stored]

    def at(self, row: QuestionRow) -> datetime | None:
        """Return when the answering side was last heard at the due time in force."""
        fact = passed_of(row)
        stored = self.held.get(fact.id) if fact else None
        entry = entry_of(stored) if stored else None
        if not isinstance(entry, DeadlinePassed) or entry.body.head is None:
            return None
        return stamped(self.parties, row.answering, entry.body.head)


def passed_of(row: QuestionRow) -> DuePassedFact | None:
    """Return the record that the due time in force passed, if any."""
    return next((fact for fact in row.passed if fact.due == row.due), None)


async def last_heard_of(context: PageContext, rows: Iterable[QuestionRow]) -> LastHeard:
    """Look up `last_heard` for questions of a page."""
    return await last_heard(context.own.stores.record, context.parties, context.party, rows)


async def last_heard(
    record: PostgresRecord,
    parties: Mapping[Party, PartyRow],
    own: Party,
    rows: Iterable[QuestionRow],
) -> LastHeard:
    """Look up `deadline.passed` with one query; none if no due time passed by our record alone."""
    facts = [passed_of(row) for row in rows if row.asker == own]
    ids = sorted({fact.id for fact in facts if fact is not None and not fact.confirmed})
    return LastHeard(parties, await record.find(ids) if ids else {})
