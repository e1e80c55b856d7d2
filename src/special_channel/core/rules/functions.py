"""The function that a person states for an entry, and the kinds that each function allows (K6).

For pages and commands. Does not judge entries: who may sign an act on people together with others
depends on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from special_channel.core.bytes.ids import PersonRole
from special_channel.core.rows.charter import InForce
from special_channel.core.rows.directory import Grant, KeyRow
from special_channel.core.rules.persons import ACTS, LEADERS
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.rules.suite_policy import allows_suite


@dataclass(frozen=True, slots=True)
class HeldFunction:
    """A function in force: the grant's number, and the kinds that it may sign.

    `stands_in`: the function of an absent person.
    """

    number: int
    role: PersonRole
    stands_in: bool
    kinds: Sequence[str]


def held_functions(row: KeyRow, charter: InForce | None) -> tuple[HeldFunction, ...]:
    """Return the functions in which a key signs now, own ones before those as a stand-in.

    A function allows no kind if the charter allows its role no keys of this suite (K24).
    """
    return tuple(
        HeldFunction(
            grant.number,
            grant.role,
            bool(grant.absent),
            _kinds(grant) if allows_suite(charter, grant.role, row.suite) else (),
        )
        for grant in row.functions_now
    )


def allowing(
    functions: Sequence[HeldFunction], kind: str, *, lends: bool = False
) -> list[HeldFunction]:
    """Return the functions allowing a kind, the default first.

    `lends`: the entry names a stand-in; no stand-in may (K27).
    """
    fitting = [one for one in functions if kind in one.kinds and not (lends and one.stands_in)]
    if kind not in ACTS and kind != "entry.reviewed":
        return fitting
    # A desk's function counts for few of these acts, a leader's for all.
    return sorted(fitting, key=lambda one: one.role not in LEADERS)


def stated_number(
    functions: Sequence[HeldFunction], kind: str, *, lends: bool = False
) -> int | None:
    """Return the number that an entry states as `as`; None for grant 1, and without functions.

    Without a function allowing the kind, the first is stated: the node names the lack.
    """
    fitting = allowing(functions, kind, lends=lends) or functions
    number = next((one.number for one in fitting), 1)
    return None if number == 1 else number


def _kinds(grant: Grant) -> Sequence[str]:
    return tuple(kind for kind, roles in MAY_SIGN.items() if grant.role in roles)
