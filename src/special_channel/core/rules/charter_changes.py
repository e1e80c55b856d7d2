"""Differences between two charters, and checks before a side proposes or adopts a charter.

Does not phrase differences, read files or judge entries. The judge (`kinds/charters.py`) checks
every adoption again, independently of a page's checks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import Digest, Party
from special_channel.core.rows.charter import (
    SUPPORTED_RULES,
    Charter,
    CharterRow,
    InForce,
    in_force,
)
from special_channel.core.rows.past import Past
from special_channel.core.rules.releases import adopted
from special_channel.core.time.calendars import CalendarRelease

Leaf: TypeAlias = str | int | bool | tuple[str | int, ...]
Path: TypeAlias = tuple[str, tuple[str, ...], str]
"""Section, subject within the section, field."""

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "parties": ("party",),
    "desks": ("party", "desk"),
    "release": ("kind",),
    "reply_rules": ("rule",),
    "calendars": ("party",),
    "releases": ("id",),
    "office_hours": ("party",),
    "duty": ("party",),
    "levels": ("level",),
    "sides": ("party",),
    "suites": ("role",),
    "thresholds": ("name",),
}
"""Fields that identify the members of a list."""

SECTIONS: Final = (
    "reply_rules", "calendars", "releases", "office_hours", "duty", "release", "figures",
    "thresholds", "limits", "markings", "columns", "levels", "desks", "parties", "client", "sides",
    "suites", "standing_en", "standing_zh", "effect_en", "effect_zh", "demonstration", "rules",
)  # fmt: skip
"""All parts of a charter except its number, in order of display."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field with different values; None for a field absent from a charter."""

    section: str
    subject: tuple[str, ...]
    field: str
    before: Leaf | None
    after: Leaf | None


def changes(before: Charter | None, after: Charter) -> tuple[Change, ...]:
    """Compare two charters field by field; without `before`, list every field of `after`."""
    old = dict(_leaves(before)) if before else {}
    new = dict(_leaves(after))
    differing = [
        Change(*path, old.get(path), new.get(path))
        for path in {**old, **new}
        if old.get(path) != new.get(path)
    ]
    # A stable sort groups changes by subject; subjects stay in the order of the documents.
    first = {each.subject: place for place, each in reversed(list(enumerate(differing)))}

    def order(change: Change) -> tuple[int, int]:
        return SECTIONS.index(change.section), first[change.subject]

    return tuple(sorted(differing, key=order))


def _leaves(charter: Charter) -> Iterator[tuple[Path, Leaf]]:
    stated = charter.model_dump(exclude={"v", "number"}, exclude_none=True)
    for section, value in stated.items():
        yield from _part(section, value)


def _part(section: str, value: Any) -> Iterator[tuple[Path, Leaf]]:  # noqa: ANN401 - a model's
    if section in KEYS:
        yield from _members(section, value)
    elif isinstance(value, dict):
        yield from _fields(section, (), value)
    else:
        yield (section, (), section), value


def _members(section: str, members: Sequence[dict[str, Any]]) -> Iterator[tuple[Path, Leaf]]:
    counts: dict[tuple[str, ...], int] = {}
    for member in members:
        subject = tuple(str(member[key]) for key in KEYS[section])
        counts[subject] = counts.get(subject, 0) + 1
        # Lookups use the first member of a name. A duplicate gets its own line, so readers see it.
        more = (str(counts[subject]),) if counts[subject] > 1 else ()
        rest = {name: field for name, field in member.items() if name not in KEYS[section]}
        yield from _fields(section, subject + more, rest)


def _fields(
    section: str, subject: tuple[str, ...], fields: Mapping[str, Any]
) -> Iterator[tuple[Path, Leaf]]:
    for name, value in fields.items():
        # A section's own name is a plain field of its members: `suites` of a role.
        if name in KEYS and name != section:
            yield from _members(name, value)
        else:
            yield (section, subject, name), value


def highest(rows: Sequence[CharterRow], party: Party | None = None) -> int:
    """Return the highest charter number adopted by a side, by default by either; 0 for none."""
    return max(
        (
            row.number
            for row in rows
            for fact in row.adoptions
            if party is None or fact.party == party
        ),
        default=0,
    )


def compared_with(rows: Sequence[CharterRow], number: int, past: Past) -> Charter | None:
    """Return the charter in force with the highest number below `number`; None for the first."""
    force = in_force(tuple(row for row in rows if row.number < number), past)
    return force.charter if force else None


@dataclass(frozen=True, slots=True)
class CharterContext:
    """Charters adopted so far, the charter in force and both logs' origins.

    `own`: our side.
    """

    rows: tuple[CharterRow, ...]
    force: InForce | None
    origins: Mapping[Party, str]
    own: Party


def check_next(context: CharterContext, charter: Charter) -> None:
    """Refuse a charter that our side can't adopt next.

    Raises:
        RuleBroken: `charter-mismatch` for other logs' origins, `charter-number` for a number not
            above our side's highest, `rules-unsupported`, `charter-rules-older`.
    """
    origins = {party.party: party.origin for party in charter.parties}
    if origins != dict(context.origins):
        raise RuleBroken("charter-mismatch", "The charter names other logs.")
    if charter.number <= highest(context.rows, context.own):
        raise RuleBroken("charter-number", "Charters are numbered upwards.", number=charter.number)
    if charter.rules not in SUPPORTED_RULES:
        raise RuleBroken(
            "rules-unsupported", "The charter's rules are not known here.", rules=charter.rules
        )
    if context.force is not None and charter.rules < context.force.charter.rules:
        raise RuleBroken(
            "charter-rules-older",
            "The charter's rules are older than those in force.",
            rules=charter.rules,
            force=context.force.charter.rules,
        )


def check_proposal(context: CharterContext, charter: Charter) -> None:
    """Refuse a charter that our side can't propose.

    Raises:
        RuleBroken: As `check_next`, and `charter-not-next` unless the number follows the highest
            number adopted by either side.
    """
    check_next(context, charter)
    following = highest(context.rows) + 1
    if charter.number != following:
        raise RuleBroken(
            "charter-not-next",
            "The charter's number is not the next one.",
            number=charter.number,
            next=following,
        )


def check_releases(charter: Charter, releases: Sequence[CalendarRelease]) -> None:
    """Refuse a charter unless its calendars are the merge of stored calendar releases.

    Raises:
        RuleBroken: `charter-release-missing`, `charter-calendar-differs`.
    """
    digests = {each.digest for each in releases}
    for calendar in charter.calendars:
        for named in calendar.releases:
            if named.digest not in digests:
                raise RuleBroken(
                    "charter-release-missing", "A calendar release is not here.", release=named.id
                )
    if adopted(charter, releases) is None:
        raise RuleBroken("charter-calendar-differs", "The calendars are not those of the releases.")


def check_brought(charter: Charter, brought: CalendarRelease, name: str) -> None:
    """Refuse an uploaded release file unless the charter names its digest.

    Args:
        charter: The charter.
        brought: The uploaded release.
        name: Id in the file, for the error.

    Raises:
        RuleBroken: `charter-release-differs`.
    """
    named: set[Digest] = {each.digest for one in charter.calendars for each in one.releases}
    if brought.digest not in named:
        raise RuleBroken(
            "charter-release-differs", "The charter names no release of this hash.", release=name
        )
