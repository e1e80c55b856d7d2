"""`special-channel numbers`: applications in numbers as of a date, by the sides' statements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from special_channel.cli.command import command, option
from special_channel.cli.printing import print_line
from special_channel.cli.remote import Call, remote
from special_channel.messages.catalogue import Catalogue, catalogue, commands


@command()
@option("--on", "As of this date in Beijing, such as 2025-10-21; today.", "date")
@remote
async def numbers(call: Call, on: str) -> None:
    """Count applications by state, as each side states them, with the definitions used."""
    query: dict[str, str | int] = {"lang": call.out.lang}
    query |= {"on": on} if on else {}
    found = await call.node.get("/api/numbers", query)
    if call.out.as_json:
        call.out.document(found)
        return
    words = catalogue(call.out.lang)
    sides = [side["by"] for side in found["sides"]]
    shown = [f"by_{side}" for side in sides]
    print_line(words.gettext("numbers-said.head", on=found["on"], listed=_listed(found)))
    call.out.rows(_rows(call, found, sides), ("measure", "title", *shown, "definition"))
    if found["public"]:
        print_line(f"\n{words.gettext('Beside what was published')}")
        call.out.rows(
            (_public(item, sides) for item in found["public"]),
            ("on", "published", *shown, "definition"),
        )


def _listed(found: dict[str, Any]) -> int:
    return int(found["sides"][0]["listed"])


def _rows(call: Call, found: dict[str, Any], sides: list[str]) -> Iterator[dict[str, Any]]:
    words = commands(call.out.lang)
    by_side = {side["by"]: side for side in found["sides"]}
    for item in found["definitions"]:
        values = {f"by_{side}": _value(words, by_side[side][item["measure"]]) for side in sides}
        yield {**item, **values}


def _value(words: Catalogue, value: int | dict[str, int]) -> str:
    """Write a count, or a median and 90th percentile in days."""
    if isinstance(value, int):
        return str(value)
    if "median" not in value:
        return "–"
    return words.gettext("%(days)s d", days=f"{value['median']} / {value['ninth_decile']}")


def _public(item: dict[str, Any], sides: list[str]) -> dict[str, Any]:
    return {**item, **{f"by_{side}": f"{item['part'][side]}/{item['listed']}" for side in sides}}
