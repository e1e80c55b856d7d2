"""`special-channel application …`: list, show, state what is held or one act, link two numbers.

Does not judge a statement: the node does. Does not count days: the node's answers hold them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

import typer

from special_channel.cli.remote import Call, remote
from special_channel.core.bytes.errors import Malformed
from special_channel.desk import clock_marks, payloads
from special_channel.desk.payloads import Fields

app = typer.Typer(
    help="Applications: list, show, state what is held, mark the clock, link numbers.",
    no_args_is_help=True,
)

Number = Annotated[str, typer.Argument(help="The application's number at MOFCOM.")]

_ACT: Final = re.compile(
    r"(?P<act>[a-z_]+):(?P<on>[0-9-]{10})"
    r"(?::(?P<basis>[a-z][a-z0-9_-]*))?(?::(?P<expected_until>[0-9-]{10}))?"
)


@app.command("list")
@remote
async def list_applications(  # noqa: PLR0913 - each an option
    call: Call,
    *,
    text: Annotated[str, typer.Option(help="Only numbers that contain this.")] = "",
    differs: Annotated[
        Literal["any", "state", "accepted", "decided", "decision", "link"] | None,
        typer.Option(help="Only where the sides differ, in this or in any way."),
    ] = None,
    batch: Annotated[str, typer.Option(help="Only those on a batch, such as EU-12.")] = "",
    clock: Annotated[
        Literal["none", "running", "uncounted", "unlimited", "ended", "over"] | None,
        typer.Option(help="Only those whose clock stands so by CN's statements."),
    ] = None,
    first: Annotated[int, typer.Option(min=1, help="From this one on.")] = 1,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
) -> None:
    """List applications with what both sides hold of them."""
    query: dict[str, str | int | None] = {
        "text": text,
        "differs": differs,
        "batch": batch,
        "clock": clock,
        "first": first,
        "limit": limit,
        "lang": call.out.lang,
    }
    given = {name: value for name, value in query.items() if value not in {"", None}}
    items = (await call.node.get("/api/applications", given))["items"]
    call.out.rows(
        items if call.out.as_json else [_line(call, item) for item in items],
        ("number", "EU", "CN", "differences", "day", "times_listed"),
    )


@app.command("show")
@remote
async def show_application(call: Call, number: Number) -> None:
    """Show what both sides hold of one application, and how each side's day came about."""
    item = await call.node.get(_path(number), {"lang": call.out.lang})
    if call.out.as_json:
        call.out.document(item)
        return
    call.out.document(
        {
            **_line(call, item),
            "eu_clock": item["eu"]["clock"]["sentence"],
            "cn_clock": item["cn"]["clock"]["sentence"],
            "links": [f"{link['former']} → {link['number']} ({link['position']})"
                      for link in item["links"]],
            "lists": [f"{listed['list']} ({listed['batch']})" for listed in item["listed"]],
            "threads": item["threads"],
        }
    )  # fmt: skip


@app.command("assert")
@remote
async def assert_state(  # noqa: PLR0913 - each an option
    call: Call,
    number: Number,
    *,
    state: Annotated[str, typer.Option(help="Code of the state, such as review or returned.")],
    as_of: Annotated[str, typer.Option(help="The date to which the statement holds.")],
    source: Annotated[str, typer.Option(help="Whence it is known, such as bureau or supplier.")],
    clock: Annotated[
        list[str] | None,
        typer.Option(
            help="An act of the procedure, act:date[:basis[:until]], such as"
            " accepted:2026-09-21. Repeat it for more; together they are the whole course."
        ),
    ] = None,
    decision: Annotated[str, typer.Option(help="Code of the decision.")] = "",
    decided_on: Annotated[str, typer.Option(help="The date of the decision.")] = "",
) -> None:
    """Sign what the own side holds to be an application's state; the other side reads it."""
    body: Fields = {"number": number, "state": state, "as_of": as_of, "source": source}
    if clock:
        body["clock"] = [_act(text) for text in clock]
    if decision:
        body["decision"] = decision
    if decided_on:
        body["decided_on"] = decided_on
    entry = payloads.application_asserted(await call.official.author(), body)
    await call.send(entry, number=number)


@app.command("mark")
@remote
async def mark_clock(  # noqa: PLR0913 - each an option
    call: Call,
    number: Number,
    *,
    act: Annotated[
        str,
        typer.Option(
            help="The act: received, supplement, accepted, uncounted, counted, council, returned,"
            " decided, not_accepted or withdrawn."
        ),
    ],
    on: Annotated[str, typer.Option(help="Its date in China, such as 2026-10-12.")],
    basis: Annotated[
        str,
        typer.Option(
            help="Why time is not counted: test, expert_opinion, site_check or hearing;"
            " for uncounted alone."
        ),
    ] = "",
    expected_until: Annotated[
        str, typer.Option(help="Until when time is expected not to be counted.")
    ] = "",
    source: Annotated[
        str,
        typer.Option(
            help="Whence it is known; without it, bureau on CN's side and supplier on the EU's."
        ),
    ] = "",
) -> None:
    """Sign one act on an application's statutory clock; earlier ones stand beside it.

    That time is not counted, and that it is again, is CN's to state.
    """
    body = clock_marks.mark(
        {
            "number": number,
            "act": act,
            "on": on,
            "basis": basis,
            "expected_until": expected_until,
            "source": source or clock_marks.SOURCES[call.official.party],
        }
    )
    entry = payloads.clock_marked(await call.official.author(), body)
    await call.send(entry, number=number)


@app.command("link")
@remote
async def link_numbers(
    call: Call,
    number: Number,
    former: Annotated[str, typer.Argument(help="The number that it stands in place of.")],
    *,
    basis: Annotated[
        Literal["refiled", "corrected", "split", "joined"],
        typer.Option(help="Why the number is another one."),
    ] = "refiled",
) -> None:
    """Sign that an application's number stands in place of another one."""
    author = await call.official.author()
    entry = payloads.application_linked(author, number, former, basis)
    await call.send(entry, number=number)


def _act(text: str) -> Fields:
    """Read `act:date[:basis[:until]]`.

    Raises:
        Malformed: `clock-malformed`.
    """
    found = _ACT.fullmatch(text)
    if found is None:
        raise Malformed("clock-malformed", "An act looks like accepted:2026-09-21.", text=text[:80])
    return {name: value for name, value in found.groupdict().items() if value}


def _path(number: str) -> str:
    return f"/api/applications/{quote(number, safe='')}"


def _line(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    """Put an application into the reader's words, in one line."""
    return {
        "number": item["number"],
        "EU": " ".join(_held(item["eu"])) or "–",
        "CN": " ".join(_held(item["cn"])) or "–",
        "differences": [call.out.label("difference", kind) for kind in item["differences"]],
        "day": item["cn"]["clock"]["day"] if item["cn"]["clock"].get("accepted") else "–",
        "times_listed": item["times_listed"],
    }


def _held(side: dict[str, Any]) -> Iterator[str]:
    latest = side.get("latest")
    if latest:
        yield str(latest["state_text"])
        yield str(latest.get("as_of", ""))
