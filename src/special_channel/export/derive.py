"""A bundle's derived files for people: README, view and tables, made from proven entries.

The exporter and the verifier, which compares, use the same function. A changed byte needs a new
version: `docs/formats/vectors/derived.json` has the digests by version, and a test compares.
Does not read the exporter's statements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

from special_channel.core.audit.audit import AuditResult
from special_channel.core.audit.evidence import Evidence
from special_channel.export.damaged import damage_notice
from special_channel.export.readme import readme
from special_channel.export.tables import tables
from special_channel.export.view import view

TABLES: Final = 5
"""Version of the tables as `docs/formats/bundle.md` specifies them."""

VIEW: Final = 6
"""Version of README and view, which only this program specifies and compares."""

TABLE_PATHS: Final = tuple(
    f"data/tables/{name}.csv" for name in ("applications", "asks", "keys", "licences", "passed")
)
DISPUTED_PATH: Final = "data/tables/disputed.csv"
"""Table of entries in doubt, only in a bundle that has some."""

VIEW_PATHS: Final = ("README.txt", "data/view/index.html")


Derived = Mapping[str, Callable[[], Iterable[bytes]]]
"""Functions that make the files by path, in pieces: the view has a piece per entry."""


def pieces_of(evidence: Evidence, audited: AuditResult) -> Derived:
    """Return the functions that make README, view and tables, by path in the bag."""
    effect, notice = audited.report.effect, damage_notice(audited.report)
    classes = audited.classes
    encoded = tables(
        audited.rows,
        audited.placed,
        effect,
        notice,
        lambda position: classes.get(position) == "scope",
    )
    return {
        "README.txt": lambda: [readme(effect, notice)],
        "data/view/index.html": lambda: view(evidence, audited),
        **{f"data/tables/{name}": partial(list, [table]) for name, table in encoded.items()},
    }
