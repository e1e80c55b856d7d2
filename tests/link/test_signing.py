"""Signed requests: the RFC's own vector, another implementation, and each way to be refused."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import BadSignature
from special_channel.core.bytes.suites import PrivateKey, key_id
from special_channel.core.rows.writing import Signer
from special_channel.link import signing
from special_channel.link.replay import ReplayWindow
from special_channel.link.signing import Outline

KEY = PrivateKey.from_seed("ed25519", bytes(range(32)))
SIGNER = Signer(key_id("eu", "ed25519", KEY.public), KEY)
NONCE = bytes(range(16))
ASKED = Outline("GET", "/link/v1/log?from=3&limit=9", "cn.channel.example/log")
POSTED = Outline("POST", "/link/v1/cosignature", "cn.channel.example/log", b'{"v":1}')


def signed(outline=ASKED, created=1_795_500_000):
    return signing.sign(SIGNER, outline, created=created, nonce=NONCE)


def test_the_vector_of_rfc_9421_b_2_6_verifies():
    base = signing.signature_base(
        [
            ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("@method", "POST"),
            ("@path", "/foo"),
            ("@authority", "example.com"),
            ("content-type", "application/json"),
            ("content-length", "18"),
        ],
        '("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"',
    )
    public = base64.b64decode("JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")
    signature = base64.b64decode(
        "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
    )
    suites.verify("ed25519", public, base, signature)
    with pytest.raises(BadSignature):
        suites.verify("ed25519", public, base.replace(b"/foo", b"/fop"), signature)


def test_the_digest_is_that_of_rfc_9530():
    # RFC 9530, appendix D: {"hello": "world"} and a line feed.
    assert signing.content_digest(b'{"hello": "world"}\n') == (
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    )


@pytest.mark.parametrize("outline", [ASKED, POSTED, Outline("GET", "/link/v1/head", "x/log")])
def test_another_implementation_verifies_what_we_sign(outline):
    library = pytest.importorskip("http_message_signatures")
    headers = signed(outline)
    public = KEY._key.public_key()
    resolver = SimpleNamespace(resolve_public_key=lambda _: public)
    verifier = library.HTTPMessageVerifier(
        signature_algorithm=library.algorithms.ED25519, key_resolver=resolver
    )
    message = SimpleNamespace(
        method=outline.method,
        url=f"https://node.example{outline.target}",
        headers=headers,
        body=outline.content,
    )
    base, _, _ = verifier._build_signature_base(
        message,
        covered_component_ids=list(
            verifier._parse_signature_dictionary(headers["Signature-Input"])["link"]
        ),
        signature_params=dict(
            verifier._parse_signature_dictionary(headers["Signature-Input"])["link"].params
        ),
    )
    signature = signing.read(headers).signature
    suites.verify("ed25519", KEY.public, base.encode(), signature)


def test_what_is_signed_verifies():
    headers = signed(POSTED)
    claimed = signing.read(headers)
    assert (claimed.key, claimed.created) == (SIGNER.key, 1_795_500_000)
    signing.verify(claimed, POSTED, headers, ("ed25519", KEY.public))


@pytest.mark.parametrize(
    ("outline", "code"),
    [
        (Outline("PUT", POSTED.target, POSTED.recipient, POSTED.content), "link-signature"),
        (Outline("POST", "/link/v1/other", POSTED.recipient, POSTED.content), "link-signature"),
        (
            Outline("POST", POSTED.target + "?a=1", POSTED.recipient, POSTED.content),
            "link-signature",
        ),
        (
            Outline("POST", POSTED.target, "eu.channel.example/log", POSTED.content),
            "link-recipient",
        ),
    ],
)
def test_another_request_than_was_signed_is_refused(outline, code):
    headers = signed(POSTED)
    with pytest.raises(BadSignature) as refused:
        signing.verify(signing.read(headers), outline, headers, ("ed25519", KEY.public))
    assert refused.value.code == code


def test_another_body_than_was_signed_is_refused():
    headers = signed(POSTED)
    bare = Outline(POSTED.method, POSTED.target, POSTED.recipient)
    signing.verify(signing.read(headers), bare, headers, ("ed25519", KEY.public))
    signing.check_content(headers, POSTED.content)
    with pytest.raises(BadSignature, match="link-digest"):
        signing.check_content(headers, b'{"v":2}')
    # Another digest, or none, is not what was signed: the body is not even asked for.
    headers["Content-Digest"] = signing.content_digest(b'{"v":2}')
    with pytest.raises(BadSignature, match="link-signature"):
        signing.verify(signing.read(headers), bare, headers, ("ed25519", KEY.public))
    del headers["Content-Digest"]
    with pytest.raises(BadSignature, match="link-digest"):
        signing.verify(signing.read(headers), bare, headers, ("ed25519", KEY.public))


def test_another_key_is_refused():
    headers = signed()
    other = PrivateKey.from_seed("ed25519", bytes(32)).public
    with pytest.raises(BadSignature, match="link-signature"):
        signing.verify(signing.read(headers), ASKED, headers, ("ed25519", other))


LAYOUTS = {
    "other component": ("Signature-Input", lambda text: text.replace("@query", "@authority")),
    "fewer components": ("Signature-Input", lambda text: text.replace('"@method" ', "")),
    "other parameter": ("Signature-Input", lambda text: text.replace(";tag=", ";alg=")),
    "second signature": ("Signature-Input", lambda text: text + ', two=("@method");created=1'),
    "leading zero": ("Signature-Input", lambda text: text.replace(";created=", ";created=0")),
    "blank": ("Signature-Input", lambda text: " " + text),
    "other label": ("Signature", lambda text: text.replace("link=", "other=")),
    "cut": ("Signature", lambda text: text[:-1]),
    "second value": ("Signature", lambda text: text + ", two=:AAAA:"),
}


@pytest.mark.parametrize(("field", "change"), LAYOUTS.values(), ids=LAYOUTS)
def test_any_other_layout_of_the_signature_fields_is_refused(field, change):
    headers = signed()
    headers[field] = change(headers[field])
    with pytest.raises(BadSignature) as refused:
        signing.read(headers)
    assert refused.value.code == "link-signature-malformed"


@pytest.mark.parametrize("field", ["Signature", "Signature-Input"])
def test_an_unsigned_request_is_refused(field):
    headers = signed()
    del headers[field]
    with pytest.raises(BadSignature) as refused:
        signing.read(headers)
    assert refused.value.code == "link-signature-missing"


class Hand:
    """A clock moved by hand."""

    seconds = 1_795_500_000

    def now(self):
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self):
        return 0.0


@pytest.mark.parametrize("off", [-301, 301, -(10**9), 10**9])
def test_old_and_future_requests_are_refused_with_our_time(off):
    window = ReplayWindow(Hand())
    with pytest.raises(BadSignature) as refused:
        window.check_time(Hand.seconds + off)
    assert refused.value.facts == {"now": Hand.seconds}


def test_a_request_is_admitted_once_for_as_long_as_it_could_be_repeated():
    clock = Hand()
    window = ReplayWindow(clock)
    created = clock.seconds + 300  # the latest that the window lets in
    window.check_time(created)
    window.admit("eu:k", "n", created)
    for later in (0, 300, 599):
        clock.seconds = Hand.seconds + later
        window.check_time(created)
        with pytest.raises(BadSignature, match="link-request-replayed"):
            window.admit("eu:k", "n", created)
    window.admit("eu:k", "another", created)
    window.admit("eu:other", "n", created)


def test_nonces_are_forgotten_when_time_alone_refuses_them():
    clock = Hand()
    window = ReplayWindow(clock)
    for number in range(100):
        window.admit("eu:k", str(number), clock.seconds)
    clock.seconds += 601
    window.admit("eu:k", "new", clock.seconds)
    assert len(window._seen) == 1
