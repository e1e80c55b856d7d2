"""`special-channel licence …`: list, show, issue, draw.

Does not subtract quantities and does not judge: the node does.
"""

from __future__ import annotations

from typing import Any, Final

from special_channel.cli.bodies import fields
from special_channel.cli.codes import code_of
from special_channel.cli.command import Choice, argument, group, option, required
from special_channel.cli.reasons import REASON, typed_reasons
from special_channel.cli.references import entry_of
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Column, Item, Reader, Table, label, text
from special_channel.core.entries.permits import Draw, Licence
from special_channel.desk import licences, payloads
from special_channel.desk.payloads import Fields

app = group()
_NUMBER: Final = "Give the licence's number."
_LINE: Final = "State control code, quantity, unit and basis, such as 1C905.a:5000:kg:gross."


def _left(reader: Reader, item: Item) -> list[str]:
    out = reader.out
    return [
        f"{line['code']} {line['left']} / {line['allowed']} {out.label('unit', line['unit'])}"
        f" {out.label('quantity', line['basis'])}"
        for line in item["lines"]
    ]


def _draws(reader: Reader, item: Item) -> list[str]:
    return [
        f"{draw['position']} {draw['on']} {draw['code']} {draw['amount']}"
        f" {reader.out.label('unit', draw['unit'])}"
        for draw in item["draws"]
        if not draw.get("corrected_in")
    ]


def _covers(reader: Reader, item: Item) -> list[str] | None:
    """Return pending applications within the licence; None if our side lacks the data."""
    if item.get("covers") is None:
        return None
    return [
        f"{each['number']} {each['code']} {reader.out.label('state', each['state'])}"
        for each in item["covers"]
    ]


def _rules(reader: Reader, item: Item) -> list[str] | None:
    if item.get("covers") is None:
        return None
    return sorted({reader.out.label("covers", each["rule"]) for each in item["covers"]})


COLUMNS: Final = (
    text("licence"),
    label("type", "licence"),
    label("standing", "standing"),
    text("valid_to"),
    Column("left", _left),
)
Table(
    path="/api/licences",
    help="List licences with what is left of each quantity, the first to expire first.",
    columns=COLUMNS,
    filters=(
        option("--text", "List only numbers that contain this."),
        option("--code", "List only those with this control code.", "code"),
        option(
            "--standing",
            "List only those with this status today.",
            Choice("in_force", "to_come", "expired", "ended"),
        ),
        option(
            "--type",
            "List only licences of this kind.",
            Choice("individual", "general", "certificate"),
        ),
        option("--until", "List only those that expire by this day, such as 2026-12-31.", "date"),
        option(
            "--sort",
            "List the next to expire first, or by number.",
            Choice("expiry", "number"),
        ),
    ),
).add_to(app, "list")
Table(
    path="/api/licences/{number}",
    help="Show one licence: quantities left, draw-downs, applications it would cover.",
    number=_NUMBER,
    columns=(
        *COLUMNS,
        text("valid_from"),
        text("position"),
        text("applications"),
        text("customers"),
        Column("draws", _draws),
        Column("covers", _covers),
        Column("covered by", _rules),
    ),
    items="",
).add_to(app, "show")


@app.command("issue")
@argument("licence", _NUMBER, "number")
@fields(
    Licence,
    {
        "type": "State the kind of licence.",
        "lines": f"{_LINE} Repeat it for more.",
        "issued_on": "Give the date of issue.",
        "valid_from": "Give the first day of validity.",
        "valid_to": "Give the last day of validity.",
        "per": "State the period of the quantities: the whole licence, or each year of it.",
        "applications": "Name an application for which it was issued; repeat it for more.",
        "customers": "Name a customer, where the charter allows it; repeat it for more.",
        "corrects": "Replace an earlier statement that was never right, such as CN-340.",
    },
    per="licence",
)
@option(
    "--ended",
    (
        "State how and when it ended, such as revoked:2027-02-02: used, withdrawn, revoked, "
        "forfeited or deregistered."
    ),
)
@REASON
@remote
async def issue_licence(
    call: Call,
    ended: str,
    corrects: str,
    reason: tuple[str, ...],
    **body: Any,  # noqa: ANN401 - texts, and lists of texts
) -> None:
    """Sign a licence's state: issued, changed or ended. The same number replaces the first."""
    given = typed_reasons(reason)
    how, _, on = ended.partition(":")
    how = code_of("end", how, call.out.lang)
    typed: Fields = {
        **body,
        "lines": [licences.line_of(each) for each in body["lines"]],
        "applications": licences.words(body["applications"]),
        "customers": licences.words(body["customers"]),
        "ended": {"how": how, "on": on} if ended else {},
        "corrects": str((await entry_of(call.node, corrects))["id"]) if corrects else "",
    }
    made, licence = licences.licence(typed), body["licence"]
    await call.sign(payloads.licence_issued, made, reasons=given, licence=licence)


@app.command("draw")
@argument("licence", _NUMBER, "number")
@required("--line", _LINE)
@fields(
    Draw,
    {
        "on": "Give the date of the use.",
        "application": "Name the application that it was used for.",
        "customer": "Name the customer, where the charter allows it.",
        "corrects": "Replace an earlier draw-down, such as CN-340; quantity 0 cancels it.",
    },
)
@REASON
@remote
async def draw_down(
    call: Call, line: str, corrects: str, reason: tuple[str, ...], **body: str
) -> None:
    """Sign the quantity used of a licence. It is not a shipment."""
    given = typed_reasons(reason)
    typed: Fields = {
        **body,
        **licences.line_of(line),
        "corrects": str((await entry_of(call.node, corrects))["id"]) if corrects else "",
    }
    made, licence = licences.draw(typed), body["licence"]
    await call.sign(payloads.licence_drawn, made, reasons=given, licence=licence)
