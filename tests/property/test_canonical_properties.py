from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed

keys = st.from_regex(r"[a-z][a-z0-9_.]{0,31}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]).filter(lambda c: c >= " " or c == "\n"))
scalars = st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_encoding_is_rfc_8785_and_comes_back(value):
    data = canonical.dumps(value, max_depth=20)
    assert data == rfc8785.dumps(value)
    assert canonical.loads(data, max_depth=20) == value


@given(values, st.data())
def test_a_changed_byte_is_refused_or_is_another_value(value, data):
    good = canonical.dumps(value, max_depth=20)
    at = data.draw(st.integers(0, len(good) - 1))
    changed = bytearray(good)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        other = canonical.loads(bytes(changed), max_depth=20)
    except Malformed:
        return
    assert canonical.dumps(other, max_depth=20) == bytes(changed) != good


@given(
    values,
    st.sampled_from([{"indent": 1}, {"separators": (", ", ":")}, {"separators": (",", ": ")}]),
)
def test_another_layout_of_a_value_is_refused(value, layout):
    spread = json.dumps(value, sort_keys=True, ensure_ascii=False, **layout).encode()
    if spread == canonical.dumps(value, max_depth=20):
        return
    with pytest.raises(Malformed, match="json-not-canonical"):
        canonical.loads(spread, max_depth=20)


@given(st.binary(max_size=64))
@example(b'{"a":1,"a":1}')
def test_whatever_is_accepted_encodes_to_itself(data):
    try:
        value = canonical.loads(data)
    except Malformed:
        return
    assert canonical.dumps(value) == data
