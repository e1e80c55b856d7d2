"""Signatures by an authenticator: the published one, own good ones, and each way to be wrong."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.bytes import suites, webauthn
from special_channel.core.bytes.errors import BadSignature, Malformed, RuleBroken
from special_channel.core.bytes.suites import PrivateKey
from tests.authenticator import ORIGIN, RP, Authenticator, client_data_of, data_of, packed
from tests.vectors import table

SUITE = "webauthn-es256"
MESSAGE = b"DSSEv1 1 t 1 x"
CHALLENGE = sha256(MESSAGE).digest()
KEY = Authenticator(bytes(range(1, 33)))
GOOD = KEY.sign(MESSAGE)
DATA, CLIENT_DATA, RAW = webauthn.parse(GOOD)
N_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def code_of(signature: bytes, rp: str | None = RP) -> str:
    """Return the code of a refusal; empty for a good signature."""
    try:
        suites.verify(SUITE, KEY.public, MESSAGE, signature, rp)
    except BadSignature as error:
        return error.code if error.code in suites.BAD_SIGNATURES else "another code"
    return ""


def with_client_data(client_data: bytes) -> bytes:
    return KEY.assertion(client_data)


def with_data(data: bytes) -> bytes:
    """Return an assertion whose authenticator signed other data."""
    key = Authenticator(bytes(range(1, 33)))
    key.data = data
    return key.sign(MESSAGE)


def published() -> tuple[webauthn.Assertion, bytes, bytes]:
    """Return the assertion, the public key and the challenge of the standard."""
    case = table("webauthn")
    data, client_data, der, x, y, challenge = (
        bytes.fromhex(case[field])
        for field in ("authenticatorData", "clientDataJSON", "signature", "x", "y", "challenge")
    )
    raw = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))
    return webauthn.Assertion(data, client_data, raw), b"\x04" + x + y, challenge


def test_published_assertion_verifies_and_its_flags_are_refused():
    """A synced passkey without user verification: all but check 3 hold."""
    assertion, public, challenge = published()
    assert webauthn.parse(packed(*assertion)) == assertion
    assert webauthn.origin_of(assertion.client_data, challenge) == "https://example.org"
    suites.check_public(SUITE, public)
    suites.verify("es256", public, assertion.signed, assertion.raw)
    assert assertion.data[32] == 0x19
    with pytest.raises(BadSignature, match="signature-flags") as caught:
        webauthn.check_data(assertion.data, "example.org")
    assert caught.value.facts == {"flags": 0x19}
    with pytest.raises(BadSignature, match="signature-rp"):
        webauthn.check_data(assertion.data, "www.example.org")
    allowed = assertion.data[:32] + b"\x05" + assertion.data[33:]
    webauthn.check_data(allowed, "example.org")


def test_good_assertion_verifies_and_names_its_origin():
    assert code_of(GOOD) == ""
    assert webauthn.origin_of(CLIENT_DATA, CHALLENGE) == ORIGIN
    assert (len(GOOD), GOOD[:3]) == (5 + 37 + len(CLIENT_DATA) + 64, b"\x01\x00\x25")


@pytest.mark.parametrize("end", [',"topOrigin":"https://x"}', ',"other":{"a":"}"}}', ",}"])
def test_browser_may_append_members(end):
    assert code_of(with_client_data(client_data_of(CHALLENGE, end=end))) == ""


@pytest.mark.parametrize("counter", [0, 1, 2**32 - 1])
def test_counter_decides_nothing(counter):
    assert code_of(with_data(data_of(counter=counter))) == ""


def test_high_s_is_accepted():
    r, s = RAW[:32], int.from_bytes(RAW[32:], "big")
    assert code_of(packed(DATA, CLIENT_DATA, r + (N_P256 - s).to_bytes(32, "big"))) == ""


# 1 Layout ----------------------------------------------------------------------------------

DER = encode_dss_signature(int.from_bytes(RAW[:32], "big"), int.from_bytes(RAW[32:], "big"))


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(RAW, id="bare"),
        pytest.param(b"\x00" + GOOD[1:], id="version 0"),
        pytest.param(b"\x02" + GOOD[1:], id="version 2"),
        pytest.param(GOOD + b"\x00", id="trailing byte"),
        pytest.param(b"\x00" + GOOD, id="leading byte"),
        pytest.param(GOOD[:-1], id="a byte short"),
        pytest.param(packed(DATA, CLIENT_DATA, DER), id="DER"),
        pytest.param(with_data(data_of(flags=0x85) + b"\xa0"), id="extension data"),
        pytest.param(packed(DATA[:-1], CLIENT_DATA, RAW), id="short data"),
        pytest.param(GOOD[:1] + b"\x00\x24" + GOOD[3:], id="first length too small"),
        pytest.param(GOOD[:1] + b"\x25\x00" + GOOD[3:], id="first length, other byte order"),
        pytest.param(GOOD[:1] + b"\xff\xff" + GOOD[3:], id="first length beyond the end"),
        pytest.param(GOOD[:41] + bytes([GOOD[41] - 1]) + GOOD[42:], id="second length too small"),
        pytest.param(GOOD[:41] + bytes([GOOD[41] + 1]) + GOOD[42:], id="second length too large"),
        pytest.param(GOOD[:40] + b"\xff\xff" + GOOD[42:], id="second length beyond the end"),
    ],
)
def test_other_layout_is_malformed(signature):
    assert code_of(signature) == "signature-malformed"
    assert code_of(signature, None) == "signature-malformed"


@given(st.integers(0, len(GOOD) - 1))
def test_cut_signature_is_malformed(length):
    assert code_of(GOOD[:length]) == "signature-malformed"


def test_signature_has_at_most_1024_bytes():
    room = webauthn.MAX_BYTES - len(GOOD)
    for more, code in ((room, ""), (room + 1, "signature-malformed")):
        end = ',"x":"' + "x" * (more - 8 + 1) + '"}'
        signature = with_client_data(client_data_of(CHALLENGE, end=end))
        assert len(signature) == len(GOOD) + more
        assert code_of(signature) == code


# 2 Relying party ---------------------------------------------------------------------------


@pytest.mark.parametrize("rp", [None, "", "eu.channel.example", "client.cn.channel.example"])
def test_other_relying_party_is_refused(rp):
    assert code_of(GOOD, rp) == "signature-rp"


def test_wider_relying_party_is_refused():
    assert code_of(with_data(data_of("eu.channel.example"))) == "signature-rp"
    assert code_of(with_data(data_of("", flags=0x19)), "") == "signature-rp"


# 3 Flags -----------------------------------------------------------------------------------


def test_only_touch_and_verification_are_allowed_flags():
    """Of 256 values of the flags one is allowed."""
    allowed = [flags for flags in range(256) if code_of(with_data(data_of(flags=flags))) == ""]
    assert allowed == [0x05]


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("no touch", 0x04),
        ("no verification", 0x01),
        ("reserved 1", 0x07),
        ("may be copied", 0x0D),
        ("is copied", 0x1D),
        ("reserved 2", 0x25),
        ("attested", 0x45),
        ("extended", 0x85),
    ],
)
def test_each_other_flag_is_refused_by_its_code(name, flags):
    signature = with_data(data_of(flags=flags))
    with pytest.raises(BadSignature, match="signature-flags") as caught:
        suites.verify(SUITE, KEY.public, MESSAGE, signature, RP)
    assert caught.value.facts == {"flags": flags}, name


# 4 Client data -----------------------------------------------------------------------------

TEXT = CLIENT_DATA.decode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(client_data_of(sha256(b"other").digest()).decode(), id="another entry"),
        pytest.param(client_data_of(MESSAGE).decode(), id="the message itself"),
        pytest.param(TEXT.replace("webauthn.get", "webauthn.create"), id="registration"),
        pytest.param(TEXT.replace("webauthn.get", "payment.get"), id="payment"),
        pytest.param(TEXT.replace("false", "true"), id="other site"),
        pytest.param(TEXT.replace('{"type"', '{"a":1,"type"'), id="a member before"),
        pytest.param(TEXT.replace('","origin"', '=","origin"'), id="padding"),
        pytest.param(TEXT.replace('"origin"', '"topOrigin":"x","origin"'), id="a member between"),
        pytest.param(TEXT.replace(":", ": "), id="spaces"),
        pytest.param(" " + TEXT, id="a space before"),
        pytest.param("\ufeff" + TEXT, id="byte order mark"),
        pytest.param(TEXT[:-1], id="no end"),
        pytest.param(TEXT + "\n", id="a line feed after"),
        pytest.param(TEXT + " }", id="more after the end"),
        pytest.param(TEXT[:-1] + ',"a":1', id="members without an end"),
        pytest.param(TEXT.replace("false", "falsey"), id="a longer word"),
        pytest.param(TEXT.replace(',"crossOrigin":false', ""), id="no crossOrigin"),
        pytest.param(TEXT.replace(ORIGIN, ""), id="empty origin"),
        pytest.param(TEXT.replace(ORIGIN, ORIGIN + "\\"), id="backslash"),
        pytest.param(TEXT.replace(ORIGIN, ORIGIN + '","x":"'), id="a member after the origin"),
        pytest.param(TEXT.replace("challenge", "origin"), id="other name"),
    ],
)
def test_other_client_data_is_refused(text):
    assert code_of(with_client_data(text.encode())) == "signature-client-data"


@pytest.mark.parametrize("tail", [b',"a":"\xff"}', b',"a":"\xed\xa0\x80"}'])
def test_client_data_is_utf_8(tail):
    assert code_of(with_client_data(CLIENT_DATA[:-1] + tail)) == "signature-client-data"
    broken = CLIENT_DATA.replace(ORIGIN.encode(), ORIGIN.encode() + b"\xff")
    assert code_of(with_client_data(broken)) == "signature-client-data"


# 6 Signature -------------------------------------------------------------------------------


def test_assertion_of_another_key_or_data_is_bad():
    other = Authenticator(bytes(31) + b"\x07")
    assert code_of(other.sign(MESSAGE)) == "signature-bad"
    assert code_of(packed(data_of(counter=7), CLIENT_DATA, RAW)) == "signature-bad"
    longer = client_data_of(CHALLENGE, end=',"a":1}')
    assert code_of(packed(DATA, longer, RAW)) == "signature-bad"


@pytest.mark.parametrize(
    "raw",
    [
        bytes(64),
        b"\xff" * 64,
        RAW[:32] + bytes(32),
        bytes(32) + RAW[32:],
        RAW[:32] + N_P256.to_bytes(32, "big"),
    ],
)
def test_r_and_s_are_in_their_range(raw):
    assert code_of(packed(DATA, CLIENT_DATA, raw)) == "signature-bad"


@given(st.integers(0, 8 * len(GOOD) - 1))
def test_one_changed_bit_anywhere_is_refused(bit):
    changed = bytearray(GOOD)
    changed[bit // 8] ^= 1 << bit % 8
    assert code_of(bytes(changed)) != ""


def test_first_check_that_fails_gives_the_code():
    """Everything is wrong; one thing after the other is put right."""
    raw, other = bytes(64), client_data_of(bytes(32))
    steps = [
        (packed(data_of("x", 0)[:-1], other, raw), "signature-malformed"),
        (packed(data_of("x", 0), other, raw), "signature-rp"),
        (packed(data_of(RP, 0), other, raw), "signature-flags"),
        (packed(data_of(RP), other, raw), "signature-client-data"),
        (packed(data_of(RP), CLIENT_DATA, raw), "signature-bad"),
        (packed(data_of(RP), CLIENT_DATA, RAW), ""),
    ]
    assert [code_of(signature) for signature, _ in steps] == [code for _, code in steps]


# 5 Origin ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "rp", "allowed"),
    [
        (ORIGIN, RP, True),
        (f"https://a.b.{RP}", RP, True),
        (f"http://{RP}", RP, False),
        (f"https://{RP}:8443", RP, False),
        (f"https://{RP}/", RP, False),
        (f"https://x@{RP}", RP, False),
        (f"https://evil{RP}", RP, False),
        (f"https://{RP}.evil.example", RP, False),
        ("https://eu.channel.example", RP, False),
        (RP, RP, False),
        (f"android:apk-key-hash:x.{RP}", RP, False),
        ("http://localhost:8701", "localhost", True),
        ("https://localhost", "localhost", True),
        ("http://localhost", "localhost", False),
        ("http://localhost:0", "localhost", False),
        ("http://localhost:870100", "localhost", False),
        ("http://localhost:8701", RP, False),
        ("http://127.0.0.1:8701", "localhost", False),
    ],
)
def test_origin_without_a_list_belongs_to_the_relying_party(origin, rp, allowed):
    assert webauthn.is_allowed_origin(origin, rp) == allowed


def test_listed_origins_replace_those_of_the_relying_party():
    listed = ["https://client.example:8443", "chrome-extension://abc"]
    assert all(webauthn.is_allowed_origin(origin, RP, listed) for origin in listed)
    assert not webauthn.is_allowed_origin(ORIGIN, RP, listed)
    assert not webauthn.is_allowed_origin("https://client.example", RP, listed)


# Keys --------------------------------------------------------------------------------------


def test_key_has_the_form_of_es256_and_an_id_of_its_own():
    suites.check_public(SUITE, KEY.public)
    assert suites.key_id("eu", SUITE, KEY.public) != suites.key_id("eu", "es256", KEY.public)
    with pytest.raises(Malformed, match="key-malformed"):
        suites.check_public(SUITE, b"\x02" + KEY.public[1:33])
    with pytest.raises(Malformed, match="key-malformed"):
        suites.check_public(SUITE, b"\x05" + KEY.public[1:])
    with pytest.raises(RuleBroken, match="key-weak"):
        suites.check_public(SUITE, b"\x04" + bytes(64))
    with pytest.raises(Malformed, match="key-malformed"):
        suites.verify(SUITE, b"", MESSAGE, GOOD, RP)


def test_suites_of_one_curve_do_not_mix():
    plain = PrivateKey.from_seed("es256", bytes(range(1, 33)))
    assert plain.public == KEY.public
    with pytest.raises(BadSignature, match="signature-bad"):
        suites.verify("es256", KEY.public, MESSAGE, GOOD)
    assert code_of(plain.sign(MESSAGE)) == "signature-malformed"


def test_no_seed_makes_a_key_of_an_authenticator():
    with pytest.raises(Malformed, match="suite-unsupported"):
        PrivateKey.from_seed("webauthn-es256", bytes(31) + b"\x01")
