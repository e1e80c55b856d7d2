"""Bundle the browser client's modules into a file.

Supports only the forms of JavaScript in the client's sources, which `tests/web/js/test_one_file.py`
checks: imports by name, one per line, from the same folder; no name twice. rjsmin removes comments
and white space.

Each further file would cost a request, a round trip, and a third of the saving by compression.
Without the bundle the modules load unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import rjsmin

ENTRIES: Final = (
    "main.js",
    "acts.js",
    "answer.js",
    "clear.js",
    "composer.js",
    "enrol.js",
    "notices.js",
    "recover.js",
    "written.js",
)
"""Modules that pages load: one for all, and those that have it all and their own page's work."""

LAZY: Final = (
    "ask.js",
    "ed25519.js",
    "elsewhere.js",
    "hold.js",
    "insert.js",
    "palette.js",
    "pasted.js",
    "quote.js",
    "fetched.js",
    "reasons.js",
    "terms.js",
    "whole.js",
)
"""Modules that a page loads once it needs them, each with its imports."""

_IMPORT: Final = re.compile(r"^import \{[^{}]*\} from '\./([a-z0-9]+\.js)';\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ", re.MULTILINE)


def client(sources: Mapping[str, str], entry: str = "main.js") -> str:
    """Return the module `entry` with its exports after its imports, direct and indirect.

    Raises:
        ValueError: Modules import each other in a cycle.
        KeyError: A module is missing.
    """
    pieces: dict[str, str] = {}
    _collect(sources, entry, pieces, ())
    return str(rjsmin.jsmin("".join(pieces.values())))


def _collect(
    sources: Mapping[str, str], name: str, pieces: dict[str, str], above: tuple[str, ...]
) -> None:
    if name in above:
        raise ValueError("a circle of modules: " + " ".join((*above, name)))
    if name in pieces:
        return
    source = sources[name]
    for imported in _IMPORT.findall(source):
        _collect(sources, imported, pieces, (*above, name))
    source = _IMPORT.sub("", source)
    pieces[name] = _EXPORT.sub("", source) if above else source
