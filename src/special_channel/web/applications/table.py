"""Cells of the tables of applications and of differences, which a line of a template names.

The tables have up to 100 applications. Does not read the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from special_channel.web.shell.long_tables import (
    DASH,
    DIFFERS,
    NOTHING,
    Wording,
    thread_links,
    written_day,
)
from special_channel.web.shell.templating import escaped, visible


@dataclass(frozen=True, slots=True)
class Cells:
    """Writer of cells for a reader.

    Attributes:
        say: Words in the reader's language.
        party: The reader's side.
        peer: Short name of the other side, as markup.
        colon: Colon of the language, with its blank.
        threads: Threads by number of their applications.
    """

    say: Wording
    party: Party
    peer: str
    colon: str
    threads: Mapping[str, Sequence[ThreadRow]]

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
                "differs": DIFFERS if item.differences else NOTHING,
            } | {column: write(self, item) for column, write in writers}

    def differing(self, items: Sequence[DifferingItem]) -> Iterator[Mapping[str, object]]:
        """Write a row for each aspect in which the sides differ on an application."""
        sides = (self.party, peer_of(self.party))
        for item in items:
            origins = [self._origin(item.side(side)) for side in sides]
            rows = len(item.aspects)
            heading = Markup(  # noqa: S704 - values are escaped
                f'<th scope="rowgroup" rowspan="{rows}" class="mono"><a href="{escaped(item.url)}">'
                f"{visible(item.number)}</a></th>\n"
                f'<td rowspan="{rows}">{_list(item.last_list)}</td>'
            )
            for aspect in item.aspects:
                yield {
                    "first": _FIRST if heading else NOTHING,
                    "heading": heading,
                    "kind": self.say.label("difference", aspect.kind),
                    "own": aspect.own,
                    "own_origin": origins[0],
                    "other": aspect.peer,
                    "other_origin": origins[1],
                }
                heading, origins = NOTHING, [NOTHING, NOTHING]

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
        return Markup(f"{stated} {tag}")  # noqa: S704 - parts are escaped

    def clock(self, item: ApplicationItem) -> Markup:
        """Write the day of the clock by CN's statements."""
        clock = item.cn.clock
        if not clock.stated:
            return DASH
        notes = [
            *([self.say.gettext("deemed accepted")] if clock.deemed else ()),
            *([self.say.gettext("provisional")] if clock.provisional else ()),
        ]
        small = "".join(f"<small>{note}</small>" for note in notes)
        return Markup(  # noqa: S704 - values are escaped
            f'<span title="{escaped(clock.sentence)}">{escaped(clock.short)}</span>{small}'
        )

    def accepted(self, item: ApplicationItem) -> Markup:
        """Write the days of acceptance by both sides' statements."""
        sides = (self.party, peer_of(self.party))
        return self._both(*(self._day(item.side(side).clock.accepted_on) for side in sides))

    def decision(self, item: ApplicationItem) -> Markup:
        """Write the decisions by both sides' statements."""
        sides = (self.party, peer_of(self.party))
        latest = (item.side(side).latest for side in sides)
        return self._both(
            *(
                self.say.label("decision", each.decision) if each and each.decision else "–"
                for each in latest
            )
        )

    def linked(self, item: ApplicationItem) -> Markup:
        """Write links to the threads of an application."""
        return thread_links(row.position for row in self.threads.get(item.number, ()))

    def code(self, group: str, code: str | None) -> Markup:
        """Write a code of a group; a dash without one."""
        return self.say.label(group, code) if code else DASH

    def _stated(self, statement: StatementItem | None) -> Markup:
        if statement is None:
            return DASH
        day = f"{self._day(statement.as_of)} · " if statement.as_of else ""
        return self.say.stated(statement.state_text, day, statement.source)

    def _origin(self, statement: StatementItem) -> Markup:
        """Write date, source and entry of a statement."""
        day = f"{self._day(statement.as_of)} · " if statement.as_of else ""
        source = self.say.label("source", statement.source)
        return Markup(f"<small>{day}{source} · {escaped(statement.position)}</small>")  # noqa: S704

    def _both(self, own: str, other: str) -> Markup:
        """Write a value of each side, ours first."""
        return Markup(  # noqa: S704 - values are markup
            f"<small>{self.say.gettext('we')}{self.colon}{own}</small>\n"
            f"<small>{self.peer}{self.colon}{other}</small>"
        )

    def _day(self, day: date | None) -> str:
        return written_day(day, self.say.lang) if day else "–"


def _list(last: ListItem | None) -> Markup:
    if last is None:
        return DASH
    return Markup(  # noqa: S704 - values are escaped
        f'<a href="{escaped(last.url)}">{escaped(last.list)}</a>'
        f"<small>{escaped(last.batch)}</small>"
    )


_FIRST: Final = Markup(" data-row")

_WRITERS: Final[Mapping[str, Callable[[Cells, ApplicationItem], Markup]]] = {
    "list": lambda _cells, item: _list(item.last_list),
    "urgency": lambda cells, item: cells.code("urgency", item.urgency),
    "times": lambda _cells, item: Markup(f'<span class="num">{item.times_listed}</span>'),  # noqa: S704
    "own": Cells.own,
    "peer": Cells.other,
    "clock": Cells.clock,
    "accepted": Cells.accepted,
    "decision": Cells.decision,
    "priority": lambda cells, item: cells.code("priority", item.priority),
    "threads": Cells.linked,
}
"""Writers by column (`views.COLUMNS`)."""
