"""Write the browser client's modules as one file.

Leaves every word as it is written: only comments go, and white space that parts nothing. Knows
no JavaScript beyond the few forms that the client's own sources keep to
(`tests/web/js/test_one_file.py` holds them to it): imports by name, one a line, from the same
folder; no comment after code; no string over several lines, no template within another; a
regular expression only after an operator or an opening bracket; no name twice.

One file, since every further one costs a request, a step of waiting, and a third of what
compression saves. Without this the modules load as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_IMPORT: Final = re.compile(r"^import \{[^{}]*\} from '\./([a-z0-9]+\.js)';\n", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export ", re.MULTILINE)
_COMMENT: Final = re.compile(r"^ *//.*\n", re.MULTILINE)
_BLANK: Final = re.compile(r"^ +|^\n", re.MULTILINE)
_LITERAL: Final = re.compile(
    r"""('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`[^`\n]*`"""
    r"""|(?<=[(\[=,:!&|?{};])\ ?/(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*)"""
)
"""What is left as it is: strings, templates, regular expressions."""

# Never beside + and -, which two of a kind would join to another operator, nor beside a division.
_LOOSE: Final = re.compile(
    r" ?(=>|[=!]==?|[<>]=?|&&|\|\||[?:=*,;{}()]) ?|(?<=[{(\[,;])\n(?=.)|\n(?=[})\]])"
)


def client(sources: Mapping[str, str], entry: str = "main.js") -> str:
    """Return the module `entry` with all that it imports, each before its first user.

    Raises:
        ValueError: Modules import each other in a circle.
        KeyError: A module is missing.
    """
    pieces: dict[str, str] = {}
    _collect(sources, entry, pieces, ())
    return "".join(pieces.values())


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
    bare = _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", source)))
    pieces[name] = _squeezed(_BLANK.sub("", bare))


def _squeezed(code: str) -> str:
    """Leave out blanks and line ends beside signs that part words anyway."""
    pieces = _LITERAL.split(code)
    pieces[::2] = [_LOOSE.sub(r"\1", piece) for piece in pieces[::2]]
    return "".join(pieces)
