"""`special-channel date …`: list, propose, agree to, accept, renew, rebase dates; refer questions.

Does not decide whether a date may be moved, and does not count days: the node does.
"""

from __future__ import annotations

import re
from typing import Any, Final

from special_channel.cli import references
from special_channel.cli.bodies import fields
from special_channel.cli.command import Choice, Count, argument, flag, group, option
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import (
    Column,
    Item,
    Reader,
    Table,
    label,
    text,
    time,
    written,
)
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.entries.asks import Referral
from special_channel.desk import payloads
from special_channel.desk.payloads import Proposal
from special_channel.messages import silence
from special_channel.messages.catalogue import catalogue
from special_channel.messages.silence import QuestionStatus
from special_channel.web.deadlines.views import OVER

app = group()

_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


_REBASES: Final = Table(
    path="/api/rebases",
    help="",
    columns=(text("ask"), text("rule"), time("due"), time("to"), text("provisional")),
)


def _left(_reader: Reader, item: Item) -> int | None:
    """Return the working days left; None once nobody waits, or the date has passed."""
    over = item["outcome"] in OVER or item["due"]["passed"]
    return None if over else item["due"].get("working_days")


def _state(reader: Reader, item: Item) -> str:
    """Return the words of the page's column, in one line."""
    t, due, outcome = catalogue(reader.out.lang), item["due"], item["outcome"]
    status = QuestionStatus(
        outcome,
        due["answering"] == reader.party,
        due["passed"],
        requested=due["requested"],
        provisional=due["provisional"],
    )
    words = [silence.short(t, status), item.get("known", "")]
    if due["requested"] and outcome != "open":
        words.append(t.gettext("only requested"))
    if due["provisional"] and status.case != "provisional":
        words.append(t.gettext("provisional"))
    return t.gettext("silence-list.join").join(filter(None, words))


Table(
    path="/api/deadlines",
    help="List questions with their due times, the nearest first.",
    columns=(
        text("question", "number"),
        text("thread"),
        Column("subject", lambda reader, item: written(reader, item["title"])),
        label("answering", "side", "due.answering"),
        time("due", "due.at"),
        Column("working_days_left", _left),
        Column("state", _state),
        Column("answered_in", lambda _, item: item.get("answered_in")),
    ),
    filters=(
        option(
            "--side",
            "List only those that our side, or the other side, is to answer.",
            Choice("ours", "theirs"),
        ),
        option(
            "--state",
            "List those whose date has passed, those with a provisional date, or those answered or"
            " ended in the last six weeks; without it, all that are open.",
            Choice("passed", "provisional", "decided"),
        ),
        option(
            "--batch",
            "List only those on this list, such as EU-12; standing: on the standing list.",
            "number",
        ),
        flag("--my-desk desk", "List only those in threads of your desk, or of no desk."),
        option("--since", "List only those due from this day on, such as 2026-11-24.", "date"),
        option("--until", "List only those due up to this day, such as 2026-11-30.", "date"),
        option(
            "--sort",
            "List the nearest or the latest date first; without it, the latest of those answered"
            " or ended, the nearest of others.",
            Choice("nearest", "latest"),
        ),
        option("--page", "Show this page of the list.", Count(1), default=1),
    ),
    in_language=True,
).add_to(app, "list")


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
