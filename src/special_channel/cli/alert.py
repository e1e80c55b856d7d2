"""`special-channel alert …`: try the ways to people, draw a webhook's key.

Sends nothing itself: the node does, by its own settings.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from special_channel.channels.signatures import SEED_BYTES, new_key
from special_channel.cli.machine import MACHINE
from special_channel.cli.printing import READER, Output
from special_channel.cli.remote import Call, JsonOption, remote
from special_channel.cli.typed import unwritable
from special_channel.core.bytes.errors import Malformed
from special_channel.messages.catalogue import sentence

app = typer.Typer(
    help="Alerts: try each way to people, draw a webhook's key.", no_args_is_help=True
)

EXITS: Final = {"later": 6, "refused": 4}
"""As `cli/exits.py` has Unavailable and NotAllowed."""

ONLY_OWNER: Final = 0o600


@app.command("test")
@remote
async def try_channels(
    call: Call,
    *,
    channel: Annotated[
        list[str] | None,
        typer.Option(help="A channel of the settings; repeat it. Without it, all."),
    ] = None,
    to: Annotated[
        str, typer.Option(help="An address of the own directory; without it, your own.")
    ] = "",
) -> None:
    """Send a test through the node's alert channels and show what each said.

    Exit codes: 0 all sent, 6 one did not take it now, 4 one refused it.
    """
    asked = {"channels": channel or [], "to": to}
    results: list[dict[str, Any]] = (await call.node.post("/api/alerts/test", asked))["results"]
    if call.out.as_json:
        call.out.rows(results, ())
    else:
        call.out.rows([_shown(call.out, one) for one in results], ("channel", "outcome", "said"))
    outcomes = {one["outcome"] for one in results}
    code = next((EXITS[one] for one in ("later", "refused") if one in outcomes), 0)
    if code:
        raise typer.Exit(code)


def _shown(out: Output, one: dict[str, Any]) -> dict[str, Any]:
    said = one["said"]
    if one.get("code"):
        words = sentence(one["code"], out.lang, said=said, reason=said)
        said = f"{one['code']}: {words.text} {words.next_step}"
    return {**one, "outcome": out.label("tried", one["outcome"]), "said": said}


@app.command("key")
def key(
    out: Annotated[Path, typer.Argument(help="The key file to write (0600).")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Draw a key that signs webhooks, and print the half that the receiver verifies with."""
    private, public = new_key(MACHINE.draw(SEED_BYTES))
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OWNER)
    except FileExistsError as error:
        raise Malformed("key-file-exists", "The file is there already.", file=out.name) from error
    except OSError as error:
        raise unwritable(out) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{private}\n")
    Output(as_json, READER.get()).document({"public": public, "file": str(out)})
