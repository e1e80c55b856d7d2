"""`special-channel session …`: list and end one's own sessions."""

from __future__ import annotations

from special_channel.cli.command import Count, argument, group
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Table, label, text, time

app = group()

Table(
    path="/api/sessions",
    help="List the open sessions of all your keys.",
    columns=(
        text("session", "id"),
        label("kind", "session-kind"),
        text("address"),
        time("seen"),
    ),
    items="sessions",
).add_to(app, "list")


@app.command("end")
@argument("session", "Give the session's number; 0 ends all of them.", Count())
@remote
async def end(call: Call, session: int) -> None:
    """End one of your sessions, with its live streams, or all."""
    path = f"/api/sessions/{session}/end" if session else "/api/sessions/end"
    call.out.document(await call.node.post(path, {}))
