"""Authors of a bundle's entries in words: desk, number and function, or the role of a machine.

Desks bear their titles of the charter in force. Has no names of officials, which no shared log
holds. Does not escape for HTML: `view.py` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.charter import Charter, CharterRow, in_force
from special_channel.core.rows.directory import Grant, KeyRow, PersonRow
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rules.state import Rows, person_key
from special_channel.export.spill import rows_of
from special_channel.messages.catalogue import LANGS, Catalogue, Lang, catalogue

_COMMAS: Final[dict[Lang, str]] = {"en": ", ", "zh-CN": "，"}

_FAR: Final = 2**53
"""Larger than any log."""


@dataclass(frozen=True, slots=True)
class AuthorWriter:
    """Writes authors in one language.

    Attributes:
        lang: The language.
        rows: Rows of the record.
        charter: The charter in force at the record's end; None before the first.
    """

    lang: Lang
    rows: Rows
    charter: Charter | None

    def write(self, placed: Placed) -> str:
        """Return an entry's author in the function that the entry states (rules.md, K6).

        Of a stand-in also for whom it acts (K27). The key id, if no entry enrols the key.
        """
        row = self.rows.get(("key", placed.entry.by))
        if not isinstance(row, KeyRow):
            return placed.entry.by
        if row.machine:
            words = [self._t.label("role", row.machine), self._desk(row.party, row.home)]
        else:
            grant = _stated(row, placed)
            words = [
                self._numbered(row.party, grant.desk, row.number),
                self._function(grant, row.party),
                grant.unit,
            ]
        return _COMMAS[self.lang].join(each for each in words if each)

    @property
    def _t(self) -> Catalogue:
        return catalogue(self.lang)

    def _function(self, grant: Grant, party: Party) -> str:
        role = self._t.label("role", grant.role)
        if not grant.absent:
            return role
        person = self.rows.get(person_key(party, grant.absent))
        # The desk of the grant is that of the function in which the absent person is replaced.
        absent = (
            self._numbered(party, grant.desk, person.number)
            if isinstance(person, PersonRow)
            else "–"
        )
        return self._t.gettext("as stand-in for %(absent)s, %(role)s", absent=absent, role=role)

    def _numbered(self, party: Party, desk: str, number: int) -> str:
        title = self._desk(party, desk)
        return self._t.gettext("official.numbered", desk=title, number=number)

    def _desk(self, party: Party, desk: str) -> str:
        """Return a desk's title; its code, if the charter does not have it."""
        title = self.charter.desk(party, desk) if self.charter else None
        if title is None:
            return desk
        return title.title_en if self.lang == "en" else title.title_zh


def author_writers(rows: Rows) -> tuple[AuthorWriter, ...]:
    """Make a writer for each language."""
    found = in_force(tuple(rows_of(rows, CharterRow)), Past("eu", _FAR, _FAR))
    charter = found.charter if found else None
    return tuple(AuthorWriter(lang, rows, charter) for lang in LANGS)


def _stated(row: KeyRow, placed: Placed) -> Grant:
    stated = row.function(placed.entry.grant or 1, placed.past)
    # A new key that signs its enrolment states no function, and a founding makes the first one.
    return stated or next(row.functions(placed.past), row.grants[0])
