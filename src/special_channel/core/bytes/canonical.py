"""Canonical JSON: RFC 8785 within the narrow profile of `docs/formats/entry.md`.

Does not know a schema: `entries` and `parts` define fields. Does not normalise text: signed text
is exactly the typed text.

Within the profile (ASCII keys, integers within ±(2⁵³-1), no floats, no null) orjson with sorted
keys writes exactly the bytes of RFC 8785; tests compare both with an independent encoder. Values
outside the profile are refused, since orjson and RFC 8785 differ on such values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, TypeAlias

import orjson

from special_channel.core.bytes.errors import Malformed

Value: TypeAlias = str | int | bool | list[Any] | dict[str, Any]
"""A JSON value of the profile; items of lists and objects are again values."""

MAX_BYTES: Final = 32 * 1024
"""Size limit of a payload, in bytes."""

MAX_DEPTH: Final = 6
"""Nesting of lists and objects, the outermost included: `{"a":[1]}` has depth 2."""

MAX_INTEGER: Final = 2**53 - 1
"""The largest integer that JavaScript represents exactly (RFC 7493, 2.2)."""

_KEY: Final = re.compile(r"[a-z][a-z0-9_.]{0,31}")
# C0 controls without LF; surrogates, which UTF-8 can't encode.
_FORBIDDEN: Final = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")


def dumps(value: Value, *, max_depth: int = MAX_DEPTH) -> bytes:
    """Return the canonical encoding of a value.

    Raises:
        Malformed: `json-key`, `json-number`, `json-string`, `json-null`,
            `json-too-deep`.
        TypeError: `value` contains an object other than a decoded JSON value.
    """
    _admit((value,), 0, max_depth, search=True)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def loads(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Value:
    """Parse canonical bytes; `dumps(loads(b)) == b` for every accepted `b`.

    Raises:
        Malformed: `json-malformed`, `json-too-large`, `json-not-canonical`, and the
            codes of `dumps`.
    """
    if len(data) > max_bytes:
        raise Malformed("json-too-large", "The JSON text is too large.", limit=max_bytes)
    try:
        value: Value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        # orjson stops at 1,024 levels, before `_admit` could count.
        if "depth limit" in str(error):
            raise _too_deep(max_depth) from error
        raise Malformed("json-malformed", "This is not JSON in UTF-8.") from error
    _admit((value,), 0, max_depth, search=_may_hold_controls(data))
    # The comparison catches faults that parsing hides: duplicate keys, `-0`, needless escapes,
    # blanks, another order of keys.
    if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) != data:
        raise Malformed("json-not-canonical", "The JSON text is not in canonical form.")
    return value


def is_plain(data: bytes) -> bool:
    """Tell quickly whether a text is canonical, apart from checks left to a schema.

    The schema checks keys, numbers and depth; the caller checks the size. False is inconclusive:
    a canonical text may contain a quotation mark or the word `null` in a string.
    """
    # Fast path for most texts: no walk through the value.
    if b"null" in data or _may_hold_controls(data):
        return False
    try:
        return orjson.dumps(orjson.loads(data), option=orjson.OPT_SORT_KEYS) == data
    except orjson.JSONDecodeError:
        return False


def _may_hold_controls(data: bytes) -> bool:
    """Tell whether a JSON text may hold a control character other than LF."""
    # JSON escapes controls, LF as `\n`. If `n` follows every backslash, all controls are LF.
    return b"\\" in data and data.count(b"\\") != data.count(b"\\n")


def _admit(items: Iterable[object], depth: int, max_depth: int, *, search: bool) -> None:
    """Walk the values at `depth` and below; refuse values outside the profile.

    `search`: whether a string may contain a forbidden character.
    """
    # Exact types, not `isinstance`: `bool` is an `int`, and a member of an enum may be a `str`.
    for item in items:
        kind = type(item)
        if kind is str:
            if search:
                _admit_string(item)  # type: ignore[arg-type]  # its exact type is known
        elif kind is dict or kind is list:
            if depth == max_depth:
                raise _too_deep(max_depth)
            inner = _values(item) if kind is dict else item  # type: ignore[arg-type]
            _admit(inner, depth + 1, max_depth, search=search)  # type: ignore[arg-type]
        elif kind is not bool:
            _admit_number(item)


def _admit_string(value: str) -> None:
    # Forbidden characters are never printable, and `isprintable` is five times as fast.
    if value.isprintable() or value.replace("\n", "").isprintable():
        return
    if _FORBIDDEN.search(value):
        raise Malformed("json-string", "LF is the only control character allowed.")


def _values(value: dict[Any, Any]) -> Iterable[object]:
    if not all(map(_is_key, value)):
        raise Malformed("json-key", "A key is [a-z][a-z0-9_.]{0,31}.")
    return value.values()


@lru_cache(maxsize=1024)
def _is_key(key: str) -> bool:
    """Tell whether a key has the form of the profile."""
    # Cached: the vocabulary of keys is closed and small.
    return _KEY.fullmatch(key) is not None


def _admit_number(value: object) -> None:
    """Refuse every value except an integer of the profile."""
    if value is None:
        raise Malformed("json-null", "An absent field is left out, not null.")
    if type(value) not in {int, float}:
        raise TypeError(type(value))
    if type(value) is float or not -MAX_INTEGER <= value <= MAX_INTEGER:  # type: ignore[operator]
        raise Malformed("json-number", "Numbers are integers within 2^53-1.")


def _too_deep(limit: int) -> Malformed:
    return Malformed("json-too-deep", "The JSON text nests too deeply.", limit=limit)
