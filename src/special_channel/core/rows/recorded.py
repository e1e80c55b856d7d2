"""An application as recorded up to earlier sizes of both logs, before later corrections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.applications import ApplicationRow


def as_recorded(row: ApplicationRow, sizes: Mapping[Party, int]) -> ApplicationRow:
    """Return an application with the facts of the first entries of each log alone.

    `sizes`: number of entries by log. A correction outside these entries replaces nothing.
    """
    eu, cn = sizes["eu"], sizes["cn"]
    return replace(
        row,
        eu=tuple(each for each in row.eu if each.index < eu),
        cn=tuple(each for each in row.cn if each.index < cn),
        listed=tuple(each for each in row.listed if each.index < eu),
        links=tuple(each for each in row.links if each.index < sizes[each.party]),
        eu_marks=tuple(each for each in row.eu_marks if each.index < eu),
        cn_marks=tuple(each for each in row.cn_marks if each.index < cn),
        asked=tuple(each for each in row.asked if each.index < eu),
        replies=tuple(each for each in row.replies if each.index < cn),
        matches=tuple(each for each in row.matches if each.index < cn),
        corrections=tuple(each for each in row.corrections if each.index < sizes[each.party]),
        difference_marks=tuple(
            each for each in row.difference_marks if each.index < sizes[each.party]
        ),
    )
