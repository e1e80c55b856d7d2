"""Cells of the rows of a list, which a line of its template names.

A list has up to 2,000 rows, and all of them on its print. Does not read the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.web.lists.views import RowItem
from special_channel.web.shared.statements import StateItem
from special_channel.web.shared.words import Words
from special_channel.web.shell.long_tables import (
    DASH,
    DIFFERS,
    NOTHING,
    Wording,
    thread_links,
    written_day,
)
from special_channel.web.shell.templating import escaped


@dataclass(frozen=True, slots=True)
class Cells:
    """Writer of cells for a reader.

    Attributes:
        say: Words in the reader's language.
        ngettext: Sentences with a number, as markup.
        party: The reader's side.
        predecessors: Macro for former numbers of an application.
        run: Macro for a text in its language.
        columns: Number of our private columns; none for readers who may not see them.
    """

    say: Wording
    ngettext: Callable[..., Markup]
    party: Party
    predecessors: Callable[..., str]
    run: Callable[..., str]
    columns: int

    def rows(
        self,
        rows: Iterable[RowItem],
        positions: Mapping[str, Sequence[str]],
        private: Mapping[int, Sequence[str]],
        remarks: Mapping[int, Words],
    ) -> Iterator[Mapping[str, object]]:
        """Write the cells of each row.

        Args:
            rows: The rows.
            positions: Numbers of threads by number of their applications.
            private: Cells of our private columns by row.
            remarks: Free remarks of the answer by row.
        """
        empty = ("",) * self.columns
        for row in rows:
            own = private.get(row.row) or empty
            mine = "".join(f'<td class="mine"><span>{escaped(cell)}</span></td>' for cell in own)
            yield {
                "row": row.row,
                "number": row.number,
                "url": row.url,
                "differs": DIFFERS if row.differs else NOTHING,
                "urgency": self._urgency(row),
                "own": self._state(row.side(self.party)),
                "other": self._other(row),
                "match": self._match(row, remarks.get(row.row)),
                "private": Markup(mine),  # noqa: S704 - cells are escaped
                "threads": thread_links(positions.get(row.number, ())),
            }

    def _urgency(self, row: RowItem) -> Markup:
        say = self.say
        cell = say.label("urgency", row.urgency)
        if row.stop_on:
            stop = say.label("column", "stop_on")
            cell += Markup(f"<small>{stop} {written_day(row.stop_on, say.lang)}</small>")  # noqa: S704
        times = self.ngettext("listed %(num)s time", "listed %(num)s times", row.times_listed)
        cell += Markup(f"<small>{times}</small>")  # noqa: S704 - markup
        if row.predecessors:
            cell += Markup(self.predecessors(row.predecessors))  # noqa: S704 - a macro's markup
        if row.withdrawn_in:
            taken = say.gettext("taken off in %(position)s", position=row.withdrawn_in)
            cell += Markup(f' <span class="tag line">{taken}</span>')  # noqa: S704 - markup
        return cell

    def _other(self, row: RowItem) -> Markup:
        cell = self._state(row.side(peer_of(self.party)))
        if row.differs:
            differs = self.say.gettext("differs")
            cell += Markup(f'<span class="tag line">{differs}</span>')  # noqa: S704 - markup
        return cell

    def _match(self, row: RowItem, remark: Words | None) -> Markup:
        say = self.say
        notes: list[str] = []
        if row.accepted_on:
            day = written_day(row.accepted_on, say.lang)
            notes.append(f"<small>{say.gettext('accepted %(date)s', date=day)}</small>")
        if row.statutory:
            title = escaped(row.statutory.sentence)
            notes.append(f'<small title="{title}">{escaped(row.statutory.short)}</small>')
        elif row.days_used is not None:
            days = self.ngettext(
                "%(num)s of 45 working days", "%(num)s of 45 working days", row.days_used
            )
            notes.append(f"<small>{days}</small>")
        if row.remark:
            notes.append(f"<small>{say.label('remark', row.remark)}</small>")
        if remark:
            notes.append(f"<small>{self.run(remark)}</small>")
        match = say.label("match", row.match) if row.match else DASH
        return match + Markup("".join(notes))  # noqa: S704 - values are escaped

    def _state(self, state: StateItem | None) -> Markup:
        if state is None:
            return DASH
        day = written_day(state.as_of, self.say.lang) if state.as_of else "–"
        name = self.say.state(state.state, state.source)
        return self.say.stated(name, f"{day} · ", state.source)
