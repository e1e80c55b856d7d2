"""Write the browser client's modules as one file.

Knows no JavaScript beyond the few forms that the client's own sources keep to
(`tests/web/js/test_one_file.py` holds them to it): imports by name, one a line, from the same
folder; no name twice. Comments and idle white space are left to rjsmin, which keeps every word.

One file, since every further one costs a request, a step of waiting, and a third of what
compression saves. Without this the modules load as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import rjsmin

ENTRIES: Final = ("main.js", "answer.js", "clear.js", "enrol.js", "recover.js")
"""Modules that pages load: one for all, and those that have it all and their own page's work."""

_IMPORT: Final = re.compile(r"^import \{[^{}]*\} from '\./([a-z0-9]+\.js)';\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ", re.MULTILINE)


def client(sources: Mapping[str, str], entry: str = "main.js") -> str:
    """Return the module `entry` with all that it imports, each before its first user.

    Raises:
        ValueError: Modules import each other in a circle.
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
    pieces[name] = _EXPORT.sub("", _IMPORT.sub("", source))
