"""Authors of a bundle's entries in words: desk, number and function, or the role of a machine.

Has no names of officials, which no shared log holds. Does not escape for HTML: `view.py` does.
"""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.directory import Grant, KeyRow, PersonRow
from special_channel.core.rows.past import Placed
from special_channel.core.rules.state import Rows, person_key
from special_channel.messages.catalogue import Catalogue, Lang, catalogue

_COMMAS: Final[dict[Lang, str]] = {"en": ", ", "zh-CN": "，"}


def author_words(placed: Placed, rows: Rows, lang: Lang) -> str:
    """Return an entry's author in the function that the entry states (rules.md, K6).

    Of a stand-in also for whom it acts (K27). The key id, if no entry enrols the key.
    """
    row = rows.get(("key", placed.entry.by))
    if not isinstance(row, KeyRow):
        return placed.entry.by
    t = catalogue(lang)
    if row.machine:
        words = [t.label("role", row.machine), row.home]
    else:
        grant = _stated(row, placed)
        words = [
            _numbered(t, grant.desk, row.number),
            _function(t, grant, row.party, rows),
            grant.unit,
        ]
    return _COMMAS[lang].join(each for each in words if each)


def _stated(row: KeyRow, placed: Placed) -> Grant:
    stated = row.function(placed.entry.grant or 1, placed.past)
    # A new key that signs its enrolment states no function, and a founding makes the first one.
    return stated or next(row.functions(placed.past), row.grants[0])


def _function(t: Catalogue, grant: Grant, party: Party, rows: Rows) -> str:
    role = t.label("role", grant.role)
    if not grant.absent:
        return role
    person = rows.get(person_key(party, grant.absent))
    # The desk of the grant is that of the function in which the absent person is replaced.
    absent = _numbered(t, grant.desk, person.number) if isinstance(person, PersonRow) else "–"
    return t.gettext("as stand-in for %(absent)s, %(role)s", absent=absent, role=role)


def _numbered(t: Catalogue, desk: str, number: int) -> str:
    return t.gettext("official.numbered", desk=desk, number=number)
