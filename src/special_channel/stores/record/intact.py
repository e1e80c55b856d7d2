"""Whether a stored entry is what its leaf, its tree and its commitments say, looked at when read.

What does not fit is left out of the entry that is returned, so that no reader ever gets an edited
text, and is named in `Stored.damaged`. Does not prove the tree above the leaf's own hash: the check
of the record does, and what it finds is known here by `record.damaged`.
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

_FIELDS: Final = 7
"""Words of a leaf line: `sc1`, time, frontier, kind, thread, id, digest."""

_Refs = tuple[str, tuple[str, ...]]


def intact(stored: Stored, hash_: bytes | None, *, known: bool) -> Stored:
    """Return an entry without what is damaged of it.

    Args:
        stored: As it is in the tables.
        hash_: Its leaf hash as the tree has it; None if it is missing.
        known: The check of the record found this entry damaged.
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
    """Return what of the entry itself does not fit, parts apart; empty if all does."""
    words = stored.leaf.split(b" ")
    if hash_ is None or leaf_hash(stored.leaf) != hash_ or len(words) != _FIELDS:
        return "leaf"
    _, accepted, frontier, kind, thread, id_, digest = words
    said = (accepted, kind, thread, id_)
    columns = (stored.accepted, stored.kind, stored.thread or "-", stored.id)
    if said != tuple(one.encode() for one in columns) or not _in_order(stored, frontier):
        return "columns"
    if stored.envelope and sha256(stored.envelope).hexdigest().encode() != digest:
        return "envelope"
    signed = _signed(stored.envelope) if stored.envelope else None  # None: still to come
    by_another = (
        signed is not None and stored.by != signed[0] and not (stored.code and not stored.by)
    )
    return "columns" if by_another else ""


def _in_order(stored: Stored, frontier: bytes) -> bool:
    sizes = [int(one) for one in frontier.split(b",") if one.isdigit()]
    order = sum(sizes) + (stored.index if len(sizes) == 1 else 0)
    return bool(sizes) and (stored.frontier, stored.order) == (sizes[0], order)


def _with_fitting_parts(stored: Stored) -> Stored:
    if not any(stored.parts):
        return stored
    signed = _signed(stored.envelope)
    if signed is None:  # an entry of the peer's without effect, whose form is wrong (rule 18)
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
        for place, (part, kept) in enumerate(zip(stored.parts, fitting, strict=True))
        if part is not None and kept is None
    ]
    return replace(stored, parts=fitting, damaged=tuple(gone))


# The newest entries are read again and again.
@lru_cache(maxsize=2048)
def _signed(envelope: bytes) -> _Refs | None:
    """Return author and commitments of a signed payload; None if it can't be read."""
    try:
        payload = orjson.loads(base64.b64decode(orjson.loads(envelope)["payload"]))
        return str(payload["by"]), tuple(str(ref["c"]) for ref in payload.get("parts", ()))
    except (orjson.JSONDecodeError, binascii.Error, KeyError, TypeError, AttributeError):
        return None
