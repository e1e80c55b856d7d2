"""Judge, mirror and verifier on suites: keys of an authenticator, and their signatures."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, cast

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.bytes.dsse import decode
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import parse
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Past
from special_channel.core.rows.writing import sign
from special_channel.core.rules.judge_context import JudgeContext
from special_channel.core.rules.persons import may_sign_act
from tests.authenticator import (
    ORIGIN,
    RP,
    Authenticator,
    authenticator,
    client_data_of,
    data_of,
    packed,
)
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import at
from tests.core.judging import code_of, opening, refusal
from tests.world import Entry, World

Forge = Callable[[Authenticator, bytes], bytes]


def enrolled(
    world: World, party: Party = "eu", name: str = "touch", rp: str = RP, **body: Any
) -> Entry:
    """Enrol a key of an authenticator for a desk officer."""
    world.sides[party].keys[name] = authenticator(party, name, rp)
    return world.enrol(party, name, **({"rp": rp} | body))


def key_of(world: World, name: str = "touch") -> Authenticator:
    return cast(Authenticator, world.eu.keys[name].private)


def test_key_of_an_authenticator_is_enrolled_and_signs():
    world = World.founded()
    enrolled(world)
    thread = world.open_thread("eu", by="touch")
    world.exchange()
    for side in (world.eu, world.cn):
        row = side.replay.rows["key", world.eu.keys["touch"].key]
        assert isinstance(row, KeyRow)
        assert (row.suite, row.rp, side.verdicts[thread.position]) == ("webauthn-es256", RP, "")
    assert world.eu.digest == world.cn.digest
    report = audit(evidence_of(world), trust_of(world)).report
    assert report.verdict == "authentic-and-complete"


@pytest.mark.parametrize(
    "rp",
    ["", "Client.example", "client.example.", "a..b", "-a.b", "a" * 64, "x" * 254, "a:1"],
)
def test_key_of_an_authenticator_names_a_host(rp):
    world = World.founded()
    assert code_of(enrolled, world, rp=rp) == "entry-malformed"
    world.eu.keys["silent"] = authenticator("eu", "silent")
    assert code_of(world.enrol, "eu", "silent") == "entry-malformed"


def test_no_other_key_names_a_host():
    world = World.founded()
    world.eu.make_key("new")
    assert code_of(world.enrol, "eu", "new", rp=RP) == "entry-malformed"


def data(**changed: Any) -> Forge:
    """Return signatures over other authenticator data."""

    def forge(key: Authenticator, message: bytes) -> bytes:
        key.data = data_of(**changed)
        return key.good(message)

    return forge


def text(change: Callable[[bytes], bytes]) -> Forge:
    """Return signatures over a changed text of the browser."""
    return lambda key, message: key.assertion(
        change(client_data_of(sha256(message).digest(), ORIGIN))
    )


def with_der(key: Authenticator, message: bytes) -> bytes:
    signed = key.good(message)
    return signed[:-64] + b"\x30\x44\x02\x20" + signed[-64:-32] + b"\x02\x20" + signed[-32:]


def extended(key: Authenticator, message: bytes) -> bytes:
    return packed(
        data_of(flags=0x85) + b"\xa0", client_data_of(sha256(message).digest()), bytes(64)
    )


FORGED: dict[str, tuple[Forge, str]] = {
    "no verification": (data(flags=0x01), "signature-flags"),
    "may be synced": (data(flags=0x0D), "signature-flags"),
    "another relying party": (data(rp="eu.channel.example"), "signature-rp"),
    "another challenge": (
        lambda key, _: key.assertion(client_data_of(sha256(b"other").digest())),
        "signature-client-data",
    ),
    "another site": (text(lambda one: one.replace(b"false", b"true")), "signature-client-data"),
    "another type": (text(lambda one: one.replace(b".get", b".create")), "signature-client-data"),
    "extension data": (extended, "signature-malformed"),
    "DER": (with_der, "signature-malformed"),
    "another key": (
        lambda _, message: Authenticator(bytes(31) + b"\x09").sign(message),
        "signature-bad",
    ),
}


@pytest.mark.parametrize(("forge", "code"), FORGED.values(), ids=FORGED)
def test_forged_assertion_gets_one_code_everywhere(forge, code):
    """The judge, the mirror and the verifier name the same fault."""
    world = World.founded()
    enrolled(world)
    world.exchange()
    key_of(world).forge = forge
    payload = opening(world, by="touch")
    assert refusal(world, "eu", payload, [world.text("x", "subject")]) == code
    report = audit(evidence_of(world), trust_of(world)).report
    assert at(report, code) == [str(world.eu.own.entries[-1].position)]


# Where a key may sign ----------------------------------------------------------------------

CLIENT = {
    "sides": [{"party": "eu", "origins": ["https://eu.channel.example:8443"]}],
    "digests": ["1" * 64],
}


def test_key_signs_at_its_relying_party_where_no_client_is_listed():
    world = World.founded()
    enrolled(world)
    key_of(world).origin = f"https://www.{RP}"
    world.open_thread("eu", by="touch")
    key_of(world).origin = "https://eu.channel.example"
    code = refusal(world, "eu", opening(world, by="touch"), [world.text("x", "subject")])
    assert code == "signature-origin"
    report = audit(evidence_of(world), trust_of(world)).report
    assert at(report, "signature-origin") == [str(world.eu.own.entries[-1].position)]


def test_key_signs_at_the_origins_that_the_charter_lists_for_its_side():
    world = World.founded(client=CLIENT)
    key = authenticator("eu", "touch", origin="https://eu.channel.example:8443")
    world.eu.keys["touch"] = key
    world.enrol("eu", "touch", rp=RP)
    world.open_thread("eu", by="touch")
    key_of(world).origin = ORIGIN
    code = refusal(world, "eu", opening(world, by="touch"), [world.text("x", "subject")])
    assert code == "signature-origin"
    # The other side's keys are bound by their own side's list alone.
    enrolled(world, "cn", rp="client.cn.channel.example")


def test_new_key_signs_its_own_enrolment_at_an_allowed_origin():
    world = World.founded()
    world.eu.keys["touch"] = authenticator("eu", "touch", origin="https://evil.example")
    assert code_of(world.enrol, "eu", "touch", rp=RP) == "signature-origin"


def test_second_signature_is_made_at_an_allowed_origin():
    world = World.founded()
    enrolled(world)
    key_of(world).origin = "https://evil.example"
    code = refusal(
        world, "eu", opening(world), [world.text("x", "subject")], also=["head", "touch"]
    )
    assert code == "signature-origin"


def test_charter_before_the_change_decides_for_entries_of_before():
    """Each side judges by the charter in the entry's past, in whatever order entries arrive."""
    world = World.founded()
    enrolled(world)
    world.adopt("eu", number=2, client=CLIENT)
    world.open_thread("eu", by="touch")
    world.exchange()
    world.adopt("cn", number=2, client=CLIENT)
    world.open_thread("eu", by="touch")
    world.exchange()
    code = refusal(world, "eu", opening(world, by="touch"), [world.text("x", "subject")])
    assert code == "signature-origin"


# Suites by role ----------------------------------------------------------------------------


def policy(*roles: str) -> list[dict[str, Any]]:
    return [{"role": role, "suites": ["webauthn-es256", "sm2-sm3"]} for role in roles]


def test_role_signs_with_the_suites_that_the_charter_lists():
    world = World.founded(suites=policy("head"))
    world.open_thread("eu")  # by the desk, which the charter does not name
    code = refusal(world, "eu", opening(world, by="head"), [world.text("x", "subject")])
    assert code == "suite-policy"
    report = audit(evidence_of(world), trust_of(world)).report
    assert at(report, "suite-policy") == [str(world.eu.own.entries[-1].position)]
    enrolled(world, name="chief", role="head")
    world.open_thread("eu", by="chief")
    world.exchange()
    assert world.eu.digest == world.cn.digest


def test_second_signer_is_bound_by_the_suites_of_its_own_role():
    world = World.founded(suites=policy("head", "director"))
    parts = [world.text("x", "subject")]
    assert refusal(world, "eu", opening(world), parts, also=["head"]) == "suite-policy"
    assert refusal(world, "eu", opening(world), parts, also=["clerk", "director"]) == "suite-policy"
    world.append("eu", opening(world), parts, also=["clerk"])


def second_function(world: World, name: str, role: str) -> None:
    """Grant an official of a desk a further function, for the key in use."""
    key = world.eu.keys[name].key
    world.append("eu", world.granting("eu", name, grant=2, role=role, keys=[key]))
    world.exchange()
    world.append("cn", world.payload("cn", "peer.seen", by="node"))
    world.exchange()


def test_second_person_counts_in_no_function_that_the_suite_rules_out():
    """The same person may sign with this key as an official of the desk."""
    world = World.founded(suites=policy("head"))
    second_function(world, "clerk", "head")
    world.append("eu", opening(world), [world.text("x", "subject")], also=["clerk"])
    revoked = world.revocation("eu", "desk", "registrar")
    assert refusal(world, "eu", revoked, also=["clerk"]) == "suite-policy"
    report = audit(evidence_of(world), trust_of(world)).report
    assert at(report, "suite-policy") == [str(world.eu.own.entries[-1].position)]
    world.append("eu", revoked, also=["second-registrar"])


def test_act_page_says_that_the_suite_does_not_count():
    world = World.founded(suites=policy("head"))
    second_function(world, "clerk", "head")
    side = world.eu
    envelope = sign(world.revocation("eu", "desk", "registrar"), [side.keys["registrar"]])
    entry: Any = parse(decode(envelope.envelope).payload)
    rows = side.replay.rows
    clerk = rows["key", side.keys["clerk"].key]
    assert isinstance(clerk, KeyRow)
    past = Past("eu", side.own.size, side.mirror.size)
    context = JudgeContext(world.pins, rows, {}, answered=side.own.size)
    assert may_sign_act(entry, {entry.by}, clerk, past, context) == "suite-policy"


def test_release_in_a_function_that_the_suite_rules_out_is_none():
    release = [{"kind": "thread.opened", "roles": ["head"]}]
    world = World.founded(suites=policy("head"), release=release)
    second_function(world, "clerk", "head")
    parts = [world.text("x", "subject")]
    assert refusal(world, "eu", opening(world), parts, also=["clerk"]) == "clearance-missing"


def test_registrar_without_an_allowed_key_enrols_nobody():
    world = World.founded(suites=policy("registrar"))
    world.eu.make_key("new")
    assert code_of(world.enrol, "eu", "new") == "suite-policy"


def test_new_key_may_have_any_suite_until_it_signs():
    """It signs its own enrolment in no role."""
    world = World.founded(suites=policy("head"))
    world.eu.make_key("new")
    world.enrol("eu", "new", role="head")
    assert code_of(world.open_thread, "eu", by="new") == "suite-policy"


def test_machines_sign_with_any_suite():
    world = World.founded(suites=policy("desk", "head", "director", "oversight", "registrar"))
    world.append("eu", world.payload("eu", "peer.seen", by="node", body={}))
