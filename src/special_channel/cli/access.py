"""`special-channel access …`: list, grant, sign, refuse, take back, end.

Two overseers grant access on a written order; the root does by `root request`. Does not judge: the
node does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from special_channel.cli.acting import act_of, close_act, post_act, show_act, sign_act
from special_channel.cli.command import Choice, argument, group, option, repeated, required
from special_channel.cli.list_downloads import OUT, write_list
from special_channel.cli.official import sent_entry
from special_channel.cli.output import draft_number
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Column, Item, Reader, show_rows, text, time
from special_channel.core.bytes.errors import Malformed, NotFound
from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.submission import Submission
from special_channel.desk.access import Scope, access_body, access_ended, access_granted

app = group()

_PATH: Final = "/api/access"


def _scope(reader: Reader, item: Item) -> str:
    """Return what a grant covers, in words."""
    scope = item["scope"]
    named = [*scope["threads"], *scope["lists"]]
    if scope.get("first"):
        named.append(f"{scope['first']}/{scope['last']}")
    return ", ".join(named) or reader.out.label("access-scope", "everything")


def _state(reader: Reader, item: Item) -> str:
    """Return whether a grant is in force, over, ended or waits."""
    if "in_force" not in item:
        return reader.out.label("act-state", item["state"])
    word = "in-force" if item["in_force"] else "over"
    return reader.out.label("access-state", "ended" if item.get("ended") else word)


_COLUMNS: Final = (
    Column("number", lambda _reader, item: item.get("position") or draft_number(item["id"])),
    text("reader", "reader.name"),
    Column("scope", _scope),
    time("until"),
    text("purpose"),
    text("order"),
    Column("state", _state),
)


@app.command("list")
@option("--text", "List only grants with this in the reader's name, the purpose or the order.")
@option(
    "--state",
    "List only grants in this state.",
    Choice("in-force", "over", "ended", "waiting"),
)
@option(
    "--sort",
    "List the newest or the oldest grant first, or the next to expire.",
    Choice("newest", "oldest", "expiry"),
)
@OUT
@remote
async def list_access(call: Call, out: Path | None, **filters: str | None) -> None:
    """List grants of access, and those that wait for a second overseer."""
    query = {name: value for name, value in filters.items() if value}
    if out is not None:
        await write_list(call, _PATH, query, out)
        return
    state = await call.node.get(_PATH, query)
    show_rows(call, [*state["waiting"], *state["grants"]], _COLUMNS)


@app.command("grant")
@argument("reader", "Name the overseer or service, as in the list, or by pseudonym or key id.")
@repeated("--thread", "Grant this thread only; repeat it for more.", "number")
@repeated("--batch", "Grant this list only; repeat it for more.", "number")
@option("--from first", "Grant entries from this day on only; needs --to.", "date")
@option("--to last", "Grant entries up to this day only; needs --from.", "date")
@required("--until", "End the access after this day (UTC).", "date")
@required("--purpose", "State the purpose.")
@required("--order", "Name the written order.")
@remote
async def grant(  # noqa: PLR0913 - its options
    call: Call,
    reader: str,
    *,
    thread: Sequence[str],
    batch: Sequence[str],
    first: str,
    last: str,
    until: str,
    purpose: str,
    order: str,
) -> None:
    """Grant an overseer or a service access on a written order.

    Without --thread, --batch and --from it covers everything. It waits until a second overseer
    signs the same. You cannot grant access to yourself.
    """
    if bool(first) != bool(last):
        raise Malformed("date-malformed", "Days of a scope come in pairs: --from and --to.")
    state = await call.node.get(_PATH)
    ids = await call.node.post(f"{_PATH}/scope", {"threads": list(thread), "lists": list(batch)})
    scope = Scope(tuple(ids["threads"]), tuple(ids["batches"]), (first, last) if first else None)
    body = access_body(
        _reader(state["readers"], reader), scope, f"{until}T23:59:59Z", purpose, order
    )
    await _send(call, access_granted(await call.official.author(private=True), body))


@app.command("sign")
@argument("grant", "Give the grant's number, as listed.")
@remote
async def sign_grant(call: Call, grant: str) -> None:
    """Sign a grant that waits for a second overseer."""
    show_act(call, await sign_act(call.official, await _waiting(call, grant), _PATH))


@app.command("refuse")
@argument("grant", "Give the grant's number, as listed.")
@remote
async def refuse(call: Call, grant: str) -> None:
    """Refuse a grant that waits and that you could sign."""
    await close_act(call, await _waiting(call, grant), "refuse", _PATH)


@app.command("take-back")
@argument("grant", "Give the grant's number, as listed.")
@remote
async def take_back(call: Call, grant: str) -> None:
    """Take back a grant that you began."""
    await close_act(call, await _waiting(call, grant), "withdraw", _PATH)


@app.command("end")
@argument("grant", "Give the grant's number, such as PRIVATE-7.")
@remote
async def end_grant(call: Call, grant: str) -> None:
    """End a grant of access at once."""
    grants = (await call.node.get(_PATH))["grants"]
    found = next((each for each in grants if grant in {each["position"], each["id"]}), None)
    if found is None:
        raise NotFound("access-unknown", "No such grant of access is here.")
    await _send(call, access_ended(await call.official.author(private=True), str(found["id"])))


def _reader(readers: Iterable[dict[str, Any]], named: str) -> str:
    """Return the pseudonym or key id of the reader that is named.

    Raises:
        NotFound: `reader-unknown`.
    """
    found = [each["reader"] for each in readers if named in {each["reader"], each["name"]}]
    if len(found) != 1:
        raise NotFound("reader-unknown", "No overseer or service of our side has this name.")
    return str(found[0])


async def _waiting(call: Call, typed: str) -> EntryId:
    return act_of((await call.node.get(_PATH))["waiting"], typed)


async def _send(call: Call, entry: Submission) -> None:
    show_act(call, await post_act(call.official, _PATH, sent_entry(entry)))
