"""libsodium accepts no signature that OpenSSL refuses, and makes the same signatures."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections import Counter
from hashlib import sha512
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from special_channel.core.bytes import ed25519, edwards, suites
from special_channel.core.bytes.edwards import _ORDER as L
from special_channel.core.bytes.edwards import _P as P
from special_channel.core.bytes.suites import PrivateKey
from tests.core.test_suites import LOW_ORDER
from tests.vectors import table

MUTATIONS = int(os.environ.get("SPECIAL_CHANNEL_MUTATIONS", "2000"))
SOURCE = Path(ed25519.__file__).parents[2]
MESSAGE = b"message"


def decoded(encoding):
    point = edwards._decode(encoding)
    assert point
    return point


BASE = decoded((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
ORDER_8 = decoded(bytes.fromhex(LOW_ORDER[4]))
TORSION = [edwards._multiply(times, ORDER_8) for times in range(8)]


def encoded(point):
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def scalar(*parts):
    return int.from_bytes(sha512(b"".join(parts)).digest(), "little") % L


def signed(secret, key, nonce, point, message):
    """Sign by hand: `key` and `point` may have parts of small order besides secret and nonce."""
    challenge = scalar(point, key, message)
    return point + ((nonce + challenge * secret) % L).to_bytes(32, "little")


def opened_by_hand(signed_message, public, *, cofactor=1, reduced=True):
    """Open as libsodium does, by the equation of RFC 8032, 5.1.7, for points of the curve."""
    point, s = signed_message[:32], int.from_bytes(signed_message[32:64], "little")
    key, nonce = edwards._decode(public), edwards._decode(point)
    if (reduced and s >= L) or not key or not nonce or encoded(nonce) != point:
        raise ed25519._REFUSED
    challenge = scalar(point, public, signed_message[64:])
    left = edwards._multiply(cofactor * s, BASE)
    right = edwards._add(nonce, edwards._multiply(challenge, key))
    if encoded(left) != encoded(edwards._multiply(cofactor, right)):
        raise ed25519._REFUSED
    return signed_message[64:]


def accepts(check, *arguments):
    try:
        check(*arguments)
    except (InvalidSignature, ValueError):
        return False
    return True


def by_libsodium(*arguments):
    assert ed25519._libsodium
    return ed25519._accepts(ed25519._libsodium, *arguments)


def verdicts(public, message, signature):
    """Return libsodium's and OpenSSL's verdicts; the node's must be OpenSSL's."""
    case = public.hex(), message.hex(), signature.hex()
    first = by_libsodium(public, message, signature)
    openssl = accepts(ed25519.openssl, public, message, signature)
    assert accepts(ed25519.verify, public, message, signature) is openssl, case
    assert openssl or not first, case
    return first, openssl


def test_libsodium_is_used_here():
    assert ed25519.LIBRARY == "libsodium"
    assert ed25519.verify is not ed25519.openssl
    assert suites.SUITES["ed25519"].verify is ed25519.verify


def test_no_other_module_verifies_ed25519():
    """Notes, checkpoints, cosignatures, requests and sign-ins all come through `suites`."""
    users = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"Ed25519PublicKey|\bnacl\b", path.read_text())
    }
    assert users == {"core/bytes/ed25519.py"}


def test_cctv_vectors_get_openssls_answer():
    cctv = table("cctv_ed25519")
    keys, every = [*cctv["weak_keys"], cctv["sound_key"]], cctv["all"]
    seen: Counter[tuple[bool, bool]] = Counter()
    for key, point, scalar_, message in every["vectors"]:
        signature = bytes.fromhex(every["points"][point] + every["scalars"][scalar_])
        public, text = bytes.fromhex(keys[key]), every["messages"][message].encode()
        seen[verdicts(public, text, signature)] += 1
    assert seen == {(False, False): 706, (False, True): 165, (True, True): 43}


def test_parts_of_small_order_get_openssls_answer():
    """Keys and R of prime, mixed and small order, in every encoding, with several messages."""
    secret, nonce = scalar(b"secret"), scalar(b"nonce")
    mixed_keys = [edwards._add(edwards._multiply(secret, BASE), part) for part in TORSION]
    mixed_points = [edwards._add(edwards._multiply(nonce, BASE), part) for part in TORSION]
    small = [bytes.fromhex(each) for each in LOW_ORDER]
    keys = [(secret, encoded(each)) for each in mixed_keys] + [(0, each) for each in small]
    points = [(nonce, encoded(each)) for each in mixed_points] + [(0, each) for each in small]
    seen: Counter[tuple[bool, bool]] = Counter()
    sound: Counter[tuple[bool, bool]] = Counter()
    for exponent, key in keys:
        for chosen, point in points:
            for number in range(4):
                message = bytes([number])
                signature = signed(exponent, key, chosen, point, message)
                answers = verdicts(key, message, signature)
                seen[answers] += 1
                if key == keys[0][1]:
                    by_hand = accepts_by_hand(key, message, signature)
                    assert by_hand is answers[1]
                    sound[answers] += 1
    assert set(seen) == {(True, True), (False, True), (False, False)}
    assert seen.total() == 22 * 22 * 4
    # For an admitted key libsodium refuses the identity as R, which OpenSSL and RFC 8032 accept.
    assert sound == {(True, True): 4, (False, True): 4, (False, False): 80}


def accepts_by_hand(public, message, signature):
    try:
        opened_by_hand(signature + message, public)
    except ed25519._REFUSED:
        return False
    return True


KEY = PrivateKey.from_seed("ed25519", bytes(range(32)))
GOOD = KEY.sign(MESSAGE)
R, S = GOOD[:32], int.from_bytes(GOOD[32:], "little")


def with_s(value):
    return R + (value % 2**256).to_bytes(32, "little")


# The kinds of Wycheproof's Ed25519 file that signers can choose.
ODD = {
    "an empty signature": b"",
    "R alone": R,
    "S alone": GOOD[32:],
    "one byte short": GOOD[:-1],
    "one byte long": GOOD + b"\0",
    "a byte before": b"\0" + GOOD,
    "the message once more": GOOD + MESSAGE,
    "zeros": bytes(64),
    "ones": b"\xff" * 64,
    "S of 0": with_s(0),
    "S of 1": with_s(1),
    "S of L - 1": with_s(L - 1),
    "S of L": with_s(L),
    "S of p": with_s(P),
    "S negated": with_s(L - S),
    **{f"S and {times} L": with_s(S + times * L) for times in range(1, 16)},
    **{f"S with bit {bit}": with_s(S | 1 << bit) for bit in (252, 253, 254, 255)},
    "R negated": bytes([*R[:31], R[31] ^ 128]) + GOOD[32:],
    "R reversed": R[::-1] + GOOD[32:],
    "S big-endian": R + GOOD[:31:-1],
    "R of no point": (2).to_bytes(32, "little") + GOOD[32:],
    "R and S swapped": GOOD[32:] + R,
    **{
        f"R of small order {each[:4]}…{each[-2:]}": bytes.fromhex(each) + GOOD[32:]
        for each in LOW_ORDER
    },
}


@pytest.mark.parametrize("name", ODD)
def test_odd_signature_is_refused_by_both(name):
    assert verdicts(KEY.public, MESSAGE, ODD[name]) == (False, False)


def multiples(name, count):
    """Draw scalars with their points; a multiplication by hand takes milliseconds."""
    scalars = [scalar(name, bytes([number])) for number in range(count)]
    return [(each, edwards._multiply(each, BASE)) for each in scalars]


def mutated(rng, keys, nonces):
    """Return key, message and a signature, unchanged or changed in one of many ways."""
    (secret, key), (nonce, point) = rng.choice(keys), rng.choice(nonces)
    message = rng.randbytes(rng.choice((1, 32, 300)))
    part = rng.choice(TORSION[1:])
    match rng.randrange(10):
        case 0:
            point = edwards._add(point, part)
        case 1:
            key = edwards._add(key, part)
        case 2:
            key, point = edwards._add(key, part), edwards._add(point, part)
        case 3:
            nonce, point = 0, part
        case _:
            pass
    public = encoded(key)
    return spoilt(rng, public, message, signed(secret, public, nonce, encoded(point), message))


def spoilt(rng, public, message, signature):
    """Change bytes, once the signature is made."""
    s = int.from_bytes(signature[32:], "little")
    match rng.randrange(10):
        case 0:
            signature = flipped(rng, signature)
        case 1:
            public = flipped(rng, public)
        case 2:
            message = flipped(rng, message)
        case 3:
            signature = signature[:32] + (s + rng.randrange(1, 16) * L).to_bytes(32, "little")
        case 4:
            signature = rng.randbytes(32) + signature[32:]
        case 5:
            signature = signature[: rng.randrange(64)] + rng.randbytes(rng.randrange(3))
        case 6:
            signature = bytes.fromhex(rng.choice(LOW_ORDER)) + signature[32:]
        case _:
            pass
    return public, message, signature


def flipped(rng, data):
    changed = bytearray(data)
    changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def test_mutated_signatures_get_openssls_answer():
    """`SPECIAL_CHANNEL_MUTATIONS` sets how many; `./check --long` takes 100,000."""
    rng = random.Random(19)  # noqa: S311 - the same ones each time
    keys, nonces = multiples(b"key", 8), multiples(b"nonce", 32)
    seen = Counter(verdicts(*mutated(rng, keys, nonces)) for _ in range(MUTATIONS))
    assert seen.total() == MUTATIONS
    assert min(seen[True, True], seen[False, False]) > MUTATIONS // 10


def test_libsodium_with_the_cofactor_is_not_used():
    def cofactored(signed_message, public):
        return opened_by_hand(signed_message, public, cofactor=8)

    assert cofactored(GOOD + MESSAGE, KEY.public) == MESSAGE
    assert ed25519.choose(cofactored) == (ed25519.openssl, "OpenSSL")


def test_libsodium_that_takes_a_large_s_is_not_used():
    def lax(signed_message, public):
        return opened_by_hand(signed_message, public, reduced=False)

    assert lax(with_s(S + L) + MESSAGE, KEY.public) == MESSAGE
    assert ed25519.choose(lax) == (ed25519.openssl, "OpenSSL")


def test_library_without_laxity_is_used():
    check, library = ed25519.choose(opened_by_hand)
    assert (check is ed25519.openssl, library) == (False, "libsodium")
    assert opened_by_hand(GOOD + MESSAGE, KEY.public) == MESSAGE


def test_openssl_is_asked_only_when_libsodium_refuses():
    """Results stay the same if libsodium refuses everything; OpenSSL is asked only then."""

    def refuse(_signed, _public):
        raise ed25519._REFUSED

    strictest = ed25519.libsodium_first(refuse)
    strictest(KEY.public, MESSAGE, GOOD)
    assert not accepts(strictest, KEY.public, MESSAGE, with_s(S + 1))
    ed25519.libsodium_first(lambda *_: MESSAGE)(KEY.public, MESSAGE, with_s(S + 1))


@pytest.mark.parametrize(("key", "signature"), [(31, 64), (33, 64), (32, 63), (32, 65), (0, 0)])
def test_libsodium_gets_no_bytes_of_other_lengths(key, signature):
    """It would read on behind them."""

    def opened(*_):
        raise AssertionError

    check = ed25519.libsodium_first(opened)
    assert not accepts(check, bytes(key), MESSAGE, bytes(signature))


WITHOUT = """
import sys
sys.modules["nacl"] = None  # `import nacl` raises ImportError, as without the wheel
from special_channel.core.bytes import ed25519
assert ed25519.LIBRARY == "OpenSSL" and ed25519.verify is ed25519.openssl
import pytest
sys.exit(pytest.main(sys.argv[1:]))
"""


def test_without_libsodium_all_signatures_check_as_before():
    """The tests of signatures, notes, checkpoints and receipts pass in such a process."""
    files = ("test_suites", "test_note", "test_checkpoint", "test_receipt", "test_dsse")
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT, "-q", "-n", "0", "-p", "no:cacheprovider"]
        + [f"tests/core/{name}.py" for name in files],
        check=False,
        cwd=SOURCE.parents[1],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout


def made_by(key, sign_whole):
    signed = ed25519.signer(key, sign_whole)(MESSAGE)
    assert signed == key.sign(MESSAGE)
    return signed


def test_libsodium_signs_the_bytes_that_openssl_signs():
    assert ed25519._sign_whole
    rng = random.Random(27)  # noqa: S311 - the same ones each time
    for _ in range(200):
        key = Ed25519PrivateKey.from_private_bytes(rng.randbytes(32))
        sign = ed25519.signer(key)
        assert sign != key.sign
        for length in (0, 1, 111, 112, 700, 5000):
            message = rng.randbytes(length)
            assert sign(message) == key.sign(message)


def test_library_that_signs_otherwise_does_not_sign():
    asked = []

    def otherwise(message, secret):
        asked.append(secret)
        return bytes(64) + message

    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    made_by(key, otherwise)
    made_by(key, None)
    assert asked == [bytes(32) + ed25519._KEY]  # once, on trial
