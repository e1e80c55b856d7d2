"""Cells of the rows of a list, as markup: a page has up to two thousand of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.messages.catalogue import catalogue
from special_channel.web.lists.views import RowItem, RowStates
from special_channel.web.shared.clocks import used_days
from special_channel.web.shared.words import Words
from special_channel.web.shell import markup
from special_channel.web.shell.markup import escaped, html
from special_channel.web.shell.reading import Noted


@dataclass(frozen=True, slots=True)
class Cells:
    """Writer of the cells of a list.

    Attributes:
        say: Words in the reader's language.
        ngettext: Sentences with a number, as markup.
        party: The reader's side.
        predecessors: Macro for former numbers of an application.
        corrections: Macro for corrections of a side's statements.
        columns: Number of our private columns; none for readers who may not see them.
        doubted: Writes the word beside the number of an entry in doubt.
    """

    say: markup.Wording
    ngettext: Callable[..., Markup]
    party: Party
    predecessors: Callable[..., str]
    corrections: Callable[..., str]
    columns: int
    doubted: Callable[[str], Markup]

    def rows(
        self,
        rows: Iterable[RowItem],
        positions: Mapping[str, Sequence[str]],
        private: Mapping[int, Sequence[str]],
        remarks: Mapping[int, Words],
        notes: Mapping[int, Noted],
    ) -> Iterator[Mapping[str, object]]:
        """Write the cells of each row.

        Args:
            rows: The rows.
            positions: Numbers of threads by number of their applications.
            private: Cells of our private columns by row.
            remarks: Free remarks of the answer by row.
            notes: What the reader may note of the other side's row.
        """
        empty = ("",) * self.columns
        peer = peer_of(self.party)
        for row in rows:
            now = row.states or _UNSTATED
            own = private.get(row.row) or empty
            mine = "".join(f'<td class="mine"><span>{escaped(cell)}</span></td>' for cell in own)
            yield {
                "row": row.row,
                "number": row.number,
                "url": row.url,
                "differs": markup.DIFFERS if now.differs else markup.NOTHING,
                "urgency": _joined(self._urgency(row, now)),
                "own": _joined((self._state(now, self.party), self._corrected(now, self.party))),
                "other": _joined(
                    (
                        self._state(now, peer),
                        self._corrected(now, peer),
                        self._differs(now),
                        self._noted(notes.get(row.row)),
                    )
                ),
                "match": _joined(self._match(row, now, remarks.get(row.row))),
                "private": html(mine),
                "threads": markup.thread_links(positions.get(row.number, ()), self.doubted),
            }

    def _urgency(self, row: RowItem, now: RowStates) -> Iterator[str]:
        say = self.say
        if row.was and row.was != row.urgency and row.amended_in:
            # Line-through is not spoken.
            replaced = f'<span class="vh">{say.gettext("changed.replaced")}</span>'
            yield f"<del>{replaced}{say.label('urgency', row.was)}</del> "
            number = html(f"{row.amended_in}{self.doubted(row.amended_in)}")
            amended = say.gettext("amended in %(position)s", position=number)
            yield f"{say.label('urgency', row.urgency)}<small>{amended}</small>"
        else:
            yield say.label("urgency", row.urgency)
        if row.stop_on:
            day = markup.written_day(row.stop_on, say.lang)
            yield f"<small>{say.label('column', 'stop_on')} {day}</small>"
        times = self.ngettext("listed %(num)s time", "listed %(num)s times", row.times_listed)
        yield f"<small>{times}</small>"
        if now.predecessors:
            yield self.predecessors(now.predecessors)
        if row.withdrawn_in:
            number = html(f"{row.withdrawn_in}{self.doubted(row.withdrawn_in)}")
            taken = say.gettext("taken off in %(position)s", position=number)
            yield f' <span class="tag line">{taken}</span>'

    def _differs(self, now: RowStates) -> str:
        return f'<span class="tag line">{self.say.gettext("differs")}</span>' if now.differs else ""

    def _match(self, row: RowItem, now: RowStates, remark: Words | None) -> Iterator[str]:
        say, clock = self.say, now.statutory
        yield say.label("match", row.match) if row.match else markup.DASH
        if row.found_as:
            yield f"<small>{say.label('sheet', 'found_as')} {escaped(row.found_as)}</small>"
        if row.accepted_on:
            day = markup.written_day(row.accepted_on, say.lang)
            yield f"<small>{say.gettext('accepted %(date)s', date=day)}</small>"
        if clock:
            title = escaped(clock.sentence)
            yield f'<small class="wrap long" title="{title}">{escaped(clock.short)}</small>'
        elif row.days_used is not None:
            t = catalogue(say.lang)
            days = used_days(t, row.days_used, row.clock or "", paused=now.paused)
            yield f'<small class="wrap long">{escaped(days)}</small>'
        if row.remark:
            yield f'<small class="wrap long">{say.label("remark", row.remark)}</small>'
        if remark:
            yield f'<small class="wrap long">{say.folded(remark)}</small>'

    def _noted(self, note: Noted | None) -> str:
        if note is None:
            return ""
        words = f'<small class="rmk">{escaped(note.words)}</small>' if note.words else ""
        link = ""
        if note.ask:
            link = f' <a href="{escaped(note.ask)}">{self.say.gettext("sense.write-question")}</a>'
        return words + "".join(
            f'<small class="rmk">{escaped(each)}{link}</small>' for each in note.questions
        )

    def _corrected(self, now: RowStates, party: Party) -> str:
        corrections = [each for each in now.corrections if each.by == party]
        return self.corrections(corrections) if corrections else ""

    def _state(self, now: RowStates, party: Party) -> Markup:
        state = now.side(party)
        if state is None:
            return markup.DASH
        day = markup.written_day(state.as_of, self.say.lang) if state.as_of else "–"
        name = self.say.state(state.state, state.source)
        return self.say.stated(name, f"{day} · ", state.source)


def _joined(pieces: Iterable[str]) -> Markup:
    """Join pieces of markup; adding them one by one would escape each piece again."""
    return html("".join(pieces))


_UNSTATED: Final = RowStates()
