"""`special-channel found`, `migrate`, `keygen`: acts on the node's own machine."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path

from special_channel.cli import options
from special_channel.cli.command import Choice, argument, command, option, required
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.cli.printing import READER
from special_channel.config import Settings, load
from special_channel.core.audit import trust
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.suites import Suite
from special_channel.core.entries import Role
from special_channel.desk.keyfile import KeyFile
from special_channel.stores.migrations import migrate as migrate_database
from special_channel.wiring.engines import engines, owner_of
from special_channel.wiring.founding import Founded
from special_channel.wiring.founding import found as found_party


@command()
@options.CONFIG
@options.JSON
def found(*, config: Path, as_json: bool) -> None:
    """Make a party's keys and start its log; refuses if keys or a log exist.

    Prints what the other side enters in its settings, and what overseers enter in trust.json.
    """
    founded = asyncio.run(found_party(load(config)))
    out = Output(as_json, READER.get())
    out.document(asdict(founded))
    if not as_json:
        out.say(f"\n{pin_section(founded)}")


def pin_section(founded: Founded) -> str:
    """Format the table of the other side's settings with the pins of a party."""
    return (
        f"[pins.{founded.party}]\n"
        f'origin = "{founded.origin}"\n'
        f'root = "{founded.root}"\n'
        f'link = "{founded.link}"\n'
    )


def trusted(founded: Founded) -> trust.TrustedParty:
    """Return the party's part of a trust file."""
    return trust.TrustedParty(
        party=founded.party,
        origin=founded.origin,
        root_key=founded.root_key,
        checkpoint_vkey=founded.checkpoint_vkey,
        cosign_vkey=founded.cosign_vkey,
    )


@command()
@options.CONFIG
@options.JSON
def migrate(*, config: Path, as_json: bool) -> None:
    """Bring the database to this program's schema; needs the owner's address."""
    applied = asyncio.run(_migrate(load(config)))
    Output(as_json, READER.get()).document({"applied": applied})


async def _migrate(settings: Settings) -> list[str]:
    async with engines(settings) as addresses:
        return await migrate_database(owner_of(addresses))


@command()
@argument("out", "The key file to write (0600).", "file")
@required("--party", "Whose key.", Choice("eu", "cn"))
@required(
    "--role",
    "Role of the holder.",
    Choice("desk", "head", "director", "oversight", "registrar", "link", "witness"),
)
@option("--unit", "The holder's unit.")
@option("--desk", "The holder's desk in the charter.")
@option("--suite", "Kind of key.", Choice("ed25519", "es256"), default="ed25519")
@options.JSON
def keygen(  # noqa: PLR0913 - a key file
    *, out: Path, party: Party, role: Role, unit: str, desk: str, suite: Suite, as_json: bool
) -> None:
    """Make a key file. The key is not valid until a registrar has confirmed it."""
    if role not in {"desk", "head", "director", "oversight"} and not desk:
        desk = role
    if not desk:
        raise Malformed("desk-needed", "Name the holder's desk by --desk.")
    key = KeyFile.make(party, role, MACHINE.draw(32), suite=suite, unit=unit, desk=desk)
    key.write(out)
    Output(as_json, READER.get()).document(
        {"key": key.key, "suite": suite, "public": key.public, "file": str(out)}
    )
