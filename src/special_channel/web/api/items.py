"""Rows of the state as items of a listing.

Does not choose rows: `listings.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from special_channel.core.bytes.ids import PARTIES
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.directory import PartyRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.state import key_of
from special_channel.web.http.services import Services
from special_channel.web.shell.last_heard import last_heard


async def ask_items(own: Services, asks: Sequence[QuestionRow]) -> list[dict[str, Any]]:
    """Return questions with what follows from their rows."""
    rows = await own.record.rows(frozenset(("party", party) for party in PARTIES))
    parties = {row.party: row for row in rows.values() if isinstance(row, PartyRow)}
    known = await last_heard(own.record, parties, own.identity.party, asks)
    return [_ask_item(ask, known.at(ask)) for ask in asks]


def _ask_item(ask: QuestionRow, known: datetime | None) -> dict[str, Any]:
    """Return an ask's row with what follows from it: due time in force, agreement, outcome.

    `known_up_to`: up to when the other side's record was known at a date that passed by our
    record alone.
    """
    stated = {
        "known_up_to": timestamp(known) if known else None,
        "due": ask.due,
        "agreed": ask.is_agreed,
        "outcome": ask.outcome(),
        "is_provisional": ask.is_provisional,
    }
    return {**as_item(ask), **stated}


def as_item(row: Any) -> dict[str, Any]:  # noqa: ANN401 - any row of the state
    """Return a row of the state as JSON fields, with its table."""
    fields: dict[str, Any] = orjson.loads(orjson.dumps(row))
    return {"type": key_of(row)[0], **fields}
