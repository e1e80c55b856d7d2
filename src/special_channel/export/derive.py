"""What people open in a bundle: README, view and tables, made from the proven entries.

One function for the exporter and for the verifier, who compares. A change of a byte here needs a
new version: `docs/formats/vectors/derived.json` has the digests of each, and a test compares them.
Does not read what the exporter states of itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from special_channel.core.audit.audit import Audited
from special_channel.core.audit.evidence import Evidence
from special_channel.export.damaged import damage_notice
from special_channel.export.readme import readme
from special_channel.export.tables import tables
from special_channel.export.view import view

TABLES: Final = 2
"""Version of the tables as `docs/formats/bundle.md` specifies them."""

VIEW: Final = 2
"""Version of README and view: this program's own, so only a verifier of the same compares."""

TABLE_PATHS: Final = tuple(
    f"data/tables/{name}.csv" for name in ("applications", "asks", "licences", "passed")
)
VIEW_PATHS: Final = ("README.txt", "data/view/index.html")


Derived = Mapping[str, Callable[[], Iterable[bytes]]]
"""What makes each file, in pieces: a view has a piece an entry."""


def pieces_of(evidence: Evidence, audited: Audited) -> Derived:
    """Return what makes README, view and tables, by their path in the bag."""
    effect, notice = audited.report.effect, damage_notice(audited.report)
    made = tables(audited.rows, effect, notice)
    return {
        "README.txt": lambda: [readme(effect, notice)],
        "data/view/index.html": lambda: view(evidence, audited),
        **{f"data/tables/{name}": partial(list, [table]) for name, table in made.items()},
    }
