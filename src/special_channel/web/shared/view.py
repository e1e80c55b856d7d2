"""Base classes of view models. A model serves page, API response and file of a noun.

Does not read rows: `queries.py` of each noun does.
"""

from __future__ import annotations

from typing import Final, Self

from pydantic import BaseModel, ConfigDict

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.web.shared.references import last_entries

ROWS: Final = frozenset({
    "alarms", "clearances", "closed", "files", "grants", "groups", "items", "waiting"
})  # fmt: skip
"""Fields of views with the rows that a filter finds."""


class View(BaseModel):
    """A view model: strict types, frozen, no unknown fields; fields with None are not sent."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)

    def without_rows(self) -> Self:
        """Return the view without the rows that a filter finds."""
        known = type(self).model_fields.keys()
        rows: dict[str, object] = dict.fromkeys(ROWS & known, ())
        return self.model_copy(update=rows | ({"total": 0} if "total" in known else {}))


class SizesView(View):
    """A view with the sizes of both logs (rule 3)."""

    eu: int
    cn: int

    @property
    def up_to(self) -> tuple[str, str]:
        """Positions of both logs' last entries, such as `EU-877`."""
        return last_entries(self.eu, self.cn)

    def up_to_in(self, party: Party) -> str:
        """Return the position of a log's last entry; pages name the reader's side first."""
        return self.up_to[PARTIES.index(party)]
