"""Beyond loopback the peer's certificate must be the pinned one, whatever its content."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from special_channel.core.bytes.errors import Unavailable
from special_channel.link.client import PeerAddress
from special_channel.link.pages import PREFIX


def certificate(folder, name):
    """A self-signed certificate for 127.0.0.1, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + made.public_bytes(Encoding.PEM)
    )
    return file, sha256(made.public_bytes(Encoding.DER)).digest()


@pytest_asyncio.fixture
async def secure(eu, tmp_path):
    file, digest = certificate(tmp_path, "eu-node")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    app = web.Application()
    app.add_subapp(PREFIX, eu.link.make_app())
    server = TestServer(app, scheme="https", host="127.0.0.1")
    await server.start_server(ssl=context)
    yield str(server.make_url("")).rstrip("/"), digest, file
    eu.changes.notify()
    await server.close()


async def test_the_pinned_certificate_is_talked_to(cn, secure):
    url, digest, file = secure
    origin = cn.identity.origin("eu")
    cn.house.peer.client.address = PeerAddress(url, origin, aiohttp.Fingerprint(digest))
    assert (await cn.house.peer.client.log(0, 2)).commits
    context = ssl.create_default_context(cafile=str(file))
    cn.house.peer.client.address = PeerAddress(url, origin, context)
    assert (await cn.house.peer.client.log(0, 2)).commits


async def test_another_certificate_is_not(cn, secure, tmp_path):
    url, _, _ = secure
    file, digest = certificate(tmp_path, "impostor")
    origin = cn.identity.origin("eu")
    for pin in (
        aiohttp.Fingerprint(digest),
        ssl.create_default_context(cafile=str(file)),
        ssl.create_default_context(),
    ):
        cn.house.peer.client.address = PeerAddress(url, origin, pin)
        with pytest.raises(Unavailable, match="peer-unreachable"):
            await cn.house.peer.client.log(0, 2)
