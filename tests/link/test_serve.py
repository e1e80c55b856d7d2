"""Who is answered, and with what: only the peer's link key, and only shared things."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
import asyncpg
import pytest
import pytest_asyncio
from yarl import URL

from special_channel.core.bytes.errors import Malformed, Refused, RuleBroken, Unavailable
from special_channel.core.bytes.suites import PrivateKey, key_id
from special_channel.core.rows.writing import Signer
from special_channel.link import signing
from special_channel.link.client import PeerAddress, PeerRefusedRequest
from special_channel.link.cosigning import PeerCosignatures
from special_channel.link.signing import Outline
from special_channel.link.trust import PinnedLinkKey
from tests.damage import tamper
from tests.link.nodes import following, point, serving, signed, until_equal
from tests.sides import public_text


@pytest_asyncio.fixture
async def eu_url(eu):
    async with serving(eu) as url:
        yield url


@pytest_asyncio.fixture
async def session():
    async with aiohttp.ClientSession() as opened:
        yield opened


class Caller:
    """Sends requests, signed as told."""

    def __init__(self, session, url, world, signer=None):
        self.session, self.url, self.world = session, url, world
        self.signer = signer or world.cn.keys["link"]
        self.nonces = iter(range(1, 1000))

    def headers(self, method, target, content=b"", created=None, nonce=None):
        return signing.sign(
            self.signer,
            Outline(method, target, self.world.eu.origin, content),
            created=self.world.clock.seconds if created is None else created,
            nonce=(nonce or next(self.nonces)).to_bytes(16),
        )

    async def send(self, method, target, content=b"", headers=None, sent_target=None):
        headers = self.headers(method, target, content) if headers is None else headers
        url = URL(self.url + (sent_target or target), encoded=True)
        async with self.session.request(method, url, data=content or None, headers=headers) as got:
            body = await got.read()
            if got.content_type == "application/problem+json":
                return got.status, (await got.json(content_type=None))["code"]
            return got.status, body


@pytest.fixture
def call(session, eu_url, world):
    return Caller(session, eu_url, world)


LOG = "/link/v1/log?from=0&limit=5"


async def test_the_peer_is_answered(call):
    status, body = await call.send("GET", LOG)
    assert status == 200
    assert b'"commits"' in body


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", LOG),
        ("GET", "/link/v1/wait?size=0&cosigned=0"),
        ("GET", "/link/v1/head"),
        ("POST", "/link/v1/cosignature"),
        ("GET", "/link/v1/file/" + "0" * 64),
        ("GET", "/link/v1/nothing-here"),
    ],
)
async def test_nobody_without_a_link_key_gets_a_byte(call, world, method, target):
    assert await call.send(method, target, headers={}) == (401, "link-signature-missing")
    private = PrivateKey.from_seed("ed25519", b"\7" * 32)
    call.signer = Signer(key_id("cn", "ed25519", private.public), private)
    assert await call.send(method, target) == (401, "link-key-unknown")
    call.signer = world.cn.keys["desk"]  # enrolled, of the right party, for another purpose
    assert await call.send(method, target) == (401, "link-key-unknown")
    call.signer = world.eu.keys["link"]  # a link key, of the wrong party
    assert await call.send(method, target) == (401, "link-key-unknown")
    stolen = world.cn.keys["link"].key
    call.signer = Signer(stolen, private)  # names the right key and has not got it
    assert await call.send(method, target) == (401, "link-signature")


@pytest.mark.parametrize("signed_by", ["nobody", "stranger"])
async def test_no_strangers_body_is_read(call, eu_url, signed_by):
    """The answer comes although nothing of the announced body was sent."""
    target, headers = "/link/v1/cosignature", {}
    if signed_by == "stranger":
        private = PrivateKey.from_seed("ed25519", b"\7" * 32)
        call.signer = Signer(key_id("cn", "ed25519", private.public), private)
        headers = call.headers("POST", target, b"x" * 9)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(eu_url).port)
    writer.write(f"POST {target} HTTP/1.1\r\nHost: x\r\n{lines}Content-Length: 9\r\n\r\n".encode())
    async with asyncio.timeout(30):
        assert (await reader.readline()).startswith(b"HTTP/1.1 401 ")
    writer.close()


async def test_a_replayed_request_is_refused(call):
    headers = call.headers("GET", LOG)
    assert (await call.send("GET", LOG, headers=headers))[0] == 200
    assert await call.send("GET", LOG, headers=headers) == (401, "link-request-replayed")
    other = await call.send("GET", LOG, headers=headers, sent_target=LOG.replace("0", "1"))
    assert other == (401, "link-signature")


async def test_request_for_another_node_opens_nothing(call, world):
    """Attack 27: a request that the peer signed for somebody else, brought here."""
    headers = signing.sign(
        call.signer,
        Outline("GET", LOG, world.cn.origin, b""),
        created=world.clock.seconds,
        nonce=bytes(16),
    )
    assert await call.send("GET", LOG, headers=headers) == (401, "link-recipient")


async def test_revoked_link_key_opens_nothing_that_it_signed_before(eu, world, call):
    """Attack 27."""
    headers = call.headers("GET", LOG)
    ended = world.revocation("cn", "link", reason="stolen")
    world.append("cn", ended, also=["second-registrar"])
    await eu.mirror_all()
    assert await call.send("GET", LOG, headers=headers) == (401, "link-key-unknown")


async def test_a_replay_after_the_window_is_refused_by_time_alone(call, world):
    headers = call.headers("GET", LOG)
    assert (await call.send("GET", LOG, headers=headers))[0] == 200
    for seconds in (660, 3660, 30 * 86400):
        world.clock.forward(seconds)
        assert await call.send("GET", LOG, headers=headers) == (401, "link-request-stale")


async def test_a_suspended_link_key_is_refused_even_if_it_is_pinned(eu, world, call):
    link = world.cn.keys["link"].key
    act = {"key": link, "reason": "lost"}
    world.append("cn", world.payload("cn", "key.suspended", by="head", body=act), also=["desk"])
    await eu.mirror_all()
    assert await call.send("GET", LOG) == (401, "link-key-unknown")


async def test_a_link_key_enrolled_later_is_taken_from_the_log(eu, world, call):
    signer = world.cn.make_key("new-link")
    body = {"role": "link", "suite": "ed25519", "public": public_text(signer), "reason": "routine"}
    world.append("cn", world.payload("cn", "machine.enrolled", by="registrar", body=body))
    assert await _refused(call, signer) == (401, "link-key-unknown")
    await eu.mirror_all()
    assert (await call.send("GET", LOG))[0] == 200


async def _refused(call, signer):
    call.signer = signer
    return await call.send("GET", LOG)


async def test_before_the_peers_log_is_held_the_pinned_key_is_enough(make_node, world, session):
    empty = await make_node(world, "eu")
    async with serving(empty) as url:
        assert (await Caller(session, url, world).send("GET", LOG))[0] == 200


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("/link/v1/log?from=-1", (400, "link-message-malformed")),
        ("/link/v1/log?from=x", (400, "link-message-malformed")),
        ("/link/v1/log?from=99999999999999999999", (400, "link-message-malformed")),
        ("/link/v1/log?log=eu.channel.example/private", (404, "link-log-unknown")),
        ("/link/v1/log?log=private", (404, "link-log-unknown")),
        ("/link/v1/file/" + "0" * 64, (404, "file-missing")),
        ("/link/v1/file/..%2f..%2fetc", (404, "file-missing")),
        ("/link/v1/nothing-here", (404, "link-no-such-path")),
        ("/link/v1/cosignature", (404, "link-no-such-path")),
    ],
)
async def test_bad_requests_get_a_code(call, target, answer):
    assert await call.send("GET", target) == answer


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"", (400, "link-message-malformed")),
        (b"{", (400, "link-message-malformed")),
        (b'{"v":1,"note":"x","more":1}', (400, "link-message-malformed")),
        (b'{"v":1,"note":"x"}', (400, "checkpoint-malformed")),
        (b"x" * 200_000, (400, "link-message-malformed")),
    ],
)
async def test_bad_cosignatures_get_a_code_and_change_nothing(eu, call, content, answer):
    before = await eu.record.head("eu")
    assert await call.send("POST", "/link/v1/cosignature", content) == answer
    assert await eu.record.head("eu") == before


async def test_only_the_peers_cosignature_on_our_own_root_counts_as_delivery(eu, world):
    receive = eu.link._receive
    world.open_thread("eu")
    await eu.write_own()
    size = world.eu.own.size
    note = world.eu.own.notes[size]
    time = world.clock.seconds
    for wrong, code in (
        (note, "cosignature-absent"),
        (world.eu.cosign(note, time), "cosignature-absent"),
        (world.cn.cosign(world.cn.own.notes[1], time), "checkpoint-origin"),
        (world.cn.cosign(world.eu.sign_checkpoint(size, b"\1" * 32), time), "cosignature-root"),
        (world.cn.cosign(world.eu.sign_checkpoint(size + 5, b"\1" * 32), time), "cosignature-size"),
    ):
        with pytest.raises(Refused) as refused:
            await receive(wrong)
        assert refused.value.code == code
    assert (await eu.record.head("eu")).cosigned < size
    await receive(world.cn.cosign(note, time))
    assert (await eu.record.head("eu")).cosigned == size
    kept = await eu.record.cosigned("eu", size - 1)
    await receive(world.cn.cosign(note, time + 60))
    assert await eu.record.cosigned("eu", size - 1) == kept, "the first proof stays"


async def test_cosignature_that_a_restored_database_lacks_is_stored_again(eu, world):
    world.open_thread("eu")
    await eu.write_own()
    size, time = world.eu.own.size, world.clock.seconds
    cosigned = world.cn.cosign(world.eu.own.notes[size], time)
    receive = PeerCosignatures(eu.record, eu.identity).receive
    before = (await eu.record.head("eu")).cosigned
    assert await receive(cosigned)
    assert not await receive(cosigned), "it is posted, and sent with a page"
    await tamper(
        eu.database.superuser,
        f"UPDATE record.heads SET cosigned = {before} WHERE log = 'eu'",  # noqa: S608
        f"DELETE FROM record.cosigned WHERE log = 'eu' AND size = {size}",  # noqa: S608
    )
    assert await receive(cosigned)
    assert (await eu.record.head("eu")).cosigned == size


async def test_a_page_ends_at_a_checkpoint_and_says_how_much_there_is(eu, cn, eu_url):
    point(cn, eu_url)
    page = await cn.house.peer.client.log(0, 3)
    assert len(page.commits) == 3
    assert page.size == await eu.size("eu")
    assert all(len(commit.entries) == 1 for commit in page.commits)
    own = await cn.house.peer.client.log(0, 100, log=cn.identity.origin("cn"))
    assert own.log == cn.identity.origin("cn"), "the mirror of the reader's own log, for healing"


async def test_two_clocks_that_differ_by_a_day_do_not_stop_the_link(eu, cn, eu_url, world):
    point(cn, eu_url)
    cn.clock.ahead = 86_400
    assert (await cn.house.peer.client.log(0, 3)).commits
    cn.clock.ahead = -86_400
    assert (await cn.house.peer.client.log(0, 3)).commits


async def test_the_guard_knows_a_checkpoint_before_it_leaves(eu, cn, eu_url, world):
    point(cn, eu_url)
    guard = eu.published._folder
    for file in guard.iterdir():
        file.unlink()  # as after a death between commit and guard
    await cn.house.peer.client.log(0, 3)
    assert eu.published.read("eu") == (3, world.eu.own.roots[3])
    await cn.house.peer.client.head()
    assert eu.published.read("eu") == (world.eu.own.size, world.eu.own.roots[-1])


async def test_nonsense_from_the_peer_is_an_error_and_changes_nothing(eu, cn):
    def nonsense(request, body):
        return body[: len(body) // 2] if "log" in request.path else b"[]"

    async with serving(eu, tap=nonsense) as url:
        point(cn, url)
        before = await cn.size("eu")
        for ask in (
            cn.house.peer.client.log(0, 9),
            cn.house.peer.client.head(),
            cn.link.mirror.step(),
        ):
            with pytest.raises(Malformed):
                await ask
        assert await cn.size("eu") == before


async def test_a_refusal_names_the_peers_code(cn, eu_url):
    point(cn, eu_url)
    with pytest.raises(PeerRefusedRequest) as refused:
        await cn.house.peer.client.log(0, 9, log="nobody.example/log")
    assert refused.value.facts == {"answer": "link-log-unknown", "status": 404}


async def test_a_peer_that_is_away_is_unavailable(cn):
    with pytest.raises(Unavailable, match="peer-unreachable"):
        await cn.house.peer.client.log(0, 9)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://198.51.100.7:8080", "link-plaintext"),
        ("http://node.example", "link-plaintext"),
        ("https://node.example", "link-unpinned"),
        ("ftp://127.0.0.1", "link-plaintext"),
    ],
)
def test_beyond_loopback_the_link_is_tls_with_a_pin(url, code):
    with pytest.raises(Malformed) as refused:
        PeerAddress(url, "cn.channel.example/log")
    assert refused.value.code == code


def test_a_weak_link_key_is_not_pinned():
    with pytest.raises(RuleBroken, match="key-weak"):
        PinnedLinkKey("cn", "ed25519", b"\1" + bytes(31))


CANARY = "canary-private-7f3a"


async def test_no_private_byte_is_on_the_wire(eu, cn, world):
    """P8: data of the private log and of the desk is never sent, whatever the peer requests."""
    thread = world.open_thread("eu").leaf.thread
    for node in (eu, cn):
        await node.catch_up_alone()
    wire: list[bytes] = []

    def record(request, body):
        wire.append(bytes(request.raw_path, "utf-8") + b"\n" + body)
        return body

    await eu.record.pool.execute(
        "INSERT INTO private.entries (log, idx, id, leaf, envelope, kind, author, roles, accepted,"
        " frontier, ord) VALUES ('private', 0, $1, $2, $2, 'note.internal', $1, '', $1, 0, 0)",
        CANARY,
        CANARY.encode(),
    )
    async with contextlib.AsyncExitStack() as stack:
        for node, other in ((eu, cn), (cn, eu)):
            point(other, await stack.enter_async_context(serving(node, tap=record)))
        async with following(eu, cn):
            payload = world.payload("eu", "note.posted", thread=thread, lang="en")
            await eu.appender.submit([signed(world, "eu", payload, "For both sides.")])
            await until_equal(eu, cn)
        await cn.house.peer.client.head()
        await cn.house.peer.client.log(0, 1000)
        await cn.house.peer.client.log(0, 1000, log=cn.identity.origin("cn"))
        with pytest.raises(PeerRefusedRequest):
            await cn.house.peer.client.log(0, 9, log=eu.identity.private_origin)
    traffic = b"".join(wire)
    assert b"For both sides." in traffic, "the recorder records"
    assert CANARY.encode() not in traffic


async def test_the_links_own_database_role_cannot_read_the_private_log(eu):
    async with eu.shared.pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM private.entries")
