"""An application or a licence as recorded up to earlier sizes of both logs.

Later corrections of what was recorded then can be counted or not (`Extent`). Does not change rows
and does not count: `core/numbers` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.application_facts import WITHDRAWN
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.licences import LicenceRow, corrected_issues
from special_channel.core.rows.replacements import Place, replacements


@dataclass(frozen=True, slots=True)
class Extent:
    """How far both logs are read, in numbers of entries.

    Attributes:
        eu: Number of entries of the EU's log.
        cn: Number of entries of CN's log.
        corrected_eu: Number of entries up to which the EU's corrections of these entries count;
            0: no later corrections.
        corrected_cn: The same for CN.
    """

    eu: int
    cn: int
    corrected_eu: int = 0
    corrected_cn: int = 0

    @property
    def sizes(self) -> Mapping[Party, int]:
        """Number of entries by log."""
        return {"eu": self.eu, "cn": self.cn}

    @property
    def corrected(self) -> Mapping[Party, int]:
        """Number of entries by log in which corrections count."""
        return {"eu": max(self.eu, self.corrected_eu), "cn": max(self.cn, self.corrected_cn)}

    @property
    def recorded(self) -> Extent:
        """The same entries without later corrections."""
        return Extent(self.eu, self.cn)


def as_recorded(
    row: ApplicationRow, sizes: Mapping[Party, int], corrected: Mapping[Party, int] | None = None
) -> ApplicationRow:
    """Return an application with the facts of the first entries of each log alone.

    Args:
        row: The application as known now.
        sizes: Number of entries by log.
        corrected: Number of entries in which a correction of these facts counts; without it, a
            correction outside `sizes` replaces nothing.
    """
    holds = {party: _holds(row, party, sizes, corrected or sizes) for party in PARTIES}
    eu, cn = holds["eu"], holds["cn"]
    return replace(
        row,
        eu=tuple(each for each in row.eu if eu(each.place)),
        cn=tuple(each for each in row.cn if cn(each.place)),
        # A correcting row of a later list takes the place of a statement, not of an appearance.
        listed=tuple(each for each in row.listed if each.index < sizes["eu"]),
        links=tuple(
            each
            for each in row.links
            if holds[each.party]((each.index, each.row))
            # It counts as the correction of an earlier link; alone it has no effect.
            or (each.basis == WITHDRAWN and each.index < (corrected or sizes)[each.party])
        ),
        eu_marks=tuple(each for each in row.eu_marks if eu(each.place)),
        cn_marks=tuple(each for each in row.cn_marks if cn(each.place)),
        asked=tuple(each for each in row.asked if each.index < sizes["eu"]),
        replies=tuple(each for each in row.replies if each.index < sizes["cn"]),
        matches=tuple(each for each in row.matches if cn((each.index, each.row))),
        corrections=tuple(
            each for each in row.corrections if holds[each.party]((each.index, each.row))
        ),
        difference_marks=tuple(
            each for each in row.difference_marks if each.index < sizes[each.party]
        ),
    )


def _holds(
    row: ApplicationRow, party: Party, sizes: Mapping[Party, int], corrected: Mapping[Party, int]
) -> Callable[[Place], bool]:
    """Return whether a side's statement is in `sizes`, or corrects one that is."""
    size, later = sizes[party], corrected[party]
    if size == later:
        return lambda place: place[0] < size
    known = replacements((each for each in row.corrections if each.index < later), party)
    return lambda place: place[0] < later and known.origin(place)[0] < size


def licence_as_recorded(row: LicenceRow, extent: Extent) -> LicenceRow | None:
    """Return a licence with the issues of the first entries of CN's log; None without one."""
    known = [each for each in row.issues if each.index < extent.corrected["cn"]]
    origins, _ = corrected_issues(known)
    kept = [each for each in known if origins[each.id] < extent.cn]
    return replace(row, issues=tuple(kept)) if kept else None
