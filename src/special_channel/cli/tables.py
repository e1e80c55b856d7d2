"""List and show commands, declared by path, columns and labels.

Does not compute: values come from the node's API. JSON is printed as returned by the node.

What is not declared here checks or pages what it prints: `thread show` and `erase`; `recover`
advises by the state of the logs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from special_channel.cli.client import Node
from special_channel.cli.command import (
    Command,
    Count,
    Decorator,
    Group,
    argument,
    command,
    option,
    stacked,
)
from special_channel.cli.list_downloads import OUT, write_list
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.cli.printing import print_line
from special_channel.cli.remote import Call, remote
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.messages.catalogue import catalogue
from special_channel.messages.dates import as_of
from special_channel.messages.silence import QuestionStatus, line
from special_channel.web.shared.capitals import local, moment
from special_channel.web.shared.file_formats import PAGE_OF

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a table: labels in their language, times in their capital.

    Attributes:
        answer: The node's whole answer, for a column that looks beyond its row.
    """

    out: Output
    party: Party
    now: datetime
    answer: Item = field(default_factory=dict)

    @classmethod
    def of(cls, call: Call, answer: Item | None = None) -> Reader:
        """Return the reader of a command's output."""
        return cls(call.out, call.official.party, MACHINE.now(), answer or {})

    def time(self, text: str | None) -> str:
        """Return an instant of the API as local time; a dash for an empty text."""
        return moment(instant(text), self.party, self.out.lang, self.now) if text else "–"

    def state(self, item: Item) -> str:
        """Return the state of a `question` in the words of the pages, seen from our side."""
        provisional, requested = bool(item["is_provisional"]), not item["agreed"]
        passed = not (provisional or requested) and instant(item["due"]) <= self.now
        status = QuestionStatus(
            item["outcome"],
            item["asker"] != self.party,
            passed,
            requested=requested,
            provisional=provisional,
        )
        known, lang, year = item.get("known_up_to"), self.out.lang, local(self.now, self.party).year
        up_to = as_of(local(instant(known), self.party), lang, year) if known else ""
        return line(catalogue(lang), status, up_to)


_FACTS: Final = (
    "type", "number", "note", "q", "asker", "index", "thread", "accepted", "rule", "outcome",
    "history", "known_up_to",
)  # fmt: skip


def question(item: Item) -> Item:
    """Return a question of the API as the commands print it, with the due time as text."""
    # The node's texts are left out: nothing has checked them.
    due, facts = item["due"], {name: item[name] for name in _FACTS if name in item}
    return facts | {
        "due": due["at"],
        "agreed": not due["requested"],
        "is_provisional": due["provisional"],
    }


Value = Callable[[Reader, Item], object]
Lines = Callable[[Reader, Item], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, or a line of a document: heading and value."""

    heading: str
    value: Value


def text(heading: str, path: str = "") -> Column:
    """Declare a column of plain values; `path` names fields of fields: `cn.clock.day`."""
    return Column(heading, lambda _, item: _at(item, path or heading))


def texts(*headings: str) -> list[Column]:
    """Declare several columns of plain values."""
    return [text(heading) for heading in headings]


def label(heading: str, group: str, path: str = "") -> Column:
    """Declare a column of codes, shown by the labels of a group."""

    def value(reader: Reader, item: Item) -> object:
        code = _at(item, path or heading)
        if isinstance(code, list):
            return [reader.out.label(group, each) for each in code]
        return reader.out.label(group, code) if code else ""

    return Column(heading, value)


def time(heading: str, path: str = "") -> Column:
    """Declare a column of instants, shown as local time."""

    def value(reader: Reader, item: Item) -> object:
        at = _at(item, path or heading)
        return reader.time(at) if at else None

    return Column(heading, value)


def times(*headings: str) -> list[Column]:
    """Declare several columns of instants."""
    return [time(heading) for heading in headings]


def lines(heading: str, form: str, path: str = "") -> Column:
    """Declare a column of lists, an item by a format of its fields."""
    return Column(
        heading, lambda _, item: [form.format(**each) for each in _at(item, path or heading)]
    )


def subject(item: Item) -> str:
    """Return an item's first subject; a dash if erased."""
    return str(next(iter(item.get("subjects") or ["–"])))


def written(reader: Reader, pair: Item) -> str:
    """Return a text in the reader's language if the node has it, else the original."""
    both = [each for each in (pair["original"], pair.get("translation")) if each]
    first = next((each for each in both if each["lang"] == reader.out.lang), both[0])
    return str(first["text"] or "–")


def _at(item: Item, path: str) -> Any:  # noqa: ANN401 - JSON
    found: Any = item
    for name in path.split("."):
        found = found.get(name, "") if isinstance(found, dict) else ""
    return found


FIRST: Final[Decorator] = option("--first", "Begin with this one.", Count(1), default=1)
LIMIT: Final[Decorator] = option("--limit", "Stop after this many.", Count(1, 1000), default=100)

Lookup = Callable[[Node, str], Awaitable[str]]


def _no_lines(_reader: Reader, _item: Item) -> Iterable[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Section:
    """Lines and a table of an answer, for people.

    Attributes:
        lines: Lines above the table.
        items: Field with the rows of the table; without rows no table is printed.
        columns: Columns of the table.
        each: Field with several parts of the answer, each with these lines and this table.
    """

    lines: Lines = _no_lines
    items: str = ""
    columns: Sequence[Column] = ()
    each: str = ""

    def show(self, reader: Reader) -> None:
        """Print the section."""
        for part in reader.answer[self.each] if self.each else (reader.answer,):
            if self.items and not part[self.items]:
                continue
            for each in self.lines(reader, part):
                print_line(each)
            if self.items:
                show_table(reader, part[self.items], self.columns)


@dataclass(frozen=True, slots=True)
class Table:
    """A list or show command.

    Attributes:
        path: Of the API; `{number}` stands for the argument.
        help: Text of `--help`.
        columns: Columns of the table, or lines of the document.
        items: Field of the answer with the rows; empty for a document, whose JSON is whole.
        sections: What people see of a document, instead of its lines.
        number: Help of the argument, if `path` has one.
        filters: Options named as parameters of the query; a flag's value is 1.
        lookups: Functions from a typed filter to the API's value, by filter.
        in_language: If true, the query names the reader's language.
        complete: Adds to the answer what takes further requests, for people and for JSON.
        derive: Adds derived fields to an item or to a document, for people and for JSON.
        skip: Number of leading items for JSON only.
        filed: Whether the command writes the list to a file, if the API can.
        marked: Whether an answer has a mark `after` for the next part, so that `limit` may exceed
            the rows of one answer.
    """

    path: str
    help: str
    columns: Sequence[Column] = ()
    items: str = "items"
    sections: Sequence[Section] = ()
    number: str = ""
    filters: Sequence[Decorator] = ()
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    in_language: bool = False
    complete: Callable[[Call, Item], Awaitable[Item]] | None = None
    derive: Callable[[Item], Item] = dict
    skip: int = 0
    filed: bool = True
    marked: bool = False

    def add_to(self, group: Group, name: str) -> None:
        """Add the command to a group."""
        group.command(name, help=self.help)(self._declared())

    def alone(self) -> Command:
        """Return a command of the root."""
        return command(help=self.help)(self._declared())

    def _declared(self) -> Callable[..., None]:
        async def work(call: Call, **query: Any) -> None:  # noqa: ANN401 - click's values
            await self.show(call, **query)

        numbered = [argument("number", self.number, "number")] if self.number else []
        out = [OUT] if self.filed and self.path in PAGE_OF else []
        return stacked(remote(work), [*numbered, *self.filters, *out])

    async def show(self, call: Call, number: str = "", **filters: Any) -> None:  # noqa: ANN401
        """Ask the node and print the answer."""
        out = filters.pop("out", None)
        query = {
            name: "1" if value is True else value
            for name, value in filters.items()
            if value not in ("", None) and value is not False
        }
        for name in self.lookups.keys() & query.keys():
            query[name] = await self.lookups[name](call.node, query[name])
        if self.in_language:
            query["lang"] = call.out.lang
        path = self.path.format(number=quote(number, safe=""))
        if out is not None:
            await write_list(call, path, query, out)
            return
        answer = await self._answer(call, path, query)
        if self.complete:
            answer = await self.complete(call, answer)
        if self.items:
            items = [self.derive(each) for each in answer[self.items]]
            show_rows(call, items if call.out.as_json else items[self.skip :], self.columns)
        else:
            self._show_document(call, self.derive(answer))

    async def _answer(self, call: Call, path: str, query: Item) -> Item:
        """Return the node's answer; of a list with a mark, as many of its parts as wanted."""
        answer: Item = await call.node.get(path, query)
        if not self.marked:
            return answer
        items = list(answer[self.items])
        while (after := answer.get("after")) and (left := query["limit"] - len(items)) > 0:
            query |= {"after": after}
            answer = await call.node.get(path, {**query, "limit": left})
            items += answer[self.items]
        return {**answer, self.items: items}

    def _show_document(self, call: Call, answer: Item) -> None:
        if call.out.as_json:
            call.out.document(answer)
            return
        reader = Reader.of(call, answer)
        values = {one.heading: one.value(reader, answer) for one in self.columns}
        call.out.document(
            {name: value for name, value in values.items() if value not in (None, "")}
        )
        for section in self.sections:
            section.show(reader)


def show_rows(call: Call, items: Iterable[Item], columns: Sequence[Column]) -> None:
    """Print a table for people; as JSON an object per item, with every field."""
    if call.out.as_json:
        call.out.rows(items, ())
    else:
        show_table(Reader.of(call), items, columns)


def show_table(reader: Reader, items: Iterable[Item], columns: Sequence[Column]) -> None:
    """Print a table for people."""
    rows = ({one.heading: one.value(reader, item) for one in columns} for item in items)
    reader.out.rows(rows, [one.heading for one in columns])
