"""Acts on people in words, made from the bytes that are signed. Does not read rows or names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from special_channel.core.bytes.ids import PersonId, Position, Role
from special_channel.core.bytes.suites import in_groups
from special_channel.core.entries import (
    CharterAdopted,
    Entry,
    EntryReviewed,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    KeySuspended,
    MachineEnrolled,
    RoleEnded,
    RoleGranted,
)
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.messages.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An entry that a review names.

    `whose`: persons whose keys put the entry in doubt; empty for a machine and the root.
    """

    position: str
    kind: str
    whose: tuple[PersonId, ...]


@dataclass(frozen=True, slots=True)
class ActNames:
    """Names and writers used in the words of an act.

    Attributes:
        t: Catalogue of the reader's language.
        name: Name of a person of our side.
        public: Desk and number of a person, as the other side reads them.
        desk: Title of a desk by code.
        moment: Writes an instant.
        numbered: Writes an entry's number, with a word next to it if the entry is in doubt.
        since: Position and time from which a key is in doubt, as words.
        stop: The suspension that the act lifts, as words.
        person: Row of the person acted on.
        key: Row of the key acted on.
        reviewed: Entries that a review names.
    """

    t: Catalogue
    name: Callable[[PersonId], str]
    public: Callable[[PersonId], str]
    desk: Callable[[str], str]
    moment: Callable[[str], str]
    numbered: Callable[[str], str]
    since: Callable[[int], str]
    stop: str
    person: PersonRow | None
    key: KeyRow | None
    reviewed: Sequence[Reviewed] = ()

    def function(self, role: Role, desk: str) -> str:
        """Write a function: role and desk."""
        return self.t.gettext(
            "act-words.function", role=self.t.label("role", role), desk=self.desk(desk)
        )


def title(entry: Entry, person: PersonId, names: ActNames) -> str:
    """Return the act in one sentence."""
    key, facts = f"act.{entry.kind}", {"name": names.name(person) if person else ""}
    more: Mapping[str, str | int] = {}
    match entry:
        case RoleGranted() if entry.body.absent is not None:
            key, more = "act.stand-in", {"absent": names.name(entry.body.absent)}
        case RoleGranted():
            more = {"function": names.function(entry.body.role, entry.body.desk)}
        case RoleEnded():
            more = {"function": _ended(entry, names)}
        case MachineEnrolled():
            more = {"role": names.t.label("role", entry.body.role)}
        case EntryReviewed() | CharterAdopted():
            key, more = _numbered(entry)
        case KeySuspended() | KeyRestored() if entry.body.key is None:
            key = f"{key}.all"
        case _ if names.key is not None and names.key.machine:
            key, more = f"{key}.machine", {"role": names.t.label("role", names.key.machine)}
    return names.t.gettext(key, **facts, **more)


def _numbered(entry: EntryReviewed | CharterAdopted) -> tuple[str, Mapping[str, int]]:
    """Return the key of an act's sentence and its number: of a charter, or of entries."""
    if isinstance(entry, EntryReviewed):
        return f"act.{entry.kind}.{entry.body.word}", {"number": len(entry.body.entries)}
    return f"act.{entry.kind}", {"number": entry.body.number}


def button(entry: Entry, names: ActNames) -> str:
    """Return the words of the signing button, which name the effect of signing."""
    stand_in = isinstance(entry, RoleGranted) and entry.body.absent is not None
    return names.t.gettext("act-sign.stand-in" if stand_in else f"act-sign.{entry.kind}")


def facts(entry: Entry, person: PersonId, reason: str, names: ActNames) -> list[tuple[str, str]]:
    """Return the facts of an act that its title omits: labels and words, in order."""
    t = names.t
    rows: list[tuple[str, str]] = []
    if person:
        rows.append((t.label("act-fact", "person"), names.public(person)))
    rows += _of_review(names) if isinstance(entry, EntryReviewed) else _of_kind(entry, names)
    if names.stop:
        rows.append((t.label("act-fact", "stop"), names.stop))
    since = getattr(entry.body, "since", None)
    if since is not None:
        rows.append((t.label("act-fact", "since"), names.since(since)))
    if reason:
        rows.append(
            (
                t.label("act-fact", "why"),
                t.gettext("act-words.why", why=t.label("act-reason", reason)),
            )
        )
    return rows


def _of_kind(entry: Entry, names: ActNames) -> list[tuple[str, str]]:
    t = names.t
    match entry:
        case RoleGranted():
            return _of_grant(entry, names)
        case RoleEnded():
            return [
                (t.label("act-fact", "function"), _ended(entry, names)),
                _stated(entry.body.reason, t),
            ]
        case MachineEnrolled():
            return [*_of_machine(entry, names), _stated(entry.body.reason, t)]
        case KeyEnrolled():
            return [(t.label("act-fact", "suite"), entry.body.suite)]
        case KeySuspended() | KeyRestored() | KeyRevoked() if names.key is not None:
            return _of_key(entry.body.reason, names.key, names)
        case _:
            return []


def _of_review(names: ActNames) -> list[tuple[str, str]]:
    t = names.t
    entries = [
        t.gettext("act-words.reviewed", position=one.position, kind=t.label("kind", one.kind))
        for one in names.reviewed
    ]
    whose = sorted({person for one in names.reviewed for person in one.whose})
    rows = [(t.label("act-fact", "whose"), _listed(map(names.name, whose), t))] if whose else []
    return [(t.label("act-fact", "entries"), _listed(entries, t)), *rows]


def _listed(words: Iterable[str], t: Catalogue) -> str:
    return ("、" if t.lang == "zh-CN" else ", ").join(words)


def _of_grant(entry: RoleGranted, names: ActNames) -> list[tuple[str, str]]:
    t, body = names.t, entry.body
    function = names.function(body.role, body.desk)
    rows = [(t.label("act-fact", "function"), function), (t.label("act-fact", "unit"), body.unit)]
    if body.until is not None:
        rows.append((t.label("act-fact", "until"), names.moment(body.until)))
    if body.absent is not None:
        rows.append((t.label("act-fact", "for"), names.public(body.absent)))
    return rows


def _of_machine(entry: MachineEnrolled, names: ActNames) -> list[tuple[str, str]]:
    t, body = names.t, entry.body
    rows = [(t.label("act-fact", "suite"), body.suite)]
    if body.next is not None:
        rows.append((t.label("act-fact", "next"), " ".join(in_groups(body.next))))
    if body.owner is not None and body.desk is not None:
        kinds = _listed((t.label("kind", one) for one in body.kinds or ()), t)
        rows += [
            (t.label("act-fact", "owner"), names.name(body.owner)),
            (t.label("act-fact", "desk"), names.desk(body.desk)),
            (t.label("act-fact", "kinds"), kinds),
        ]
    return rows


def _of_key(reason: str, key: KeyRow, names: ActNames) -> list[tuple[str, str]]:
    t, number = names.t, names.numbered(str(Position(key.party, key.enrolled)))
    words = t.gettext("act-words.key", number=number, suite=key.suite)
    stated = [_stated(reason, t)] if key.machine else []
    return [(t.label("act-fact", "key"), words), *stated]


def _stated(reason: str, t: Catalogue) -> tuple[str, str]:
    return t.label("act-fact", "stated"), t.label("act-reason", reason)


def _ended(entry: RoleEnded, names: ActNames) -> str:
    grants = names.person.grants if names.person else ()
    grant = next((one for one in grants if one.number == entry.body.grant), None)
    return names.function(grant.role, grant.desk) if grant else "–"
