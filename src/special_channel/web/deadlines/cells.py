"""Write the rows of the list of due times; a template takes three times as long.

Does not choose or order the questions. The line of a row is in the template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from markupsafe import Markup

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.questions import Outcome
from special_channel.messages.dates import day
from special_channel.web.deadlines.views import OVER, DeadlineItem
from special_channel.web.shared.capitals import Due, iso, moment, place
from special_channel.web.shared.dues import Step
from special_channel.web.shell.markup import NOTHING, Wording, escaped, html

_HOT: Final = Markup(" hot")
_NONE: Final = Markup('<span class="soft">–</span>')

_Standing = tuple[Outcome, str | None, Due]


@dataclass(frozen=True, slots=True)
class Cells:
    """Writer of the rows.

    Attributes:
        say: Words in the reader's language.
        party: The reader's side.
        now: Time of the page.
        who: Names of the sides, as text or markup.
        doubted: Writes the word beside the number of an entry in doubt.
        outcome: Macro for the outcome of a question.
        step_name: Macro for what our ladder calls a step.
        raised_words: Macro for a step that was raised.
    """

    say: Wording
    party: Party
    now: datetime
    who: Mapping[Party, str]
    doubted: Callable[[str], Markup]
    outcome: Callable[[DeadlineItem], str]
    step_name: Callable[[Step], str]
    raised_words: Callable[[Step], str]
    _standing: dict[_Standing, str] = field(default_factory=dict)
    """Outcomes written so far: most questions of a page are due at a few times."""

    def rows(self, items: Iterable[DeadlineItem]) -> Iterator[Mapping[str, object]]:
        """Write the values of each question."""
        for item in items:
            due, over = item.due, item.outcome in OVER
            yield {
                "hot": _HOT if due.near and not over else NOTHING,
                "dates": html("".join(self._dates(item))),
                "url": item.url,
                "number": item.number,
                "doubt": self.doubted(item.number),
                "thread": html(self._thread(item)),
                "subject": html("".join(self._subject(item))),
                "side": due.answering,
                "who": self.who[due.answering],
                "left": _NONE
                if over or due.passed or due.working_days is None
                else html(f"<b>{due.working_days}</b>"),
                "status": html("".join(self._status(item))),
            }

    def _dates(self, item: DeadlineItem) -> Iterator[str]:
        say, at, lang = self.say, item.due.at, self.say.lang
        other = peer_of(self.party)
        own_time, other_time = self._time(at, self.party), self._time(at, other)
        yield f'<b>{own_time}</b>\n<span class="soft">{place(self.party, lang)}</span>\n'
        yield f"<small>{other_time} {place(other, lang)}</small>\n"
        if item.basis and item.first_due:
            first, basis = day(item.first_due.date(), lang), say.label("basis", item.basis)
            moved = say.gettext("first %(date)s; moved: %(basis)s", date=first, basis=basis)
            yield f"<small>{moved}</small>\n"
        if item.proposed:
            time = moment(item.proposed, self.party, lang, self.now)
            yield f"<small>{say.gettext('proposed: %(time)s', time=time)}</small>\n"

    def _time(self, at: datetime, party: Party) -> str:
        words = moment(at, party, self.say.lang, self.now)
        return f'<time datetime="{iso(at)}">{words}</time>'

    def _thread(self, item: DeadlineItem) -> str:
        if item.number.partition(" ")[0] == item.thread:
            return ""
        words = self.say.gettext("Thread %(number)s", number=item.thread)
        return f" <small>{words}{self.doubted(item.thread)}</small>\n"

    def _subject(self, item: DeadlineItem) -> Iterator[str]:
        first, second = item.title.in_order(self.say.lang)
        yield f"{self.say.run(first)}\n"
        if second and not self.say.alone:
            yield f" <small>{self.say.run(second)}</small>\n"
        if item.batch:
            link = f'<a href="{escaped(item.batch.url)}">{escaped(item.batch.name)}</a>'
            yield f" <small>{link}</small>\n"

    def _status(self, item: DeadlineItem) -> Iterator[str]:
        say = self.say
        key = item.outcome, item.answered_in, item.due
        if key not in self._standing:
            self._standing[key] = self.outcome(item)
        yield f"{self._standing[key]}\n"
        if item.known:
            yield f"<small>{escaped(item.known)}</small>\n"
        if item.due.requested and item.outcome != "open":
            yield f'<span class="tag line">{say.gettext("only requested")}</span>\n'
        if item.due.provisional:
            why = say.gettext("Provisional: no calendar of that year is in use yet")
            words = say.gettext("provisional")
            yield f'<span class="tag line" title="{why}">{words}</span>\n'
        step = item.next_step
        if step and step.state in {"told", "acknowledged"}:
            yield f"<small>{self.raised_words(step)}</small>\n"
        elif step:
            role = self.step_name(step)
            yield f"<small>{say.gettext('Next on our side: %(role)s', role=role)}</small>\n"
