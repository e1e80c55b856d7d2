"""`special-channel figures`: how asks were answered, counted from signed entries."""

from __future__ import annotations

from typing import Any

from special_channel.cli.command import command, option
from special_channel.cli.printing import print_line
from special_channel.cli.remote import Call, remote
from special_channel.messages.catalogue import Catalogue, catalogue, commands

IN_DAYS = frozenset({"days-to-answer", "days-to-acknowledge"})


@command()
@option("--since", "First date of asking (UTC), such as 2026-01-01.", "date")
@option("--until", "Date of asking before which to end (UTC), not included.", "date")
@remote
async def figures(call: Call, since: str, until: str) -> None:
    """Show response times and rates: IMI's indicators and their basis."""
    query: dict[str, str | int] = {"lang": call.out.lang}
    query |= {name: value for name, value in (("since", since), ("until", until)) if value}
    found = await call.node.get("/api/figures", query)
    if call.out.as_json:
        call.out.document(found)
        return
    said = catalogue(call.out.lang).gettext(
        "Counted from entries up to %(eu)s and %(cn)s by definitions %(definitions)s.",
        eu=_last("EU", found["eu"]),
        cn=_last("CN", found["cn"]),
        definitions=found["definitions"],
    )
    print_line(said)
    for side in found["sides"]:
        _print_side(call, side)
    print_line(f"\n{found['effect']}")


def _print_side(call: Call, side: dict[str, Any]) -> None:
    words, said = catalogue(call.out.lang), commands(call.out.lang)
    apart = said.gettext(", ").join(
        f"{words.label('figure-apart', name)} {side[name]}"
        for name in ("crossed", "unconfirmed", "ended")
    )
    asked = words.gettext(
        "figure-said.side",
        side=words.label("side", side["answering"]),
        asks=side["asks"],
        counted=side["counted"],
        apart=apart,
    )
    print_line(f"\n{asked}")
    call.out.rows(
        (_row(item, said) for item in side["measures"]),
        ("measure", "title", "value", "of", "undecided", "agreed"),
    )


def _row(item: dict[str, Any], words: Catalogue) -> dict[str, Any]:
    agreed = item.get("agreed")

    def counted(value: object) -> str:
        in_days = item["measure"] in IN_DAYS
        if in_days:
            return words.gettext("%(days)s d", days=str(value))
        return words.gettext("%(share)s %%", share=str(value))

    return {
        **item,
        "value": counted(item["value"]) if "value" in item else "–",
        "of": f"{item['part']}/{item['whole']}" if "part" in item else item["whole"],
        "agreed": "–" if agreed is None else counted(agreed),
    }


def _last(party: str, size: int) -> str:
    return f"{party}-{size - 1}" if size else "–"
