"""`special-channel date …`: propose another date, agree to one, count anew, take a question higher.

Does not decide whether a date may be moved: the judge does. Counts nothing.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import typer

from special_channel.cli import references
from special_channel.cli.remote import Call, remote
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.desk import payloads
from special_channel.desk.payloads import Proposal

app = typer.Typer(
    help="Dates: propose another, agree to one, count anew, take a question higher.",
    no_args_is_help=True,
)

_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


@app.command("propose")
@remote
async def propose(
    call: Call,
    question: Annotated[str, typer.Argument(help="The question to be answered: EU-877:1.")],
    due: Annotated[str, typer.Argument(help="The instant proposed (…Z).")],
    *,
    suspended_from: Annotated[
        str, typer.Option(help="The clock shall not run from this instant (…Z) …")
    ] = "",
    suspended_to: Annotated[str, typer.Option(help="… to this one (…Z).")] = "",
) -> None:
    """Propose another date for a question that the own side is to answer."""
    note, numbers = await references.answered(call.node, question)
    asked = await references.entry_of(call.node, note)
    given = [each for each in (due, suspended_from, suspended_to) if each]
    if not all(_INSTANT.fullmatch(each) for each in given) or len(given) == len(("due", "from")):
        raise Malformed("date-malformed", "An instant looks like 2026-12-01T09:30:00Z.")
    span = (suspended_from, suspended_to) if suspended_from else None
    said = Proposal(str(asked.get("thread", "")), note, numbers[0], due, span)
    entry = payloads.date_proposed(await call.official.author(), said)
    await call.send(entry)


@app.command("agree")
@remote
async def agree(
    call: Call,
    number: Annotated[str, typer.Argument(help="The proposal's number, such as CN-340.")],
) -> None:
    """Agree to a date, or to a suspension, that the other side proposed for an own question."""
    found = await references.entry_of(call.node, number)
    if found["kind"] != "date.proposed":
        raise Malformed("proposal-expected", "This entry proposes no date.")
    stated: dict[str, Any] = canonical.loads(dsse.decode(found["envelope"].encode()).payload)  # type: ignore[assignment]
    body = stated["body"]
    span = body.get("suspended")
    said = Proposal(
        str(stated["thread"]),
        str(stated["ref"]),
        str(body["q"]),
        str(body["due"]),
        (span["first"], span["last"]) if span else None,
    )
    entry = payloads.date_agreed(await call.official.author(), said, str(found["id"]))
    await call.send(entry)


@app.command("accept")
@remote
async def accept(
    call: Call,
    question: Annotated[str, typer.Argument(help="The question to be answered: EU-877:1.")],
) -> None:
    """Accept the date that the other side requested; only then can it pass."""
    note, numbers = await references.answered(call.node, question)
    asked = await _ask_of(call, note, numbers[0])
    said = Proposal(str(asked["thread"]), note, numbers[0], str(asked["due"]))
    await call.send(payloads.date_accepted(await call.official.author(), said))


async def _ask_of(call: Call, note: str, q: str) -> dict[str, Any]:
    """Return the row of an open question.

    Raises:
        RuleBroken: `reference`.
    """
    rows: list[dict[str, Any]] = (await call.node.get("/api/asks"))["items"]
    found = [row for row in rows if (row["note"], row["q"]) == (note, q)]
    if not found:
        raise RuleBroken("reference", "No such question is open.", id=note)
    return found[0]


@app.command("renew")
@remote
async def renew(
    call: Call,
    question: Annotated[str, typer.Argument(help="An own question: EU-877:1.")],
    due: Annotated[str, typer.Argument(help="The instant requested (…Z).")],
) -> None:
    """Request an answer by another date, after the answer was withdrawn."""
    if not _INSTANT.fullmatch(due):
        raise Malformed("date-malformed", "An instant looks like 2026-12-01T09:30:00Z.")
    note, numbers = await references.answered(call.node, question)
    asked = await references.entry_of(call.node, note)
    said = Proposal(str(asked.get("thread", "")), note, numbers[0], due)
    await call.send(payloads.date_renewed(await call.official.author(), said))


@app.command("rebase")
@remote
async def rebase(
    call: Call,
    question: Annotated[
        str, typer.Argument(help="The own question: EU-877:1. Without it, all are listed.")
    ] = "",
) -> None:
    """Count an own question anew by the rules in force now; list them without a question.

    A question keeps its date when both sides adopt another charter or calendar. This moves it,
    never to an earlier date.
    """
    found: list[dict[str, Any]] = (await call.node.get("/api/rebases"))["items"]
    if not question:
        call.out.rows(found, ("ask", "rule", "due", "to", "provisional"))
        return
    note, numbers = await references.answered(call.node, question)
    named = [each for each in found if (each["ref"], each["body"]["q"]) == (note, numbers[0])]
    if not named:
        raise RuleBroken("deadline-rebase", "No other charter with this rule was adopted since.")
    [counted] = named
    author = await call.official.author()
    entry = payloads.date_rebased(author, counted["thread"], note, counted["body"])
    await call.send(entry, ask=counted["ask"], to=counted["to"])


@app.command("refer")
@remote
async def refer(
    call: Call,
    question: Annotated[str, typer.Argument(help="The own question: EU-877:1.")],
    *,
    level: Annotated[
        str, typer.Option(help="Level of the other side: head, director.")
    ] = "director",
) -> None:
    """Take an own question to a higher level of the other side, by name."""
    note, numbers = await references.answered(call.node, question)
    asked = await references.entry_of(call.node, note)
    thread = str(asked.get("thread", ""))
    author = await call.official.author()
    entry = payloads.referred(author, thread, note, (numbers[0], level))
    await call.send(entry)
