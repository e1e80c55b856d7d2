"""`special-channel machine …` on the node's own machine: draw the next key, list the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from special_channel.config import Settings
from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import PARTIES, MachineRole, Party
from special_channel.core.rows.directory import KeyRow, commitment
from special_channel.desk.founding import cosigning_name
from special_channel.desk.keyfile import KeyFile
from special_channel.stores.machines import Machines
from special_channel.stores.record import open_record
from special_channel.wiring import files
from special_channel.wiring.engines import engines
from special_channel.wiring.sources import SystemRandomness

_NAME_DIGITS = 8
"""Digits of a key id in the name of its file: enough to tell a machine's few keys apart."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A key just drawn, with its file and commitment."""

    key: KeyFile
    file: Path

    @property
    def commitment(self) -> str:
        """Digest by which an earlier entry commits to the key."""
        return commitment(self.key.private.suite, self.key.private.public)


def prepare_key(settings: Settings, role: MachineRole, folder: Path | None) -> Prepared:
    """Draw a machine's next key and write its file, in the folder of keys or another one.

    Raises:
        Malformed: `key-file-exists`, `file-unwritable`, and as `files.key_file`.
    """
    party = settings.node.party
    key = KeyFile.make(party, role, SystemRandomness().bytes(32), name=_name(settings, role))
    digits = key.key.partition(":")[2][:_NAME_DIGITS]
    file = (folder or settings.node.keys) / f"{role}-{digits}.json"
    key.write(file)
    return Prepared(key, file)


def _name(settings: Settings, role: MachineRole) -> str:
    """Return the key's name in signed notes; empty for a key of another role."""
    if role == "checkpoint":
        return settings.node.origin
    if role != "cosigning":
        return ""
    try:
        return files.key_file(settings, role).name
    except NotFound:
        return cosigning_name(settings.node.origin)


async def machine_keys(settings: Settings) -> dict[Party, Sequence[KeyRow]]:
    """Read the machine keys of both sides.

    Raises:
        Unavailable: As `engines`.
    """
    async with engines(settings) as addresses, open_record(addresses.node) as record:
        machines = Machines(record.pool)
        return {party: await machines.of(party) for party in PARTIES}
