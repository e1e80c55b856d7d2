"""Policies on the cosignatures of a checkpoint: C2SP tlog-policy.

Does not verify signatures. The rule on both sides' cosignatures is the verifier's own
(docs/formats/bundle.md, "Policy"): a policy names external witnesses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.log.note import COSIGNATURE_V1, ED25519, VerifierKey

MAX_BYTES: Final = 64 * 1024
MAX_DEFINITIONS: Final = 96
"""32 logs, 32 witnesses and 32 groups: the minimum that the standard requires."""

_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Group:
    """A group, satisfied by at least `threshold` of its members."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Known logs, witnesses by name, groups by name, and the name of the quorum."""

    logs: frozenset[VerifierKey]
    witnesses: Mapping[str, VerifierKey]
    groups: Mapping[str, Group]
    quorum: str

    def satisfied_by(self, cosigners: Iterable[VerifierKey]) -> bool:
        """Tell whether the cosigners reach the quorum."""
        present = set(cosigners)

        def witnessed(name: str) -> bool:
            if name in self.witnesses:
                return self.witnesses[name] in present
            group = self.groups[name]
            return sum(witnessed(member) for member in group.members) >= group.threshold

        return self.quorum == "none" or witnessed(self.quorum)


@dataclass(slots=True)
class _Parser:
    """State of a parser: the definitions read so far."""

    logs: list[VerifierKey] = field(default_factory=list)
    witnesses: dict[str, VerifierKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    quorum: str = ""

    def log(self, items: list[str]) -> None:
        """`log <vkey> [<url>]`."""
        _expect(1 <= len(items) <= 2)  # noqa: PLR2004 - a key and a URL
        key = _key(items[0], ED25519)
        _expect(all(key.public != other.public for other in self.logs))
        self.logs.append(key)

    def witness(self, items: list[str]) -> None:
        """`witness <name> <vkey> [<url>]`."""
        _expect(2 <= len(items) <= 3)  # noqa: PLR2004 - a name, a key and a URL
        name, key = self._new(items[0]), _key(items[1], COSIGNATURE_V1)
        _expect(all(key.public != other.public for other in self.witnesses.values()))
        self.witnesses[name] = key

    def group(self, items: list[str]) -> None:
        """`group <name> all|any|<k> <name>...`."""
        _expect(len(items) >= 3)  # noqa: PLR2004 - a name, a threshold and a member
        name, threshold, *members = items
        self._new(name)
        for member in members:
            _expect(self._known(member) and member not in self.used)
            self.used.add(member)
        named = {"any": 1, "all": len(members)}
        _expect(threshold in named or re.fullmatch("[1-9][0-9]{0,3}", threshold) is not None)
        needed = named[threshold] if threshold in named else int(threshold)
        _expect(needed <= len(members))
        self.groups[name] = Group(needed, tuple(members))

    def set_quorum(self, items: list[str]) -> None:
        """`quorum <name>|none`."""
        _expect(len(items) == 1 and not self.quorum)
        _expect(items[0] == "none" or self._known(items[0]))
        self.quorum = items[0]

    def _new(self, name: str) -> str:
        _expect(name != "none" and not self._known(name))
        _expect(len(self.witnesses) + len(self.groups) + len(self.logs) < MAX_DEFINITIONS)
        return name

    def _known(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups


def parse(text: str) -> Policy:
    """Parse a policy.

    Raises:
        Malformed: `policy-malformed`.
    """
    _expect(len(text) <= MAX_BYTES and not _CONTROLS.search(text) and text.endswith("\n"))
    parser = _Parser()
    arms: dict[str, Callable[[list[str]], None]] = {
        "log": parser.log,
        "witness": parser.witness,
        "group": parser.group,
        "quorum": parser.set_quorum,
    }
    for line in text[:-1].split("\n"):
        items = re.findall(r"[^ \t]+", line)
        if not items or items[0].startswith("#"):
            continue
        _expect(items[0] in arms)
        arms[items[0]](items[1:])
    _expect(bool(parser.quorum))
    return Policy(frozenset(parser.logs), parser.witnesses, parser.groups, parser.quorum)


def _key(text: str, algorithm: int) -> VerifierKey:
    try:
        key = VerifierKey.parse(text)
    except (Malformed, RuleBroken) as error:
        raise _malformed() from error
    _expect(key.algorithm == algorithm)
    return key


def _expect(condition: bool) -> None:  # noqa: FBT001 - reads as an assertion on input
    if not condition:
        raise _malformed()


def _malformed() -> Malformed:
    return Malformed("policy-malformed", "This is not a tlog-policy.")
