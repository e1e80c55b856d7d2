"""The review of entries in doubt: who confirms or disowns which (K22 of docs/rules.md).

What is in doubt is in `rules/doubt.py`. A review changes no row of a thread, question, list or
application.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import KeyId, PersonId
from special_channel.core.entries import EntryReviewed, SharedEntry
from special_channel.core.kinds.kind import Case, Kind
from special_channel.core.rows import directory_folds
from special_channel.core.rows.directory import KeyRow, PartyRow, ReviewRow
from special_channel.core.rows.past import Placed
from special_channel.core.rules.doubt import Doubts, is_disputed, persons_in_doubt
from special_channel.core.rules.judge_context import JudgeContext, named, owned
from special_channel.core.rules.persons import judge_leaders
from special_channel.core.rules.state import EntryRow, Row, RowKey, Rows


def _reviewed_needs(entry: EntryReviewed, _: bytes | None) -> Iterator[RowKey]:
    for id_ in entry.body.entries:
        yield "entry", id_
        yield "review", id_


def needs_of_reviewed(rows: Rows, entry: SharedEntry) -> Iterator[RowKey]:
    """Return the keys of signers and reviewers of reviewed entries, once their rows are read."""
    if not isinstance(entry, EntryReviewed):
        return
    for id_ in entry.body.entries:
        found, review = rows.get(("entry", id_)), rows.get(("review", id_))
        for key in found.signers if isinstance(found, EntryRow) else ():
            yield "key", key
        if isinstance(review, ReviewRow):
            yield "key", review.by


def _judge_reviewed(entry: EntryReviewed, case: Case) -> None:
    """Refuse a word on what is not in doubt, or is not the reviewer's to say.

    Rows of this side's keys and reviews hold no later facts: only entries of this log change them,
    and a log is judged in its order.
    """
    for doubted in _doubted(entry, case):
        _judge_reviewer(doubted, case)


def none_of_two(entry: EntryReviewed, case: Case) -> frozenset[PersonId]:
    """Return the persons who are none of two leaders who sign a review (K22).

    Those whose keys put an entry in doubt that its author does not review alone.

    Raises:
        NotFound, NotAllowed, RuleBroken: The judge's codes about any of the entries.
    """
    author = case.context.key(entry.by)
    others = (
        doubted
        for doubted in list(_doubted(entry, case))
        if author is None or author.person not in doubted
    )
    return frozenset().union(*others)


def _doubted(entry: EntryReviewed, case: Case) -> Iterator[frozenset[PersonId]]:
    """Check the reviewed entries; yield of each the persons whose keys put it in doubt."""
    context = case.context
    entries = [_own(id_, case) for id_ in entry.body.entries]
    reviews = [context.row(("review", each.id), ReviewRow) for each in entries]
    keys = _keys(entries, reviews, context)
    party = context.row(("party", case.past.party), PartyRow)
    doubts = Doubts.of(keys.values(), [party] if party else [])
    for each, review in zip(entries, reviews, strict=True):
        if review is None and not is_disputed(each.signers, each.index, doubts):
            raise RuleBroken("review-undoubted", "No doubt is stated about the entry.", id=each.id)
        yield persons_in_doubt(each.signers, each.index, doubts, keys)


def _own(id_: str, case: Case) -> EntryRow:
    found = named(case.context, case.past, id_)
    owned(found.party, case.past)
    return found


def _keys(
    entries: Sequence[EntryRow], reviews: Sequence[ReviewRow | None], context: JudgeContext
) -> dict[KeyId, KeyRow]:
    wanted = {key for each in entries for key in each.signers}
    wanted.update(review.by for review in reviews if review is not None)
    found = (context.key(key) for key in wanted)
    return {row.key: row for row in found if row is not None}


def _judge_reviewer(doubted: frozenset[PersonId], case: Case) -> None:
    """Refuse a reviewer who is not in doubt, unless two leaders who are not either sign (K22)."""
    author = case.context.key(case.candidate.entry.by)
    if author is None or author.person not in doubted:
        judge_leaders(case.candidate, case.charter, case.past, case.context, doubted)


def _fold_reviewed(entry: EntryReviewed, _: Rows, placed: Placed) -> Iterator[Row]:
    return directory_folds.reviewed(placed, entry)


KINDS = (Kind(EntryReviewed, _reviewed_needs, _judge_reviewed, _fold_reviewed),)
