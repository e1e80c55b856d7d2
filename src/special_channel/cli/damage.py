"""`special-channel check`: compare what is stored with what was signed, at once.

Works on the database and not through the node: its answer must not depend on the process whose
data is in question, and it must work where the node does not start.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import typer

from special_channel.cli.exits import exit_code
from special_channel.cli.party import ConfigOption
from special_channel.cli.printing import READER, Output, print_line
from special_channel.cli.remote import JsonOption
from special_channel.config import load
from special_channel.core.errors import Corrupt
from special_channel.ports.damage import Damage
from special_channel.wiring.checking import Look, check_record

DAMAGED: Final = exit_code(Corrupt("record-damaged", place=""))


def check(*, config: ConfigOption, as_json: JsonOption = False) -> None:
    """Check a node's database: logs, signed trees, texts and views; name what is damaged.

    Looks at everything at once, as the running node does slowly. A node with embedded servers is
    stopped first; beside another it may run at any time.

    Exit codes: 0 nothing is damaged, 8 something is.
    """
    out = Output(as_json, READER.get())
    look = asyncio.run(check_record(load(config)))
    out.document(_summary(look))
    if not as_json:
        for damage in look.checked.damaged:
            print_line(f"{damage.name}{out.label('damage', 'colon')}{words(out, damage)}")
    if look.checked.damaged:
        raise typer.Exit(DAMAGED)


def words(out: Output, damage: Damage) -> str:
    """Return what is damaged at a place, in the reader's language."""
    return out.label("damage", damage.what)


def _summary(look: Look) -> dict[str, Any]:
    damaged = [
        {"place": one.name, "what": one.what, "part": one.place} for one in look.checked.damaged
    ]
    passed = look.state.passed.isoformat() if look.state.passed else None
    return {
        "entries": look.checked.entries,
        "damaged": damaged,
        "passed": passed,
    }
