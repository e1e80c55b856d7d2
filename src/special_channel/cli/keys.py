"""`special-channel key …`: list and show keys of our side; stop, restore and revoke them.

A stop is stored at once; the others wait for a second signature. The reason stays on our side.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote

from special_channel.cli.acting import begin_act, show_act
from special_channel.cli.command import Choice, argument, misused, option, required
from special_channel.cli.list_downloads import OUT, write_list
from special_channel.cli.output import Output
from special_channel.cli.registry import KnownKey, Registry, first_since, read_registry
from special_channel.cli.remote import Call, remote
from special_channel.cli.stop_card import app
from special_channel.core.bytes.errors import NotFound
from special_channel.desk.act_words import REASONS
from special_channel.desk.payloads import Fields

__all__ = ["app"]

_SINCE: Final = option("--since", "State since when the key is in doubt: a time or a position.")
_WHOLE: Final = option("--person whole", "Name all keys of the person of this number instead.")


@app.command("list")
@remote
async def list_(call: Call) -> None:
    """List the keys of our side's persons."""
    registry = await read_registry(call.node)
    for key in registry.keys.values():
        call.out.document(_shown(call.out, registry, key))


@app.command("show")
@argument("key", "Give the key's id.")
@option(
    "--span",
    "Write only entries since the key is in doubt, or those before; with --out.",
    Choice("doubtful", "before"),
)
@option("--kind", "Write only entries of this kind, such as key.suspended; with --out.", "code")
@option("--sort", "Write the newest or the oldest first; with --out.", Choice("newest", "oldest"))
@OUT
@remote
async def show(call: Call, key: str, out: Path | None, **query: str | None) -> None:
    """Show a key of our side, or write the entries signed with it to a file."""
    chosen = {name: value for name, value in query.items() if value}
    if chosen and out is None:
        raise misused("--span, --kind and --sort need --out.")
    registry = await read_registry(call.node)
    known = registry.key(key)
    if out is not None:
        await write_list(call, f"/api/keys/{quote(known.key, safe='')}", chosen, out)
        return
    call.out.document(_shown(call.out, registry, known))


def _shown(out: Output, registry: Registry, key: KnownKey) -> dict[str, object]:
    person = registry.persons[key.person]
    state = "suspended" if key.stops or person.stops else "active"
    if key.ended:
        state = "left" if person.left and not key.revoked else "revoked"
    return {
        "key": key.key,
        "person": registry.persons[key.person].number,
        "suite": key.suite,
        "enrolled": key.position,
        "state": out.label("key-state", state),
    }


@app.command("suspend")
@argument("key", "Give the key's id.", required=False, default="")
@_WHOLE
@required("--reason", "State why; it stays on our side.", Choice(*REASONS["key.suspended"]))
@_SINCE
@remote
async def suspend(call: Call, key: str, whole: str, reason: str, since: str) -> None:
    """Stop a key, or all keys of a person, at once."""
    registry = await read_registry(call.node)
    body = _named(registry, key, whole)
    if since:
        body["since"] = await first_since(call.node, since)
    show_act(call, await begin_act(call.official, "key.suspended", {"body": body}, reason))


@app.command("restore")
@argument("key", "Give the key's id.", required=False, default="")
@_WHOLE
@required("--reason", "State why; it stays on our side.", Choice(*REASONS["key.restored"]))
@remote
async def restore(call: Call, key: str, whole: str, reason: str) -> None:
    """Begin the restoration of a key, or of all keys of a person."""
    registry = await read_registry(call.node)
    stops = (registry.person(whole) if whole else registry.key(key)).stops
    if not stops:
        raise NotFound("stop-absent", "Nothing is stopped that could be restored.")
    fields: Fields = {"ref": stops[0], "body": _named(registry, key, whole)}
    show_act(call, await begin_act(call.official, "key.restored", fields, reason))


@app.command("revoke")
@argument("key", "Give the key's id.")
@required("--reason", "State why; it stays on our side.", Choice(*REASONS["key.revoked"]))
@_SINCE
@remote
async def revoke(call: Call, key: str, reason: str, since: str) -> None:
    """Begin the revocation of a key, which is for good."""
    body = _named(await read_registry(call.node), key, "")
    if since:
        body["since"] = await first_since(call.node, since)
    show_act(call, await begin_act(call.official, "key.revoked", {"body": body}, reason))


def _named(registry: Registry, key: str, whole: str) -> Fields:
    named: Fields = (
        {"person": registry.person(whole).person} if whole else {"key": registry.key(key).key}
    )
    return named | {"reason": "stated-at-home"}
