"""Check each stored entry on read against its leaf, leaf hash and commitments.

Damaged content is omitted from the returned entry and named in `Stored.damaged`, so that no reader
gets an edited text. Does not verify the tree above the leaf hash: the check of the record does, and
stores its findings in `record.damaged`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Final

import orjson

from special_channel.core.bytes.parts import commitment
from special_channel.core.log.merkle import leaf_hash
from special_channel.ports import Stored

_FIELDS: Final = 8
"""Fields of a leaf line: `sc1`, time, frontier, directory, kind, thread, id, digest."""

_Refs = tuple[str, tuple[str, ...]]


def without_damage(stored: Stored, hash_: bytes | None, *, known: bool) -> Stored:
    """Return an entry without its damaged content.

    Args:
        stored: The entry as in the tables.
        hash_: The leaf hash in the tree, or None if missing.
        known: Whether the check of the record reported this entry as damaged.
    """
    fault = _fault(stored, hash_)
    if fault or known:
        return replace(
            stored,
            envelope=b"",
            parts=tuple(None for _ in stored.parts),
            damaged=(fault or "entry",),
        )
    return _with_fitting_parts(stored)


def _fault(stored: Stored, hash_: bytes | None) -> str:
    """Return `leaf`, `columns` or `envelope` if damaged, else an empty string; ignores parts."""
    place = "-" if stored.thread is None else f"{stored.thread}:{stored.ordinal}"
    columns = (stored.accepted, str(stored.directory), stored.kind, place, stored.id)
    order = (stored.frontier, stored.order)
    fault = _leaf_fault(stored.leaf, hash_, columns, stored.index, order)
    return fault or (_envelope_fault(stored) if stored.envelope else "")  # none: not received yet


# Cached, since the newest entries are read repeatedly; a changed column is another key.
@lru_cache(maxsize=4096)
def _leaf_fault(
    leaf: bytes, hash_: bytes | None, columns: tuple[str, ...], index: int, order: tuple[int, int]
) -> str:
    words = leaf.split(b" ")
    if hash_ is None or leaf_hash(leaf) != hash_ or len(words) != _FIELDS:
        return "leaf"
    _, accepted, frontier, directory, kind, thread, id_, _ = words
    leaf_fields = (accepted, directory, kind, thread, id_)
    fits = leaf_fields == tuple(one.encode() for one in columns)
    return "" if fits and order == _order(index, frontier) else "columns"


def _envelope_fault(stored: Stored) -> str:
    digest = stored.leaf.rpartition(b" ")[2]
    if sha256(stored.envelope).hexdigest().encode() != digest:
        return "envelope"
    signed = _signed(stored.envelope)
    by_another = (
        signed is not None and stored.by != signed[0] and not (stored.code and not stored.by)
    )
    return "columns" if by_another else ""


def _order(index: int, frontier: bytes) -> tuple[int, int] | None:
    """Return the frontier and the display order that a leaf states; None without a frontier."""
    sizes = [int(one) for one in frontier.split(b",") if one.isdigit()]
    return (sizes[0], sum(sizes) + (index if len(sizes) == 1 else 0)) if sizes else None


def _with_fitting_parts(stored: Stored) -> Stored:
    if not any(stored.parts):
        return stored
    signed = _signed(stored.envelope)
    if signed is None:  # a malformed entry of the peer, without effect (rule 18)
        return stored
    commitments = signed[1]
    fitting = tuple(
        part
        if part is None or (place < len(commitments) and commitment(part) == commitments[place])
        else None
        for place, part in enumerate(stored.parts)
    )
    if fitting == stored.parts:
        return stored
    gone = [
        f"part:{place}"
        for place, (part, match) in enumerate(zip(stored.parts, fitting, strict=True))
        if part is not None and match is None
    ]
    return replace(stored, parts=fitting, damaged=tuple(gone))


# Cached, since the newest entries are read repeatedly.
@lru_cache(maxsize=2048)
def _signed(envelope: bytes) -> _Refs | None:
    """Return author and commitments of a signed payload, or None if malformed."""
    try:
        payload = orjson.loads(base64.b64decode(orjson.loads(envelope)["payload"]))
        return str(payload["by"]), tuple(str(ref["c"]) for ref in payload.get("parts", ()))
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError, AttributeError):
        return None
