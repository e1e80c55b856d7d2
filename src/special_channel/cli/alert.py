"""`special-channel alert …`: list alerts, test alert channels, make a webhook's key.

Does not send: the node does, by its settings.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, get_args

from click.exceptions import Exit

from special_channel.channels.signatures import SEED_BYTES, new_key
from special_channel.cli.command import Choice, argument, group, option, repeated
from special_channel.cli.files import unwritable
from special_channel.cli.local import local
from special_channel.cli.machine import MACHINE
from special_channel.cli.options import OLDEST, SINCE, UNTIL
from special_channel.cli.output import Output
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Column, Item, Reader, Table, label, show_rows, text, time
from special_channel.core.bytes.errors import Malformed
from special_channel.messages.catalogue import catalogue, sentence
from special_channel.stores.outbox import AlertState
from special_channel.web.alerts.views import WARNING_STEPS

app = group()

EXITS: Final = {"later": 6, "refused": 4}
"""Exit code by outcome of a test, as `exits.py` has for Unavailable and NotAllowed."""

ONLY_OWNER: Final = 0o600


def _what(reader: Reader, item: Item) -> str:
    """Say what an alert is, as the page does."""
    t = catalogue(reader.out.lang)
    if item["kind"] == "digest":
        one, many = "%(num)s question in one message", "%(num)s questions in one message"
        return t.ngettext(one, many, len(item["listed"]))
    if item["kind"] == "warning":
        words = "Warning before the date: %(share)s%% of the time has passed"
        return t.gettext(words, share=item["step"] - WARNING_STEPS)
    title = item.get("title") or {"en": "", "zh": ""}
    office = title["zh" if reader.out.lang == "zh-CN" else "en"]
    return t.gettext("Step %(number)s: %(office)s", number=item["step"], office=office)


Table(
    path="/api/alerts",
    help="List alerts that this node made for our own people, the newest first.",
    columns=(
        time("made", "made_at"),
        Column("question", lambda _, item: item["number"] or item["listed"]),
        Column("alert", _what),
        label("role", "role"),
        text("recipient", "name"),
        label("channel", "channel"),
        label("state", "alert-state"),
        Column("taken_over_by", lambda _, item: [name for name, _ in item["acknowledged"]]),
    ),
    filters=(
        option("--show", "List alerts to all, or to you.", Choice("all", "mine")),
        option(
            "--state",
            "List only alerts in this state.",
            Choice(*get_args(AlertState)),
        ),
        SINCE,
        UNTIL,
        OLDEST,
        option("--before", "List only those made before this instant.", "text"),
        option("--after", "List only those made after this instant.", "text"),
    ),
).add_to(app, "list")


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
