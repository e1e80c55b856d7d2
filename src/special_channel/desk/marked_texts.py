"""Refuse texts with classification marks, before anything of them is stored.

Only what our own officials write: the other side's entries are mirrored as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import orjson

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.sense.marks import marked

_CODES: Final[Mapping[str, str]] = {
    "S-093": "text-eu-classified",
    "S-094": "text-state-secret",
    "S-095": "text-other-mark",
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
