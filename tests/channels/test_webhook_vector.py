"""docs/formats/webhook.md, by hands that share no code with the program."""

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from special_channel.channels.posting import make_poster
from special_channel.channels.signatures import headers, new_key, signing_key
from special_channel.channels.webhook import WebhookMail, body_of
from special_channel.cli.app import run
from special_channel.core.bytes.errors import Malformed
from special_channel.ports import Letter
from special_channel.ports.mail import Matter
from tests.channels.services import LETTER, HandClock, service

PAGE = Path(__file__).resolve().parents[2] / "docs/formats/webhook.md"
VECTOR = PAGE.read_text("utf-8").split("## Vector")[1]
BODY = next(line for line in VECTOR.splitlines() if line.startswith("{"))
HEADERS = dict(re.findall(r"^(webhook-\w+): (.+)$", VECTOR, re.MULTILINE))
KEYS = dict(re.findall(r"^(wh\w+?)_(\S+)$", VECTOR, re.MULTILINE))
DUE = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
SAID = Letter(
    id=HEADERS["webhook-id"],
    to="desk-1@eu.example",
    subject="Special Channel: EU-877 Q1, next step",
    text="The date of EU-877 Q1 has passed; our side’s answer is not recorded.\n",
    html="",
    lang="en",
    at=DUE,
    matters=(Matter("EU-877 Q1", "answering", DUE, 1, "https://eu.example/threads/EU-142?to=877"),),
)

# Ed25519 as RFC 8032, 5.1.7 has it, over Python's own integers -------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P


def recovered(y: int, sign: int) -> tuple[int, int]:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - square) % P == 0
    return (P - x if x & 1 != sign else x), y


def added(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P)
    return x % P, y % P


def times(scalar: int, point: tuple[int, int]) -> tuple[int, int]:
    total = (0, 1)
    while scalar:
        if scalar & 1:
            total = added(total, point)
        point, scalar = added(point, point), scalar >> 1
    return total


def point(data: bytes) -> tuple[int, int]:
    number = int.from_bytes(data, "little")
    return recovered(number & (2**255 - 1), number >> 255)


def verified(public: bytes, signature: bytes, message: bytes) -> bool:
    challenge = hashlib.sha512(signature[:32] + public + message).digest()
    left = times(int.from_bytes(signature[32:], "little"), recovered(BASE_Y, 0))
    scalar = int.from_bytes(challenge, "little") % L
    return left == added(point(signature[:32]), times(scalar, point(public)))


def signed(given: dict[str, str], body: bytes) -> bytes:
    return f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + body


def signatures(given: dict[str, str]) -> list[tuple[str, bytes]]:
    listed = [one.split(",", 1) for one in given["webhook-signature"].split(" ")]
    return [(scheme, base64.b64decode(text)) for scheme, text in listed]


def test_the_page_verifies_by_rfc_8032_and_hmac():
    (v1a, by_key), (v1, by_secret) = signatures(HEADERS)
    message = signed(HEADERS, BODY.encode())
    assert (v1a, v1) == ("v1a", "v1")
    assert verified(base64.b64decode(KEYS["whpk"]), by_key, message)
    assert not verified(base64.b64decode(KEYS["whpk"]), by_key, message + b" ")
    secret = base64.b64decode(KEYS["whsec"])
    assert by_secret == hmac.new(secret, message, hashlib.sha256).digest()


def test_the_program_writes_what_the_page_shows():
    keys = tuple(signing_key(f"{kind}_{KEYS[kind]}") for kind in ("whsk", "whsec"))
    assert body_of(SAID) == BODY.encode()
    stamp = int(HEADERS["webhook-timestamp"])
    assert headers(keys, SAID.id, stamp, BODY.encode()) == HEADERS
    assert keys[0].public == f"whpk_{KEYS['whpk']}"
    assert KEYS["whsk"] not in repr(keys)
    assert new_key(bytes(range(32))) == (f"whsk_{KEYS['whsk']}", f"whpk_{KEYS['whpk']}")


async def test_what_arrives_verifies_by_the_old_and_the_new_key_and_a_resend_has_its_own_time():
    seeds = (bytes(32), bytes(range(32)))
    written = [new_key(seed) for seed in seeds]
    clock = HandClock()
    async with service(status=204) as own:
        poster = make_poster(own.url("/x"), ("127.0.0.1",), None, 5.0)
        keys = tuple(signing_key(private) for private, _ in written)
        mail = WebhookMail(poster, keys, clock)
        await mail.send(LETTER)
        clock.passed = 300
        await mail.send(LETTER)
    first, again = own.taken
    for taken in own.taken:
        given = {name.lower(): value for name, value in taken.headers.items()}
        found = signatures(given)
        assert [scheme for scheme, _ in found] == ["v1a", "v1a"]
        for (_, public), (_, signature) in zip(written, found, strict=True):
            raw = base64.b64decode(public.removeprefix("whpk_"))
            assert verified(raw, signature, signed(given, taken.body))
    assert first.headers["webhook-id"] == again.headers["webhook-id"] == LETTER.id
    stamps = [int(taken.headers["webhook-timestamp"]) for taken in own.taken]
    assert stamps[1] - stamps[0] == 300
    assert first.body == again.body
    assert orjson.loads(first.body)["data"]["to"] == LETTER.to


@pytest.mark.parametrize(
    "text",
    ["", "whsk_", "whsk_AAEC", "whsk_not base64", "whsec_" + "QUFB" * 5, "whpk_" + KEYS["whpk"]],
)
def test_what_is_no_key_is_refused_at_start(text):
    with pytest.raises(Malformed) as refusal:
        signing_key(text)
    assert refusal.value.code == "channel-key"
    assert text[6:] == "" or text[6:] not in f"{refusal.value!r} {refusal.value.facts}"


def test_a_key_that_carries_its_public_half_is_read_too():
    both = base64.b64decode(KEYS["whsk"]) + base64.b64decode(KEYS["whpk"])
    key = signing_key("whsk_" + base64.b64encode(both).decode() + "\n")
    assert key.public == f"whpk_{KEYS['whpk']}"


def test_a_key_for_webhooks_is_drawn_for_its_owner_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "duty.key"
    assert run(["alert", "key", str(file)]) == 0
    public = new_key(base64.b64decode(file.read_text().removeprefix("whsk_")))[1]
    assert public in capsys.readouterr().out
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(["alert", "key", str(file)]) == 3
