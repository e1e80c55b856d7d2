"""`special-channel alert …`: test alert channels, make a webhook's key.

Does not send: the node does, by its settings.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from click.exceptions import Exit

from special_channel.channels.signatures import SEED_BYTES, new_key
from special_channel.cli.command import argument, group, option, repeated
from special_channel.cli.files import unwritable
from special_channel.cli.local import local
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Column, Item, Reader, label, show_rows, text
from special_channel.core.bytes.errors import Malformed
from special_channel.messages.catalogue import sentence

app = group()

EXITS: Final = {"later": 6, "refused": 4}
"""Exit code by outcome of a test, as `exits.py` has for Unavailable and NotAllowed."""

ONLY_OWNER: Final = 0o600


@app.command("test")
@repeated(
    "--channel",
    "Use this channel of the settings; repeat it for more. Without it, all are used.",
    "name",
)
@option("--to", "Send to this address of our directory; without it, to your own.", "address")
@remote
async def try_channels(call: Call, channel: tuple[str, ...], to: str) -> None:
    """Send a test through the node's alert channels and show each reply.

    Exit codes: 0 all sent, 6 one did not take it now, 4 one refused it.
    """
    request = {"channels": channel, "to": to}
    results: list[dict[str, Any]] = (await call.node.post("/api/alerts/test", request))["results"]
    show_rows(
        call, results, (text("channel"), label("outcome", "tried"), Column("said", _response))
    )
    outcomes = {one["outcome"] for one in results}
    code = next((EXITS[one] for one in ("later", "refused") if one in outcomes), 0)
    if code:
        raise Exit(code)


def _response(reader: Reader, one: Item) -> str:
    response = str(one["said"])
    if not one.get("code"):
        return response
    words = sentence(one["code"], reader.out.lang, said=response, reason=response)
    return f"{one['code']}: {words.text} {words.next_step}"


@app.command("key")
@argument("file", "Write the key to this file, which only its owner can read.", "file")
@local
def key(out: Output, file: Path) -> None:
    """Make a key that signs webhooks, and print the public key for the receiver."""
    private, public = new_key(MACHINE.draw(SEED_BYTES))
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OWNER)
    except FileExistsError as error:
        raise Malformed("key-file-exists", "The file is there already.", file=file.name) from error
    except OSError as error:
        raise unwritable(file) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as target:
        target.write(f"{private}\n")
    out.document({"public": public, "file": str(file)})
