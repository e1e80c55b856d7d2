"""Views of figures on questions, for page and API.

Does not rate a figure: a threshold is reached or not reached.
"""

from __future__ import annotations

from urllib.parse import urlencode

from special_channel.core.bytes.ids import Party
from special_channel.core.numbers.figures import MORE_IS_BETTER, Name
from special_channel.web.shared.extents import NO_ENTRY, ExtentView
from special_channel.web.shared.view import SizesView, View


class MeasureItem(View):
    """A measure.

    Attributes:
        value: Per cent of a share or days of a time, with one decimal; absent without questions.
        part: Questions counted, of `whole`; absent for a time.
        undecided: Questions in neither `part` nor `whole` yet.
        imi: Number of the IMI indicator that it is or corresponds to.
        agreed: Threshold of the charter in force.
        reached: Whether the threshold is reached.
    """

    measure: Name
    title: str
    definition: str
    value: str | None = None
    part: int | None = None
    whole: int
    undecided: int
    imi: int | None = None
    agreed: int | None = None
    reached: bool | None = None

    @property
    def at_least(self) -> bool:
        """Whether the threshold is a minimum, not a maximum."""
        return self.measure in MORE_IS_BETTER


class MonthOutcomes(View):
    """Questions asked in a month (UTC), by outcome."""

    year: int
    month: int
    outcomes: dict[str, int]


class SideItem(View):
    """Figures of an answering side.

    Attributes:
        known: Time of the side's last stamped head on our node; absent without a stamped head.
        asks: Questions asked; questions outside `counted` are listed separately.
    """

    answering: Party
    known: str | None = None
    asks: int
    counted: int
    crossed: int
    unconfirmed: int
    withdrawn: int
    requested: int
    ended: int
    measures: tuple[MeasureItem, ...]
    months: tuple[MonthOutcomes, ...]

    @property
    def apart(self) -> dict[str, int]:
        """Questions outside every measure, by reason."""
        names = ("crossed", "unconfirmed", "withdrawn", "requested", "ended")
        return {name: getattr(self, name) for name in names}


class FiguresView(SizesView):
    """Figures on questions asked from `since` on and before `until`.

    Attributes:
        definitions: Name of the program's definitions.
        other_definitions: Name of other definitions adopted by the charter.
        agreed: Whether the charter adopted the program's definitions; then both sides are shown.
        extent: The last counted entries of an earlier record; absent for the present one.
        effect: The charter's text on the legal effect of dates and answers; empty without a text.
    """

    since: str | None = None
    until: str | None = None
    definitions: str
    other_definitions: str | None = None
    agreed: bool
    extent: ExtentView | None = None
    sides: tuple[SideItem, ...]
    effect: str

    @property
    def address(self) -> str:
        """The query for the same figures at any later time: entries, and times of knowledge."""
        extent = ExtentView(eu=self.eu, cn=self.cn, eu_corrected=self.eu, cn_corrected=self.cn)
        known = {f"{each.answering}_known": each.known or NO_ENTRY for each in self.sides}
        return f"{extent.address('recorded')}&{urlencode(known)}"
