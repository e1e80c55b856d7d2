"""The forms by which CN's officials record a licence or a draw-down: read, checked, told.

Nothing is written here: the reader's browser signs what the page shows, and the node judges it
as any entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.desk import licences as desk
from special_channel.desk.cells import plain
from special_channel.desk.payloads import Fields
from special_channel.web.pages.licences import RecordPage
from special_channel.web.reading.licences import shares_customers
from special_channel.web.shared.references import licence_url
from special_channel.web.shell.context import Scene

LINES: Final = 6
"""Control codes that the form has room for; the command line takes thirty."""

_LICENCE: Final = ("licence", "type", "per", "issued_on", "valid_from", "valid_to")
_DRAW: Final = ("code", "quantity", "unit", "basis", "on", "application", "customer")
_LINE: Final = ("code", "quantity", "unit", "basis")

NEW: Final = "/new-licence"


def empty_licence(scene: Scene, row: LicenceRow | None) -> RecordPage:
    """Return the form for a licence, filled in as it stands where it is known."""
    given = {"per": "licence_year", "type": "general"}
    if row is not None:
        now = row.now
        given = {
            "licence": row.licence,
            "type": now.type,
            "per": now.per,
            "issued_on": now.issued_on,
            "valid_from": now.valid_from,
            "valid_to": now.valid_to,
            "applications": "\n".join(now.applications),
            "customers": "\n".join(now.customers),
        }
        for place, line in enumerate(now.lines):
            values = (line.code, line.quantity, line.unit, line.basis)
            given |= {f"{name}-{place}": value for name, value in zip(_LINE, values, strict=True)}
    return _page(scene, "licence", given, row)


def checked_licence(scene: Scene, given: Mapping[str, str]) -> RecordPage:
    """Return the form with what it would sign, or with the field that can't be taken."""
    fields: Fields = {name: plain(given.get(name, "")) for name in _LICENCE}
    lines: list[Value] = []
    for place in range(_rows(given)):
        line = {name: plain(given.get(f"{name}-{place}", "")) for name in _LINE}
        if line["code"] or line["quantity"]:
            lines.append(dict(line))
    fields |= {"lines": lines, "applications": desk.words(given.get("applications", "").split())}
    if shares_customers(scene):
        fields["customers"] = desk.words(given.get("customers", "").splitlines())
    if given.get("ended_how"):
        fields["ended"] = {"how": given["ended_how"], "on": plain(given.get("ended_on", ""))}
    page = _page(scene, "licence", dict(given), None, str(fields["licence"]))
    return _told(scene, page, lambda: desk.licence(fields))


def empty_draw(
    scene: Scene, row: LicenceRow, draws: Sequence[DrawRow], corrects: str
) -> RecordPage:
    """Return the form for a draw-down of a licence; `corrects` is an earlier one's position."""
    first = row.now.lines[0]
    given: dict[str, str] = {"unit": first.unit, "basis": first.basis}
    for draw in draws:
        if f"CN-{draw.index}" == corrects and draw.corrected < 0:
            given = {
                "corrects": draw.draw,
                "corrects_position": corrects,
                **{name: str(getattr(draw, name)) for name in _DRAW},
            }
    return _page(scene, "draw", given, row)


def checked_draw(scene: Scene, row: LicenceRow, given: Mapping[str, str]) -> RecordPage:
    """Return the form with what it would sign, or with the field that can't be taken."""
    fields: Fields = {"licence": row.licence}
    fields |= {name: plain(given.get(name, "")) for name in _DRAW}
    if not shares_customers(scene):
        fields.pop("customer")
    fields["corrects"] = given.get("corrects", "")
    return _told(scene, _page(scene, "draw", dict(given), row), lambda: desk.draw(fields))


def _rows(given: Mapping[str, str]) -> int:
    places = [int(name[5:]) for name in given if name[:5] == "code-" and name[5:].isdecimal()]
    return min(max(places, default=0) + 1, 30)


def _page(
    scene: Scene, what: str, given: dict[str, str], row: LicenceRow | None, number: str = ""
) -> RecordPage:
    number = row.licence if row else number
    then = licence_url(number) if number else "/licences"
    draws = what == "draw"
    return RecordPage(
        what="draw" if draws else "licence",
        action=f"{then}/draw" if draws else NEW,
        then=then,
        given=given,
        number=number,
        codes=tuple(line.code for line in row.now.lines) if row and draws else (),
        shared_customers=shares_customers(scene),
        lines=max(LINES, _rows(given) + 1),
    )


def _told(scene: Scene, page: RecordPage, make: Callable[[], Fields]) -> RecordPage:
    try:
        body = make()
    except Malformed as error:
        return replace(page, fault=str(error.facts.get("field", "")) or "-")
    said = tuple(
        (scene.t.label("field", name), _words(scene, name, value)) for name, value in body.items()
    )
    return replace(page, body=canonical.dumps(body).decode(), told=said)


def _words(scene: Scene, name: str, value: Value) -> str:
    """Put a field's value into the reader's words."""
    chinese = scene.lang == "zh-CN"
    if isinstance(value, list):
        return ("、" if chinese else ", ").join(_words(scene, name, each) for each in value)
    if isinstance(value, dict):
        if name == "lines":
            return " ".join(
                (
                    str(value["code"]),
                    str(value["quantity"]),
                    scene.t.label("unit", str(value["unit"])),
                    scene.t.label("quantity", str(value["basis"])),
                )
            )
        return ("，" if chinese else ", ").join(
            _words(scene, f"{name}_{key}", each) for key, each in value.items()
        )
    groups = {
        "type": "licence",
        "per": "per",
        "unit": "unit",
        "basis": "quantity",
        "ended_how": "end",
    }
    return scene.t.label(groups[name], str(value)) if name in groups else str(value)
