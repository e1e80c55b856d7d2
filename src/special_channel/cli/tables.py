"""List and show commands, declared by path, columns and labels.

Does not compute: values come from the node's API. JSON is printed as returned by the node.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
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
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.cli.remote import Call, remote
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.web.shared.capitals import moment

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a table: labels in their language, times in their capital."""

    out: Output
    party: Party
    now: datetime

    @classmethod
    def of(cls, call: Call) -> Reader:
        """Return the reader of a command's output."""
        return cls(call.out, call.official.party, MACHINE.now())

    def time(self, text: str | None) -> str:
        """Return an instant of the API as local time; a dash for an empty text."""
        return moment(instant(text), self.party, self.out.lang, self.now) if text else "–"


Value = Callable[[Reader, Item], object]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table, or a line of a document: heading and value."""

    heading: str
    value: Value


def text(heading: str, path: str = "") -> Column:
    """Declare a column of plain values; `path` names fields of fields: `cn.clock.day`."""
    return Column(heading, lambda _, item: _at(item, path or heading))


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
    return Column(heading, lambda reader, item: reader.time(_at(item, path or heading)))


def lines(heading: str, form: str, path: str = "") -> Column:
    """Declare a column of lists, an item by a format of its fields."""
    return Column(
        heading, lambda _, item: [form.format(**each) for each in _at(item, path or heading)]
    )


def subject(item: Item) -> str:
    """Return an item's first subject; a dash if erased."""
    return str(next(iter(item.get("subjects") or ["–"])))


def _at(item: Item, path: str) -> Any:  # noqa: ANN401 - JSON
    found: Any = item
    for name in path.split("."):
        found = found.get(name, "") if isinstance(found, dict) else ""
    return found


FIRST: Final[Decorator] = option("--first", "From this one on.", Count(1), default=1)
LIMIT: Final[Decorator] = option("--limit", "At most so many.", Count(1, 1000), default=100)

Lookup = Callable[[Node, str], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Table:
    """A list or show command.

    Attributes:
        path: Of the API; `{number}` stands for the argument.
        help: Text of `--help`.
        columns: Columns of the table, or lines of the document.
        items: Field of the answer with the rows; empty for a document.
        number: Help of the argument, if `path` has one.
        filters: Options named as parameters of the query.
        lookups: Functions from a typed filter to the API's value, by filter.
        in_language: If true, the query names the reader's language.
        derive: Adds derived fields to an item, for people and for JSON.
        skip: Number of leading items for JSON only.
        is_whole: If true, JSON is the whole answer.
    """

    path: str
    help: str
    columns: Sequence[Column]
    items: str = "items"
    number: str = ""
    filters: Sequence[Decorator] = ()
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    in_language: bool = False
    derive: Callable[[Item], Item] = dict
    skip: int = 0
    is_whole: bool = False

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
        return stacked(remote(work), [*numbered, *self.filters])

    async def show(self, call: Call, number: str = "", **filters: Any) -> None:  # noqa: ANN401
        """Ask the node and print the answer."""
        query = {name: value for name, value in filters.items() if value not in ("", None)}
        for name in self.lookups.keys() & query.keys():
            query[name] = await self.lookups[name](call.node, query[name])
        if self.in_language:
            query["lang"] = call.out.lang
        answer = await call.node.get(self.path.format(number=quote(number, safe="")), query)
        items = [self.derive(each) for each in answer[self.items]] if self.items else [answer]
        if call.out.as_json and (self.is_whole or not self.items):
            call.out.document(answer)
        elif call.out.as_json:
            call.out.rows(items, ())
        else:
            self._show_people(call, items[self.skip :])

    def _show_people(self, call: Call, items: Sequence[Item]) -> None:
        reader = Reader.of(call)
        rows = [{one.heading: one.value(reader, item) for one in self.columns} for item in items]
        if self.items:
            call.out.rows(rows, [one.heading for one in self.columns])
        else:
            call.out.document({name: value for name, value in rows[0].items() if value is not None})
