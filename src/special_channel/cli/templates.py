"""`special-channel template …`: texts for usual questions and answers."""

from __future__ import annotations

from typing import Final, get_args
from urllib.parse import quote

from special_channel.cli import options
from special_channel.cli.command import Choice, argument, group, option
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Table, label, text, time
from special_channel.stores.templates import TemplateKind

app = group()
_PATH: Final = "/api/templates"
_TEMPLATE: Final = "Give the template, as the list names it."

Table(
    path=_PATH,
    help="List the templates of your side and of your desk, what you used last first.",
    columns=(
        text("template", "id"),
        label("kind", "template-kind"),
        text("title"),
        time("used"),
    ),
    filters=(
        option("--kind", "List only those of this kind.", Choice(*get_args(TemplateKind))),
        options.TEXT,
        option(
            "--keeper", "List only those of your desk, or of your side.", Choice("desk", "side")
        ),
        option("--sort", "List the last used first, or by name.", Choice("used", "name")),
    ),
).add_to(app, "list")


@app.command("use")
@argument("template", _TEMPLATE)
@option("--thread", "Fill in what this thread names, such as its application.", "number")
@remote
async def use_template(call: Call, template: str, *, thread: str) -> None:
    """Print a template's text in both languages; nothing is sent."""
    path = f"{_PATH}/{quote(template, safe='')}/use"
    answer = await call.node.post(path, {"thread": thread or ""})
    call.out.document(call.out.worded(answer, kind="template-kind"))


@app.command("keep")
@argument("title", "Give the template's name.")
@argument("words", "Give the text, in your side's language.")
@option("--translation", "Add the text in the other language.")
@option("--kind", "Say what it is.", Choice(*get_args(TemplateKind)), default="answer")
@remote
async def keep_template(call: Call, title: str, words: str, *, translation: str, kind: str) -> None:
    """Keep a template for your desk; it never leaves this node."""
    body = {"kind": kind, "title": title, "text": words, "translation": translation or ""}
    kept = (await call.node.post(_PATH, body))["items"]
    call.out.document({"template": [each["id"] for each in kept if each["title"] == title][-1]})


@app.command("remove")
@argument("template", _TEMPLATE)
@remote
async def remove_template(call: Call, template: str) -> None:
    """Remove a template of your desk."""
    await call.node.delete(f"{_PATH}/{quote(template, safe='')}", {})
    call.out.document({"template": template})
