"""Which acts a second official must release, and who may: one rule for the judge and for the pages.

Does not judge by itself: `replay/judge.py` and `kinds/lists.py` ask it of each signer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.entries import SHARED_KINDS, Role
from special_channel.core.rows.charter import ASKS, Charter
from special_channel.core.rules.roles import CLEARERS

LINE_STOP: Final = "line_stop"
"""The urgency of a row that only a leader releases, whatever else the charter asks."""

LEADERS: Final = ("head", "director")


@dataclass(frozen=True, slots=True)
class Release:
    """Whether a second official must release an act, and of which role.

    Attributes:
        held: The act is sent only after a release.
        roles: Roles of which one official is enough. Empty for an act that is not held, and where
            the charter names no leader for a line stop: then it takes two.
    """

    held: bool
    roles: tuple[Role, ...] = ()


NOT_HELD: Final = Release(held=False)


def releasers(roles: Sequence[Role], *, line_stop: bool = False) -> tuple[Role, ...]:
    """Return the roles of which one second official must be.

    Empty where nobody is asked for, and where the charter names none that may release a line stop:
    then it takes two.

    Args:
        roles: What the charter in force names for the entry; empty: it asks for nobody.
        line_stop: Whether the entry lists a row as a line stop.
    """
    if not roles and not line_stop:
        return ()
    asked: Sequence[Role] = roles or LEADERS
    return tuple(role for role in asked if role in CLEARERS and (not line_stop or role in LEADERS))


def release_roles(charter: Charter | None, kind: str, *, asks: bool = False) -> tuple[Role, ...]:
    """Return the roles of which a charter asks one to release this kind; empty for no release.

    Args:
        charter: In force; None before the first.
        kind: Of an entry of a shared log.
        asks: Whether the note holds questions, for which the charter may have a rule of its own.
    """
    if charter is None or not charter.release:
        return ()
    rules = {rule.kind: rule.roles for rule in charter.release}
    named = rules.get(kind, ())
    return releasers(rules.get(ASKS, named) if asks else named)


def release_of(
    charter: Charter | None, kind: str, *, asks: bool = False, line_stop: bool = False
) -> Release:
    """Return whether the judge holds an act for a second official under a charter, and for whom."""
    named = release_roles(charter, kind, asks=asks)
    return Release(bool(named) or line_stop, releasers(named, line_stop=line_stop))


def held_kinds(charter: Charter | None) -> dict[str, tuple[Role, ...]]:
    """Return the kinds that a second official must release, each with the roles that may.

    A note with questions has the key `asks`. Line stops are not in it: they hang on a list's rows.
    """
    named = {rule.kind for rule in charter.release} & SHARED_KINDS if charter else set()
    found = {kind: release_roles(charter, kind) for kind in sorted(named)}
    found[ASKS] = release_roles(charter, "note.posted", asks=True)
    return {kind: roles for kind, roles in found.items() if roles}


def stops_line(urgencies: Iterable[object]) -> bool:
    """Tell whether one of these rows' urgencies is a line stop."""
    return LINE_STOP in urgencies
