"""Judge and fold of files let out of quarantine, in the private log (ADR 48).

One person asks, another agrees. Does not know verdicts, files or times: the node does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.entries import QuarantineAgreed, QuarantineAsked
from special_channel.core.rows.past import PlacedPrivately
from special_channel.core.rows.private import PrivateKey, PrivateRow, PrivateRows, QuarantineRow
from special_channel.core.rules.private_case import PrivateCase
from special_channel.core.rules.wording import judge_words


def judge_asked(entry: QuarantineAsked, case: PrivateCase) -> None:
    """Refuse a request without a reason in words, or in another person's name.

    Raises:
        Malformed: `entry-malformed`.
    """
    judge_words(entry)
    _check_person(entry, case)


def fold_asked(
    entry: QuarantineAsked, _: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    """Return the row of a request."""
    yield QuarantineRow(placed.id, placed.index, entry.body.file, entry.body.person)


def agreed_needs(entry: QuarantineAgreed) -> Iterator[PrivateKey]:
    """Return the row of the request."""
    yield "quarantine", entry.ref


def judge_agreed(entry: QuarantineAgreed, case: PrivateCase) -> None:
    """Refuse to agree to an unknown request, a second time, or to a request of one's own.

    Raises:
        RuleBroken: `reference`, `quarantine-agreed`.
        NotAllowed: `quarantine-own`.
        Malformed: `entry-malformed`.
    """
    _check_person(entry, case)
    row = case.rows.get(("quarantine", entry.ref))
    if not isinstance(row, QuarantineRow):
        raise RuleBroken("reference", "The private log holds no such request.", id=entry.ref)
    if row.agreed:
        raise RuleBroken("quarantine-agreed", "Another person has agreed.")
    if row.person == entry.body.person:
        raise NotAllowed("quarantine-own", "Another person than the requester agrees.")


def fold_agreed(
    entry: QuarantineAgreed, rows: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    """Return the row of the request, agreed to when the entry was accepted."""
    row = rows.get(("quarantine", entry.ref))
    assert isinstance(row, QuarantineRow)  # noqa: S101 - own bug, not input: it was judged
    yield replace(row, second=entry.body.person, agreed=placed.accepted)


def _check_person(entry: QuarantineAsked | QuarantineAgreed, case: PrivateCase) -> None:
    row = case.context.key(entry.by)
    if row is None or row.person != entry.body.person:
        raise Malformed("entry-malformed", "The person is not the author.", field="body.person")
