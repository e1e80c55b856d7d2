"""Tables of applications and of differences: cells that a line of a template names, and files.

Does not write the bytes of files: `desk/extracts.py` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import Markup

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.threads import ThreadRow
from special_channel.desk.extracts import Extract
from special_channel.web.applications import queries
from special_channel.web.applications.views import (
    ApplicationItem,
    ApplicationsPageQuery,
    DifferencesPageQuery,
    DifferingItem,
    ListItem,
    SideItem,
    StatementItem,
)
from special_channel.web.shared.statements import StateItem
from special_channel.web.shell import markup
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.list_files import MAX_ROWS, file_routes, list_extract, list_facts
from special_channel.web.shell.markup import escaped, html, visible

_SIDE: Final = ("state", "state_code", "as_of", "source", "entry", "accepted_on", "decision")
_OF_ALL: Final = ("differs", "clock", "clock_how", "urgency", "times_listed", "list", "list_entry")


@dataclass(frozen=True, slots=True)
class Cells:
    """Writer of the cells of applications.

    Attributes:
        say: Words in the reader's language.
        party: The reader's side.
        peer: Short name of the other side, as markup.
        colon: Colon of the language, with its blank.
        threads: Threads by number of their applications.
        doubted: Writes the word beside the number of an entry in doubt.
    """

    say: markup.Wording
    party: Party
    peer: str
    colon: str
    threads: Mapping[str, Sequence[ThreadRow]]
    doubted: Callable[[str], Markup]

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
                "differs": markup.DIFFERS if item.differences else markup.NOTHING,
            } | {column: write(self, item) for column, write in writers}

    def differing(self, items: Sequence[DifferingItem]) -> Iterator[Mapping[str, object]]:
        """Write a row for each aspect in which the sides differ on an application."""
        for item in items:
            first, origins = _FIRST, [self._origin(item.side(side)) for side in self.sides]
            rows = len(item.aspects)
            heading = html(
                f'<th scope="rowgroup" rowspan="{rows}" class="mono"><a href="{escaped(item.url)}">'
                f"{visible(item.number)}</a></th>\n"
                f'<td rowspan="{rows}">{self.listing(item)}</td>'
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
                first = heading = markup.NOTHING
                origins = [markup.NOTHING, markup.NOTHING]

    def listing(self, item: ApplicationItem | DifferingItem) -> Markup:
        """Write the last list with the application."""
        last = item.last_list
        if last is None:
            return markup.DASH
        return html(
            f'<a href="{escaped(last.url)}">{escaped(last.list)}</a>'
            f"<small>{escaped(last.batch)}{self.doubted(last.batch)}</small>"
        )

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
            return markup.DASH
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
        numbers = (str(row.position) for row in self.threads.get(item.number, ()))
        return markup.thread_links(numbers, self.doubted)

    def code(self, group: str, code: str | None) -> Markup:
        """Write a code of a group; a dash without one."""
        return self.say.label(group, code) if code else markup.DASH

    def _stated(self, statement: StatementItem | None) -> Markup:
        if statement is None:
            return markup.DASH
        day = f"{self._day(statement.as_of)} · " if statement.as_of else ""
        return self.say.stated(statement.state_text, day, statement.source)

    def _origin(self, statement: StateItem) -> Markup:
        """Write date, source and entry of a statement."""
        day = f"{self._day(statement.as_of)} · " if statement.as_of else ""
        source = self.say.label("source", statement.source)
        number = f"{escaped(statement.position)}{self.doubted(statement.position)}"
        return html(f"<small>{day}{source} · {number}</small>")

    def _both(self, values: Iterable[str]) -> Markup:
        """Write a value of each side, ours first."""
        names = (self.say.gettext("we"), self.peer)
        pairs = zip(names, values, strict=True)
        small = (f"<small>{name}{self.colon}{value}</small>" for name, value in pairs)
        return html("\n".join(small))

    def _day(self, day: date | None) -> str:
        return markup.written_day(day, self.say.lang) if day else "–"


_FIRST: Final = Markup(" data-row")

_WRITERS: Final[Mapping[str, Callable[[Cells, ApplicationItem], Markup]]] = {
    "list": Cells.listing,
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


async def applications_extract(context: PageContext, query: ApplicationsPageQuery) -> Extract:
    """Make a table of the applications of a query.

    Raises:
        NotFound: `batch-unknown`.
    """
    found = await queries.applications(context, query, 0, MAX_ROWS)
    label, sides = context.t.label, (context.party, context.peer)
    comma = ", " if context.lang == "en" else "、"
    lines = []
    for item in found.items:
        clock = item.cn.clock if item.cn.clock.stated else None
        lines.append(
            [
                item.number,
                *(cell for side in sides for cell in _side(context, item.side(side))),
                comma.join(label("difference", kind) for kind in item.differences),
                clock.short if clock else "",
                clock.sentence if clock else "",
                label("urgency", item.urgency) if item.urgency else "",
                str(item.times_listed),
                *_list(context, item.last_list),
            ]
        )
    columns = ["number", *(f"{side}_{name}" for side in sides for name in _SIDE), *_OF_ALL]
    facts = [("filter", query.address), ("rows", str(found.total))]
    return list_extract(context, "applications", columns, lines, list_facts(context, found, facts))


async def differences_extract(context: PageContext, query: DifferencesPageQuery) -> Extract:
    """Make a table of the differences of a query, with a line for every aspect.

    Raises:
        NotFound: `batch-unknown`.
    """
    found = await queries.differences(context, query, 0, MAX_ROWS)
    label, sides = context.t.label, (context.party, context.peer)
    lines = [
        [
            item.number,
            label("difference", aspect.kind),
            aspect.kind,
            aspect.own,
            aspect.peer,
            *(cell for side in sides for cell in _origin(context, item.side(side))),
            *_list(context, item.last_list),
        ]
        for item in found.items
        for aspect in item.aspects
    ]
    origins = (f"{side}_{name}" for side in sides for name in ("as_of", "source", "entry"))
    columns = ["number", "kind", "kind_code", *sides, *origins, "list", "list_entry"]
    counts = [("batch", found.list_name or label("extract", "all"))]
    counts += [(each, str(getattr(found, each))) for each in ("known", "both", "differing")]
    facts = [
        *list_facts(context, found, counts),
        *((label("difference", kind), str(count)) for kind, count in found.kinds.items()),
        (label("extract", "definition"), context.t.gettext("extract.definition-differences")),
    ]
    return list_extract(context, "differences", columns, lines, facts)


def _side(context: PageContext, side: SideItem) -> list[str]:
    latest = side.latest
    decision = latest.decision if latest else None
    return [
        *((latest.state_text, latest.state, *_origin(context, latest)) if latest else [""] * 5),
        _iso(side.clock.accepted_on),
        context.t.label("decision", decision) if decision else "",
    ]


def _origin(context: PageContext, statement: StateItem) -> tuple[str, str, str]:
    """Return date, source and entry of a statement."""
    source = context.t.label("source", statement.source)
    return _iso(statement.as_of), source, numbered(context, statement.position)


def _list(context: PageContext, last: ListItem | None) -> tuple[str, str]:
    return (last.list, numbered(context, last.batch)) if last else ("", "")


def _iso(on: date | None) -> str:
    return on.isoformat() if on else ""


FILES: Final = (
    *file_routes("applications", ApplicationsPageQuery, applications_extract),
    *file_routes("differences", DifferencesPageQuery, differences_extract),
)
