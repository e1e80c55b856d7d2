"""Authors of a bundle's entries in words: desk, number and function, or the role of a machine.

Desks bear their titles of the charter in force. Has no names of officials, which no shared log
holds. Does not escape for HTML: `view.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from special_channel.core.bytes.ids import KeyId, Party
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
    # Ten thousand entries have a few authors; their words took a twelfth of a check.
    _written: dict[tuple[KeyId, Grant | None], str] = field(default_factory=dict, compare=False)

    def write(self, placed: Placed) -> str:
        """Return an entry's author in the function that the entry states (rules.md, K6).

        Of a stand-in also for whom it acts (K27). The key id, if no entry enrols the key.
        """
        row = self.rows.get(("key", placed.entry.by))
        if not isinstance(row, KeyRow):
            return placed.entry.by
        author = row.key, None if row.machine else _stated(row, placed)
        if author not in self._written:
            words = self._words(row, author[1])
            self._written[author] = _COMMAS[self.lang].join(each for each in words if each)
        return self._written[author]

    def _words(self, row: KeyRow, grant: Grant | None) -> Iterator[str]:
        """Yield the words of a person's key in a function, or of a machine's key."""
        if grant is None:
            yield self._t.label("role", row.machine)
            yield self._desk(row.party, row.home)
        else:
            yield self._numbered(row.party, grant.desk, row.number)
            yield self._function(grant, row.party)
            yield grant.unit

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
