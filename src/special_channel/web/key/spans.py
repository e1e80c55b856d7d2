"""Divide a log into spans by the state of a key: functions, suspension, doubt and end.

Reads the key's row alone, neither entries nor names.
"""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.core.rows.past import Past
from special_channel.web.key.views import SpanKind


@dataclass(frozen=True, slots=True)
class Span:
    """Indexes from `first` on with the same state of a key.

    Attributes:
        cause: Index of the entry that began the span.
        grants: Functions in force that the key can use.
    """

    kind: SpanKind
    first: int
    cause: int
    grants: tuple[Grant, ...] = ()


def spans_of(row: KeyRow, doubt: int | None) -> tuple[Span, ...]:
    """Return the spans of a key in order; `doubt`: index from which the key is doubtful."""
    spans: list[Span] = []
    for first, cause in sorted(_changes(row, doubt).items()):
        span = _span(row, doubt, first, cause)
        if not spans or (span.kind, span.grants) != (spans[-1].kind, spans[-1].grants):
            spans.append(span)
    return tuple(spans)


def _changes(row: KeyRow, doubt: int | None) -> dict[int, int]:
    """Map the first index of every new state to the index of the entry that caused it."""
    # An entry is judged by its past, so an act holds from the next index on (K1). The enrolment is
    # signed by the key itself, and doubt begins at the stated index.
    acts = [index for stop in row.stops for index in (stop.index, stop.restored)]
    acts += [index for grant in row.grants for index in (grant.start, grant.end)]
    acts.append(row.ended)
    changes = {index + 1: index for index in acts if index is not None and index >= row.enrolled}
    changes[row.enrolled] = row.enrolled
    # What the founding states holds for the next entry; the founding itself begins the span.
    changes.pop(row.enrolled + 1 if row.enrolled == 0 else -1, None)
    if doubt is not None:
        changes.setdefault(doubt, doubt)
    return changes


def _span(row: KeyRow, doubt: int | None, first: int, cause: int) -> Span:
    # The enrolment's own past does not hold the key yet.
    past = Past(row.party, max(first, row.enrolled + 1), 0)
    standing = row.standing(past)
    if standing in {"revoked", "left"}:
        return Span("ended", first, cause)
    if standing == "suspended":
        return Span("suspended", first, cause)
    kind: SpanKind = "doubtful" if doubt is not None and first >= doubt else "active"
    return Span(kind, first, cause, tuple(row.functions(past)))
