"""`special-channel priority …`: list, show, ask, answer.

Does not judge: the node does.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from special_channel.cli.remote import Call, remote
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Position
from special_channel.desk import payloads

app = typer.Typer(help="Priority: list, show, ask for it, answer.", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="The request's number, such as EU-12.")]


@app.command("list")
@remote
async def list_requests(call: Call) -> None:
    """List requests for priority, the newest first."""
    items = (await call.node.get("/api/priorities"))["items"]
    call.out.rows(
        items if call.out.as_json
        else [{**item, "reason": call.out.label("priority-reason", item["reason"])}
              for item in items],
        ("position", "accepted", "reason", "applications", "open"),
    )  # fmt: skip


@app.command("show")
@remote
async def show_request(call: Call, number: Number) -> None:
    """Show one request with CN's answers."""
    item = await _request(call, number)
    if call.out.as_json:
        call.out.document(item)
        return
    call.out.rows(
        [
            {**each, "answer": call.out.label("priority", each.get("answer") or "asked")}
            for each in item["wanted"]
        ],
        ("number", "answer", "answered_in"),
    )


@app.command("ask")
@remote
async def ask_for_priority(
    call: Call,
    numbers: Annotated[list[str], typer.Argument(help="The applications' numbers.")],
    *,
    reason: Annotated[
        str,
        typer.Option(help="Why: line_stop, stock_low, long_pending, health_safety."),
    ],
) -> None:
    """Sign that these applications are asked to come first; EU asks."""
    author = await call.official.author()
    entry = payloads.priority_requested(author, list(dict.fromkeys(numbers)), reason)
    await call.send(entry)


@app.command("answer")
@remote
async def answer_on_priority(
    call: Call,
    number: Number,
    answers: Annotated[
        list[str],
        typer.Argument(
            help="An application's number and granted, not_now or cannot, with a coded remark if"
            " wanted, such as FIKTIV-1=not_now or FIKTIV-1=not_now:in_turn."
        ),
    ],
) -> None:
    """Sign CN's answers on applications of a request, whole or in part."""
    request = str((await _request(call, number))["request"])
    said: list[Value] = [_answer(each) for each in answers]
    entry = payloads.priority_answered(await call.official.author(), request, said)
    await call.send(entry)


async def _request(call: Call, number: str) -> dict[str, Any]:
    Position.parse(number)
    return dict(await call.node.get(f"/api/priorities/{number}"))


def _answer(text: str) -> dict[str, Value]:
    """Read `NUMBER=answer[:remark]`.

    Raises:
        Malformed: `answers-malformed`.
    """
    number, equals, rest = text.rpartition("=")
    answer, _, remark = rest.partition(":")
    if not (number and equals and answer):
        raise Malformed("answers-malformed", "An answer looks like NUMBER=granted.", text=text[:80])
    said: dict[str, Value] = {"number": number, "answer": answer}
    return said | ({"remark": remark} if remark else {})
