"""Base classes of view models. A model serves page, API response and file of a noun.

Does not read rows: `queries.py` of each noun does.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.web.shared.references import last_entries


class View(BaseModel):
    """A view model: strict types, frozen, no unknown fields; fields with None are not sent."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", defer_build=True)


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
