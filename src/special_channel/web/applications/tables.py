"""Cells of the tables of applications and of differences, which a line of a template names.

The tables have up to 100 applications. Does not read the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.threads import ThreadRow
from special_channel.web.applications.views import (
    ApplicationItem,
    DifferingItem,
    ListItem,
    StatementItem,
)
from special_channel.web.shared.statements import StateItem
from special_channel.web.shell import long_tables
from special_channel.web.shell.templating import escaped, html, visible


@dataclass(frozen=True, slots=True)
class Cells:
    """Writer of the cells of applications.

    Attributes:
        say: Words in the reader's language.
        party: The reader's side.
        peer: Short name of the other side, as markup.
        colon: Colon of the language, with its blank.
        threads: Threads by number of their applications.
    """

    say: long_tables.Wording
    party: Party
    peer: str
    colon: str
    threads: Mapping[str, Sequence[ThreadRow]]

    @property
    def sides(self) -> tuple[Party, Party]:
        """The reader's side, then the other."""
        return self.party, peer_of(self.party)

    def rows(
        self, items: Sequence[ApplicationItem], columns: Sequence[str]
    ) -> Iterator[Mapping[str, object]]:
        """Write the number and the chosen cells of each application."""
        writers = [(column, _WRITERS[column]) for column in columns]
        for item in items:
            yield {
                "number": item.number,
                "shown": visible(item.number),
                "url": item.url,
                "differs": long_tables.DIFFERS if item.differences else long_tables.NOTHING,
            } | {column: write(self, item) for column, write in writers}

    def differing(self, items: Sequence[DifferingItem]) -> Iterator[Mapping[str, object]]:
        """Write a row for each aspect in which the sides differ on an application."""
        for item in items:
            first, origins = _FIRST, [self._origin(item.side(side)) for side in self.sides]
            rows = len(item.aspects)
            heading = html(
                f'<th scope="rowgroup" rowspan="{rows}" class="mono"><a href="{escaped(item.url)}">'
                f"{visible(item.number)}</a></th>\n"
                f'<td rowspan="{rows}">{_list(item.last_list)}</td>'
            )
            for aspect in item.aspects:
                yield {
                    "first": first,
                    "heading": heading,
                    "kind": self.say.label("difference", aspect.kind),
                    "own": aspect.own,
                    "own_origin": origins[0],
                    "other": aspect.peer,
                    "other_origin": origins[1],
                }
                first = heading = long_tables.NOTHING
                origins = [long_tables.NOTHING, long_tables.NOTHING]

    def own(self, item: ApplicationItem) -> Markup:
        """Write our side's state."""
        return self._stated(item.side(self.party).latest)

    def other(self, item: ApplicationItem) -> Markup:
        """Write the other side's state, and in what the sides differ."""
        stated = self._stated(item.side(peer_of(self.party)).latest)
        if not item.differences:
            return stated
        aspects = self.say.listed("difference", item.differences)
        more = "" if "state" in item.differences else f"{self.colon}{aspects}"
        tag = f'<span class="tag line" title="{aspects}">{self.say.gettext("differs")}{more}</span>'
        return html(f"{stated} {tag}")

    def clock(self, item: ApplicationItem) -> Markup:
        """Write the day of the clock by CN's statements."""
        clock = item.cn.clock
        if not clock.stated:
            return long_tables.DASH
        deemed = f"<small>{self.say.gettext('deemed accepted')}</small>" if clock.deemed else ""
        ahead = f"<small>{self.say.gettext('provisional')}</small>" if clock.provisional else ""
        return html(
            f'<span title="{escaped(clock.sentence)}">{escaped(clock.short)}</span>{deemed}{ahead}'
        )

    def accepted(self, item: ApplicationItem) -> Markup:
        """Write the days of acceptance by both sides' statements."""
        return self._both(self._day(item.side(side).clock.accepted_on) for side in self.sides)

    def decision(self, item: ApplicationItem) -> Markup:
        """Write the decisions by both sides' statements."""
        latest = (item.side(side).latest for side in self.sides)
        return self._both(
            self.say.label("decision", each.decision) if each and each.decision else "–"
            for each in latest
        )

    def linked(self, item: ApplicationItem) -> Markup:
        """Write links to the threads of an application."""
        return long_tables.thread_links(row.position for row in self.threads.get(item.number, ()))

    def code(self, group: str, code: str | None) -> Markup:
        """Write a code of a group; a dash without one."""
        return self.say.label(group, code) if code else long_tables.DASH

    def _stated(self, statement: StatementItem | None) -> Markup:
        if statement is None:
            return long_tables.DASH
        day = f"{self._day(statement.as_of)} · " if statement.as_of else ""
        return self.say.stated(statement.state_text, day, statement.source)

    def _origin(self, statement: StateItem) -> Markup:
        """Write date, source and entry of a statement."""
        day = f"{self._day(statement.as_of)} · " if statement.as_of else ""
        source = self.say.label("source", statement.source)
        return html(f"<small>{day}{source} · {escaped(statement.position)}</small>")

    def _both(self, values: Iterable[str]) -> Markup:
        """Write a value of each side, ours first."""
        names = (self.say.gettext("we"), self.peer)
        pairs = zip(names, values, strict=True)
        small = (f"<small>{name}{self.colon}{value}</small>" for name, value in pairs)
        return html("\n".join(small))

    def _day(self, day: date | None) -> str:
        return long_tables.written_day(day, self.say.lang) if day else "–"


def _list(last: ListItem | None) -> Markup:
    if last is None:
        return long_tables.DASH
    return html(
        f'<a href="{escaped(last.url)}">{escaped(last.list)}</a>'
        f"<small>{escaped(last.batch)}</small>"
    )


_FIRST: Final = Markup(" data-row")

_WRITERS: Final[Mapping[str, Callable[[Cells, ApplicationItem], Markup]]] = {
    "list": lambda _cells, item: _list(item.last_list),
    "urgency": lambda cells, item: cells.code("urgency", item.urgency),
    "times": lambda _cells, item: html(f'<span class="num">{item.times_listed}</span>'),
    "own": Cells.own,
    "peer": Cells.other,
    "clock": Cells.clock,
    "accepted": Cells.accepted,
    "decision": Cells.decision,
    "priority": lambda cells, item: cells.code("priority", item.priority),
    "threads": Cells.linked,
}
"""Writers by column (`views.COLUMNS`)."""
