"""The official who reads a page, with the functions in which entries can be signed (K6, K27).

Does not decide what an act needs: pages of acts on people do (`web/acts`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from special_channel.core.rules.functions import held_functions
from special_channel.web.http.sessions import Visitor
from special_channel.web.shared.viewpoint import desk_of
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import absent_names, function_words


@dataclass(frozen=True, slots=True)
class ReaderFunction:
    """A function in which the reader may sign: the grant's number, in words, and its kinds."""

    number: int
    role: str
    words: str
    kinds: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """The official who is signed in.

    `desk` and `role`: those of the first of `functions`, an own one before one as stand-in.
    `is_person`: whether the key is a person's; a key of nobody marks no thread.
    """

    key: str
    name: str
    desk: Pair
    role: str
    functions: tuple[ReaderFunction, ...] = ()
    is_person: bool = True

    def in_roles(self, *roles: str) -> str:
        """Return the numbers of functions of these roles, as buttons name them."""
        return " ".join(str(held.number) for held in self.functions if held.role in roles)


def plain_reader(context: PageContext, who: Visitor) -> Reader:
    """Return the reader without functions: asks the record nothing."""
    held = next(iter(who.row.functions_now), None)
    desk = desk_of(context, context.party, held.desk if held else who.row.desk)
    role = held.role if held else who.row.role
    return Reader(who.key, who.name, desk, role, is_person=bool(who.row.person))


async def full_reader(context: PageContext, who: Visitor) -> Reader:
    """Return the reader with all functions, in words."""
    absent = await absent_names(context, [who.row])
    grants = {grant.number: grant for grant in who.row.functions_now}
    functions = tuple(
        ReaderFunction(
            one.number,
            one.role,
            function_words(context, grants[one.number], absent.get(grants[one.number].absent, "")),
            one.kinds,
        )
        for one in held_functions(who.row, context.charter)
    )
    return replace(plain_reader(context, who), functions=functions)
