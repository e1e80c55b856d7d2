"""`special-channel act …`: list acts on people that wait, sign second, refuse, take back."""

from __future__ import annotations

from special_channel.cli.acting import ON_PEOPLE, act_of, close_act, show_act, sign_act
from special_channel.cli.command import Choice, argument, group, option
from special_channel.cli.output import draft_number
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Column, Table, label, text, time
from special_channel.core.bytes.ids import EntryId

app = group()

Table(
    path=ON_PEOPLE,
    help="List acts on people that wait for a signature.",
    columns=(
        Column("act", lambda _, item: draft_number(item["id"])),
        text("title"),
        label("may", "act-may"),
        time("expires"),
    ),
    items="acts",
    filters=(
        option("--text", "List only acts with this in their words."),
        option(
            "--may",
            "List only acts that you may sign, take back, or only read.",
            Choice("sign", "withdraw", "read"),
        ),
        option(
            "--sort",
            "List the oldest or the newest first, or the next to lapse.",
            Choice("oldest", "newest", "expiry"),
        ),
    ),
).add_to(app, "list")


@app.command("sign")
@argument("act", "Give the act's number or id.")
@remote
async def sign(call: Call, act: str) -> None:
    """Sign an act second; it is stored once its signatures suffice."""
    show_act(call, await sign_act(call.official, await act_id(call, act)))


@app.command("refuse")
@argument("act", "Give the act's number or id.")
@remote
async def refuse(call: Call, act: str) -> None:
    """Refuse an act that you could sign."""
    await close_act(call, await act_id(call, act), "refuse")


@app.command("take-back")
@argument("act", "Give the act's number or id.")
@remote
async def take_back(call: Call, act: str) -> None:
    """Take back an act that you began."""
    await close_act(call, await act_id(call, act), "withdraw")


async def act_id(call: Call, typed: str) -> EntryId:
    """Look up a waiting act by number or id; return the id.

    Raises:
        NotFound, RuleBroken: As `acting.act_of`.
    """
    return act_of((await call.node.get(ON_PEOPLE))["acts"], typed)
