"""Read names and parts of the sheets of a workbook.

Does not read cells: `workbook.py` scans cells, and `tables.py` reads values.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.parsers import expat

from special_channel.core.bytes.errors import Malformed

_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"

Begin = Callable[[str, Mapping[str, str]], None]
"""Handler of a tag: local name, and attributes by local name."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet of a workbook.

    Attributes:
        name: The sheet's name.
        part: Name of the part with its cells.
        hidden: Whether the office program hides the sheet.
    """

    name: str
    part: str
    hidden: bool = False


def sheet_parts(parts: Mapping[str, bytes]) -> tuple[SheetPart, ...]:
    """Return the sheets of a workbook, in their order.

    Raises:
        Malformed: `list-unreadable`.
    """
    targets = relations(parts.get(_RELATIONS, b""), "xl")
    sheets: list[SheetPart] = []

    def sheet(name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet":
            part = targets.get(attributes.get("id", ""), "")
            hidden = attributes.get("state", "visible") != "visible"
            sheets.append(SheetPart(attributes.get("name", ""), part, hidden))

    parse(parts.get(_WORKBOOK, b""), sheet)
    return tuple(sheets)


def relations(xml: bytes, folder: str) -> dict[str, str]:
    """Return the parts that a part refers to, by id; `folder`: the part's own.

    Raises:
        Malformed: `list-unreadable`.
    """
    targets: dict[str, str] = {}

    def relation(name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = _target(folder, attributes.get("Target", ""))

    parse(xml, relation)
    return targets


def parse(xml: bytes, begin: Begin, said: Callable[[str], None] | None = None) -> None:
    """Call a handler for each tag of a part, and another for its text; a part may be missing.

    Raises:
        Malformed: `list-unreadable`: no XML, or XML with entities.
    """
    if not xml:
        return
    parser = expat.ParserCreate()
    parser.CharacterDataHandler = said
    parser.StartElementHandler = lambda name, attributes: begin(
        _local(name), {_local(key): value for key, value in attributes.items()}
    )
    parser.EntityDeclHandler = _declared
    try:
        parser.Parse(xml, True)  # noqa: FBT003 - expat's own
    except (expat.ExpatError, ValueError, LookupError):  # the last for an encoding that is none
        raise Malformed("list-unreadable", "The file is neither CSV nor XLSX.") from None


def _declared(*_: Any) -> None:  # noqa: ANN401 - expat's own
    raise ValueError  # entities could make much of little


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _target(folder: str, target: str) -> str:
    """Return the name of the part that a relationship names, from the folder of its source."""
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
