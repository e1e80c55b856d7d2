"""The last entries counted by figures, and the sentence about them.

Does not read an address: `shell/extents.py` does.
"""

from __future__ import annotations

from typing import Final, Literal
from urllib.parse import urlencode

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.recorded import Extent
from special_channel.messages.catalogue import Catalogue
from special_channel.web.shared.references import entries_up_to, last_entries
from special_channel.web.shared.view import View

Counting = Literal["", "recorded", "corrected"]
"""By the present record; as recorded then; as recorded then, with the corrections since."""

NO_ENTRY: Final = "-"
"""Stands for the last entry of a log that had no entry then."""


class ExtentView(View):
    """The last entries counted by figures.

    Attributes:
        counting: As chosen; empty for the present record.
        eu: Number of entries of the EU's log.
        cn: Number of entries of CN's log.
        eu_corrected: Number of entries with counted corrections of the EU.
        cn_corrected: The same for CN.
    """

    counting: Counting = ""
    eu: int
    cn: int
    eu_corrected: int
    cn_corrected: int

    def address(self, counting: Counting) -> str:
        """Return the query for figures of exactly these entries, in a way of counting."""
        eu, cn = _entries(self.eu, self.cn)
        fields = {"counting": str(counting), "eu": eu, "cn": cn}
        # Without the last entries, the link counts the corrections up to now.
        if counting == self.counting == "corrected":
            corrected_eu, corrected_cn = _entries(self.eu_corrected, self.cn_corrected)
            fields |= {"corrected_eu": corrected_eu, "corrected_cn": corrected_cn}
        return urlencode(fields)

    def said(self, t: Catalogue, first: Party) -> str:
        """Name the last entries and the way of counting; `first`: the side in front."""
        comma = t.gettext("brief.comma")
        return t.gettext(
            f"counting-said.{self.counting}",
            entries=entries_up_to(t, self.eu, self.cn, first),
            last=comma.join(last_entries(self.eu_corrected, self.cn_corrected, first)),
        )


def _entries(eu: int, cn: int) -> tuple[str, str]:
    return (f"EU-{eu - 1}" if eu else NO_ENTRY, f"CN-{cn - 1}" if cn else NO_ENTRY)


def extent_of(view: ExtentView) -> Extent:
    """Return the entries for the stores."""
    if view.counting == "recorded":
        return Extent(view.eu, view.cn)
    return Extent(view.eu, view.cn, view.eu_corrected, view.cn_corrected)
