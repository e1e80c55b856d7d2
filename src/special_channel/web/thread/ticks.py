"""Open questions that the form under a thread offers to answer.

A note answers what its official ticks: what is chosen already always has its box.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes.ids import Party
from special_channel.web.thread.views import QuestionView, ThreadView

MOST_TICKS: Final = 120
"""Open questions that the form offers to answer, unless more are chosen."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Open questions to a side, by due time: `asks` are offered, `beyond` is how many are not."""

    asks: tuple[QuestionView, ...] = ()
    beyond: int = 0


def to_answer(view: ThreadView, party: Party, chosen: Collection[str] = ()) -> Ticks:
    """Return the open questions to a side that the form offers.

    Those chosen come first, the nearest fill the form up.

    Args:
        view: The thread, with every open question.
        party: The side that answers.
        chosen: Questions that the form begins with, by number, and those that the reader's draft
            has ticked, as `<note id> <q>`.
    """
    names = {*chosen}
    own = [ask for ask in view.open_asks(party) if ask.due.answering == party]
    ticked = {ask.number for ask in own if names & {ask.number, f"{ask.note} {ask.q}"}}
    nearest = [ask.number for ask in own if ask.number not in ticked]
    offered = {*ticked, *nearest[: max(MOST_TICKS - len(ticked), 0)]}
    asks = tuple(ask for ask in own if ask.number in offered)
    return Ticks(asks, len(own) - len(asks))
