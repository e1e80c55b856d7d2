from __future__ import annotations

import json
from enum import StrEnum

import pytest
import rfc8785

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from tests.vectors import table

JCS = table("jcs")["cases"]
OUTSIDE = {
    "arrays": "json-key",
    "french": "json-key",
    "structures": "json-key",
    "unicode": "json-key",
    "values": "json-number",
    "weird": "json-key",
}


def refused(data: bytes, **limits: int) -> str:
    with pytest.raises(Malformed) as caught:
        canonical.loads(data, **limits)
    return caught.value.code


@pytest.mark.parametrize("name", sorted(OUTSIDE))
def test_rfc8785_vectors_encode_as_published_and_lie_outside_the_profile(name):
    value = json.loads(JCS[name]["input"])
    output = JCS[name]["output"].encode()
    assert rfc8785.dumps(value) == output
    # Which fault is met first depends on the order of the keys, not on the profile.
    with pytest.raises(Malformed, match=OUTSIDE[name]):
        canonical.dumps(value)
    assert refused(output) in {OUTSIDE[name], "json-null"}


def test_the_text_of_the_unicode_vector_is_kept_as_typed():
    value = json.loads(JCS["unicode"]["input"])
    text = value["Unnormalized Unicode"]
    assert canonical.loads(canonical.dumps({"t": text})) == {"t": "A\u030a"}


def test_no_public_vector_is_forgotten():
    assert set(JCS) == set(OUTSIDE)


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        "",
        0,
        True,
        False,
        -(2**53 - 1),
        2**53 - 1,
        {"b": 1, "a": [True, {"a.b_1": "x"}]},
        {"t": 'line\nbreak "quoted" \\ / < > & \x7f \x80 \u2028 é 许可证 😀 \u202e \ufeff'},
        {"a": {}, "a.": [], "a0": "", "a_": 0, "aa": False},
    ],
)
def test_the_encoding_is_that_of_rfc_8785(value):
    assert canonical.dumps(value) == rfc8785.dumps(value)
    assert canonical.loads(rfc8785.dumps(value)) == value


OTHER_BYTES = [
    (b"", "json-malformed"),
    (b"{", "json-malformed"),
    (b'{"a":1}\x00', "json-malformed"),
    (b"\xef\xbb\xbf{}", "json-malformed"),
    (b'"\xff"', "json-malformed"),
    (b'"\xed\xa0\x80"', "json-malformed"),
    (b'"\\ud800"', "json-malformed"),
    (b"NaN", "json-malformed"),
    (b"Infinity", "json-malformed"),
    (b"01", "json-malformed"),
    (b"{'a':1}", "json-malformed"),
    (b"1.0", "json-number"),
    (b"1e2", "json-number"),
    (b"-0.0", "json-number"),
    (b"9007199254740992", "json-number"),
    (b"-9007199254740992", "json-number"),
    (b"18446744073709551616", "json-number"),
    (b"1" * 400, "json-malformed"),
    (b"null", "json-null"),
    (b'{"a":null}', "json-null"),
    (b'"\\u0000"', "json-string"),
    (b'"a\\tb"', "json-string"),
    (b'"a\\r\\nb"', "json-string"),
    (b'"\\u001f"', "json-string"),
    (b'{"A":1}', "json-key"),
    (b'{"":1}', "json-key"),
    (b'{"1":1}', "json-key"),
    (b'{"a-b":1}', "json-key"),
    (b'{"a\\n":1}', "json-key"),
    (b'{"\xc3\xa9":1}', "json-key"),
    (b'{"%s":1}' % (b"k" * 33), "json-key"),
    (b'{"a":1,"a":1}', "json-not-canonical"),
    (b'{"a":1,"a":2}', "json-not-canonical"),
    (b'{"b":1,"a":2}', "json-not-canonical"),
    (b'{"a": 1}', "json-not-canonical"),
    (b" 1", "json-not-canonical"),
    (b"1\n", "json-not-canonical"),
    (b"-0", "json-not-canonical"),
    (b'"\\u0041"', "json-not-canonical"),
    (b'"\\/"', "json-not-canonical"),
    (b'"\\u000a"', "json-not-canonical"),
    (b'"\\u00e9"', "json-not-canonical"),
    (b'"\\ud83d\\ude00"', "json-not-canonical"),
    (b"[" * 7 + b"]" * 7, "json-too-deep"),
    (b"[" * 2000 + b"]" * 2000, "json-too-deep"),
    (b'{"a":' * 6 + b"[]" + b"}" * 6, "json-too-deep"),
]


@pytest.mark.parametrize(("data", "code"), OTHER_BYTES)
def test_other_bytes_are_refused_by_name(data, code):
    assert refused(data) == code


@pytest.mark.parametrize(("data", "code"), OTHER_BYTES)
def test_what_is_plain_is_refused_only_for_what_a_schema_tells(data, code):
    assert not canonical.is_plain(data) or code in {"json-key", "json-number", "json-too-deep"}


def test_most_texts_are_plain():
    assert canonical.is_plain('{"a":[1,true,{"b":"许可证 \u2028"}],"c":{}}'.encode())
    assert canonical.is_plain(canonical.dumps("\na\n\nb\n"))
    # These are canonical, and take the longer way.
    assert not canonical.is_plain(canonical.dumps('a"b'))
    assert not canonical.is_plain(canonical.dumps("null"))


@pytest.mark.parametrize("before", [b"", b"\\n", b"\\\\", b"\\\\n", b'\\"', b"n", b"\\n\\\\"])
@pytest.mark.parametrize("escape", [b"\\t", b"\\u0000", b"\\r", b"\\b"])
@pytest.mark.parametrize("after", [b"", b"\\n", b"\\\\n", b"n"])
def test_a_control_character_hides_behind_no_other_escape(before, escape, after):
    data = b'"%b%b%b"' % (before, escape, after)
    assert not canonical.is_plain(data)
    assert refused(data) == "json-string"


def test_depth_counts_lists_and_objects_not_what_they_hold():
    assert canonical.loads(b'[[[[[{"a":"x"}]]]]]') == [[[[[{"a": "x"}]]]]]
    assert canonical.loads(b"1", max_depth=0) == 1
    assert refused(b"[]", max_depth=0) == "json-too-deep"
    deep = b"[" * 8 + b"]" * 8
    assert canonical.dumps(canonical.loads(deep, max_depth=8), max_depth=8) == deep


def test_size_is_limited_to_the_byte():
    data = b'"' + b"x" * (canonical.MAX_BYTES - 2) + b'"'
    assert canonical.loads(data)
    assert refused(data[:-1] + b'x"') == "json-too-large"
    assert refused(b"[1]", max_bytes=2) == "json-too-large"


def test_a_key_of_32_characters_is_the_longest():
    assert canonical.dumps({"k" * 32: 1})
    with pytest.raises(Malformed, match="json-key"):
        canonical.dumps({"k" * 33: 1})


def test_a_lone_surrogate_is_refused_before_the_encoder_sees_it():
    with pytest.raises(Malformed, match="json-string"):
        canonical.dumps(["\udc00"])


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize("value", [b"x", (1,), {1}, Colour.RED, {1: 2}, object()])
def test_what_no_json_decodes_to_is_a_bug_of_the_caller(value):
    with pytest.raises(TypeError):
        canonical.dumps(value)


@pytest.mark.parametrize(
    "value", [None, 1.0, float("nan"), float("inf"), 2**53, [None], {"a": 0.5}]
)
def test_values_outside_the_profile_do_not_encode(value):
    with pytest.raises(Malformed, match=r"json-(null|number)"):
        canonical.dumps(value)
