"""The demonstration's officials: invited, enrolled for the command line, given browser codes.

Uses the usual way: code, key, entry, registrar. Names stay in the side's own node.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from special_channel.cli.client import Node
from special_channel.cli.day_heads import DayHeads
from special_channel.cli.demo.folder import read_json, write_json
from special_channel.cli.demo.settings import Plan
from special_channel.cli.enrolment import redeem_code
from special_channel.cli.official import Signing, sent_entry
from special_channel.core.audit import trust
from special_channel.core.bytes.errors import NotFound
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.desk.access import Scope, access_body, granted_by_root
from special_channel.desk.founding import ROOT_THRESHOLD
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.people import Directory, Person
from special_channel.desk.people import read as read_directory
from special_channel.sample.stage import Progress


@dataclass(frozen=True, slots=True)
class Code:
    """A person's code for a browser."""

    party: Party
    person: Person
    code: str
    expires: str


def directory(plan: Plan, party: Party) -> Directory:
    """Return a side's officials."""
    return read_directory(plan.config / "directory" / f"{party}.toml")


def registrar(plan: Plan, http: aiohttp.ClientSession, party: Party) -> Node:
    """Return a node, spoken to with its registrar's key."""
    return Node(http, plan.url(party), KeyFile.read(plan.folder.registrar(party)))


def officials(plan: Plan, http: aiohttp.ClientSession, *, past: bool = False) -> dict[str, Signing]:
    """Return the demo officials with their command-line keys, by id.

    `past`: for the demonstration's past, in which officials share the day's heads.
    """
    day = DayHeads() if past else None
    trusted = trust.parse(plan.folder.trust.read_bytes())
    return {
        person.id: Signing(
            Node(http, plan.url(party), KeyFile.read(_key_file(plan, person)), now=plan.now),
            trusted,
            now=plan.now,
            day=day,
        )
        for party in PARTIES
        for person in directory(plan, party).officials
    }


async def enrol(plan: Plan, http: aiohttp.ClientSession, say: Progress) -> None:
    """Invite the officials and enrol their key files."""
    plan.folder.keys.mkdir(mode=0o700, exist_ok=True)
    await asyncio.gather(*(_enrol_side(plan, http, party) for party in PARTIES))
    names = [person.id for party in PARTIES for person in directory(plan, party).officials]
    say("%(count)s officials enrolled: %(names)s", count=len(names), names=", ".join(names))


async def _enrol_side(plan: Plan, http: aiohttp.ClientSession, party: Party) -> None:
    node = registrar(plan, http, party)
    link_to(plan.folder.registrar(party), plan.folder.keys / f"{party}-registrar.json")
    for person in directory(plan, party).officials:
        if _key_file(plan, person).exists():
            continue
        invited = await _invited(node, plan.folder.codes, person)
        # The demonstration's node signs for both registrars, so that nothing waits.
        made, _ = await redeem_code(node, str(invited["code"]))
        if person.role == "oversight":
            await _let_read(plan, Node(http, plan.url(party), made), party)
        made.write(_key_file(plan, person))


async def _let_read(plan: Plan, overseer: Node, party: Party) -> None:
    """Let the first overseer read everything, by the root: nobody else could yet grant access."""
    here = plan.folder.registrar(party).parent
    parts = [KeyFile.read(here / f"root-{n}.json").signer for n in range(1, ROOT_THRESHOLD + 1)]
    person = (await overseer.get("/api/access"))["person"]
    words = "演示" if party == "cn" else "Demonstration"
    body = access_body(person, Scope(), "2099-12-31T23:59:59Z", words, words)
    author = await Signing(overseer, now=plan.now).author(private=True)
    await overseer.post("/api/access", sent_entry(granted_by_root(author, body, parts)))


async def _invited(node: Node, codes: Path, person: Person) -> dict[str, Any]:
    """Invite a person; a person invited before an interruption gets a new code."""
    kept = read_json(codes).get(person.id)
    if kept is not None:
        return dict(await node.post("/api/enrolments/codes", {"official": kept["official"]}))
    invited = dict(await node.post("/api/enrolments/invite", _invitation(person)))
    _remember(codes, person.id, {"official": invited["official"]})
    return invited


async def browser_codes(plan: Plan, http: aiohttp.ClientSession) -> list[Code]:
    """Return a valid code per person; draw new codes for used or expired ones."""
    both = await asyncio.gather(*(_side_codes(plan, http, party) for party in PARTIES))
    return [code for side in both for code in side]


async def _side_codes(plan: Plan, http: aiohttp.ClientSession, party: Party) -> list[Code]:
    node = registrar(plan, http, party)
    found: list[Code] = []
    for person in directory(plan, party).officials:
        kept = read_json(plan.folder.codes).get(person.id)
        if kept is None:
            continue
        if not await _usable(node, str(kept.get("code", ""))):
            kept |= await node.post("/api/enrolments/codes", {"official": kept["official"]})
            _remember(plan.folder.codes, person.id, kept)
        found.append(Code(party, person, str(kept["code"]), str(kept["expires"])))
    return found


async def _usable(node: Node, code: str) -> bool:
    if not code:
        return False
    try:
        await node.open_post("/api/enrol/start", {"code": code})
    except NotFound:
        return False
    return True


def _remember(file: Path, id_: str, kept: dict[str, Any]) -> None:
    # Read again: the other side's coroutine writes the same file between two awaits.
    write_json(file, read_json(file) | {id_: kept})


def link_to(source: Path, target: Path) -> None:
    """Copy a key file, readable by the owner only."""
    if not target.exists():
        KeyFile.read(source).write(target)


def _key_file(plan: Plan, person: Person) -> Path:
    return plan.folder.keys / f"{person.id}.json"


def _invitation(person: Person) -> dict[str, object]:
    return {
        "name": person.name,
        "role": person.role,
        "unit": person.unit,
        "desk": person.desk,
        "email": person.email,
        "language": person.language,
        "channels": list(person.channels),
    }
