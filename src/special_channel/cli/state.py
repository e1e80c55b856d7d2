"""`special-channel inbox` and `status`: open questions, and the state of a node."""

from __future__ import annotations

from special_channel.cli.command import command
from special_channel.cli.remote import Call, remote
from special_channel.cli.silence import question, state_of
from special_channel.cli.tables import Item, Reader, subject

_TIMES = frozenset(
    {
        "link_down_since", "last_heard", "undelivered_since", "peer_undelivered_since",
        "reminders_stopped_since", "peer_reminders_stopped_since", "canary_at",
        "check_passed_at", "check_ended_at",
    }
)  # fmt: skip


@command()
@remote
async def inbox(call: Call) -> None:
    """List open questions: those for our side first, in order of due time."""
    asks = [question(item) for item in (await call.node.get("/api/asks"))["items"]]
    threads = (await call.node.get("/api/threads", {"show": "all", "limit": 1000}))["items"]
    by_id = {item["thread"]: item for item in threads}
    ours = [_row(item, "ours", by_id) for item in asks if item["asker"] != call.official.party]
    theirs = [_row(item, "theirs", by_id) for item in asks if item["asker"] == call.official.party]
    rows = [*ours, *theirs]
    if not call.out.as_json:
        rows = [_shown(Reader.of(call), row) for row in rows]
    call.out.rows(rows, ("group", "ask", "state", "due", "rule", "number", "subject"))


def _row(item: Item, group: str, threads: dict[str, Item]) -> Item:
    thread = threads.get(item["thread"], {})
    return {
        **item,
        "group": group,
        "ask": f"{item['asker'].upper()}-{item['index']} Q{item['q']}",
        "number": thread.get("number", ""),
        "subject": subject(thread) if thread.get("subjects") else "",
    }


def _shown(reader: Reader, row: Item) -> Item:
    return {
        **row,
        "group": reader.out.label("group", row["group"]),
        "state": state_of(row, reader.party, reader.out.lang, reader.now),
        "due": reader.time(row["due"]),
    }


@command()
@remote
async def status(call: Call) -> None:
    """Show the state of a node: ready, link, sizes, alarms."""
    state = await call.node.get("/api/status")
    if not call.out.as_json:
        reader = Reader.of(call)
        # `state` is the digest of the views, for programs that compare two nodes.
        state = {
            name: reader.time(value) if name in _TIMES else value
            for name, value in call.out.worded(state, party="side").items()
            if name != "state"
        }
    call.out.document(state)
