"""Identifiers: parties, roles, logs, positions, entries, keys, dates.

Does not draw ids: randomness is an argument, from `wiring/` alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from special_channel.core.bytes.errors import Malformed

Party = Literal["eu", "cn"]
PARTIES: Final[tuple[Party, Party]] = ("eu", "cn")

PersonRole = Literal["desk", "head", "director", "oversight", "registrar"]
MachineRole = Literal["node", "checkpoint", "cosigning", "link", "service"]
Role = Literal[
    "root",
    "desk",
    "head",
    "director",
    "oversight",
    "registrar",
    "node",
    "checkpoint",
    "cosigning",
    "link",
    "service",
]
"""Roles of keys: of persons, of machines, and both with the parts of the root."""

PersonId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""Pseudonym of a person, random, drawn by the own node and never used again."""

GrantNumber = Annotated[int, Field(ge=1, le=999)]
"""Number of a person's grant, counted from 1."""

EntryId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""Lower-case hex SHA-256 of the DSSE PAE of an entry's payload."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""Lower-case hex SHA-256; the field names the hashed object."""

ThreadId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""Random, drawn by the opener of the thread."""

KeyId = Annotated[str, StringConstraints(pattern=r"^(eu|cn):[0-9a-f]{32}$")]
"""`party ":" hex(SHA-256(suite || 0x00 || public key))[:32]`."""

Origin = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.:/-]{2,127}$")]
"""A log's origin line, such as `eu.channel.example/log`."""


# Cached: entries of one commit share few timestamps.
@lru_cache(maxsize=1024)
def _in_calendar(text: str) -> str:
    """Refuse 30 February and the year 0: later code computes with the date."""
    datetime.fromisoformat(text)
    return text


Timestamp = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
        r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"
    ),
    AfterValidator(_in_calendar),
]
"""UTC, whole seconds: `YYYY-MM-DDThh:mm:ssZ`. Compares as text in the order of time."""

Date = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
    AfterValidator(_in_calendar),
]
"""A day, `YYYY-MM-DD`, in the time zone of the stating side."""

QuestionNumber = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}$")]
"""A question's number within its note, `1` for Q1."""

_POSITION: Final = re.compile(r"(EU|CN)-([1-9][0-9]{0,17}|0)")


def peer_of(party: Party) -> Party:
    """Return the other party."""
    return "cn" if party == "eu" else "eu"


def party_of(key: KeyId) -> Party:
    """Return the party that owns a key."""
    return "eu" if key.startswith("eu:") else "cn"


def private_number(party: Party, index: int) -> str:
    """Return the number of an entry in a party's private log, as pages show it: `EU-P-12`."""
    return f"{party.upper()}-P-{index}"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """The position of an entry: a log, and an index counted from 0.

    Shown as `EU-877`, the entry's permanent registration number.
    """

    party: Party
    index: int

    def __str__(self) -> str:
        return f"{self.party.upper()}-{self.index}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Parse a position such as `EU-877`.

        Raises:
            Malformed: `position-malformed`.
        """
        match = _POSITION.fullmatch(text)
        if not match:
            raise Malformed("position-malformed", "A position looks like EU-877.")
        return cls("eu" if match[1] == "EU" else "cn", int(match[2]))
