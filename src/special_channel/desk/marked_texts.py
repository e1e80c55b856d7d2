"""Refuse texts with classification marks, before anything of them is stored.

Only what our own officials write: the other side's entries are mirrored as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.sense.marks import marked

_CODES: Final[Mapping[str, str]] = {
    "S-093": "text-eu-classified",
    "S-094": "text-state-secret",
    "S-095": "text-other-mark",
}

_FILE_CODES: Final[Mapping[str, str]] = {
    "S-093": "file-eu-classified",
    "S-094": "file-state-secret",
    "S-095": "file-other-mark",
    "S-100": "file-macros",
}


def refuse_marked(texts: Iterable[str]) -> None:
    """Refuse texts, one of which has a classification mark.

    Raises:
        RuleBroken: `text-eu-classified`, `text-state-secret`, `text-other-mark`; the words of the
            mark are for the author alone.
    """
    # Cells of a long list repeat.
    found = marked(dict.fromkeys(texts))
    if found:
        raise RuleBroken(
            _CODES[found.rule], "The text has a mark that must not enter.", words=found.words
        )


def refuse_marked_file(
    found: Iterable[Mapping[str, Any]], name: str, place: Callable[[str, str], str]
) -> None:
    """Refuse a file by what the look before crossing found in it.

    Args:
        found: As `crossing_job.job`.
        name: Name of the file, for the author alone; empty if unknown.
        place: Writes a place in a file for the reader, of its code and number.

    Raises:
        RuleBroken: `file-eu-classified`, `file-state-secret`, `file-other-mark`, `file-macros`.
    """
    for each in found:
        if each["grade"] == "refuse":
            raise RuleBroken(
                _FILE_CODES[str(each["rule"])],
                "The file must not enter.",
                file=name or "–",
                place=place(str(each["at"]), str(each["number"])),
                words=str(each.get("words", "")),
            )


def texts_in(document: bytes | str) -> Iterator[str]:
    """Yield all texts of a JSON document; the document itself if it is no JSON."""
    try:
        value = orjson.loads(document)
    except orjson.JSONDecodeError:
        yield document if isinstance(document, str) else document.decode(errors="replace")
        return
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
