"""`special-channel found`, `migrate`, `keygen`: acts on the node's own machine."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import get_args

from special_channel.cli.command import Choice, argument, command, option, required
from special_channel.cli.files import read_file, write_whole
from special_channel.cli.local import local, on_settings
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.config import Settings
from special_channel.core.audit import trust
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party, PersonRole
from special_channel.core.bytes.suites import Suite
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.root_files import PersonFile, encoded
from special_channel.stores.migrations import migrate as migrate_database
from special_channel.wiring.engines import engines, owner_of
from special_channel.wiring.founding import Founded
from special_channel.wiring.founding import found as found_party
from special_channel.wiring.founding_offline import found_signed


@command()
@option(
    "--signed", "Begin the log with this entry, signed by the root and the first persons.", "file"
)
@on_settings
def found(out: Output, settings: Settings, *, signed: Path | None) -> None:
    """Make a party's keys and start its log; it refuses if keys or a log exist.

    Print what the other side enters in its settings, and what overseers enter in trust.json.
    In earnest, the parts of the root are made elsewhere: root request party.founded draws the keys
    of this node's machines, and --signed begins the log.
    """
    if signed is None:
        founded = asyncio.run(found_party(settings))
    else:
        founded = asyncio.run(found_signed(settings, read_file(signed).strip()))
    out.document(asdict(founded))
    if not out.as_json:
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
    root = trust.RootPin(number=1, pin=founded.root)
    return trust.TrustedParty(party=founded.party, origin=founded.origin, root=root)


@command()
@on_settings
def migrate(out: Output, settings: Settings) -> None:
    """Bring the database to this program's schema; it needs the owner's address."""
    out.document({"applied": asyncio.run(_migrate(settings))})


async def _migrate(settings: Settings) -> list[str]:
    async with engines(settings) as addresses:
        return await migrate_database(owner_of(addresses))


@command()
@argument("file", "Write the key to this file, which only its owner can read.", "file")
@required("--party", "Name the holder's side.", Choice(*PARTIES))
@required("--role", "Give the holder this role.", Choice(*get_args(PersonRole)))
@option("--unit", "Name the holder's unit.")
@option("--desk", "Name the holder's desk in the charter.")
@option("--suite", "Make this kind of key.", Choice("ed25519", "es256"), default="ed25519")
@option("--founder", "Write the public half, for a founding, to this file.", "file")
@local
def keygen(  # noqa: PLR0913 - a key file
    out: Output,
    *,
    file: Path,
    party: Party,
    role: PersonRole,
    unit: str,
    desk: str,
    suite: Suite,
    founder: Path | None,
) -> None:
    """Make a key file. The key is not valid until a registrar has confirmed it."""
    if role not in {"desk", "head", "director", "oversight"} and not desk:
        desk = role
    if not desk:
        raise Malformed("desk-needed", "Name the holder's desk by --desk.")
    if founder is not None and not unit:
        raise Malformed("root-field-missing", "The act needs this option.", option="--unit")
    key = KeyFile.make(party, role, MACHINE.draw(32), suite=suite, unit=unit, desk=desk)
    key.write(file)
    if founder is not None:
        stated = PersonFile(
            v=1,
            party=party,
            role=role,
            desk=desk,
            unit=unit,
            suite=suite,
            public=key.public,
        )
        write_whole(founder, encoded(stated.model_dump(mode="json")))
    out.document({"key": key.key, "suite": suite, "public": key.public, "file": str(file)})
