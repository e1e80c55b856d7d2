"""Who may put the second signature on an act on people, and why (docs/rules.md, K4, K11, K12).

For lists, pages and the refusal of a signature that would count for nothing. Does not decide
whether an act is valid: the judge does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from special_channel.core.bytes.ids import KeyId, PersonId, Role
from special_channel.core.entries import Entry, KeyEnrolled, KeySuspended, RoleEnded, RoleGranted
from special_channel.core.rows.directory import Grant, KeyRow, PersonRow
from special_channel.core.rows.past import Past
from special_channel.core.rules.persons import LEADERS
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.rules.stopping import may_stop

Because = Literal["registrar", "leader", "desk", "holder"]

_GIVES: Final = frozenset({"role.granted", "key.enrolled", "machine.enrolled", "charter.adopted"})
"""Kinds that two persons sign, one of them a registrar."""

_LEADERS: Final = frozenset({"head", "director"})

_ALL: Final = 2**53
"""A size beyond every log."""

Rows = Mapping[KeyId, KeyRow]
"""Rows of our side's keys by id."""


@dataclass(frozen=True, slots=True)
class Acting:
    """An act, with the rows for deciding on its next signature.

    Attributes:
        entry: The act's entry.
        signers: Keys that have signed.
        person: Person acted on; empty for a machine.
        holder: Row of the person acted on; None without a function so far.
        rows: Keys of our side.
        answered: Number of our side's entries that the other side is known to hold (K3).
        besides: Persons who sign nothing here: whose keys put a reviewed entry in doubt (K22).
    """

    entry: Entry
    signers: Collection[KeyId]
    person: PersonId
    holder: PersonRow | None
    rows: Rows
    answered: int
    besides: Collection[PersonId] = ()

    @property
    def persons(self) -> frozenset[PersonId]:
        """Persons who have signed; a new key and machines are nobody's."""
        known = (self.rows[key] for key in self.signers if key in self.rows)
        return frozenset(row.person for row in known if row.person)

    @property
    def by_registrar(self) -> bool:
        """Whether a registrar has signed."""
        known = (self.rows[key] for key in self.signers if key in self.rows)
        return any("registrar" in _roles(self, row) for row in known)


def second(act: Acting, row: KeyRow) -> Because | None:
    """Return why a key's person may sign an act next; None if the signature counts for nothing."""
    if not functions(act, row) or row.person in {*act.persons, *act.besides}:
        return None
    if act.entry.kind in _GIVES:
        return _gives(act, row)
    # Nobody decides on the own affairs, but the holder may be one of two who revoke the key.
    if row.person == act.person:
        return "holder" if act.entry.kind == "key.revoked" else None
    return _leading(act, row)


def beginning(act: Acting, row: KeyRow) -> Sequence[Grant]:
    """Return the functions in which a key may begin an act, own ones before those as a stand-in.

    Of an act of two, functions in which the signature counts, known to the other side or not.
    """
    held = [grant for grant in row.functions_now if grant.role in MAY_SIGN[act.entry.kind]]
    target = _target(act)
    if isinstance(act.entry, KeySuspended) and target is not None:
        past = Past(row.party, _ALL, _ALL)
        return [grant for grant in held if may_stop(row, (grant,), target, past)]
    if isinstance(act.entry, RoleEnded) and act.entry.body.person == row.person:
        return held
    known = replace(act, answered=_ALL)
    return [grant for grant in held if second(known, replace(row, grants=(grant,)))]


def _target(act: Acting) -> KeyRow | PersonRow | None:
    key = getattr(act.entry.body, "key", None)
    return act.rows.get(key) if key else act.holder


def _gives(act: Acting, row: KeyRow) -> Because | None:
    if isinstance(act.entry, RoleGranted) and row.person == act.person:
        return None
    leading = _leading(act, row)
    # Without a registrar so far, the last of two has to be one.
    if not act.by_registrar and act.persons:
        return leading if leading == "registrar" else None
    if leading:
        return leading
    if isinstance(act.entry, KeyEnrolled) and row.person == act.person:
        return "holder"
    return "desk" if _desks(act, row) & _desk_acted_on(act) else None


def _leading(act: Acting, row: KeyRow) -> Because | None:
    if "registrar" in _roles(act, row):
        return "registrar"
    return "leader" if _LEADERS & _roles(act, row) else None


def _desk_acted_on(act: Acting) -> frozenset[str]:
    """Return the desks whose people may confirm a desk officer's function or key."""
    if isinstance(act.entry, RoleGranted):
        body = act.entry.body
        return frozenset({body.desk} if body.role == "desk" else ())
    if not isinstance(act.entry, KeyEnrolled) or act.holder is None:
        return frozenset()
    grants = [grant for grant in act.holder.grants if grant.end is None]
    desk_alone = all(grant.role == "desk" for grant in grants)
    return frozenset(grant.desk for grant in grants if desk_alone)


def _desks(act: Acting, row: KeyRow) -> frozenset[str]:
    return frozenset(grant.desk for grant in functions(act, row) if grant.role == "desk")


def _roles(act: Acting, row: KeyRow) -> frozenset[Role]:
    return frozenset(grant.role for grant in functions(act, row))


def functions(act: Acting, row: KeyRow) -> list[Grant]:
    """Return a key's functions in which its signature counts, oldest first; none of a machine."""
    if row.now != "active" or not row.person:
        return []
    held = [grant for grant in row.grants if grant.end is None and row.may_use(grant)]
    if isinstance(act.entry, RoleGranted) and act.entry.body.absent is not None:
        held = [grant for grant in held if not grant.absent]  # a stand-in names none (K27)
    if act.entry.kind == "key.suspended":
        return held  # who stops need not be known to the other side
    return [grant for grant in held if _known(act.answered, row, grant)]


def may_lead(row: KeyRow, answered: int) -> bool:
    """Return whether a key signs as a registrar, head or director whom the other side knows.

    `answered`: as in `Acting`.
    """
    held = [grant for grant in row.grants if grant.end is None and row.may_use(grant)]
    return row.now == "active" and any(
        grant.role in LEADERS and _known(answered, row, grant) for grant in held
    )


def _known(answered: int, row: KeyRow, grant: Grant) -> bool:
    key, function = row.enrolled < answered, grant.start < answered
    return (row.rooted or key) and (grant.rooted or function)
