"""Amendments of lists and changed terms of licences, in the reader's words.

Does not decide which issue of a licence is replaced: `core/rows/licences.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final, TypeVar

from special_channel.core.bytes.ids import Position
from special_channel.core.rows.batches import BatchAmendment
from special_channel.core.rows.licences import Issue, LicenceRow
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.dates import full_date
from special_channel.web.shared.corrections import NOTHING, CorrectionItem
from special_channel.web.shared.view import View

_T = TypeVar("_T")

LISTED: Final = 5
"""Values of a changed term; the licence's page has all."""


class AmendmentItem(View):
    """An amendment of a list: numbers of rows, and both in a line."""

    position: str
    changed: int
    withdrawn: int
    added: int
    said: str


class TermsItem(CorrectionItem):
    """Later terms of a licence.

    Attributes:
        correction: The terms before were never right.
        unchanged: They are the same as before.
    """

    correction: bool = False
    unchanged: bool = False


def amendment_item(t: Catalogue, made: BatchAmendment) -> AmendmentItem:
    """Return an amendment in the reader's words."""
    counts = {"changed": made.changed, "withdrawn": made.withdrawn, "added": made.added}
    given = [(name, number) for name, number in counts.items() if number]
    parts = [
        t.gettext(f"amended-{_rows(place, number)}.{name}", num=number)
        for place, (name, number) in enumerate(given)
    ]
    said = t.gettext("brief.comma").join(parts)
    return AmendmentItem(position=str(Position("eu", made.index)), said=said, **counts)


def _rows(place: int, number: int) -> str:
    """Return which words count rows: only the first number of a line names them."""
    return "more" if place else "row" if number == 1 else "rows"


def terms_items(t: Catalogue, row: LicenceRow, first: int, since: str) -> tuple[TermsItem, ...]:
    """Return what later entries changed in a licence's terms, oldest first.

    `first`: index of the first entry; `since`: earliest acceptance.
    """
    return tuple(
        _terms_item(t, row, place)
        for place, issue in enumerate(row.issues)
        if place and issue.index >= first and issue.accepted >= since
    )


def _terms_item(t: Catalogue, row: LicenceRow, place: int) -> TermsItem:
    after = row.issues[place]
    past = replace(row, issues=row.issues[:place])
    corrected = next((each for each in past.live if each.id == after.corrects), None)
    before = corrected or past.now
    old, new = _terms(t, before, after), _terms(t, after, before)
    changed = [name for name in new if old[name][0] != new[name][0]]
    semicolon = t.gettext("brief.semicolon")

    def said(terms: _Terms) -> str:
        named = ((t.label("licence-term", name), terms[name][1]) for name in changed)
        value = "licence-term.value"
        return semicolon.join(t.gettext(value, term=term, value=words) for term, words in named)

    return TermsItem(
        by="cn",
        position=str(Position("cn", before.index)),
        before=said(old) or NOTHING,
        corrected_in=str(Position("cn", after.index)),
        after=said(new) or t.gettext("licence-term.none"),
        correction=corrected is not None,
        unchanged=not changed,
    )


_Terms = Mapping[str, tuple[object, str]]
"""Terms by name: the value, and its words."""


def _terms(t: Catalogue, issue: Issue, other: Issue) -> _Terms:
    """Return the terms of an issue; what `other` lacks comes first in lists, which are cut."""

    def day(text: str) -> str:
        return full_date(date.fromisoformat(text), t.lang)

    def listed(values: Sequence[str]) -> str:
        more = ("…",) if len(values) > LISTED else ()
        return t.gettext("brief.comma").join((*values[:LISTED], *more)) or NOTHING

    applications = _ahead(issue.applications, other.applications)
    customers = _ahead(issue.customers, other.customers)
    lines, ended = [], issue.ended
    for each in _ahead(issue.lines, other.lines):
        unit, basis = t.label("unit", each.unit), t.label("quantity", each.basis)
        lines.append(f"{each.code} {each.quantity} {unit} {basis}")
    until = f"{day(issue.valid_from)} – {day(issue.valid_to)}"
    over = f"{t.label('end', ended.how)} {day(ended.on)}" if ended else NOTHING
    return {
        "type": (issue.type, t.label("licence", issue.type)),
        "lines": (issue.lines, listed(lines)),
        "per": (issue.per, t.label("per", issue.per)),
        "issued": (issue.issued_on, day(issue.issued_on)),
        "valid": ((issue.valid_from, issue.valid_to), until),
        "applications": (issue.applications, listed(applications)),
        "customers": (issue.customers, listed(customers)),
        "ended": (ended, over),
    }


def _ahead(values: Sequence[_T], others: Sequence[_T]) -> list[_T]:
    return sorted(values, key=lambda each: each in others)
