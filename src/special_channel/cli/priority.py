"""`special-channel priority …`: list, show, ask, answer. Does not judge: the node does."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from special_channel.cli.bodies import fields
from special_channel.cli.codes import code_of
from special_channel.cli.command import Choice, argument, group, option
from special_channel.cli.options import OLDEST, SINCE, UNTIL
from special_channel.cli.reasons import REASON_OF_TEXT, WHY, typed_reasons
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Column, Section, Table, label, text, time
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries.permits import PriorityRequest
from special_channel.desk import payloads
from special_channel.messages.catalogue import Lang

app = group()
_NUMBER: Final = "Give the request's number, such as EU-12."
_PATH: Final = "/api/priorities/{number}"

Table(
    path="/api/priorities",
    help="List requests for priority, the newest first.",
    columns=(
        text("position"),
        time("accepted"),
        label("reason", "priority-reason"),
        text("applications"),
        text("open"),
        text("granted"),
    ),
    filters=(
        option("--text", "List only those for an application whose number contains this."),
        option(
            "--reason",
            "List only those with this reason.",
            Choice("line_stop", "stock_low", "long_pending", "health_safety"),
        ),
        option(
            "--state",
            "List only those with applications not answered yet, those answered for every "
            "application, or those with priority granted.",
            Choice("unanswered", "answered", "granted"),
        ),
        SINCE,
        UNTIL,
        OLDEST,
    ),
).add_to(app, "list")
Table(
    path=_PATH,
    help="Show one request with CN's answers.",
    number=_NUMBER,
    items="",
    sections=(
        Section(
            items="wanted",
            columns=(
                text("number"),
                Column(
                    "answer",
                    lambda reader, item: reader.out.label(
                        "priority", item.get("answer") or "asked"
                    ),
                ),
                text("answered_in"),
            ),
        ),
    ),
).add_to(app, "show")


@app.command("ask")
@argument("numbers", "Give the applications' numbers.", "number", nargs=-1, required=True)
@fields(
    PriorityRequest,
    {"reason": "State the reason: line_stop, stock_low, long_pending or health_safety."},
)
@WHY
@remote
async def ask_for_priority(
    call: Call, numbers: tuple[str, ...], reason: str, why: tuple[str, ...]
) -> None:
    """Sign a request for priority for these applications (EU only)."""
    await call.sign(
        payloads.priority_requested,
        list(dict.fromkeys(numbers)),
        code_of("priority-reason", reason, call.out.lang),
        reasons=typed_reasons(why),
    )


@app.command("answer")
@argument("number", _NUMBER, "number")
@argument(
    "answers",
    "Give an application's number and granted, not_now or cannot, with a coded remark if "
    "wanted, such as FIKTIV-1=not_now or FIKTIV-1=not_now:in_turn.",
    "text",
    nargs=-1,
    required=True,
)
@REASON_OF_TEXT
@remote
async def answer_on_priority(
    call: Call, number: str, answers: tuple[str, ...], reason: tuple[str, ...]
) -> None:
    """Sign CN's answers on applications of a request, whole or in part."""
    request = await call.node.get(_PATH.format(number=quote(number, safe="")))
    stated: list[Value] = [_answer(each, call.out.lang) for each in answers]
    given = typed_reasons(reason)
    await call.sign(payloads.priority_answered, str(request["request"]), stated, reasons=given)


def _answer(typed: str, lang: Lang) -> dict[str, Value]:
    """Read `NUMBER=answer[:remark]`.

    Raises:
        Malformed: `answers-malformed`.
    """
    number, equals, rest = typed.rpartition("=")
    answer, _, remark = rest.partition(":")
    if not (number and equals and answer):
        text = typed[:80]
        raise Malformed("answers-malformed", "An answer looks like NUMBER=granted.", text=text)
    stated: dict[str, Value] = {"number": number, "answer": code_of("priority", answer, lang)}
    return stated | ({"remark": code_of("priority-remark", remark, lang)} if remark else {})
