"""`special-channel found`, `migrate`, `keygen`: what is done on the node's own machine."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer

from special_channel.cli.machine import MACHINE
from special_channel.cli.printing import READER, Output
from special_channel.cli.remote import JsonOption
from special_channel.config import Settings, load
from special_channel.core.audit import trust
from special_channel.core.bytes.errors import Malformed
from special_channel.desk.keyfile import KeyFile
from special_channel.stores.migrations import migrate as migrate_database
from special_channel.wiring.engines import engines, owner_of
from special_channel.wiring.founding import Founded
from special_channel.wiring.founding import found as found_party

ConfigOption = Annotated[
    Path, typer.Option("--config", help="The node's settings file; config/node.toml explains it.")
]


def found(*, config: ConfigOption, as_json: JsonOption = False) -> None:
    """Draw a party's keys and begin its log; refuses if keys or a log exist.

    Prints what the other side pins in its settings, and what overseers put in trust.json.
    """
    made = asyncio.run(found_party(load(config)))
    out = Output(as_json, READER.get())
    out.document(asdict(made))
    if not as_json:
        out.say(f"\n{pin_section(made)}")


def pin_section(made: Founded) -> str:
    """Write the table of the other side's settings that pins this party."""
    return (
        f"[pins.{made.party}]\n"
        f'origin = "{made.origin}"\n'
        f'root = "{made.root}"\n'
        f'link = "{made.link}"\n'
    )


def trusted(made: Founded) -> trust.TrustedParty:
    """Return the party's part of a trust file."""
    return trust.TrustedParty(
        party=made.party,
        origin=made.origin,
        root_key=made.root_key,
        checkpoint_vkey=made.checkpoint_vkey,
        cosign_vkey=made.cosign_vkey,
    )


def migrate(*, config: ConfigOption, as_json: JsonOption = False) -> None:
    """Bring the database to this program's schema; needs the owner's address."""
    applied = asyncio.run(_migrate(load(config)))
    Output(as_json, READER.get()).document({"applied": applied})


async def _migrate(settings: Settings) -> list[str]:
    async with engines(settings) as addresses:
        return await migrate_database(owner_of(addresses))


def keygen(  # noqa: PLR0913 - a key file
    out: Annotated[Path, typer.Argument(help="The key file to write (0600).")],
    *,
    party: Annotated[Literal["eu", "cn"], typer.Option(help="Whose key.")],
    role: Annotated[
        Literal["desk", "head", "director", "oversight", "registrar", "link", "witness"],
        typer.Option(help="What its holder is."),
    ],
    unit: Annotated[str, typer.Option(help="The holder's unit.")] = "",
    desk: Annotated[str, typer.Option(help="The holder's desk in the charter.")] = "",
    suite: Annotated[Literal["ed25519", "es256"], typer.Option(help="Kind of key.")] = "ed25519",
    as_json: JsonOption = False,
) -> None:
    """Make a key file. It counts for nothing until a registrar has enrolled the key."""
    if role not in {"desk", "head", "director", "oversight"} and not desk:
        desk = role
    if not desk:
        raise Malformed("desk-needed", "Name the holder's desk by --desk.")
    made = KeyFile.make(party, role, MACHINE.draw(32), suite=suite, unit=unit, desk=desk)
    made.write(out)
    Output(as_json, READER.get()).document(
        {"key": made.key, "suite": suite, "public": made.public, "file": str(out)}
    )
