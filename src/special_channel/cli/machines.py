"""`special-channel machine …`: keys of the node's machines, on the node's own machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from special_channel.cli.command import Choice, argument, group, option
from special_channel.cli.local import on_settings
from special_channel.cli.output import Output
from special_channel.config import Settings
from special_channel.core.bytes.ids import MachineRole, Party, Position
from special_channel.core.rows.directory import KeyRow
from special_channel.wiring.machines import machine_keys, prepare_key

app = group()

ROLES: Final = ("node", "checkpoint", "cosigning", "link")
"""Machines with a key file on the node's machine."""

_COLUMNS: Final = ("side", "role", "key", "from", "until", "state")


@app.command("prepare")
@argument("role", "Draw a key for this machine.", Choice(*ROLES))
@option(
    "--out folder",
    "Write the key's file into this folder; without it, to the node's keys.",
    "folder",
)
@on_settings
def prepare(out: Output, settings: Settings, *, role: MachineRole, folder: Path | None) -> None:
    """Draw a machine's next key, write its file, and print its commitment.

    Keep the file in a safe until the key is needed. The entry that names the key before it states
    the commitment.
    """
    made = prepare_key(settings, role, folder)
    key = made.key
    shown = {
        "role": role,
        "key": key.key,
        "suite": key.private.suite,
        "public": key.public,
        "name": key.name,
        "commitment": made.commitment,
        "file": str(made.file),
    }
    out.document(out.worded(shown, role="role"))


@app.command("list")
@on_settings
def list_keys(out: Output, settings: Settings) -> None:
    """List the keys of both sides' machines, and since when each is in use.

    A checkpoint or cosigning key ends with the entry that names the next one.
    """
    found = asyncio.run(machine_keys(settings))
    rows = [out.worded(row, side="side", role="role", state="key-state") for row in _rows(found)]
    out.rows(rows, _COLUMNS)


def _rows(found: Mapping[Party, Sequence[KeyRow]]) -> Iterator[dict[str, Any]]:
    for party, keys in found.items():
        for key in keys:
            yield {
                "side": party,
                "role": key.machine,
                "key": key.key,
                "from": str(Position(party, key.enrolled)),
                "until": "" if key.ended is None else str(Position(party, key.ended)),
                "state": key.now,
            }
