"""The document of an entry's `data` part, such as the rows of a sheet."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from special_channel.core.bytes import parts


def document(disclosures: Iterable[bytes | None]) -> bytes | None:
    """Return the document of an entry as JSON; None without one, or after an erasure."""
    for disclosure in filter(None, disclosures):
        part = parts.parse(disclosure)
        if part.role == "data":
            return orjson.dumps(part.data)
    return None
