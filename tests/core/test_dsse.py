from __future__ import annotations

import base64
import hashlib

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.dsse import Envelope, Signature
from special_channel.core.bytes.errors import BadSignature, Malformed
from tests.vectors import table

EU = "eu:" + "a" * 32
CN = "cn:" + "b" * 32
SIGNED = Envelope(dsse.ENTRY_TYPE, b'{"v":1}', (Signature(EU, b"\x01" * 64),))


def refused(data: bytes, **limits: int) -> str:
    with pytest.raises(Malformed) as caught:
        dsse.decode(data, **limits)
    return caught.value.code


PUBLISHED = table("dsse")


def test_the_published_envelope_has_the_published_pae_and_verifies():
    payload = base64.b64decode(PUBLISHED["envelope"]["payload"])
    assert payload == PUBLISHED["payload_utf8"].encode()
    signed = dsse.pae(PUBLISHED["envelope"]["payloadType"], payload)
    assert signed == PUBLISHED["pae"].encode()
    point = ec.EllipticCurvePublicNumbers(
        int(PUBLISHED["p256_x"]), int(PUBLISHED["p256_y"]), ec.SECP256R1()
    )
    public = b"\x04" + point.x.to_bytes(32, "big") + point.y.to_bytes(32, "big")
    sig = base64.b64decode(PUBLISHED["envelope"]["signatures"][0]["sig"])
    suites.verify("es256", public, signed, sig)
    with pytest.raises(BadSignature):
        suites.verify("es256", public, signed + b" ", sig)


def test_the_published_envelope_is_refused_for_it_names_no_key():
    assert refused(orjson.dumps(PUBLISHED["envelope"])) == "envelope-malformed"


def test_the_pae_counts_bytes_not_characters():
    assert dsse.pae("t", "许可".encode()) == b"DSSEv1 1 t 6 \xe8\xae\xb8\xe5\x8f\xaf"
    assert dsse.pae("", b"") == b"DSSEv1 0  0 "


def test_the_id_is_the_digest_of_the_pae_and_covers_the_type():
    assert SIGNED.id == hashlib.sha256(SIGNED.pae).hexdigest()
    assert SIGNED.id != Envelope(dsse.SIGNIN_TYPE, SIGNED.payload).id


def test_another_signature_changes_the_digest_and_not_the_id():
    cleared = SIGNED.with_signature(Signature(CN, b"\x02" * 64))
    assert cleared.id == SIGNED.id
    assert cleared.digest != SIGNED.digest
    assert cleared.digest == hashlib.sha256(cleared.encode()).hexdigest()
    assert [signature.keyid for signature in cleared.signatures] == [EU, CN]


def test_the_layout_is_canonical_json_with_standard_base64():
    data = SIGNED.encode()
    assert data == orjson.dumps(orjson.loads(data), option=orjson.OPT_SORT_KEYS)
    assert data == (
        b'{"payload":"eyJ2IjoxfQ==",'
        b'"payloadType":"application/vnd.special-channel.entry.v1+json",'
        b'"signatures":[{"keyid":"eu:' + b"a" * 32 + b'","sig":"' + b"AQEB" * 21 + b'AQ=="}]}'
    )
    assert dsse.decode(data) == SIGNED


@pytest.mark.parametrize("count", [1, 2, 3, 15, 16])
def test_one_to_sixteen_signatures_come_back_in_their_order(count):
    keyids = [f"eu:{n * 7 % 17:032x}" for n in range(1, count + 1)]
    envelope = Envelope("x/y", b"p", tuple(Signature(k, k.encode()) for k in keyids))
    assert dsse.decode(envelope.encode()) == envelope


def test_a_seventeenth_signature_is_refused():
    full = Envelope("x/y", b"p", tuple(Signature(f"eu:{n:032x}", b"s") for n in range(16)))
    one = b',{"keyid":"cn:%032x","sig":"cw=="}]}' % 0
    assert refused(full.encode()[:-2] + one) == "envelope-malformed"
    with pytest.raises(Malformed, match="envelope-malformed"):
        full.with_signature(Signature(CN, b"s"))


def test_a_key_signs_an_envelope_once():
    with pytest.raises(Malformed, match="envelope-malformed"):
        SIGNED.with_signature(Signature(EU, b"\x02" * 64))
    twice = SIGNED.encode().replace(b"]}", b',{"keyid":"%b","sig":"cw=="}]}' % EU.encode())
    assert refused(twice) == "envelope-malformed"


def test_an_unsigned_envelope_is_not_encoded():
    with pytest.raises(Malformed, match="envelope-malformed"):
        Envelope("x/y", b"p").encode()


@pytest.mark.parametrize(
    "keyid",
    ["", "eu:", EU[:-1], EU + "a", EU.upper(), "eu:" + "g" * 32, 'eu:"' + "a" * 31, EU + "\n"],
)
def test_a_key_id_has_one_form(keyid):
    with pytest.raises(Malformed, match="envelope-malformed"):
        Signature(keyid, b"s")
    data = SIGNED.encode().replace(EU.encode(), keyid.encode())
    assert refused(data) == "envelope-malformed"


def test_a_signature_is_neither_empty_nor_endless():
    with pytest.raises(Malformed, match="envelope-malformed"):
        Signature(EU, b"")
    with pytest.raises(Malformed, match="envelope-malformed"):
        Signature(EU, b"s" * (dsse.MAX_SIGNATURE_BYTES + 1))


@pytest.mark.parametrize("kind", ["", "a b", 'a"b', "a\n", "é", "/x", "x" * 128])
def test_a_payload_type_is_short_and_plain(kind):
    with pytest.raises(Malformed, match="envelope-malformed"):
        Envelope(kind, b"p")


def test_an_empty_payload_is_refused():
    with pytest.raises(Malformed, match="envelope-malformed"):
        Envelope("x/y", b"")
    assert refused(SIGNED.encode().replace(b"eyJ2IjoxfQ==", b"")) == "envelope-malformed"


GOOD = SIGNED.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"null",
        GOOD + b"\n",
        b" " + GOOD,
        GOOD[:-1],
        GOOD.replace(b",", b", ", 1),
        GOOD.replace(b"]}", b",]}"),
        GOOD.replace(b"]}", b"] }"),
        GOOD.replace(b"]}", b'],"x":1}'),
        GOOD.replace(b'"signatures":[', b'"signatures":[,'),
        GOOD.replace(b'"signatures":[', b'"signatures":[x'),
        GOOD.replace(b'"signatures":[', b'"signatures":[{"keyid":"'),
        GOOD.replace(b"]}", b'x{"keyid":"%b","sig":"cw=="}]}' % CN.encode()),
        GOOD.replace(b"]}", b'{"keyid":"%b","sig":"cw=="}]}' % CN.encode()),
        GOOD.replace(b"]}", b"\n]}"),
        GOOD.replace(b"]}", b"x]}"),
        GOOD.replace(b'"AQEB', b'"\xc3\xa9AQEB'),
        GOOD.replace(b"eu:a", b"eu:\xaa"),
        GOOD.replace(b"entry.v1", b"entry.\xe2\x84\xaa1"),
        GOOD.replace(b"application/", b"\xb5pplication/"),
        GOOD.replace(b"eyJ2IjoxfQ==", b"eyJ2IjoxfQ"),
        GOOD.replace(b"eyJ2IjoxfQ==", b"eyJ2IjoxfQ="),
        GOOD.replace(b"eyJ2IjoxfQ==", b"eyJ2IjoxfR=="),
        GOOD.replace(b"eyJ2IjoxfQ==", b"eyJ2IjoxfQ===="),
        GOOD.replace(b"eyJ2IjoxfQ==", b"eyJ2Ijo_fQ=="),
        GOOD.replace(b"eyJ2IjoxfQ==", b"eyJ2\\nIjoxfQ=="),
        GOOD.replace(b"eyJ2IjoxfQ==", b"eyJ2IjoxfQ=="[::-1]),
        GOOD.replace(b"eyJ2IjoxfQ==", b"e"),
        GOOD.replace(b"AQ==", b"AR=="),
        GOOD.replace(b"AQ==", b"AQ"),
        GOOD.replace(b"payloadType", b"payloadtype"),
        GOOD.replace(b'"keyid"', b'"keyId"'),
        GOOD.replace(b"+json", b"\\u002bjson"),
        orjson.dumps({**orjson.loads(GOOD), "signatures": []}),
        orjson.dumps(dict(reversed(orjson.loads(GOOD).items()))),
        b"\xef\xbb\xbf" + GOOD,
    ],
)
def test_any_other_layout_is_refused(data):
    assert refused(data) == "envelope-malformed"


def test_no_single_byte_can_change_without_notice():
    for at in range(len(GOOD)):
        for bit in (1, 32):
            changed = bytearray(GOOD)
            changed[at] ^= bit
            try:
                other = dsse.decode(bytes(changed))
            except Malformed:
                continue
            assert other.encode() == bytes(changed) != GOOD
            assert other.digest != SIGNED.digest


def test_sizes_are_limited_to_the_byte():
    assert dsse.decode(GOOD, max_bytes=len(GOOD)) == SIGNED
    assert refused(GOOD, max_bytes=len(GOOD) - 1) == "envelope-too-large"
    with pytest.raises(Malformed, match="envelope-too-large"):
        Envelope("x/y", b"p" * dsse.MAX_BYTES, SIGNED.signatures).encode()


@pytest.mark.parametrize(("count", "length"), [(4, 3309), (16, 900)])
def test_largest_payload_fits_with_signatures_of_any_suite(count, length):
    """Four post-quantum signatures, or sixteen by authenticators, which have some 300 bytes."""
    largest = Envelope(
        dsse.ENTRY_TYPE,
        b"p" * 32 * 1024,
        tuple(Signature(f"eu:{n:032x}", b"s" * length) for n in range(count)),
    )
    assert dsse.decode(largest.encode()) == largest
