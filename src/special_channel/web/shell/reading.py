"""Write what a reader may note of the other side's statements.

For our own pages alone: it is in no print, file, mail or API, and in no text that a page prepares.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.past import Past
from special_channel.core.sense.days import WorkingDays, working_days
from special_channel.core.sense.read_rows import Reading
from special_channel.messages.sense import said
from special_channel.web.shell.context import PageContext, context_after


@dataclass(frozen=True, slots=True)
class Noted:
    """What a reader may note of a statement, in the reader's language.

    Attributes:
        words: What does not fit; empty for nothing.
        questions: What the other side's law leaves to be asked, for readers who chose to see it.
        ask: Address of an empty form for a question; empty for readers who may not ask.
    """

    words: str = ""
    questions: tuple[str, ...] = ()
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Then:
    """The day of an entry in Beijing, and working days in China by the calendars in use then."""

    day: date
    days: WorkingDays


def asks_by_law(context: PageContext) -> bool:
    """Tell whether the reader chose to see what the law of the other side leaves to be asked."""
    official = context.who.official if context.who else None
    # The rules read Chinese law: China's side has them when it states something.
    return context.party == "eu" and official is not None and official.possible_questions


def noted(context: PageContext, reading: Reading, ask: str) -> Noted | None:
    """Write a reading; None for nothing. `ask`: address of an empty form for a question."""
    t = context.t
    gap = "" if context.lang == "zh-CN" else " "
    words = [said(t, each) for each in reading.notes]
    if reading.together:
        joined = gap.join(said(t, each) for each in reading.together)
        words.insert(0, t.gettext("sense.together", words=joined))
    shown = reading.questions if asks_by_law(context) else ()
    questions = tuple(t.gettext("sense.possible", words=said(t, each)) for each in shown)
    if not words and not questions:
        return None
    return Noted(gap.join(words), questions, ask if context.writes else "")


async def then_of(
    context: PageContext, party: Party, indexes: Collection[int]
) -> Mapping[int, Then]:
    """Return the day and the calendars of entries of a side, by index.

    What a note says of an entry never changes with the day of reading.
    """
    stated = await context.own.stores.views.stated_at(party, indexes) if indexes else {}
    then = {}
    for index, (accepted, frontier) in stated.items():
        calendar = context_after(context, Past(party, index, frontier)).calendar("cn")
        then[index] = Then(calendar.local(accepted).date(), working_days(calendar))
    return then
