"""`special-channel date …`: propose, agree to, accept, renew, rebase a date; refer a question.

Does not decide whether a date may be moved, and does not count days: the node does.
"""

from __future__ import annotations

import re
from typing import Any, Final

from special_channel.cli import references
from special_channel.cli.bodies import fields
from special_channel.cli.command import argument, group, option
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Reader, Table, text, time
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.entries.asks import Referral
from special_channel.desk import payloads
from special_channel.desk.payloads import Proposal

app = group()

_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


_REBASES: Final = Table(
    path="/api/rebases",
    help="",
    columns=(text("ask"), text("rule"), time("due"), time("to"), text("provisional")),
)


def _check_instants(*texts: str) -> None:
    """Check the form of instants.

    Raises:
        Malformed: `date-malformed`.
    """
    if not all(map(_INSTANT.fullmatch, texts)):
        raise Malformed("date-malformed", "An instant looks like 2026-12-01T09:30:00Z.")


@app.command("propose")
@argument("question", "Name the question to be answered, such as EU-877:1.", "number")
@argument("due", "Propose this instant, such as 2026-12-01T09:30:00Z.", "time")
@option("--suspended-from", "Stop the clock from this instant on; needs --suspended-to.", "time")
@option(
    "--suspended-to", "Let the clock run again from this instant; needs --suspended-from.", "time"
)
@remote
async def propose(
    call: Call, question: str, due: str, *, suspended_from: str, suspended_to: str
) -> None:
    """Propose another date for a question that our side is to answer."""
    thread, note, q = await references.question_at(call.node, question)
    span = (suspended_from, suspended_to) if suspended_from or suspended_to else None
    _check_instants(due, *(span or ()))
    await call.sign(payloads.date_proposed, Proposal(thread, note, q, due, span))


@app.command("agree")
@argument("number", "Give the proposal's number, such as CN-340.", "number")
@remote
async def agree(call: Call, number: str) -> None:
    """Agree to a date, or to a suspension, that the other side proposed for our question."""
    proposal = await references.entry_of(call.node, number)
    if proposal["kind"] != "date.proposed":
        raise Malformed("proposal-expected", "This entry proposes no date.")
    envelope = dsse.decode(proposal["envelope"].encode())
    stated: dict[str, Any] = canonical.loads(envelope.payload)  # type: ignore[assignment]
    body = stated["body"]
    span = body.get("suspended")
    move = Proposal(
        str(stated["thread"]),
        str(stated["ref"]),
        str(body["q"]),
        str(body["due"]),
        (span["first"], span["last"]) if span else None,
    )
    await call.sign(payloads.date_agreed, move, str(proposal["id"]))


@app.command("accept")
@argument("question", "Name the question to be answered, such as EU-877:1.", "number")
@remote
async def accept(call: Call, question: str) -> None:
    """Accept the date that the other side requested; only then is it an agreed date."""
    note, numbers = await references.answered(call.node, question)
    row = await _question_row(call, note, numbers[0])
    move = Proposal(str(row["thread"]), note, numbers[0], str(row["due"]["at"]))
    await call.sign(payloads.date_accepted, move)


async def _question_row(call: Call, note: str, q: str) -> dict[str, Any]:
    """Return the row of an open question.

    Raises:
        RuleBroken: `reference`.
    """
    rows: list[dict[str, Any]] = (await call.node.get("/api/asks"))["items"]
    for row in rows:
        if (row["note"], row["q"]) == (note, q):
            return row
    raise RuleBroken("reference", "No such question is open.", id=note)


@app.command("renew")
@argument("question", "Name our question, such as EU-877:1.", "number")
@argument("due", "Request this instant, such as 2026-12-01T09:30:00Z.", "time")
@remote
async def renew(call: Call, question: str, due: str) -> None:
    """Request an answer by another date, after the answer was withdrawn."""
    _check_instants(due)
    thread, note, q = await references.question_at(call.node, question)
    await call.sign(payloads.date_renewed, Proposal(thread, note, q, due))


@app.command("rebase")
@argument(
    "question",
    "Name our question, such as EU-877:1. Without it, all are listed.",
    "number",
    required=False,
    default="",
)
@remote
async def rebase(call: Call, question: str) -> None:
    """Recalculate our question's date by the rules in force; without one, list all possible.

    A question keeps its date when both sides adopt another charter or calendar. This moves it,
    never to an earlier date.
    """
    if not question:
        await _REBASES.show(call)
        return
    rows: list[dict[str, Any]] = (await call.node.get("/api/rebases"))["items"]
    note, numbers = await references.answered(call.node, question)
    matching = [row for row in rows if (row["ref"], row["body"]["q"]) == (note, numbers[0])]
    if not matching:
        raise RuleBroken("deadline-rebase", "No other charter with this rule was adopted since.")
    [counted] = matching
    to = counted["to"] if call.out.as_json else Reader.of(call).time(counted["to"])
    act = (counted["thread"], note, counted["body"])
    await call.sign(payloads.date_rebased, *act, ask=counted["ask"], to=to)


@app.command("refer")
@argument("question", "Name our question, such as EU-877:1.", "number")
@fields(
    Referral,
    {"level": "Refer it to this level of the other side: head or director."},
    level="director",
)
@remote
async def refer(call: Call, question: str, level: str) -> None:
    """Take our question to a higher level of the other side, by name."""
    thread, note, q = await references.question_at(call.node, question)
    await call.sign(payloads.referred, thread, note, (q, level))
