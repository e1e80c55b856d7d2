"""The client's bytes compared with the core's: each reads the other's."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
import rfc8785

from special_channel.core.bytes import canonical, dsse, parts, suites
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.suites import PrivateKey
from tests.vectors import table
from tests.web.js.conftest import Desk
from tests.web.js.node import StubNode
from tests.web.js.record import b64, key

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

VALUES: list[Value] = [
    {},
    {"a": [1, -1, 0, 2**53 - 1, 1 - 2**53], "b": {"c": True, "d.e_1": False}},
    {"z": "", "y": "\n", "x": '“ ” …… —— š ő ł ż 𠮷 \u2028 \u007f \\ " / \ue000 \U0001f600'},
    [["deep"], [["er"]]],
    {"b": 1, "a": 2, "a.b": 3, "a_b": 4, "a0": 5},
]
REFUSED = [
    '{"a":1.0}', '{"a":1e2}', '{"a":-0}', '{"a":9007199254740993}', '{"a":9007199254740992}',
    '{"a":null}', '{"A":1}', '{"":1}', '{"1a":1}', '{"b":1,"a":2}', '{"a":1,"a":1}', '{"a": 1}',
    '{"a":"\\u0041"}', '{"a":"\\t"}', '{"a":"\\ud800"}', '{"a":"\\/"}', '{"a":[[[[[[1]]]]]]}',
    '{"__proto__":1}', '\ufeff{"a":1}', '{"a":1}\n', "[1,]", "", '{"a":0.1}', "NaN",
]  # fmt: skip


async def test_canonical_bytes_are_those_of_the_core(desk: Desk):
    page = await desk.open("/page/blank")
    script = "const c = await import('/js/canonical.js'); return arg.map((v) => [...c.dumps(v)]);"
    for value, got in zip(VALUES, await desk.run(page, script, VALUES), strict=True):
        assert bytes(got) == canonical.dumps(value) == rfc8785.dumps(value)


async def test_text_that_is_not_canonical_is_refused_as_by_the_core(desk: Desk):
    page = await desk.open("/page/blank")
    script = """
    const { loads } = await import('/js/canonical.js');
    const read = (bytes) => {
      try { loads(Uint8Array.from(bytes)); return ''; } catch (e) { return e.code; }
    };
    return arg.map(read);
    """
    got = await desk.run(page, script, [list(text.encode("utf-8")) for text in REFUSED])
    assert dict(zip(REFUSED, got, strict=True)) == {
        t: c for t, c in zip(REFUSED, got, strict=True) if c
    }
    for text in REFUSED:
        with pytest.raises(Malformed):
            canonical.loads(text.encode())


async def test_lone_surrogates_are_refused(desk: Desk):
    page = await desk.open("/page/blank")
    script = """
    const { dumps } = await import('/js/canonical.js');
    const lone = ['\\ud800', 'a\\udc00b', '\\udc00\\ud800'];
    const wrote = (text) => {
      try { dumps({ a: text }); return ''; } catch (e) { return e.code; }
    };
    return lone.map(wrote);
    """
    assert await desk.run(page, script) == ["json-string"] * 3


def refusal_of(data: bytes) -> str:
    try:
        canonical.loads(data)
    except Malformed as refusal:
        return refusal.code
    return ""


async def test_jcs_vectors_agree_or_lie_outside_the_profile(desk: Desk, jcs):
    page = await desk.open("/page/blank")
    script = """
    const { dumps, loads } = await import('/js/canonical.js');
    const from = (bytes) => Uint8Array.from(bytes);
    const code = (work) => { try { return work(); } catch (e) { return e.code; } };
    const wrote = (text) => code(() => [...dumps(JSON.parse(text))]);
    const read = (bytes) => code(() => { loads(from(bytes)); return ''; });
    return arg.map(([input, output]) => [wrote(input), read(output)]);
    """
    cases = [[source.decode(), list(output)] for _, source, output in jcs]
    for (name, _, output), (wrote, read) in zip(
        jcs, await desk.run(page, script, cases), strict=True
    ):
        code = refusal_of(output)
        assert read == code, name
        assert isinstance(wrote, str) if code else bytes(wrote) == output, name


async def test_pae_id_and_envelope_are_those_of_the_core(desk: Desk):
    page = await desk.open("/page/blank")
    signer = key("eu", "anna")
    payload = canonical.dumps({"text": "以此为准 š"})
    envelope = dsse.Envelope(dsse.ENTRY_TYPE, payload, (dsse.Signature(signer.key, b"s" * 64),))
    script = """
    const d = await import('/js/dsse.js');
    const { type, payload, signatures } = d.decode(arg);
    const pae = [...d.pae(type, payload)];
    return [pae, await d.entryId(payload), d.encode(type, payload, signatures)];
    """
    pae, entry_id, again = await desk.run(page, script, envelope.encode().decode())
    assert (bytes(pae), entry_id, again) == (envelope.pae, envelope.id, envelope.encode().decode())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace('":"', '": "', 1),
        lambda text: text.replace('"payload":', '"x":1,"payload":', 1),
        lambda text: text + "\n",
        lambda text: text.replace('=","payloadType"', '","payloadType"', 1),
        lambda text: text.replace("w=", "x=", 1),
        lambda _: "null",
        lambda _: '{"payload":1}',
    ],
    ids=["blank", "field", "newline", "padding", "spare-bits", "null", "type"],
)
async def test_another_layout_of_an_envelope_is_refused(desk: Desk, spoil):
    page = await desk.open("/page/blank")
    payload = canonical.dumps({"a": "ab"})
    envelope = dsse.Envelope(
        dsse.ENTRY_TYPE, payload, (dsse.Signature(key("eu", "x").key, b"s" * 64),)
    )
    text = spoil(envelope.encode().decode())
    assert text != envelope.encode().decode()
    script = """
    const d = await import('/js/dsse.js');
    try { d.decode(arg); return ''; } catch (e) { return e.code; }
    """
    assert await desk.run(page, script, text) == "envelope-malformed"


@pytest.mark.parametrize("suite", ["ed25519", "es256"])
async def test_signatures_cross_both_ways(desk: Desk, suite):
    page = await desk.open("/page/blank")
    private = PrivateKey.from_seed(suite, sha256(suite.encode()).digest())
    script = """
    const s = await import('/js/suites.js');
    const b = await import('/js/bytes.js');
    const message = b.utf8(arg.message);
    const ok = await s.verify(arg.suite, arg.public, b.unb64(arg.sig), message);
    const bad = await s.verify(arg.suite, arg.public, b.unb64(arg.sig), b.utf8('other'));
    const { generate } = await import('/js/newkey.js');
    const made = await generate([arg.suite]);
    const sig = await s.sign(arg.suite, made.pair.privateKey, message);
    const { privateKey } = made.pair;
    const exported = await crypto.subtle.exportKey('pkcs8', privateKey).catch((e) => e.name);
    return { ok, bad, id: await s.keyId('cn', arg.suite, b.unb64(arg.public)), exported,
      made: [b.b64(made.public), b.b64(sig)] };
    """
    message = "消息 message"
    facts = {
        "suite": suite,
        "message": message,
        "public": b64(private.public),
        "sig": b64(private.sign(message.encode())),
    }
    got = await desk.run(page, script, facts)
    assert (got["ok"], got["bad"]) == (True, False)
    assert got["id"] == suites.key_id("cn", suite, private.public)
    assert got["exported"] == "InvalidAccessError"
    public, sig = (__import__("base64").b64decode(text) for text in got["made"])
    suites.check_public(suite, public)
    suites.verify(suite, public, message.encode(), sig)


async def test_ed25519_without_webcrypto_agrees_with_rfc_8032(old_desk: Desk):
    cases = [
        [case["public"], case["message"], case["signature"]] for case in table("rfc8032")["cases"]
    ]
    # Messages that end at many places in the blocks of SHA-512, signed by OpenSSL.
    for length in range(24, 280, 8):
        private = PrivateKey.from_seed("ed25519", bytes([length % 256]) * 32)
        message = (bytes(range(256)) * 2)[:length]
        signed = private.sign(message)
        cases.append([private.public.hex(), message.hex(), signed.hex()])
    page = await old_desk.open("/page/blank")
    script = """
    const { verify } = await import('/js/suites.js');
    const { unhex, b64 } = await import('/js/bytes.js');
    const out = [];
    for (const [key, message, sig] of arg) {
      const s = unhex(sig);
      const good = await verify('ed25519', b64(unhex(key)), s, unhex(message));
      s[5] ^= 1;
      const r = await verify('ed25519', b64(unhex(key)), s, unhex(message));
      s[5] ^= 1; s[40] ^= 1;
      const t = await verify('ed25519', b64(unhex(key)), s, unhex(message));
      out.push([good, r, t]);
    }
    return out;
    """
    assert await old_desk.run(page, script, cases) == [[True, False, False]] * len(cases)


async def test_ed25519_without_webcrypto_refuses_s_beyond_the_order(old_desk: Desk):
    private = key("eu", "anna").private
    sig = private.sign(b"message")
    order = 2**252 + 27742317777372353535851937790883648493
    more = sig[:32] + (int.from_bytes(sig[32:], "little") + order).to_bytes(32, "little")
    page = await old_desk.open("/page/blank")
    script = """
    const { checkEd25519: verify } = await import('/js/ed25519.js');
    const { unb64, utf8 } = await import('/js/bytes.js');
    return Promise.all(arg.sigs.map((s) => verify(unb64(arg.public), unb64(s), utf8('message'))));
    """
    facts = {"public": b64(private.public), "sigs": [b64(sig), b64(more), b64(sig[:63])]}
    assert await old_desk.run(page, script, facts) == [True, False, False]


async def test_disclosures_are_those_of_the_core(desk: Desk):
    page = await desk.open("/page/blank")
    script = """
    const p = await import('/js/parts.js');
    return [await p.subjectPart('最终用户'), await p.textPart('First\\nsecond'),
      await p.filePart({ name: 'EUS-0127.pdf', type: 'application/pdf', len: 3, sha256: arg })];
    """
    made = await desk.run(page, script, "ab" * 32)
    for each in made:
        disclosure = each["text"].encode()
        part = parts.parse(disclosure)
        assert (part.role, parts.commitment(disclosure)) == (each["k"], each["c"])
    assert len({json.loads(each["text"])["salt"] for each in made}) == len(made)


async def test_a_note_is_split_at_blank_lines(desk: Desk):
    page = await desk.open("/page/blank")
    script = "return (await import('/js/parts.js')).paragraphs(arg);"
    text = "\n one\r\nline\r\n\r\n  \t\r\ntwo\t2\x07\n\n\n\nthree  \n"
    assert await desk.run(page, script, text) == [" one\nline", "two 2", "three"]


async def test_local_times_of_a_zone_become_instants(desk: Desk):
    page = await desk.open("/page/blank")
    script = """
    const { instantIn } = await import('/js/clocks.js');
    return arg.map((a) => instantIn(...a));
    """
    cases = [
        ["2026-11-26T17:00", "Asia/Shanghai"],
        ["2026-11-26T10:00", "Europe/Brussels"],
        ["2026-03-29T03:30", "Europe/Brussels"],
        ["2026-10-25T03:30", "Europe/Brussels"],
        ["2026-10-24T23:30:15", "Europe/Brussels"],
        ["", "Asia/Shanghai"],
    ]
    assert await desk.run(page, script, cases) == [
        "2026-11-26T09:00:00Z",
        "2026-11-26T09:00:00Z",
        "2026-03-29T01:30:00Z",
        "2026-10-25T02:30:00Z",
        "2026-10-24T21:30:15Z",
        "",
    ]


async def test_receipts_of_every_index_hold_and_no_other_fits(desk: Desk, node: StubNode):
    anna = node.enrol("eu", "anna")
    for number in range(9):
        node.note("eu", anna, [f"note {number}"])
    log = node.logs["eu"]
    page = await desk.open("/page/blank")
    script = """
    const { openReceipt } = await import('/js/checkpoint.js');
    const out = [];
    for (const [i, item] of arg.items.entries()) {
      for (const [j, other] of arg.items.entries()) {
        const opened = openReceipt(item.receipt, arg.key, other.envelope);
        const state = await opened.then((r) => r.index, () => 'no');
        out.push(state === (i === j ? i : 'no'));
      }
    }
    return out.every(Boolean);
    """
    vkey = {"name": log.origin, "public": b64(key("eu", "checkpoint").private.public)}
    assert await desk.run(page, script, {"items": log.items, "key": [vkey]}) is True
    # The same under another key name, another key, and with a hash of the path exchanged.
    spoilt = """
    const { openReceipt } = await import('/js/checkpoint.js');
    const state = (r, k) =>
      openReceipt(r, k, arg.item.envelope).then(() => 'yes', (e) => e.message);
    const { receipt } = arg.item;
    const lines = receipt.split('\\n');
    [lines[3], lines[4]] = [lines[4], lines[3]];
    return [
      await state(receipt, arg.key),
      await state(receipt, [{ ...arg.key[0], name: 'eu.other.example/log' }]),
      await state(receipt, [{ ...arg.key[0], public: arg.other }]),
      await state(lines.join('\\n'), arg.key),
      await state(receipt.replace(/index \\d+/, 'index 3'), arg.key)];
    """
    facts = {
        "item": log.items[5],
        "key": [vkey],
        "other": b64(key("cn", "checkpoint").private.public),
    }
    first, *others = await desk.run(page, spoilt, facts)
    assert first == "yes"
    assert "yes" not in others
