"""Entries of lists, licences and priority, signed by the tests' officials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import Party
from tests.world import Entry, World

LICENCE = "虚构-26-00001"


def list_row(row: int, number: str, **changed: Any) -> dict[str, Value]:
    made: dict[str, Value] = {
        "row": row,
        "number": number,
        "urgency": "normal",
        "rank": row,
        "first_listed": "2026-11-20",
        "times_listed": 1,
    }
    return made | changed


def amend(
    world: World, batch: Entry, *, rows: int = 0, also: Sequence[str] = ("head",), **sheet: Any
) -> Entry:
    count = rows or sum(len(each) for each in sheet.values())
    payload = world.payload("eu", "batch.amended", ref=batch.id, body={"rows": count})
    return world.append("eu", payload, [world.data("list-amendment", sheet)], also=list(also))


def mark(world: World, party: Party, number: str, act: str, on: str, **more: Any) -> Entry:
    body = {"number": number, "act": act, "on": on, "source": "bureau"} | more
    return world.append(party, world.payload(party, "clock.marked", body=body))


def line(
    code: str = "1C905.a", quantity: Value = "5", unit: str = "t", basis: str = "gross"
) -> dict[str, Value]:
    return {"code": code, "quantity": quantity, "unit": unit, "basis": basis}


def licence_body(**changed: Any) -> dict[str, Value]:
    body: dict[str, Value] = {
        "licence": LICENCE,
        "type": "general",
        "lines": [line()],
        "per": "licence_year",
        "issued_on": "2026-11-20",
        "valid_from": "2026-12-01",
        "valid_to": "2027-11-30",
    }
    return body | changed


def issue(world: World, party: Party = "cn", **changed: Any) -> Entry:
    body = licence_body(**changed)
    return world.append(party, world.payload(party, "licence.issued", body=body))


def draw_body(quantity: str, **changed: Any) -> dict[str, Value]:
    body: dict[str, Value] = {
        "licence": LICENCE,
        "code": "1C905.a",
        "quantity": quantity,
        "unit": "kg",
        "basis": "gross",
        "on": "2026-12-08",
    }
    return body | changed


def draw(world: World, quantity: str, party: Party = "cn", **changed: Any) -> Entry:
    """Append a draw-down; `corrects`: id of the one that it replaces, or the whole field."""
    if isinstance(changed.get("corrects"), str):
        changed["corrects"] = {"id": changed["corrects"]}
    body = draw_body(quantity, **changed)
    return world.append(party, world.payload(party, "licence.drawn", body=body))


def request(world: World, *numbers: str, party: Party = "eu", reason: str = "line_stop") -> Entry:
    body = {"applications": list(numbers), "reason": reason}
    return world.append(party, world.payload(party, "priority.requested", body=body))


def reply(world: World, asked: Entry, answers: Mapping[str, str], *, party: Party = "cn") -> Entry:
    said: list[Value] = [{"number": number, "answer": each} for number, each in answers.items()]
    payload = world.payload(party, "priority.answered", ref=asked.id, body={"answers": said})
    return world.append(party, payload)
