"""`special-channel meeting …`: list, show, hold, add, mark. The command signs; the node stores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, cast

from special_channel.cli import options, references
from special_channel.cli.bodies import fields
from special_channel.cli.command import (
    Choice,
    argument,
    flag,
    group,
    option,
    repeated,
    useless,
)
from special_channel.cli.reasons import REASON_OF_TEXT, typed_reasons
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import LIMIT, Column, Item, Reader, Section, Table, subject, text
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party
from special_channel.core.entries.meetings import Holding
from special_channel.desk import meeting_payloads as payloads
from special_channel.desk.meeting_payloads import MeetingDraft, PointDraft
from special_channel.desk.payloads import Translated
from special_channel.desk.written import Wording

app = group()
_MEETING: Final = "Give the meeting's number, such as EU-900."
_POINT: Final = (
    "Add a point: 'statement:eu | words | translation' or 'promise:cn:2026-12-01 | "
    "words'. Repeat it for more."
)

_KIND: Final = re.compile(
    r"(?P<kind>statement|promise):(?P<who>eu|cn)(?::(?P<due>\d{4}-\d{2}-\d{2}))?"
)
_ROLE: Final = re.compile(r"(?P<who>eu|cn):(?P<role>[a-z][a-z0-9_-]*)")


def _level(reader: Reader, item: Item) -> object:
    """Return the charter's title of a meeting's level."""
    title = item.get("level_title")
    return title[reader.out.lang] if title else item["level"]


Table(
    path="/api/meetings",
    help="List meetings, the last held first.",
    columns=(
        text("number"),
        text("on"),
        Column("level", _level),
        text("place"),
        text("points"),
        text("subject"),
    ),
    filters=(
        option("--level", "List only those of this level of the charter."),
        option("--side", "List only those that this side drafted.", Choice("eu", "cn")),
        option(
            "--mark",
            "List only those with points not marked yet, or understood differently.",
            Choice("unmarked", "differed"),
        ),
        options.SINCE,
        options.UNTIL,
        options.OLDEST,
        LIMIT,
    ),
    derive=lambda item: {**item, "subject": subject(item)},
).add_to(app, "list")


def _meeting(reader: Reader, meeting: Item) -> Iterator[str]:
    for words in meeting["subjects"] or ["–"]:
        yield f"{meeting['number']}  {words}"
    yield f"{meeting['on']}  {meeting['place']}  {_level(reader, meeting)}"


def _point_lines(reader: Reader, point: Item) -> Iterator[str]:
    label = reader.out.label
    kind = f"{label('point', point['kind'])} {label('side', point['who'])} {point.get('due', '')}"
    standing = label("standing", point["standing"])
    yield f"\n{point['name']}  {point['position']}  {kind.strip()}  {standing}"
    for entry in (point, *point["marks"]):
        for words in (*entry["paragraphs"], *entry["translation"]):
            for line in words["text"].splitlines():
                yield f"  {entry['position']}  {line}"


Table(
    path="/api/meetings/{number}",
    help="Show a meeting: its points, their marks and texts.",
    number=_MEETING,
    items="",
    sections=(Section(_meeting), Section(_point_lines, each="items")),
).add_to(app, "show")


@app.command("hold")
@argument("subject", "Give the subject, in one line.")
@fields(
    Holding,
    {
        "on": "Give the day on which it was held, such as 2026-11-19.",
        "place": "Name the place, in both languages.",
        "level": "Name a level of the charter.",
    },
    level="working",
)
@repeated("--present", "Name who was there, by role, such as eu:head. Repeat it for more.")
@repeated("--point", _POINT)
@options.TRANSLATION
@options.LANG_OF
@REASON_OF_TEXT
@remote
async def hold(  # noqa: PLR0913 - its options
    call: Call,
    subject: str,
    *,
    on: str,
    place: str,
    level: str,
    present: tuple[str, ...],
    point: tuple[str, ...],
    translation: str,
    lang_of: str,
    reason: tuple[str, ...],
) -> None:
    """Draft a meeting with its points; the other side marks each."""
    own, other = call.languages(lang_of)
    points = [_point(text, own, other) for text in point]
    roles = tuple(_role(text) for text in present)
    author = await call.official.author()
    words = _wording(own, subject, other, translation)
    meeting = payloads.meeting_held(author, MeetingDraft(words, on, place, level, roles))
    id_ = dsse.decode(meeting.envelope).id
    noted = (payloads.point_noted(author, id_, each) for each in points)
    await call.send(meeting, *noted, reasons=typed_reasons(reason))


@app.command("add")
@argument("number", _MEETING, "number")
@argument("point", _POINT, nargs=-1, required=True)
@options.LANG_OF
@REASON_OF_TEXT
@remote
async def add(
    call: Call, number: str, point: tuple[str, ...], lang_of: str, reason: tuple[str, ...]
) -> None:
    """Add points to a meeting that our side drafted; the other side marks each."""
    own, other = call.languages(lang_of)
    points = [_point(text, own, other) for text in point]
    meeting = await call.node.get(f"/api/meetings/{number}")
    author, id_ = await call.official.author(), str(meeting["meeting"])
    noted = (payloads.point_noted(author, id_, each) for each in points)
    await call.send(*noted, reasons=typed_reasons(reason))


@app.command("mark")
@argument("number", "Give the point's own position, such as EU-901.", "number")
@flag("--agreed", "Agree: it is as our side understood it.")
@option("--differs", "Write how our side understood it instead.")
@options.TRANSLATION
@options.LANG_OF
@REASON_OF_TEXT
@remote
async def mark(  # noqa: PLR0913 - its options
    call: Call,
    number: str,
    *,
    agreed: bool,
    differs: str,
    translation: str,
    lang_of: str,
    reason: tuple[str, ...],
) -> None:
    """Mark a point of the other side's meeting: agreed, or how our understanding differs."""
    if agreed == bool(differs):
        raise Malformed("mark-malformed", "A mark is --agreed or --differs with words.")
    of_words = {"--translation": translation, "--lang-of": lang_of, "--reason": reason}
    for name, typed in of_words.items():
        if agreed and typed:
            raise useless(name, "--agreed")
    point = str((await references.entry_of(call.node, number))["id"])
    own, other = call.languages(lang_of)
    if agreed:
        await call.sign(payloads.point_agreed, point)
    else:
        words = _wording(own, differs, other, translation)
        await call.sign(payloads.point_differed, point, words, reasons=typed_reasons(reason))


def _wording(lang: str, text: str, other: str, translation: str) -> Wording:
    return Wording(lang, text, Translated(other, translation) if translation else None)


def _point(text: str, own: str, other: str) -> PointDraft:
    """Read `kind:who[:day] | words | translation`.

    Raises:
        Malformed: `point-malformed`.
    """
    kind, words, translation, *rest = [each.strip() for each in text.split("|")] + ["", ""]
    match = _KIND.fullmatch(kind)
    if match is None or not words or any(rest):
        raise Malformed("point-malformed", "A point looks like: promise:cn:2026-12-01 | words.")
    return PointDraft(
        _wording(own, words, other, translation),
        cast(Literal["statement", "promise"], match["kind"]),
        cast(Party, match["who"]),
        match["due"] or "",
    )


def _role(text: str) -> tuple[Party, str]:
    match = _ROLE.fullmatch(text)
    if match is None:
        raise Malformed("role-malformed", "A role looks like eu:head.", text=text[:80])
    return cast(Party, match["who"]), match["role"]
