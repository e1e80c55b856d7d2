"""Form and fold of an author's confirmations of findings (`sense.confirmed`).

Does not know the rules of plausibility: an entry names them by id.
"""

from __future__ import annotations

from collections.abc import Iterator

from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import SenseConfirmed
from special_channel.core.rows.past import PlacedPrivately
from special_channel.core.rows.private import ConfirmationRow, PrivateRow, PrivateRows


def judge_confirmed(entry: SenseConfirmed, *_: object) -> None:
    """Refuse duplicate rules, rows out of order, and own words without the reason `other`.

    Raises:
        Malformed: `entry-malformed`.
    """
    for each in entry.body.confirmed:
        if len(set(each.rules)) != len(each.rules) or list(each.rows) != sorted(set(each.rows)):
            raise _malformed("Rules are named once, rows once and in order.")
        if (each.reason == "other") != (each.text is not None):
            raise _malformed("The reason `other` alone has own words.")
    texts = [each.text for each in entry.body.confirmed if each.text is not None]
    if (
        any(part.k != "text" for part in entry.parts)
        or sorted(texts) != list(range(len(entry.parts)))
        or (entry.lang is None) != (not texts)
    ):
        raise _malformed("Each part is the text of one reason, in the language stated.")


def fold_confirmed(
    entry: SenseConfirmed, _: PrivateRows, placed: PlacedPrivately
) -> Iterator[PrivateRow]:
    """Return the row that finds the reasons by the entry that they are about."""
    yield ConfirmationRow(placed.id, placed.index, entry.body.id)


def _malformed(detail: str) -> Malformed:
    return Malformed("entry-malformed", detail, field="body.confirmed")
