"""`special-channel licence …`: list, show, issue, draw.

Does not count what is left: the node's answers hold it. Does not judge a statement.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

import typer

from special_channel.cli.references import entry_of
from special_channel.cli.remote import Call, remote
from special_channel.desk import licences, payloads
from special_channel.desk.payloads import Fields

app = typer.Typer(
    help="Licences: list, show, record one, record a draw-down.", no_args_is_help=True
)

Number = Annotated[str, typer.Argument(help="The licence's number.")]
Line = Annotated[
    str,
    typer.Option(help="Control code, quantity, unit and basis, such as 1C905.a:5000:kg:gross."),
]


@app.command("list")
@remote
async def list_licences(
    call: Call,
    *,
    text: Annotated[str, typer.Option(help="Only numbers that contain this.")] = "",
    code: Annotated[str, typer.Option(help="Only with this control code.")] = "",
    standing: Annotated[
        Literal["in_force", "to_come", "expired", "ended"] | None,
        typer.Option(help="Only those that stand so today."),
    ] = None,
) -> None:
    """List licences with what is left of each quantity, the first to expire first."""
    query = {"text": text, "code": code, "standing": standing}
    given = {name: value for name, value in query.items() if value}
    items = (await call.node.get("/api/licences", given))["items"]
    call.out.rows(
        items if call.out.as_json else [_line(call, item) for item in items],
        ("licence", "type", "standing", "valid_to", "left"),
    )


@app.command("show")
@remote
async def show_licence(call: Call, number: Number) -> None:
    """Show one licence: what is left, its draw-downs, what it would cover."""
    item = await call.node.get(f"/api/licences/{quote(number, safe='')}")
    if call.out.as_json:
        call.out.document(item)
        return
    call.out.document(
        {
            **_line(call, item),
            "valid_from": item["valid_from"],
            "position": item["position"],
            "applications": item["applications"],
            "customers": item["customers"],
            "draws": [
                f"{draw['position']} {draw['on']} {draw['code']} {draw['amount']}"
                f" {call.out.label('unit', draw['unit'])}"
                for draw in item["draws"]
                if not draw.get("corrected_in")
            ],
            **_covered(call, item),
        }
    )


@app.command("issue")
@remote
async def issue_licence(  # noqa: PLR0913 - each an option
    call: Call,
    number: Number,
    *,
    type_: Annotated[
        Literal["individual", "general", "certificate"],
        typer.Option("--type", help="Kind of licence."),
    ],
    line: Annotated[
        list[str],
        typer.Option(
            help="Control code, quantity, unit and basis, such as 1C905.a:5000:kg:gross."
            " Repeat it for more."
        ),
    ],
    issued_on: Annotated[str, typer.Option(help="The date of issue.")],
    valid_from: Annotated[str, typer.Option(help="The first day of validity.")],
    valid_to: Annotated[str, typer.Option(help="The last day of validity.")],
    per: Annotated[
        Literal["licence", "calendar_year", "licence_year"],
        typer.Option(help="What the quantities are for: the whole licence, or each year of it."),
    ] = "licence",
    application: Annotated[
        list[str] | None, typer.Option(help="An application it was issued on; repeat it.")
    ] = None,
    customer: Annotated[
        list[str] | None,
        typer.Option(help="A named customer, where the charter opts in to that; repeat it."),
    ] = None,
    ended: Annotated[
        str,
        typer.Option(
            help="By what it is no longer in force, such as revoked:2027-02-02: used, withdrawn,"
            " revoked, forfeited or deregistered."
        ),
    ] = "",
) -> None:
    """Sign how a licence stands: issued, changed or ended. The same number states it anew."""
    how, _, on = ended.partition(":")
    fields: Fields = {
        "licence": number,
        "type": type_,
        "lines": [licences.line_of(each) for each in line],
        "per": per,
        "issued_on": issued_on,
        "valid_from": valid_from,
        "valid_to": valid_to,
        "applications": licences.words(application or ()),
        "customers": licences.words(customer or ()),
        "ended": {"how": how, "on": on} if ended else {},
    }
    entry = payloads.licence_issued(await call.official.author(), licences.licence(fields))
    await call.send(entry, licence=number)


@app.command("draw")
@remote
async def draw_down(  # noqa: PLR0913 - each an option
    call: Call,
    number: Number,
    *,
    line: Line,
    on: Annotated[str, typer.Option(help="The date of the use.")],
    application: Annotated[str, typer.Option(help="The application that it was used for.")] = "",
    customer: Annotated[
        str, typer.Option(help="The customer, where the charter opts in to that.")
    ] = "",
    corrects: Annotated[
        str,
        typer.Option(
            help="An earlier draw-down, such as CN-340, in whose place this one stands;"
            " quantity 0 takes it back."
        ),
    ] = "",
) -> None:
    """Sign what of a licence's quantity was used. It is not a shipment."""
    fields: Fields = {
        "licence": number,
        **licences.line_of(line),
        "on": on,
        "application": application,
        "customer": customer,
        "corrects": str((await entry_of(call.node, corrects))["id"]) if corrects else "",
    }
    entry = payloads.licence_drawn(await call.official.author(), licences.draw(fields))
    await call.send(entry, licence=number)


def _covered(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    """Name pending applications that the licence would cover, where the own side can tell."""
    if item.get("covers") is None:
        return {}
    return {
        "covers": [
            f"{each['number']} {each['code']} {call.out.label('state', each['state'])}"
            for each in item["covers"]
        ],
        "covered by": sorted({call.out.label("covers", each["rule"]) for each in item["covers"]}),
    }


def _line(call: Call, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "licence": item["licence"],
        "type": call.out.label("licence", item["type"]),
        "standing": call.out.label("standing", item["standing"]),
        "valid_to": item["valid_to"],
        "left": [
            f"{each['code']} {each['left']} / {each['allowed']}"
            f" {call.out.label('unit', each['unit'])} {call.out.label('quantity', each['basis'])}"
            for each in item["lines"]
        ],
    }
