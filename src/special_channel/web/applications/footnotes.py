"""Footnotes to statements on an application, on a page of our own side alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from special_channel.core.bytes.ids import Position
from special_channel.core.rows.applications import ApplicationRow
from special_channel.web.applications.portions import Place
from special_channel.web.applications.reading import reading_notes
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.reading import Noted
from special_channel.web.shell.reasons import reason_words, reasons_by, stored_reasons


@dataclass(frozen=True, slots=True)
class Footnotes:
    """What stands beside statements.

    Attributes:
        reasons: Authors' reasons for findings in our statements, by the entry's number.
        notes: What the reader may note of the other side's statements, by place.
    """

    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[Place, Noted] = field(default_factory=dict)


async def footnotes(
    context: PageContext, row: ApplicationRow, shown: Collection[Place]
) -> Footnotes:
    """Return what stands beside the statements on an application.

    `shown`: places of the other side's statements.
    """
    return Footnotes(await _own_reasons(context, row), await reading_notes(context, row, shown))


async def _own_reasons(context: PageContext, row: ApplicationRow) -> Mapping[str, str]:
    """Return the authors' reasons for findings in our side's statements, by the entry's number.

    For a page of our own officials alone: they are in no file, print or answer of the API.
    """
    party, stores = context.party, context.own.stores
    places = {each.id: each.place for each in row.history(party)}
    places |= {each.id: each.place for each in row.marks(party)}
    signed = await stored_reasons(stores.views, [*places]) if context.writes else []
    authors = await stores.record.find([each.about for each in signed]) if signed else {}
    words: dict[str, list[str]] = {}
    joined = "; " if context.lang == "en" else "；"
    for each in signed:
        index, in_sheet = places[each.about]
        author = authors[each.about].by if each.about in authors else ""
        for reason in reasons_by([each], each.about, author):
            if not in_sheet or in_sheet in reason.rows:
                known = words.setdefault(str(Position(party, index)), [])
                known.append(reason_words(context.t, reason))
    return {position: joined.join(dict.fromkeys(each)) for position, each in words.items()}
