"""`special-channel view …`: the caller's saved views of threads, applications and search."""

from __future__ import annotations

from typing import Final

from special_channel.cli.client import Node
from special_channel.cli.command import Choice, argument, flag, group
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Table, texts
from special_channel.core.bytes.errors import NotFound
from special_channel.stores.saved_views import VIEWED_LISTS

app = group()
_LIST: Final = argument("number", "Give the list.", Choice(*VIEWED_LISTS))
_OF: Final = argument("list_", "Give the list.", Choice(*VIEWED_LISTS))
_NAME: Final = "Give the view's name."
_PATH: Final = "/api/views/"


Table(
    path=f"{_PATH}{{number}}",
    help="List your saved views of a list.",
    columns=texts("name", "query"),
    filters=(_LIST,),
).add_to(app, "list")


@app.command("save")
@_OF
@argument("name", _NAME)
@argument("query", "Give filters, order and columns as the page's address has them.")
@flag("--replace", "Replace a view of this name.")
@remote
async def save_view(call: Call, list_: str, name: str, query: str, *, replace: bool) -> None:
    """Save a view of a list under a name."""
    body = {"name": name, "query": query, "replace": replace}
    await call.node.post(f"{_PATH}{list_}", body)
    call.out.document({"saved": " ".join(name.split())})


@app.command("rename")
@_OF
@argument("name", _NAME)
@argument("new", "Give the new name.")
@remote
async def rename_view(call: Call, list_: str, name: str, new: str) -> None:
    """Rename a saved view."""
    await call.node.post(await _path(call.node, list_, name), {"name": new})
    call.out.document({"saved": " ".join(new.split())})


@app.command("remove")
@_OF
@argument("name", _NAME)
@remote
async def remove_view(call: Call, list_: str, name: str) -> None:
    """Remove a saved view."""
    await call.node.delete(await _path(call.node, list_, name), {})
    call.out.document({"removed": name})


async def _path(node: Node, list_: str, name: str) -> str:
    """Look up the address of a view by its name.

    Raises:
        NotFound: `view-unknown`.
    """
    items = (await node.get(f"{_PATH}{list_}"))["items"]
    found = next((each["id"] for each in items if each["name"] == name), None)
    if found is None:
        raise NotFound("view-unknown", "There is no such saved view.")
    return f"{_PATH}{list_}/{found}"
