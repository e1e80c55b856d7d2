"""`special-channel preference …`: how the caller's pages look and act."""

from __future__ import annotations

from special_channel.cli.command import Choice, group, option
from special_channel.cli.output import Output
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Item
from special_channel.messages.catalogue import LANGS
from special_channel.stores.people import TEXT_VIEWS

app = group()


@app.command("show")
@remote
async def show_preferences(call: Call) -> None:
    """Show how your pages look and act."""
    call.out.document(_worded(call.out, await call.node.get("/api/preferences")))


@app.command("set")
@option("--language", "Show pages in this language, unless a browser has its own.", Choice(*LANGS))
@option("--text-view", "Show texts of threads so.", Choice(*TEXT_VIEWS))
@option("--rows", "Show rows of lists so.", Choice("wide", "close"))
@option("--shortcuts", "Turn single-key shortcuts on or off.", Choice("on", "off"))
@option(
    "--possible-questions",
    "Show, beside the other side's statements, what its law leaves to be asked.",
    Choice("on", "off"),
)
@remote
async def set_preferences(
    call: Call, language: str, text_view: str, rows: str, shortcuts: str, possible_questions: str
) -> None:
    """Set how your pages look and act; what is left out stays."""
    chosen = await call.node.get("/api/preferences")
    if language:
        chosen["language"] = language
    if text_view:
        chosen["text_view"] = text_view
    if rows:
        chosen["dense"] = rows == "close"
    if shortcuts:
        chosen["shortcuts"] = shortcuts == "on"
    if possible_questions:
        chosen["possible_questions"] = possible_questions == "on"
    call.out.document(_worded(call.out, await call.node.post("/api/preferences", chosen)))


def _worded(out: Output, answer: Item) -> Item:
    """Return preferences in words for people."""
    return answer if out.as_json else out.worded(answer, language="pages-in", text_view="view")
