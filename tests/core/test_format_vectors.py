"""The published vectors: current, and right by other means than the code that wrote them.

The second half reads the JSON files with hashlib, rfc8785 and cryptography alone, as
someone with nothing but `docs/formats/` would.
"""

from __future__ import annotations

import base64
import json
import re
from hashlib import sha256

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from docs.formats import make_vectors
from special_channel.core import entries

MADE = make_vectors.vectors()


def read(name: str):
    return json.loads((make_vectors.FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(MADE))
def test_the_published_vectors_are_what_the_code_makes(name):
    assert (make_vectors.FOLDER / name).read_text(encoding="utf-8") == MADE[name]


def test_no_vector_file_is_left_over():
    # `derived.json` is made with the bundles; tests/export compares it.
    others = {"derived.json"}
    found = {path.name for path in make_vectors.FOLDER.iterdir() if path.is_file()}
    assert found - others == set(MADE)


def test_the_envelope_of_the_vectors_holds_a_valid_payload():
    entry = entries.parse(read("envelope")["payload"].encode())
    assert entry.kind == "note.posted"


def check(suite: str, public: bytes, message: bytes, signature: bytes) -> None:
    if suite == "ed25519":
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))


def test_canonical_bytes_are_those_of_rfc_8785():
    for vector in read("canonical")["accepted"]:
        data = bytes.fromhex(vector["bytes_hex"])
        assert rfc8785.dumps(vector["value"]) == data
        assert json.loads(data) == vector["value"]


def test_key_ids_and_signatures_follow_from_the_page():
    for key in read("keys")["keys"]:
        public = bytes.fromhex(key["public_hex"])
        digest = sha256(key["suite"].encode() + b"\0" + public).hexdigest()
        assert key["key_id"] == f"{key['party']}:{digest[:32]}"
        check(key["suite"], public, key["message"].encode(), bytes.fromhex(key["signature_hex"]))


def assertion_fault(vector: dict[str, str], signature: bytes, message: bytes) -> str:
    """Check an assertion by the page; return the code, or the origin of a good one."""
    form = re.fullmatch(rb"\x01\x00\x25(.{37})(..)(.*)(.{64})", signature, re.DOTALL)
    if len(signature) > 1024 or not form or len(form[3]) != int.from_bytes(form[2], "big"):
        return "signature-malformed"
    data, _, text, raw = form.groups()
    if data[:32] != sha256(vector["rp"].encode()).digest():
        return "signature-rp"
    if data[32] != 5:
        return "signature-flags"
    challenge = base64.urlsafe_b64encode(sha256(message).digest()).decode().rstrip("=")
    try:
        found = re.fullmatch(
            rf'{{"type":"webauthn.get","challenge":"{challenge}","origin":"([^"\\]+)",'
            r'"crossOrigin":false(,.*)?}',
            text.decode(),
            re.DOTALL,
        )
    except UnicodeDecodeError:
        found = None
    if not found:
        return "signature-client-data"
    try:
        check("es256", bytes.fromhex(vector["public_hex"]), data + sha256(text).digest(), raw)
    except InvalidSignature:
        return "signature-bad"
    return found[1]


def test_assertions_follow_from_the_page():
    vector = read("assertions")
    message = vector["message"].encode()
    for field, cases in (("origin", vector["accepted"]), ("code", vector["refused"])):
        for case in cases:
            signature = bytes.fromhex(case["signature_hex"])
            assert assertion_fault(vector, signature, message) == case[field], case
    assert len({case["code"] for case in vector["refused"]}) == 5


def test_commitments_follow_from_the_page():
    for part in read("parts")["accepted"]:
        committed = sha256(b"special-channel/part/v1\n" + part["disclosure"].encode())
        assert part["commitment"] == committed.hexdigest()


def test_the_envelope_follows_from_the_page():
    vector = read("envelope")
    envelope = json.loads(vector["envelope"])
    assert rfc8785.dumps(envelope) == vector["envelope"].encode()
    payload, kind = vector["payload"].encode(), vector["payload_type"].encode()
    assert base64.b64decode(envelope["payload"]) == payload
    pae = b"DSSEv1 " + b" ".join(
        [str(len(kind)).encode(), kind, str(len(payload)).encode(), payload]
    )
    assert pae.hex() == vector["pae_hex"]
    assert sha256(pae).hexdigest() == vector["id"]
    assert sha256(vector["envelope"].encode()).hexdigest() == vector["envelope_digest"]
    for signature in envelope["signatures"]:
        key = vector["keys"][signature["keyid"]]
        check(
            key["suite"],
            bytes.fromhex(key["public_hex"]),
            pae,
            base64.b64decode(signature["sig"]),
        )


def root_of(hashed: list[bytes]) -> bytes:
    if not hashed:
        return sha256(b"").digest()
    if len(hashed) == 1:
        return hashed[0]
    half = 1
    while half * 2 < len(hashed):
        half *= 2
    return sha256(b"\x01" + root_of(hashed[:half]) + root_of(hashed[half:])).digest()


def test_leaf_hashes_and_roots_follow_from_the_page():
    for leaf in read("leaf")["accepted"]:
        assert sha256(b"\0" + leaf["line"].encode()).hexdigest() == leaf["hash_hex"]
    vector = read("tree")
    hashed = [sha256(b"\0" + line.encode()).digest() for line in vector["leaves"]]
    assert [root_of(hashed[:size]).hex() for size in range(len(hashed) + 1)] == vector["roots_hex"]
    assert read("checkpoint")["root_hex"] == vector["roots_hex"][-1]


def key_line(vkey: str) -> tuple[str, bytes, bytes]:
    """Take a vkey apart: name, key id, public key without its type."""
    name, key_id, encoded = vkey.split("+", 2)
    public = base64.b64decode(encoded)
    assert sha256(name.encode() + b"\n" + public).hexdigest()[:8] == key_id
    return name, bytes.fromhex(key_id), public[1:]


def signature_in(note: str, name: str, key_id: bytes) -> bytes:
    lines = [line for line in note.splitlines() if line.startswith(f"— {name} ")]
    signature = base64.b64decode(lines[0].rsplit(" ", 1)[1])
    assert signature[:4] == key_id
    return signature[4:]


def test_the_signatures_of_the_checkpoint_follow_from_the_page():
    vector = read("checkpoint")
    body = vector["cosigned"].split("\n\n")[0] + "\n"
    name, key_id, public = key_line(vector["log_vkey"])
    check("ed25519", public, body.encode(), signature_in(vector["signed"], name, key_id))
    name, key_id, public = key_line(vector["cosigner_vkey"])
    stamped = signature_in(vector["cosigned"], name, key_id)
    time = int.from_bytes(stamped[:8], "big")
    assert time == vector["cosigned_at"]
    check("ed25519", public, f"cosignature/v1\ntime {time}\n{body}".encode(), stamped[8:])


def test_the_receipt_follows_from_the_page():
    vector = read("receipt")
    head, note = vector["receipt"].split("\n\n", 1)
    header, extra, index, *proof = head.split("\n")
    assert (header, index) == ("c2sp.org/tlog-proof@v1", f"index {vector['index']}")
    leaf = base64.b64decode(extra.removeprefix("extra "))
    assert leaf.decode() == vector["leaf"]
    _, size, root = note.split("\n")[:3]
    # RFC 9162, 2.1.3.2, as it stands there.
    first, last = vector["index"], int(size) - 1
    node = sha256(b"\0" + leaf).digest()
    for line in proof:
        sibling = base64.b64decode(line)
        if first & 1 or first == last:
            node = sha256(b"\x01" + sibling + node).digest()
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = sha256(b"\x01" + node + sibling).digest()
        first, last = first >> 1, last >> 1
    assert last == 0
    assert base64.b64encode(node).decode() == root
    assert read("envelope")["id"] == vector["leaf"].split(" ")[-2]
