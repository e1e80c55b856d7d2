"""`special-channel check` and `repair`: is the database what was signed, and make it so again.

Both work on the database and not through the node: their answer must not depend on the process
whose data is in question, and they must work where the node does not start. `repair` takes the role
of the database's owner, since the node's own can't change the record.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import typer

from special_channel.cli.exits import exit_code
from special_channel.cli.party import ConfigOption
from special_channel.cli.printing import READER, Output, print_line
from special_channel.cli.remote import JsonOption
from special_channel.config import load
from special_channel.core.bytes.errors import Corrupt
from special_channel.ports.damage import Damage
from special_channel.wiring.checking import CheckOutcome, check_record
from special_channel.wiring.repairing import repair_record

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


def repair(*, config: ConfigOption, as_json: JsonOption = False) -> None:
    """Put right what is damaged in a node's database; stop the node first.

    Damaged entries come from the other side's node and are proven against the root that was signed
    before they are written; views are made again. What an order erased stays erased. Needs the
    database owner's address. What was put right is recorded in the private log.

    Exit codes: 0 nothing is damaged any more, 8 something still is.
    """
    out = Output(as_json, READER.get())
    done = asyncio.run(repair_record(load(config)))
    out.document({"repaired": _listed(done.repaired), "damaged": _listed(done.left)})
    if not as_json:
        for damage in done.left:
            why = out.label("repair", "private" if damage.area == "private" else "other")
            print_line(f"{damage.name}{out.label('damage', 'colon')}{words(out, damage)} {why}")
    if done.left:
        raise typer.Exit(DAMAGED)


def words(out: Output, damage: Damage) -> str:
    """Return what is damaged at a place, in the reader's language."""
    return out.label("damage", damage.what)


def _summary(look: CheckOutcome) -> dict[str, Any]:
    passed = look.state.passed.isoformat() if look.state.passed else None
    return {
        "entries": look.checked.entries,
        "damaged": _listed(look.checked.damaged),
        "passed": passed,
    }


def _listed(damaged: Iterable[Damage]) -> list[dict[str, Any]]:
    return [{"place": one.name, "what": one.what, "part": one.place} for one in damaged]
