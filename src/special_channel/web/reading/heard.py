"""Up to when the other side's record was known at dates that passed (rule 14).

Reads it from the stamped head that a `deadline.passed` names. Says nothing of a date at which both
records were known, nor of the other side's questions.
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
from special_channel.web.http.services import PageRecord
from special_channel.web.reading.words import entry_of
from special_channel.web.shell.context import PageContext, stamped
from special_channel.web.silence import Viewpoint


@dataclass(frozen=True, slots=True)
class Heard:
    """Entries by which dates passed, and the keys that stamp heads."""

    parties: Mapping[Party, PartyRow]
    held: Mapping[EntryId, Stored]

    def at(self, row: QuestionRow) -> datetime | None:
        """Return up to when the answering side's record was known at the date in force."""
        fact = passed_of(row)
        stored = self.held.get(fact.id) if fact else None
        entry = entry_of(stored) if stored else None
        if not isinstance(entry, DeadlinePassed) or entry.body.head is None:
            return None
        return stamped(self.parties, row.answering, entry.body.head)


def passed_of(row: QuestionRow) -> DuePassedFact | None:
    """Return the fact that the due time in force passed, if it is recorded."""
    return next((fact for fact in row.passed if fact.due == row.due), None)


def viewpoint(context: PageContext) -> Viewpoint:
    """Return who reads."""
    return Viewpoint(context.party, context.lang, context.now)


async def heard_of(context: PageContext, rows: Iterable[QuestionRow]) -> Heard:
    """Look up what was known at the dates of these questions."""
    return await heard(context.own.record, context.parties, context.party, rows)


async def heard(
    record: PageRecord, parties: Mapping[Party, PartyRow], own: Party, rows: Iterable[QuestionRow]
) -> Heard:
    """Look up the same with one query, or none where no date passed by our record alone."""
    facts = [passed_of(row) for row in rows if row.asker == own]
    ids = sorted({fact.id for fact in facts if fact is not None and not fact.confirmed})
    return Heard(parties, await record.find(ids) if ids else {})
