"""What one charter changes against another, and whether a side may adopt it next.

Does not put it into words, does not read files, and does not judge an entry: `kinds/`
does, whatever a page has said before.
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
"""Section, subject within it, field."""

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
    "thresholds": ("name",),
}
"""By which fields the members of a list are told apart."""

SECTIONS: Final = (
    "reply_rules", "calendars", "releases", "office_hours", "duty", "release", "figures",
    "thresholds", "limits", "markings", "columns", "levels", "desks", "parties", "standing_en",
    "standing_zh", "effect_en", "effect_zh", "demonstration", "rules",
)  # fmt: skip
"""All parts of a charter but its number, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs; None where the other charter has no such thing."""

    section: str
    subject: tuple[str, ...]
    field: str
    before: Leaf | None
    after: Leaf | None


def changes(before: Charter | None, after: Charter) -> tuple[Change, ...]:
    """Tell field by field what `after` says otherwise; of a first charter, all of it."""
    old = dict(_leaves(before)) if before else {}
    new = dict(_leaves(after))
    found = [
        Change(*path, old.get(path), new.get(path))
        for path in {**old, **new}
        if old.get(path) != new.get(path)
    ]
    # Stable: what is of one subject stands together, subjects in the order of the documents.
    met = {one.subject: place for place, one in reversed(list(enumerate(found)))}
    return tuple(sorted(found, key=lambda one: (SECTIONS.index(one.section), met[one.subject])))


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
    met: dict[tuple[str, ...], int] = {}
    for member in members:
        subject = tuple(str(member[key]) for key in KEYS[section])
        met[subject] = met.get(subject, 0) + 1
        # A second one of a name is a line of its own: the first counts, and nobody overlooks it.
        more = (str(met[subject]),) if met[subject] > 1 else ()
        rest = {name: field for name, field in member.items() if name not in KEYS[section]}
        yield from _fields(section, subject + more, rest)


def _fields(
    section: str, subject: tuple[str, ...], fields: Mapping[str, Any]
) -> Iterator[tuple[Path, Leaf]]:
    for name, value in fields.items():
        if name in KEYS:
            yield from _members(name, value)
        else:
            yield (section, subject, name), value


def highest(rows: Sequence[CharterRow], party: Party | None = None) -> int:
    """Return the highest number that a side has adopted, or either; 0 before the first."""
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
    """Return what was in force before a charter of this number: the highest below it."""
    force = in_force(tuple(row for row in rows if row.number < number), past)
    return force.charter if force else None


@dataclass(frozen=True, slots=True)
class CharterContext:
    """What a charter is held against: all that is adopted, what is in force, both logs' origins."""

    rows: tuple[CharterRow, ...]
    force: InForce | None
    origins: Mapping[Party, str]
    own: Party


def check_next(ground: CharterContext, charter: Charter) -> None:
    """Refuse a charter that the own side can't adopt next, or whose rules are not known here.

    Raises:
        RuleBroken: `charter-mismatch` for other logs, `charter-number` for a number that our
            side has adopted or passed, `rules-unsupported`, `charter-rules-older`.
    """
    origins = {party.party: party.origin for party in charter.parties}
    if origins != dict(ground.origins):
        raise RuleBroken("charter-mismatch", "The charter names other logs.")
    if charter.number <= highest(ground.rows, ground.own):
        raise RuleBroken("charter-number", "Charters are numbered upwards.", number=charter.number)
    if charter.rules not in SUPPORTED_RULES:
        raise RuleBroken(
            "rules-unsupported", "The charter's rules are not known here.", rules=charter.rules
        )
    if ground.force is not None and charter.rules < ground.force.charter.rules:
        raise RuleBroken(
            "charter-rules-older",
            "The charter's rules are older than those in force.",
            rules=charter.rules,
            force=ground.force.charter.rules,
        )


def check_proposal(ground: CharterContext, charter: Charter) -> None:
    """Refuse a charter that our side can't propose: as `check_next`, and its number is the next.

    Raises:
        RuleBroken: As `check_next`, and `charter-not-next`.
    """
    check_next(ground, charter)
    following = highest(ground.rows) + 1
    if charter.number != following:
        raise RuleBroken(
            "charter-not-next",
            "The charter's number is not the next one.",
            number=charter.number,
            next=following,
        )


def check_releases(charter: Charter, held: Sequence[CalendarRelease]) -> None:
    """Refuse a charter whose calendars can't be put together from these releases.

    Raises:
        RuleBroken: `charter-release-missing`, `charter-calendar-differs`.
    """
    digests = {each.digest for each in held}
    for calendar in charter.calendars:
        for named in calendar.releases:
            if named.digest not in digests:
                raise RuleBroken(
                    "charter-release-missing", "A calendar release is not here.", release=named.id
                )
    if adopted(charter, held) is None:
        raise RuleBroken("charter-calendar-differs", "The calendars are not those of the releases.")


def check_brought(charter: Charter, brought: CalendarRelease, name: str) -> None:
    """Refuse a release file that is not one of those that the charter names, by its hash.

    Raises:
        RuleBroken: `charter-release-differs` with the release that the file calls itself.
    """
    named: set[Digest] = {each.digest for one in charter.calendars for each in one.releases}
    if brought.digest not in named:
        raise RuleBroken(
            "charter-release-differs", "The charter names no release of this hash.", release=name
        )
