"""`special-channel calendar-link …`: list, make and revoke one's own calendar links."""

from __future__ import annotations

from typing import Final, get_args

from special_channel.cli.command import Choice, Count, argument, group, option, repeated
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Table, label, text, time
from special_channel.stores.deadlines import FeedScope, Topic

app = group()

Table(
    path="/api/calendar-links",
    help="List your calendar links.",
    columns=(
        text("number", "id"),
        label("scope", "feed-scope"),
        label("topics", "feed-topic"),
        time("made"),
        time("used"),
    ),
    items="feeds",
).add_to(app, "list")

_TOPICS: Final = Choice(*get_args(Topic))
_SCOPES: Final = Choice(*get_args(FeedScope))


@app.command("make")
@repeated("--holds topics", "Give what the calendar holds; repeatable.", _TOPICS)
@option("--scope", "Choose your desk's questions or all of our side.", _SCOPES, default="desk")
@remote
async def make(call: Call, topics: tuple[str, ...], scope: str) -> None:
    """Make a calendar link and print its address, which is told once."""
    body = {"scope": scope, "topics": list(topics) or ["answer"]}
    call.out.document(await call.node.post("/api/calendar-links", body))


@app.command("revoke")
@argument("link", "Give the link's number.", Count())
@remote
async def revoke(call: Call, link: int) -> None:
    """Revoke one of your calendar links."""
    await call.node.post(f"/api/calendar-links/{link}/revoke", {})
    call.out.document({"number": link})
