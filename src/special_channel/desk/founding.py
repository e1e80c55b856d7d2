"""Found a party: draw its keys and build the first entry of its log.

No other module creates a log (rule 20). Does not open the database: the caller appends the entry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import KeyId, MachineRole, Party, PersonId
from special_channel.core.entries import RootSet
from special_channel.core.rows.directory import commitment, root_pin
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import sign
from special_channel.desk.keyfile import KeyFile

MACHINES: Final[tuple[MachineRole, ...]] = ("node", "checkpoint", "cosigning", "link")
"""Machines of a founding, each with a key of its own."""

ROOT_PARTS: Final = 3
ROOT_THRESHOLD: Final = 2
"""Parts of the first root set and of the set to which it commits, and how many of them sign."""

REGISTRAR_FILES: Final = ("registrar", "registrar-2")
"""Names of the registrars' key files, below the node's keys."""

REGISTRY: Final = ("registry", "Registry")
"""Desk and unit of the founded registrars."""


@dataclass(frozen=True, slots=True)
class PartyKeys:
    """The keys of a founding.

    Attributes:
        root: Parts of the root, in the order of key ids.
        coming: Parts of the root set that follows, kept apart from the parts in use.
        registrars: The two registrars, by pseudonym.
        machines: Keys of the node's machines.
        prepared: Keys that take the place of the checkpoint and the cosigning key, kept in a safe.
    """

    root: tuple[KeyFile, ...]
    coming: tuple[KeyFile, ...]
    registrars: dict[PersonId, KeyFile]
    machines: dict[MachineRole, KeyFile]
    prepared: dict[MachineRole, KeyFile]

    @property
    def roots(self) -> dict[str, Value]:
        """The root set, as the founding states it."""
        coming = (key.private for key in self.coming)
        return {
            "keys": [{"suite": key.private.suite, "public": key.public} for key in self.root],
            "threshold": ROOT_THRESHOLD,
            "next": sorted(commitment(key.suite, key.public) for key in coming),
            "next_threshold": ROOT_THRESHOLD,
        }

    @property
    def pin(self) -> str:
        """The digest by which readers pin the root set."""
        return root_pin(RootSet.model_validate_json(canonical.dumps(self.roots)))

    def files(self) -> Iterator[tuple[str, KeyFile]]:
        """Return each key with the name of its file."""
        for number, key in enumerate(self.root, 1):
            yield f"root-{number}", key
        for number, key in enumerate(self.coming, 1):
            yield f"root-next-{number}", key
        for name, key in zip(REGISTRAR_FILES, self.registrars.values(), strict=True):
            yield name, key
        yield from self.machines.items()
        for role, key in self.prepared.items():
            yield f"{role}-next", key


def party_keys(party: Party, origin: str, draw: Callable[[int], bytes]) -> PartyKeys:
    """Draw a party's keys; `draw` returns the requested number of random bytes."""
    desk, unit = REGISTRY
    machines, prepared = machine_keys(party, origin, draw)
    return PartyKeys(
        root=_root_parts(party, draw),
        coming=_root_parts(party, draw),
        registrars={
            draw(16).hex(): KeyFile.make(party, "registrar", draw(32), desk=desk, unit=unit)
            for _ in range(2)
        },
        machines=machines,
        prepared=prepared,
    )


def machine_keys(
    party: Party, origin: str, draw: Callable[[int], bytes]
) -> tuple[dict[MachineRole, KeyFile], dict[MachineRole, KeyFile]]:
    """Draw the keys of a node's machines, and those that follow two of them."""
    names: dict[MachineRole, str] = {"checkpoint": origin, "cosigning": cosigning_name(origin)}
    return (
        {role: KeyFile.make(party, role, draw(32), name=names.get(role, "")) for role in MACHINES},
        {role: KeyFile.make(party, role, draw(32), name=name) for role, name in names.items()},
    )


def _root_parts(party: Party, draw: Callable[[int], bytes]) -> tuple[KeyFile, ...]:
    parts = [KeyFile.make(party, "root", draw(32)) for _ in range(ROOT_PARTS)]
    return tuple(sorted(parts, key=lambda part: part.key))


def cosigning_name(origin: str) -> str:
    """Return the cosigning key's name in signed notes: `eu.channel.example/cosign`."""
    host, _, _ = origin.rpartition("/")
    return f"{host}/cosign"


def founding(keys: PartyKeys, origin: str, private_origin: str, at: str) -> Submission:
    """Build `party.founded`, signed by enough parts of the root and by both registrars."""
    desk, unit = REGISTRY
    persons: list[Value] = [
        {
            "person": person,
            "role": "registrar",
            "desk": desk,
            "unit": unit,
            "suite": key.private.suite,
            "public": key.public,
        }
        for person, key in keys.registrars.items()
    ]
    payload = founding_payload(
        Side(keys.root[0].party, origin, private_origin),
        keys.roots,
        persons,
        stated_machines(keys.machines, keys.prepared),
        by=keys.root[0].key,
        at=at,
    )
    return sign(payload, [key.signer for key in _signers(keys)])


@dataclass(frozen=True, slots=True)
class Side:
    """A party that is founded, with the origins of its shared and its private log."""

    party: Party
    origin: str
    private: str


def founding_payload(
    side: Side,
    roots: dict[str, Value],
    persons: Sequence[Value],
    machines: Sequence[Value],
    *,
    by: KeyId,
    at: str,
) -> dict[str, Value]:
    """Return the payload of `party.founded`; `by` is the part of the root that is its author."""
    return {
        "v": 1,
        "log": side.origin,
        "kind": "party.founded",
        "by": by,
        "at": at,
        "seen": [],
        "body": {
            "party": side.party,
            "private": side.private,
            "roots": roots,
            "persons": list(persons),
            "machines": list(machines),
        },
    }


def _signers(keys: PartyKeys) -> Sequence[KeyFile]:
    return (*keys.root[:ROOT_THRESHOLD], *keys.registrars.values())


def stated_machines(
    machines: Mapping[MachineRole, KeyFile], prepared: Mapping[MachineRole, KeyFile]
) -> list[Value]:
    """Return the machines as a founding states them, each with the key that follows it."""
    return [_machine(role, key, prepared.get(role)) for role, key in machines.items()]


def _machine(role: MachineRole, key: KeyFile, coming: KeyFile | None) -> dict[str, Value]:
    stated: dict[str, Value] = {"role": role, "suite": key.private.suite, "public": key.public}
    if key.name:
        stated["name"] = key.name
    if coming is not None:
        stated["next"] = commitment(coming.private.suite, coming.private.public)
    return stated
