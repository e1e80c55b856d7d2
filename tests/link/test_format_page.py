"""The example in docs/formats/link.md equals the program's output."""

from __future__ import annotations

from pathlib import Path

from special_channel.core.bytes.suites import PrivateKey, key_id
from special_channel.core.rows.writing import Signer
from special_channel.link import pages, signing
from special_channel.link.signing import Outline

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats" / "link.md"


def test_the_signed_request_of_the_page_is_ours():
    text = PAGE.read_text(encoding="utf-8")
    key = PrivateKey.from_seed("ed25519", bytes(range(32)))
    signer = Signer(key_id("cn", "ed25519", key.public), key)
    outline = Outline("GET", "/link/v1/log?from=877&limit=256", "eu.channel.example/log")
    headers = signing.sign(signer, outline, created=1_795_532_400, nonce=bytes(range(16)))
    assert "\n".join(f"{name}: {value}" for name, value in headers.items()) in text
    parameters = headers["Signature-Input"].removeprefix("link=")
    assert signing.signature_base(outline.components(), parameters).decode() in text


def test_the_page_names_each_path():
    text = PAGE.read_text(encoding="utf-8")
    assert pages.PREFIX in text
    for path in ("GET /log", "GET /wait", "GET /head", "POST /cosignature", "GET /file"):
        assert f"`{path}" in text
