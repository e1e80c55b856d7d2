"""Corrections of a side's statements on an application, with the replaced statements.

Does not decide replacements: `core/rows/replacements.py` does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from special_channel.core.bytes.ids import Party, Position
from special_channel.core.numbers.corrected import Corrected, Correction
from special_channel.core.rows.application_facts import MatchFact
from special_channel.core.rows.applications import ApplicationRow, ClockMark
from special_channel.core.rows.licences import Issue
from special_channel.core.rows.replacements import Place
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.dates import full_date
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.clocks import act_text
from special_channel.web.shared.references import application_url, licence_url
from special_channel.web.shared.view import View

NOTHING: Final = "–"
"""A correction that states neither a state nor an act."""

APPLICATIONS: Final = 5
"""Maximum of a licence's applications by number."""


class CorrectionItem(View):
    """A replaced statement of a side, and the statement in its place.

    Attributes:
        position: Entry of the replaced statement.
        row: Row of its sheet, which is the row of the list; 0 without a sheet.
        before: State, match or act of the replaced statement, in the reader's words.
        corrected_in: Entry of the correction.
        corrected_row: Row of its sheet; 0 without a sheet.
        after: The state, match or act of the correction.
    """

    by: Party
    position: str
    row: int = 0
    before: str
    corrected_in: str
    corrected_row: int = 0
    after: str


class ReplaceableItem(View):
    """A statement that may replace another one of its side, or be replaced.

    Attributes:
        corrected_in: The correcting entry, if any.
        corrected_row: Row of its sheet; 0 without a sheet.
        corrects: Entry of the statement that this one replaces, if any.
        corrects_row: Row of its sheet; 0 without a sheet.
    """

    corrected_in: str | None = None
    corrected_row: int = 0
    corrects: str | None = None
    corrects_row: int = 0


class CorrectionOf(CorrectionItem):
    """A correction of an earlier record; `number`: the application or licence, `url`: its page."""

    number: str
    url: str


def correction_item(t: Catalogue, made: Correction) -> CorrectionOf:
    """Return a correction of an earlier record in the reader's words."""
    licence = isinstance(made.before, Issue)
    return CorrectionOf(
        number=made.number,
        url=licence_url(made.number) if licence else application_url(made.number),
        by=made.party,
        position=str(Position(made.party, made.before_at[0])),
        row=0 if licence else made.before_at[1],
        before=stated_words(t, made.before) if made.before else NOTHING,
        corrected_in=str(Position(made.party, made.after_at[0])),
        corrected_row=0 if licence else made.after_at[1],
        after=stated_words(t, made.after) if made.after else NOTHING,
    )


def corrections_of(
    t: Catalogue, row: ApplicationRow, party: Party, first: int = 0
) -> tuple[CorrectionItem, ...]:
    """Return a side's replaced statements, in the order of their corrections.

    `first`: index of the first correcting entry.
    """
    replaced = row.replacements(party)
    if not replaced.of:
        return ()
    words: dict[Place, str] = {each.place: stated_words(t, each) for each in row.history(party)}
    words |= {each.place: stated_words(t, each) for each in row.marks(party)}
    if party == "cn":
        words |= {(each.index, each.row): stated_words(t, each) for each in row.matches}
    return tuple(
        CorrectionItem(
            by=party,
            position=str(Position(party, before[0])),
            row=before[1],
            before=words.get(before, NOTHING),
            corrected_in=str(Position(party, after[0])),
            corrected_row=after[1],
            after=words.get(after, NOTHING),
        )
        for after, before in sorted(replaced.of.items())
        if after[0] >= first
    )


def replacing(row: ApplicationRow, party: Party, place: Place) -> dict[str, Any]:
    """Return the fields of a `ReplaceableItem` for a side's statement at a place."""
    replaced = row.replacements(party)
    fields: dict[str, Any] = {}
    if after := replaced.by.get(place):
        fields |= {"corrected_in": str(Position(party, after[0])), "corrected_row": after[1]}
    if before := replaced.of.get(place):
        fields |= {"corrects": str(Position(party, before[0])), "corrects_row": before[1]}
    return fields


def placed(t: Catalogue, position: str, row: int) -> str:
    """Write the place of a statement: the number of its entry, and the row of its sheet."""
    return t.gettext("correction.place", position=position, row=row) if row else position


def correction_said(
    t: Catalogue, made: CorrectionItem, numbered: Callable[[str], str] = str
) -> str:
    """Return the line of a correction: before and after, with their entries.

    `numbered`: writes the number of an entry, with a word after an entry in doubt.
    """
    at = placed(t, numbered(made.position), made.row)
    before = t.gettext("correction.before", value=made.before, position=at)
    corrected = placed(t, numbered(made.corrected_in), made.corrected_row)
    return t.gettext("correction.line", before=before, after=made.after, corrected=corrected)


def stated_words(t: Catalogue, stated: Corrected) -> str:
    """Return the words for a statement: its state, act or match, or a licence's counted terms."""
    if isinstance(stated, Issue):
        return _issue_words(t, stated)
    if isinstance(stated, ClockMark):
        return act_text(t, stated)
    if isinstance(stated, MatchFact):
        return f"{t.label('match', stated.match)} {stated.found_as}".rstrip()
    state, day = t.state(stated.state, stated.source), on_date(stated.as_of)
    # A Chinese correction names the wrong word and the right one, and the entries with the dates.
    return f"{state}, {full_date(day, t.lang)}" if day and t.lang == "en" else state


def _issue_words(t: Catalogue, issue: Issue) -> str:
    comma = t.gettext("brief.comma")
    issued = full_date(date.fromisoformat(issue.issued_on), t.lang)
    codes = comma.join(line.code for line in issue.lines)
    # A general licence can name hundreds.
    more = ("…",) if len(issue.applications) > APPLICATIONS else ()
    numbers = comma.join((*issue.applications[:APPLICATIONS], *more))
    terms = (t.label("licence", issue.type), issued, codes, numbers)
    return t.gettext("brief.semicolon").join(filter(None, terms))
