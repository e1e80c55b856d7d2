"""`special-channel root request` and `submit`: acts of the root at the node's machine.

Does not sign in the root's name: `roots.py` does, elsewhere.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final, get_args

from special_channel.cli.command import (
    Choice,
    Count,
    Decorator,
    Work,
    argument,
    command,
    option,
    repeated,
    required,
    stacked,
)
from special_channel.cli.files import read_file, write_whole
from special_channel.cli.local import on_settings
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.cli.roots import show
from special_channel.config import Settings
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PersonRole
from special_channel.core.bytes.suites import Suite
from special_channel.desk import root_files
from special_channel.desk.root_files import Request
from special_channel.desk.root_payloads import ACTS, Given
from special_channel.wiring.founding_offline import founding_request
from special_channel.wiring.root_acts import root_request
from special_channel.wiring.root_acts import submit as submit_act

_MACHINES: Final = ("node", "link", "checkpoint", "cosigning", "service")
_FIELDS: Final[tuple[Decorator, ...]] = (
    option("--person", "Name the person by pseudonym; a new one is drawn for a first function."),
    option("--grant", "Give the number of the function that ends."),
    option("--role", "Give this role to the person or machine.", Choice(
        *get_args(PersonRole), *_MACHINES
    )),
    option("--desk", "Name the desk of the person or service in the charter."),
    option("--unit", "Name the person's unit."),
    option("--until", "End the function or the access at this time.", "time"),
    option("--for", "Name the absent person in whose place this person acts."),
    repeated("--keys", "Let this key of the person use the function; repeat it.", "text"),
    option("--key", "Name the key that is revoked, or the service that may read."),
    option("--suite", "Name the kind of the new key.", Choice(*get_args(Suite))),
    option("--public", "Give the new public key, as keygen prints it."),
    option("--rp", "Name the relying party of an authenticator's key."),
    option("--name", "Give the name of a checkpoint or cosigning key in signed notes."),
    option("--next", "Commit to the machine's key that follows, by its digest."),
    option("--owner", "Name the person who answers for a service, by pseudonym."),
    repeated("--kinds", "Let a service write this kind of entry; repeat it.", "text"),
    option("--entry", "Name the suspension that is lifted, or the access that ends.", "number"),
    option("--reason", "Give the reason, by the word of docs/formats/kinds.md.", "code"),
    option("--since", "Declare doubt from this entry of our log on.", Count(0)),
    option("--size", "Let the log continue with this number of entries.", Count(0)),
    repeated("--thread", "Let this thread only be read; repeat it for more.", "number"),
    repeated("--batch", "Let this list only be read; repeat it for more.", "number"),
    option("--from", "Let entries from this day on only be read; needs --to.", "date"),
    option("--to", "Let entries up to this day only be read; needs --from.", "date"),
    option("--purpose", "State the purpose of the access."),
    option("--order", "Name the written order by which access is granted."),
    option("--roots", "Bring the parts of this set (…-set.json) into use.", "file"),
    option("--following", "Commit to the set that follows (…-commitments.json).", "file"),
    repeated("--founder", "Found with this person (keygen --founder); repeat it.", "file"),
)  # fmt: skip
"""Fields of all acts; each act has some of them."""


def _with_fields(work: Work) -> Work:
    return stacked(work, _FIELDS)


@command()
@argument("act", "Name the act by the kind of its entry.", Choice("party.founded", *ACTS))
@required("--out target", "Write the request to this file.", "file")
@option("--by", "Name the part that signs for certain; without it, the first of the set.")
@_with_fields
@on_settings
def request(
    out: Output,
    settings: Settings,
    *,
    act: str,
    target: Path,
    by: str,
    **given: Any,  # noqa: ANN401 - click's values
) -> None:
    """Write an act for the root to sign: its exact bytes, and its words in both languages.

    It reads this node's record. Carry the file to the machines of the parts' holders, who sign it
    with root sign. A founding has no record yet: it draws the keys of the node's machines.
    """
    if act == "party.founded":
        made = _founding(settings, given, by)
        write_whole(target, made.encode())
        show(out, made, file=str(target))
        return
    if given.pop("founder"):
        raise Malformed("root-field-unfit", "The act has no such field.", option="--founder")
    if act == "role.granted" and not given.get("person"):
        given["person"] = MACHINE.draw(16).hex()
    made = asyncio.run(root_request(settings, act, _given(given), by))
    write_whole(target, made.encode())
    show(out, made, file=str(target))


def _founding(settings: Settings, given: dict[str, Any], by: str) -> Request:
    """Build the request of a founding from its public files.

    Raises:
        Malformed: `root-field-missing`, `root-field-unfit`; as `founding_request`.
    """
    files = {name: given.pop(name) for name in ("roots", "following", "founder")}
    for name, file in files.items():
        if not file:
            raise Malformed("root-field-missing", "The act needs this option.", option=f"--{name}")
    unfit = sorted(name for name, value in given.items() if value not in ("", None, (), []))
    if unfit:
        raise Malformed("root-field-unfit", "The act has no such field.", option=f"--{unfit[0]}")
    return founding_request(
        settings,
        root_files.parse_set(read_file(files["roots"])),
        root_files.parse_commitments(read_file(files["following"])),
        [root_files.parse_person(read_file(each)) for each in files["founder"]],
        by,
    )


def _given(given: dict[str, Any]) -> Given:
    roots, following = given.pop("roots"), given.pop("following")
    return Given(
        keys=given.pop("keys"),
        kinds=given.pop("kinds"),
        thread=given.pop("thread"),
        batch=given.pop("batch"),
        since=given.pop("since"),
        size=given.pop("size"),
        roots=root_files.parse_set(read_file(roots)) if roots else None,
        following=root_files.parse_commitments(read_file(following)) if following else None,
        texts={name: value or "" for name, value in given.items()},
    )


@command()
@argument("file", "Append this signed act.", "file")
@on_settings
def submit(out: Output, settings: Settings, *, file: Path) -> None:
    """Append an act that the root has signed; it runs on the node's own machine alone.

    The act counts from then on; the other side's node reads it like any entry.
    """
    accepted = asyncio.run(submit_act(settings, read_file(file).strip()))
    out.document({"position": accepted.number})
