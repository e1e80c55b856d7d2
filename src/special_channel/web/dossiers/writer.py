"""What every dossier has: edition, cover, the state of both records, entries with their digests.

The shareable edition has nothing but the two shared logs: desks and numbers instead of names, no
private entry, no verdict of our scanners, no column of our side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

from special_channel.core.bytes.ids import Party, Position
from special_channel.core.log import checkpoint
from special_channel.desk.dossiers import Cell, Dossier, DossierPart, FiledEntry, FiledTable
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.messages.dates import full_date
from special_channel.ports import Stored
from special_channel.web.shared.capitals import both, local, moment, place
from special_channel.web.shared.viewpoint import Author, side_name
from special_channel.web.shared.words import NO_LANGUAGE, Pair, Words
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import effect_text, numbered
from special_channel.web.shell.people import people

# ASCII alone: Chinese is written without blanks around a number.
_NUMBER: Final = re.compile(r"(?<![\w-])(?:EU|CN)-[0-9]+(?: Q[0-9]+)?(?![\w-])", re.ASCII)

GROUP: Final = 8
"""Hex digits of a group: what a reader compares at a glance."""


@dataclass(frozen=True, slots=True)
class DossierWriter:
    """Writes the words of a dossier in the reader's language; `internal`: for our side alone."""

    context: PageContext
    internal: bool

    def say(self, code: str, **facts: str | int) -> str:
        """Return a sentence of dossiers."""
        return self.context.t.gettext(f"dossier.{code}", **facts)

    def label(self, group: str, code: str) -> str:
        """Return the words of a code."""
        return self.context.t.label(group, code)

    def only(self, listed: int, total: int) -> str:
        """Say how many of a number are in the dossier; empty if all are."""
        return self.say("only", listed=listed, total=total) if listed < total else ""

    def in_both(self, write: Callable[[Catalogue], str]) -> Cell:
        """Write a text in the reader's language and below it in the other one."""
        mine = self.context.lang
        other: Lang = "en" if mine == "zh-CN" else "zh-CN"
        first, second = write(catalogue(mine)), write(catalogue(other))
        return Cell(first, below=(Cell(second, other),) if first != second else ())

    def side(self, party: Party) -> str:
        """Return a side's short name."""
        return side_name(self.context, party).short.first(self.context.lang).text

    def both_times(self, at: datetime) -> str:
        """Write an instant in both capitals, with its year."""
        return both(at, self.context.party, self.context.lang, None)

    def times(self, at: datetime) -> tuple[tuple[str, str], ...]:
        """Return an instant by capital, our own first."""
        context = self.context
        return tuple(
            (place(party, context.lang), moment(at, party, context.lang, None))
            for party in (context.party, context.peer)
        )

    def timed(self, at: datetime, code: str = "") -> Cell:
        """Write a table's instant in both capitals, one below the other; `code`: its sentence."""
        own, other = (self.say("time-in", place=place, time=time) for place, time in self.times(at))
        return Cell(self.say(code, time=own) if code else own, below=(Cell(other),))

    def date(self, on: date | None) -> str:
        """Write a date; a dash without one."""
        return full_date(on, self.context.lang) if on else "–"

    def numbered(self, number: str) -> str:
        """Return an entry's number, with a word next to it if the entry is in doubt."""
        return numbered(self.context, number)

    def marked(self, sentence: str) -> str:
        """Return our own sentence with a word next to each number of an entry in doubt."""
        return _NUMBER.sub(lambda found: self.numbered(found[0]), sentence)

    def words(self, words: Words) -> Cell:
        """Return a text of the record, or the word for its absence."""
        if words.presence != "present":
            return Cell(self.label("presence", words.presence))
        return Cell(words.text, words.lang)

    def author(self, author: Author) -> str:
        """Name an author: by name on our side's internal dossier, else by desk and number."""
        if self.internal and author.name:
            return author.name
        if author.place:
            lang = self.context.lang
            desk = author.desk.first(lang).text
            return self.context.t.gettext("official.numbered", desk=desk, number=author.place)
        return author.desk.first(self.context.lang).text

    def role(self, author: Author) -> str:
        """Return an author's function and the number of the key."""
        role = self.label("role", author.role) if author.role else ""
        desk = author.desk.first(self.context.lang).text if self.internal and author.name else ""
        number = author.number if author.number != "–" else ""
        return self.say("join").join(filter(None, (desk, role, number)))

    def sides(self, party: Party) -> tuple[Cell, ...]:
        """Return a side's chip, in both scripts."""
        chinese = catalogue("zh-CN").label("side", party)
        return (Cell(f"{party.upper()} ", NO_LANGUAGE), Cell(chinese, "zh-CN"))

    def digest(self, stored: Stored) -> tuple[str, str]:
        """Return an entry's digest in groups, with its word."""
        return self.context.t.gettext("Entry (SHA-256)"), grouped(stored.id)


class Subject(NamedTuple):
    """What a dossier is of.

    Attributes:
        code: `thread`, `list` or `application`.
        number: Its number or name.
        title: In one or both languages.
    """

    code: Literal["thread", "list", "application"]
    number: str
    title: Pair


async def dossier(
    writer: DossierWriter,
    subject: Subject,
    *,
    facts: Iterable[tuple[str, Sequence[Cell] | str]],
    cover: Sequence[DossierPart],
    parts: Sequence[DossierPart],
) -> Dossier:
    """Put a dossier together.

    Args:
        writer: The words and the edition.
        subject: What the dossier is of.
        facts: Facts of the subject alone; who made the dossier and when is added.
        cover: Parts after the state of both records.
        parts: Parts of the pages after the cover.
    """
    context = writer.context
    edition = "internal" if writer.internal else "shareable"
    code, number, title = subject
    first, other = title.in_order(context.lang)
    written = [
        (writer.say(f"fact.{word}"), (Cell(value),) if isinstance(value, str) else tuple(value))
        for word, value in facts
        if value
    ]
    name = number.replace("/", "-").replace(" ", "-")
    return Dossier(
        lang=context.lang,
        internal=writer.internal,
        label=writer.say(f"label.{edition}"),
        edge=writer.say("edge") if writer.internal else "",
        notice=_notice(writer, parts),
        subject=writer.marked(writer.say(f"subject.{code}", number=number)),
        kind=writer.say(f"kind.{code}"),
        title=writer.words(first),
        other_title=writer.words(other) if other and other.text else None,
        facts=(*written, (writer.say("fact.printed"), (Cell(await _printed(writer)),))),
        cover=(await _records(writer), *cover),
        parts=tuple(parts),
        effect=effect_text(context),
        removed=context.t.gettext("changed.removed"),
        added=context.t.gettext("changed.added"),
        file_name=f"dossier-{name}-{edition}-{local(context.now, context.party):%Y%m%d}",
    )


def _notice(writer: DossierWriter, parts: Iterable[DossierPart]) -> str:
    """Say what the edition holds; an entry of our log can be on its way to the other side."""
    if writer.internal:
        return writer.say("notice.internal")
    context = writer.context
    numbers = (
        Position.parse(block.number)
        for each in parts
        for block in each.blocks
        if isinstance(block, FiledEntry)
    )
    delivered = context.delivered[context.party]
    if any(each.party == context.party and each.index >= delivered for each in numbers):
        return writer.say("notice.on-its-way", side=writer.side(context.peer))
    return writer.say("notice.shareable")


async def _printed(writer: DossierWriter) -> str:
    context = writer.context
    reader = (await people(context, [context.reader.key])).author(context.reader.key)
    name = writer.author(reader)
    if not writer.internal:
        name = writer.say("printed-by", side=writer.side(context.party), desk=name)
    return writer.say("printed", name=name, time=writer.both_times(context.now))


async def _records(writer: DossierWriter) -> DossierPart:
    """Write the last cosigned checkpoint of each record, and what is not cosigned yet."""
    context, rows, rest = writer.context, [], []
    for party in (context.party, context.peer):
        head = context.heads[party]
        note = await context.own.stores.record.cosigned(party, head.cosigned - 1)
        if not head.cosigned or note is None:
            rows.append(
                (
                    Cell(writer.side(party)),
                    Cell(str(head.size)),
                    Cell(writer.say("not-cosigned")),
                    Cell(grouped(head.frontier.root().hex()), NO_LANGUAGE),
                )
            )
            continue
        _, stated = checkpoint.parse(note)
        at = context.cosigned(party, note)
        rows.append(
            (
                Cell(writer.side(party)),
                Cell(str(stated.size)),
                writer.timed(at) if at else Cell("–"),
                Cell(grouped(stated.root.hex()), NO_LANGUAGE),
            )
        )
        if head.size > stated.size:
            rest.append(
                writer.say("beyond", side=writer.side(party), count=head.size - stated.size)
            )
    heads = ("record", "entries", "checkpoint", "root")
    table = FiledTable(
        tuple(writer.say(f"head.{each}") for each in heads),
        tuple(rows),
        " ".join(rest) if context.lang == "en" else "".join(rest),
    )
    return DossierPart("records", writer.say("records"), (table,))


def grouped(hexes: str) -> str:
    """Write a digest in groups of eight digits."""
    return " ".join(hexes[at : at + GROUP] for at in range(0, len(hexes), GROUP))
