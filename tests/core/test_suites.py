from __future__ import annotations

import hashlib
import pickle

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import BadSignature, Malformed, Refused, RuleBroken
from special_channel.core.bytes.suites import PrivateKey
from tests.vectors import table

SEED = bytes(range(32))
BOTH = ("ed25519", "es256")
N_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize("case", table("rfc8032")["cases"], ids=lambda case: case["name"])
def test_rfc_8032_examples_sign_and_verify_as_published(case):
    public, message, signature = (
        bytes.fromhex(case[field]) for field in ("public", "message", "signature")
    )
    key = PrivateKey.from_seed("ed25519", bytes.fromhex(case["seed"]))
    assert key.public == public
    assert key.sign(message) == signature
    suites.check_public("ed25519", public)
    suites.verify("ed25519", public, message, signature)
    with pytest.raises(BadSignature, match="signature-bad"):
        suites.verify("ed25519", public, message + b"x", signature)


CCTV = table("cctv_ed25519")
BAD_FLAGS = {"low_order_residue", "non_canonical_R", "reencoded_k"}


@pytest.mark.parametrize("public", CCTV["weak_keys"])
def test_published_weak_key_is_refused(public):
    with pytest.raises(RuleBroken, match="key-weak"):
        suites.check_public("ed25519", bytes.fromhex(public))


@pytest.mark.parametrize("case", CCTV["signatures"], ids=lambda case: str(case["number"]))
def test_signature_of_sound_key_is_taken_or_refused_by_its_r(case):
    public, sig = bytes.fromhex(CCTV["sound_key"]), bytes.fromhex(case["signature"])
    suites.check_public("ed25519", public)
    # A sound key leaves one freedom, R: the rule is the one of OpenSSL and Go.
    if set(case["flags"]) & BAD_FLAGS:
        with pytest.raises(BadSignature):
            suites.verify("ed25519", public, case["message"].encode(), sig)
    else:
        suites.verify("ed25519", public, case["message"].encode(), sig)


LOW_ORDER = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
)


@pytest.mark.parametrize("encoded", LOW_ORDER)
def test_the_fourteen_encodings_of_low_order_are_refused(encoded):
    with pytest.raises(RuleBroken, match="key-weak"):
        suites.check_public("ed25519", bytes.fromhex(encoded))


def test_a_y_that_is_on_no_point_is_refused():
    weak = 0
    for y in range(2, 40):
        try:
            suites.check_public("ed25519", y.to_bytes(32, "little"))
        except RuleBroken:
            weak += 1
    assert weak > 19  # half of all y are on no point; 7/8 of the rest have a torsion part


@pytest.mark.parametrize("suite", BOTH)
def test_a_key_signs_the_same_bytes_each_time_and_verifies(suite):
    key = PrivateKey.from_seed(suite, SEED)
    suites.check_public(suite, key.public)
    signature = key.sign(b"message")
    assert len(signature) == 64
    assert key.sign(b"message") == signature != key.sign(b"other")
    suites.verify(suite, key.public, b"message", signature)


def test_es256_signs_as_rfc_6979_appendix_a_2_5():
    d = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
    key = PrivateKey.from_seed("es256", d)
    assert key.sign(b"sample").hex().upper() == (
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    )


@pytest.mark.parametrize("suite", BOTH)
def test_one_changed_bit_anywhere_is_no_signature(suite):
    key = PrivateKey.from_seed(suite, SEED)
    signature = key.sign(b"message")
    for at in range(64):
        changed = bytearray(signature)
        changed[at] ^= 1
        with pytest.raises(BadSignature, match="signature-bad"):
            suites.verify(suite, key.public, b"message", bytes(changed))


@pytest.mark.parametrize("suite", BOTH)
@pytest.mark.parametrize("length", [0, 1, 63, 65, 72])
def test_a_signature_has_64_bytes(suite, length):
    key = PrivateKey.from_seed(suite, SEED)
    signature = (key.sign(b"m") + bytes(8))[:length]
    with pytest.raises(BadSignature, match="signature-bad"):
        suites.verify(suite, key.public, b"m", signature)


def test_es256_takes_no_der_and_no_zeros():
    key = PrivateKey.from_seed("es256", SEED)
    for signature in (bytes(64), b"\xff" * 64, N_P256.to_bytes(32, "big") * 2):
        with pytest.raises(BadSignature, match="signature-bad"):
            suites.verify("es256", key.public, b"m", signature)


@pytest.mark.parametrize("suite", BOTH)
def test_the_suites_do_not_mix(suite):
    key = PrivateKey.from_seed(suite, SEED)
    other = "es256" if suite == "ed25519" else "ed25519"
    with pytest.raises(Malformed, match="key-malformed"):
        suites.verify(other, key.public, b"m", key.sign(b"m"))
    with pytest.raises(Malformed, match="key-malformed"):
        suites.check_public(other, key.public)


@pytest.mark.parametrize("suite", ["sm2-sm3", "ml-dsa-44", "", "ED25519"])
def test_an_unknown_suite_is_named_as_such(suite):
    for call in (
        lambda: suites.verify(suite, b"", b"", b""),
        lambda: suites.check_public(suite, b""),
        lambda: PrivateKey.from_seed(suite, SEED),
    ):
        with pytest.raises(Malformed, match="suite-unsupported") as caught:
            call()
        assert caught.value.facts == {"suite": suite}


def test_es256_keys_are_uncompressed_points_of_the_curve():
    good = PrivateKey.from_seed("es256", SEED).public
    compressed = bytes([2 + (good[-1] & 1)]) + good[1:33]
    hybrid = bytes([6 + (good[-1] & 1)]) + good[1:]
    for public in (b"", compressed, hybrid, good + b"\0"):
        with pytest.raises(Malformed, match="key-malformed"):
            suites.check_public("es256", public)
    off = good[:-1] + bytes([good[-1] ^ 1])
    for public in (off, b"\x04" + bytes(64), b"\x04" + b"\xff" * 64):
        with pytest.raises(RuleBroken, match="key-weak"):
            suites.check_public("es256", public)
        with pytest.raises(Malformed, match="key-malformed"):
            suites.verify("es256", public, b"m", bytes(64))


def test_a_verdict_on_a_key_is_the_same_when_asked_again():
    weak = bytes.fromhex(LOW_ORDER[0])
    for _ in range(3):
        with pytest.raises(Refused, match="key-weak"):
            suites.check_public("ed25519", weak)


def test_the_key_id_names_party_suite_and_key():
    public = PrivateKey.from_seed("ed25519", SEED).public
    expected = hashlib.sha256(b"ed25519\x00" + public).hexdigest()[:32]
    assert suites.key_id("eu", "ed25519", public) == f"eu:{expected}"
    assert suites.key_id("cn", "ed25519", public) == f"cn:{expected}"
    assert suites.key_id("eu", "es256", public) != f"eu:{expected}"


@pytest.mark.parametrize("suite", BOTH)
def test_a_key_file_gives_the_same_key_back(suite):
    key = PrivateKey.from_seed(suite, SEED)
    assert key.seed() == SEED
    again = PrivateKey.from_pem(key.pem())
    assert (again.suite, again.public, again.seed()) == (suite, key.public, SEED)
    assert key.pem().startswith(b"-----BEGIN PRIVATE KEY-----\n")


@pytest.mark.parametrize("suite", BOTH)
def test_the_secret_does_not_show(suite):
    key = PrivateKey.from_seed(suite, SEED)
    assert SEED.hex() not in repr(key)
    assert repr(key) == f"PrivateKey(suite={suite!r}, public={key.public.hex()!r})"
    with pytest.raises(TypeError):
        pickle.dumps(key)


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
@pytest.mark.parametrize("suite", BOTH)
def test_a_seed_has_32_bytes(suite, seed):
    with pytest.raises(Malformed, match="key-malformed"):
        PrivateKey.from_seed(suite, seed)


@pytest.mark.parametrize("scalar", [0, N_P256, 2**256 - 1])
def test_a_seed_that_is_no_scalar_is_refused(scalar):
    with pytest.raises(Malformed, match="key-malformed"):
        PrivateKey.from_seed("es256", scalar.to_bytes(32, "big"))


def pem_of(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_a_key_file_of_another_kind_is_refused():
    with pytest.raises(Malformed, match="key-malformed"):
        PrivateKey.from_pem(b"not a key")
    for key in (
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(65537, 2048),
    ):
        with pytest.raises(Malformed, match="suite-unsupported"):
            PrivateKey.from_pem(pem_of(key))


def test_fingerprint_is_read_aloud_in_groups_of_four():
    assert suites.in_groups("0123456789ab") == ("0123", "4567", "89ab")
    assert "".join(suites.in_groups(digest := suites.fingerprint("ed25519", SEED))) == digest
