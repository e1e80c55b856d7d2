"""Times of valid entries that rules compare, and no verdict follows from (K8, K28).

A leader who signed an act on people too soon, and a function whose time was over. Compares times
that owners of logs state; reads no clock. Verifier and mirror name the same entries by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from special_channel.core.bytes.ids import KeyId, Party
from special_channel.core.bytes.times import posix
from special_channel.core.entries import KeySuspended, RoleEnded, SharedEntry
from special_channel.core.rows.charter import CharterRow, in_force
from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rules.persons import ACTS, LEADERS, person_acted_on
from special_channel.core.rules.signing_keys import new_key
from special_channel.core.rules.state import Rows

COOLED: Final = (ACTS.keys() | {"key.suspended"}) - {"charter.adopted"}
"""Acts on people, which a node does not take from a new leader. A charter is none of them."""


@dataclass(frozen=True, slots=True)
class TimeNotice:
    """What the times of a valid entry show.

    Attributes:
        code: `cooling-short` (K8) or `grant-overdue` (K28).
        key: Key of the leader who signed too soon; else empty.
        until: Time limit of the author's function; else empty.
    """

    code: Literal["cooling-short", "grant-overdue"]
    key: KeyId = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class NoticedEntry:
    """A valid entry by index, when it was accepted, its kind, and what its times show."""

    index: int
    accepted: str
    kind: str
    notice: TimeNotice


def is_timed(entry: SharedEntry, rows: Rows) -> bool:
    """Return whether `time_notices` can have a notice about an entry; of nearly all it has none."""
    return entry.kind in COOLED or bool(_until(entry, rows))


def time_notices(
    placed: Placed,
    charters: tuple[CharterRow, ...],
    rows: Rows,
    accepted: Callable[[int], str],
) -> Iterator[TimeNotice]:
    """Yield what the times of a valid entry show.

    Args:
        placed: The entry; an act on people with all keys that signed it.
        charters: Charters of the record.
        rows: Rows of the signers' keys and of what the entry acts on.
        accepted: When the entry at an index of the same log was accepted; empty if not known.
    """
    until = _until(placed.entry, rows)
    if until and placed.accepted >= until:
        yield TimeNotice("grant-overdue", until=until)
    if placed.entry.kind in COOLED:
        for key in _too_soon(placed, charters, rows, accepted):
            yield TimeNotice("cooling-short", key=key)


def grants_timed(placed: Placed, rows: Rows) -> Iterator[int]:
    """Yield indexes of grants, for an act of `COOLED`, of whose times `time_notices` may ask."""
    for _, grants in _new_leaders(placed, rows):
        yield from (grant.start for grant in grants)


def _until(entry: SharedEntry, rows: Rows) -> str:
    """Return the time limit of the author's function; empty without one."""
    row = rows.get(("key", entry.by))
    grants = row.grants if isinstance(row, KeyRow) and new_key(entry) is None else ()
    number = entry.grant or 1
    return next((grant.until for grant in grants if grant.number == number), "")


def _too_soon(
    placed: Placed,
    charters: tuple[CharterRow, ...],
    rows: Rows,
    accepted: Callable[[int], str],
) -> Iterator[KeyId]:
    """Yield keys of leaders who signed before the charter's time after their grant (K8)."""
    charter = in_force(charters, placed.past)
    if charter is None:
        return
    for row, grants in _new_leaders(placed, rows):
        begun = [posix(time) for grant in grants if (time := accepted(grant.start))]
        if begun and min(begun) + charter.charter.limits.cooling_seconds > posix(placed.accepted):
            yield row.key


def _new_leaders(placed: Placed, rows: Rows) -> Iterator[tuple[KeyRow, Sequence[Grant]]]:
    """Yield signers with their functions of a leader, of which none is founded or root-signed."""
    past, entry = placed.past, placed.entry
    for row in _persons(placed, rows):
        grants = _leading(row, past, past.party)
        if grants and not any(grant.rooted for grant in grants) and not _own(entry, row, rows):
            yield row, grants


def _leading(row: KeyRow, past: Past, party: Party) -> Sequence[Grant]:
    return [one for one in row.grants if one.holds(past, party) and one.role in LEADERS]


def _persons(placed: Placed, rows: Rows) -> Iterator[KeyRow]:
    for key in sorted(placed.signed - {new_key(placed.entry)}):
        row = rows.get(("key", key))
        if isinstance(row, KeyRow) and row.person:
            yield row


def _own(entry: SharedEntry, row: KeyRow, rows: Rows) -> bool:
    """Return whether a signer gives up a function or key of the own: that can't wait."""
    if not isinstance(entry, RoleEnded | KeySuspended):
        return False
    return person_acted_on(entry, rows) == row.person
