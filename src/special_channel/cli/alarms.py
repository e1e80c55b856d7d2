"""`special-channel alarm …`: list and take alarms about acts on people."""

from __future__ import annotations

from urllib.parse import quote

from special_channel.cli.command import Choice, argument, group, option
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Table, text, time

app = group()

Table(
    path="/api/alarms",
    help="List alarms about acts on people that nobody has taken.",
    items="alarms",
    filters=(
        option("--text", "List only alarms with this in their words or entry."),
        option(
            "--who",
            "List only alarms that you may look into, or that others have to.",
            Choice("mine", "others"),
        ),
        option("--sort", "List the oldest or the newest first.", Choice("oldest", "newest")),
    ),
    columns=(
        text("number", "id"),
        time("time", "at"),
        text("entry", "position"),
        text("alarm", "words"),
    ),
    in_language=True,
).add_to(app, "list")


@app.command("take")
@argument("number", "Give the alarm's number in the list.")
@remote
async def take(call: Call, number: str) -> None:
    """State that you have looked into an alarm, as a person who may take it."""
    await call.node.post(f"/api/alarms/{quote(number, safe='')}", {})
    call.out.document({"number": number})
