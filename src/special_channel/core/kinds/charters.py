"""Charters: adoption by either side."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.entries import CharterAdopted
from special_channel.core.kinds.kind import (
    Case,
    Kind,
    row_or_none,
)
from special_channel.core.rows import charter as charters
from special_channel.core.rows.charter import CharterRow, parse
from special_channel.core.rows.past import Placed
from special_channel.core.rules.state import Row, Rows


def _judge_adopted(entry: CharterAdopted, case: Case) -> None:
    past, context = case.past, case.context
    document = case.candidate.data or b""
    charter = parse(document)
    if sha256(document).hexdigest() != entry.body.digest or charter.number != entry.body.number:
        raise RuleBroken("charter-mismatch", "Number or digest is not that of the document.")
    origins = {party.party: party.origin for party in charter.parties}
    if origins != {party: pin.origin for party, pin in context.pins.items()}:
        raise RuleBroken("charter-mismatch", "The charter names other logs.")
    adopted = [
        row.number
        for row in context.charters()
        for fact in row.adoptions
        if fact.party == past.party and past.holds(fact)
    ]
    if adopted and entry.body.number <= max(adopted):
        raise RuleBroken(
            "charter-number", "Charters are numbered upwards.", number=entry.body.number
        )


def _fold_adopted(entry: CharterAdopted, rows: Rows, placed: Placed) -> Iterator[Row]:
    row = row_or_none(rows, CharterRow, ("charter", str(entry.body.number)))
    yield charters.adopted(row, placed, entry, placed.data or b"")


KINDS = (Kind(CharterAdopted, judge=_judge_adopted, fold=_fold_adopted),)
