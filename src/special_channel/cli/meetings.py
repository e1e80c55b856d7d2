"""`special-channel meeting …`: list, show, hold, add, mark. Signs here; the node only stores.

A question about an agreed promise is a note: it is put on the meeting's page. Nothing is said in
anybody's name.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, cast

import typer

from special_channel.cli import references
from special_channel.cli.printing import print_line
from special_channel.cli.remote import Call, remote
from special_channel.cli.threads import LangOption, TranslationOption, languages
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.desk import meeting_payloads as payloads
from special_channel.desk.meeting_payloads import MeetingDraft, PointDraft, Wording
from special_channel.desk.payloads import Translated

app = typer.Typer(help="Meetings: list, show, hold, add and mark points.", no_args_is_help=True)

_KIND: Final = re.compile(
    r"(?P<kind>statement|promise):(?P<who>eu|cn)(?::(?P<due>\d{4}-\d{2}-\d{2}))?"
)
_ROLE: Final = re.compile(r"(?P<who>eu|cn):(?P<role>[a-z][a-z0-9_-]*)")


@app.command("list")
@remote
async def list_meetings(
    call: Call,
    *,
    level: Annotated[str, typer.Option(help="Only those of this level of the charter.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
) -> None:
    """List meetings, the last held first."""
    items = (await call.node.get("/api/meetings", {"level": level, "limit": limit}))["items"]
    call.out.rows(
        (
            {**item, "subject": next(iter(item.get("subjects") or ["–"])), **_level(call, item)}
            for item in items
        ),
        ("number", "on", "level", "place", "points", "subject"),
    )


@app.command("show")
@remote
async def show_meeting(
    call: Call, number: Annotated[str, typer.Argument(help="The meeting's number, such as EU-900.")]
) -> None:
    """Show a meeting: its points, how each is marked, and the words."""
    items = (await call.node.get(f"/api/meetings/{number}"))["items"]
    if call.out.as_json:
        call.out.rows(items, ())
        return
    meeting = items[0]
    said = {item["id"]: item for item in items if item["type"] == "entry"}
    for subject in meeting.get("subjects") or ["–"]:
        print_line(f"{meeting['number']}  {subject}")
    level = _level(call, meeting).get("level", meeting["level"])
    print_line(f"{meeting['on']}  {meeting['place']}  {level}")
    for point in (item for item in items if item["type"] == "point"):
        _print_point(call, point, said)


def _level(call: Call, item: dict[str, Any]) -> dict[str, str]:
    """Return what the charter calls a meeting's level; nothing for machines, which read codes."""
    title = item.get("level_title")
    return {"level": title[call.out.lang]} if title and not call.out.as_json else {}


def _print_point(call: Call, point: dict[str, Any], said: dict[str, Any]) -> None:
    who = call.out.label("side", point["who"])
    kind = f"{call.out.label('point', point['kind'])} {who} {point['due']}"
    standing = call.out.label("standing", point["standing"])
    print_line(f"\n{point['name']}  {point['position']}  {kind.strip()}  {standing}")
    for id_ in (point["point"], *(mark["id"] for mark in point["marks"])):
        for text in said.get(id_, {}).get("texts", ()):
            for line in text.splitlines():
                print_line(f"  {said[id_]['position']}  {line}")


@app.command("hold")
@remote
async def hold(  # noqa: PLR0913 - its options
    call: Call,
    subject: Annotated[str, typer.Argument(help="Subject, one line.")],
    *,
    on: Annotated[str, typer.Option("--on", help="The day it was held: 2026-11-19.")],
    place: Annotated[str, typer.Option(help="Where, in both languages.")],
    level: Annotated[str, typer.Option(help="A level of the charter.")] = "working",
    present: Annotated[
        list[str] | None, typer.Option(help="Who was there, by role: eu:head. Repeat it.")
    ] = None,
    point: Annotated[
        list[str] | None,
        typer.Option(
            help="A point: 'statement:eu | words | translation', 'promise:cn:2026-12-01 | words'. "
            "Repeat it for more."
        ),
    ] = None,
    translation: TranslationOption = "",
    lang_of: LangOption = "",
) -> None:
    """Draft a meeting with its points; the other side marks each."""
    own, other = languages(call, lang_of)
    points = [_point(text, own, other) for text in point or ()]
    roles = tuple(_role(text) for text in present or ())
    author = await call.official.author()
    words = _wording(own, subject, other, translation)
    meeting = payloads.meeting_held(author, MeetingDraft(words, on, place, level, roles))
    id_ = dsse.decode(meeting.envelope).id
    await call.send(meeting, *(payloads.point_noted(author, id_, each) for each in points))


@app.command("add")
@remote
async def add(
    call: Call,
    number: Annotated[str, typer.Argument(help="The meeting's number, such as EU-900.")],
    point: Annotated[
        list[str],
        typer.Argument(
            help="A point: 'statement:eu | words | translation', 'promise:cn:2026-12-01 | words'. "
            "Repeat it for more."
        ),
    ],
    *,
    lang_of: LangOption = "",
) -> None:
    """Add points to a meeting that our side drafted; the other side marks each."""
    own, other = languages(call, lang_of)
    points = [_point(text, own, other) for text in point]
    meeting = (await call.node.get(f"/api/meetings/{number}"))["items"][0]
    author, id_ = await call.official.author(), str(meeting["meeting"])
    await call.send(*(payloads.point_noted(author, id_, each) for each in points))


@app.command("mark")
@remote
async def mark(
    call: Call,
    number: Annotated[str, typer.Argument(help="The point's own position, such as EU-901.")],
    *,
    agreed: Annotated[
        bool, typer.Option("--agreed", help="It is as our side understood it.")
    ] = False,
    differs: Annotated[
        str, typer.Option("--differs", help="How our side understood it instead.")
    ] = "",
    translation: TranslationOption = "",
    lang_of: LangOption = "",
) -> None:
    """Mark a point of the other side's meeting: agreed, or how our understanding differs."""
    if agreed == bool(differs):
        raise Malformed("mark-malformed", "A mark is --agreed or --differs with words.")
    found = await references.entry_of(call.node, number)
    own, other = languages(call, lang_of)
    author = await call.official.author()
    point = str(found["id"])
    if agreed:
        entry = payloads.point_agreed(author, point)
    else:
        entry = payloads.point_differed(author, point, _wording(own, differs, other, translation))
    await call.send(entry)


def _wording(lang: str, text: str, other: str, translation: str) -> Wording:
    return Wording(lang, text, Translated(other, translation) if translation else None)


def _point(text: str, own: str, other: str) -> PointDraft:
    """Read `kind:who[:day] | words | translation`.

    Raises:
        Malformed: `point-malformed`.
    """
    kind, words, translation, *rest = [each.strip() for each in text.split("|")] + ["", ""]
    found = _KIND.fullmatch(kind)
    if found is None or not words or any(rest):
        raise Malformed("point-malformed", "A point looks like: promise:cn:2026-12-01 | words.")
    return PointDraft(
        _wording(own, words, other, translation),
        cast(Literal["statement", "promise"], found["kind"]),
        cast(Party, found["who"]),
        found["due"] or "",
    )


def _role(text: str) -> tuple[Party, str]:
    found = _ROLE.fullmatch(text)
    if found is None:
        raise Malformed("role-malformed", "A role looks like eu:head.", text=text[:80])
    return cast(Party, found["who"]), found["role"]
