"""Acts that need release by a second official, and the roles that may release.

Shared by the judge (`replay/judge.py`, `kinds/lists.py`) and the pages. Checks no signatures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.entries import SHARED_KINDS, Role
from special_channel.core.rows.charter import ASKS, Charter
from special_channel.core.rules.roles import CLEARERS

LINE_STOP: Final = "line_stop"
"""Urgency of a list row that only a leader may release, whatever the charter's release rules."""

LEADERS: Final = ("head", "director")

_CHARTER: Final = "charter.adopted"

ADOPTERS: Final[tuple[Role, ...]] = ("registrar", "head", "director")
"""Roles of the second person who signs a charter, without a rule of the charter in force (K4)."""


@dataclass(frozen=True, slots=True)
class Release:
    """Release of an act by a second official: whether needed, and by which roles.

    Attributes:
        held: Whether the act waits for a release.
        roles: Roles that may release. Empty for an act without release, and for a line stop
            without a leader among the charter's roles, where two officials must release.
    """

    held: bool
    roles: tuple[Role, ...] = ()


NOT_HELD: Final = Release(held=False)


def releasers(roles: Sequence[Role], *, line_stop: bool = False) -> tuple[Role, ...]:
    """Return the roles that may release as the second official.

    Empty for an entry without release, and for a line stop without a leader among the charter's
    roles, where two officials must release.

    Args:
        roles: Roles in the release rule of the charter in force; empty for no rule.
        line_stop: Whether the entry lists a row as a line stop.
    """
    if not roles and not line_stop:
        return ()
    candidates: Sequence[Role] = roles or LEADERS
    return tuple(
        role for role in candidates if role in CLEARERS and (not line_stop or role in LEADERS)
    )


def release_roles(charter: Charter | None, kind: str, *, asks: bool = False) -> tuple[Role, ...]:
    """Return the roles that may release a kind of entry under a charter; empty for no release.

    Args:
        charter: The charter in force; None before the first.
        kind: Kind of a shared entry.
        asks: Whether the note holds questions; the charter may have a separate rule for them.
    """
    if charter is None or not charter.release:
        return ()
    rules = {rule.kind: rule.roles for rule in charter.release}
    named = rules.get(kind, ())
    return releasers(rules.get(ASKS, named) if asks else named)


def release_of(
    charter: Charter | None, kind: str, *, asks: bool = False, line_stop: bool = False
) -> Release:
    """Return whether a charter requires a release of an act, and by which roles."""
    named = release_roles(charter, kind, asks=asks)
    if kind == _CHARTER and not named:
        return Release(held=True, roles=ADOPTERS)
    return Release(bool(named) or line_stop, releasers(named, line_stop=line_stop))


def held_kinds(charter: Charter | None) -> dict[str, tuple[Role, ...]]:
    """Return the roles that may release, by kind of entry; kinds without release are omitted.

    Notes with questions have the key `asks`. Omits line stops, which depend on a list's rows.
    """
    named = {rule.kind for rule in charter.release} & SHARED_KINDS if charter else set()
    by_kind = {kind: release_roles(charter, kind) for kind in sorted(named)}
    by_kind[ASKS] = release_roles(charter, "note.posted", asks=True)
    by_kind[_CHARTER] = release_of(charter, _CHARTER).roles
    return {kind: roles for kind, roles in by_kind.items() if roles}


def stops_line(urgencies: Iterable[object]) -> bool:
    """Return whether any of the urgencies is a line stop."""
    return LINE_STOP in urgencies
