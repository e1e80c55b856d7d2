"""`special-channel check`, `repair`, `rebuild`, `resume`: a node's database, without its node."""

# Not through the node: the answer must not depend on the process whose data is in question, and
# the node may not start. `repair` takes the database owner's role: the node's own can't change
# the record.

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from click.exceptions import Exit

from special_channel.cli.command import command, flag, option
from special_channel.cli.exits import exit_code
from special_channel.cli.files import read_file
from special_channel.cli.local import on_settings
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.cli.printing import print_line
from special_channel.config import Settings
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError, Corrupt
from special_channel.core.entries import parse
from special_channel.core.log.leaf import Leaf
from special_channel.ports.damage import Damage
from special_channel.stores.disowning import Disowned
from special_channel.web.shared.capitals import moment
from special_channel.wiring.checking import check_record
from special_channel.wiring.rebuilding import rebuild_views
from special_channel.wiring.repairing import repair_record
from special_channel.wiring.resuming import adopt_tail, resume_mirror, set_aside, show_aside

_ASIDE: Final = ("position", "kind", "id", "by", "accepted", "restored_by", "note")

DAMAGED: Final = exit_code(Corrupt("record-damaged", place=""))


@command()
@on_settings
def check(out: Output, settings: Settings) -> None:
    """Check a node's database: logs, signed trees, texts and views; name what is damaged.

    It looks at everything at once, as the running node does slowly. Stop a node with embedded
    servers first; next to another it may run at any time.

    Exit codes: 0 nothing is damaged, 8 something is.
    """
    outcome = asyncio.run(check_record(settings))
    damaged, passed = outcome.checked.damaged, outcome.state.passed
    last = passed.isoformat() if passed else None
    if passed and not out.as_json:
        last = moment(passed, settings.node.party, out.lang, MACHINE.now())
    out.document({"entries": outcome.checked.entries, "damaged": _listed(damaged), "passed": last})
    if not out.as_json:
        for one in damaged:
            print_line(f"{one.name}{out.label('damage', 'colon')}{words(out, one)}")
    if damaged:
        raise Exit(DAMAGED)


@command()
@on_settings
def repair(out: Output, settings: Settings) -> None:
    """Repair what is damaged in a node's database; stop the node first.

    Damaged entries come from the other side's node and are proven against the root that was signed
    before they are written; views are made again. What an order erased stays erased. Needs the
    database owner's address. What was put right is recorded in the private log.

    Exit codes: 0 nothing is damaged any more, 8 something still is.
    """
    outcome = asyncio.run(repair_record(settings))
    out.document({"repaired": _listed(outcome.repaired), "damaged": _listed(outcome.left)})
    if not out.as_json:
        for damage in outcome.left:
            why = out.label("repair", "private" if damage.area == "private" else "other")
            print_line(f"{damage.name}{out.label('damage', 'colon')}{words(out, damage)} {why}")
    if outcome.left:
        raise Exit(DAMAGED)


def words(out: Output, damage: Damage) -> str:
    """Return the label of a damage, in the reader's language."""
    return out.label("damage", damage.what)


def _listed(damaged: Iterable[Damage]) -> list[dict[str, Any]]:
    return [{"place": one.name, "what": one.what, "part": one.place} for one in damaged]


@command()
@on_settings
def rebuild(out: Output, settings: Settings) -> None:
    """Delete a node's views and rebuild them from its logs; stop the node first."""
    out.document(asdict(asyncio.run(rebuild_views(settings))))


@command()
@flag("--adopt", "Take over entries of our own log that somebody made with a copy of our key.")
@option(
    "--restored",
    "Set aside the end of the other side's log that this entry, signed by its root, declares void.",
    "file",
)
@flag("--show", "Show what was set aside of the other side's log; change nothing.")
@on_settings
def resume(
    out: Output, settings: Settings, *, adopt: bool, restored: Path | None, show: bool
) -> None:
    """Continue copying the other side's log after both sides have found the cause of a fault.

    A node with embedded servers is stopped first; another sees it at its next look.

    With --adopt our own log continues after own-key-forged: the forged entries stay in it without
    effect. Name a new checkpoint key at once.

    With --restored the mirror continues from the size that the other side's root declared, after a
    fork; what is beyond is kept as evidence. Needs the database owner's address; stop the node
    first.
    """
    if show:
        out.rows([_aside(each) for each in asyncio.run(show_aside(settings))], _ASIDE)
        return
    if restored is not None:
        out.document(asdict(asyncio.run(set_aside(settings, read_file(restored).strip()))))
        return
    work = adopt_tail if adopt else resume_mirror
    out.document({"stopped": asyncio.run(work(settings))})


def _aside(one: Disowned) -> dict[str, Any]:
    """Return an entry that was set aside: what its line says, its author, and its note."""
    leaf = Leaf.parse(one.leaf)
    return {
        "position": str(one.position),
        "kind": leaf.kind,
        "id": leaf.id,
        "by": _author(one.envelope),
        "accepted": leaf.accepted,
        "restored_by": one.by,
        "note": one.note,
    }


def _author(envelope: bytes) -> str:
    """Return who an envelope names as its author; empty if it did not come or can't be read."""
    try:
        return parse(dsse.decode(envelope).payload).by
    except ChannelError:
        return ""  # a mirror stores what is malformed as well, without effect
