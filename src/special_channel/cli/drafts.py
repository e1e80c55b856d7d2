"""`special-channel draft …`: list and discard what one has written on the pages and not sent."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from special_channel.cli import options
from special_channel.cli.command import Choice, Count, argument, group, option
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Column, Table, label, text, time
from special_channel.core.bytes.errors import NotFound
from special_channel.web.drafts.views import FORMS

app = group()
_PATH: Final = "/api/drafts"

Table(
    path=_PATH,
    help="List your drafts, the newest first.",
    columns=(
        text("draft", "version"),
        label("form", "draft-form"),
        text("number"),
        text("answers"),
        Column("words", lambda _, item: item.get("words", {}).get("text", "")),
        time("saved", "at"),
        text("held"),
    ),
    filters=(
        option("--form", "List only drafts of this form.", Choice(*FORMS)),
        options.TEXT,
        options.OLDEST,
    ),
).add_to(app, "list")


@app.command("discard")
@argument("draft", "Give the draft's number in the list; saved again, it has another one.", Count())
@remote
async def discard(call: Call, draft: int) -> None:
    """Discard one of your drafts; its text can't be brought back."""
    listed = (await call.node.get(_PATH))["items"]
    names = [item["name"] for item in listed if item["version"] == draft]
    if not names:
        raise NotFound("draft-unknown", "There is no such draft of yours.")
    await call.node.delete(f"{_PATH}/{quote(names[0], safe='')}", {"version": draft})
    call.out.document({"draft": draft})
