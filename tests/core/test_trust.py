"""An auditor's trust files and policies, read strictly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.audit.trust import Limits, parse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.log import policy as policies
from tests.bundles import trust_file
from tests.world import World

WORLD = World()
GOOD = trust_file(WORLD)


def changed(**fields: Any) -> bytes:
    return json.dumps(json.loads(GOOD) | fields).encode()


def party(**fields: Any) -> list[dict[str, Any]]:
    parties = json.loads(GOOD)["parties"]
    return [parties[0] | fields, parties[1]]


def test_a_written_trust_file_is_read_again():
    trust = parse(GOOD)
    assert set(trust.parties) == {"eu", "cn"}
    assert trust.parties["eu"].pin == WORLD.pins["eu"]
    assert trust.limits == Limits()
    assert parse(changed(limits={"files": 7})).limits.files == 7


@pytest.mark.parametrize(
    ("data", "field"),
    [
        pytest.param(b"\xff", "json", id="no text"),
        pytest.param(b"", "json", id="nothing"),
        pytest.param(b"[" * 100_000, "json", id="nested without end"),
        pytest.param(b" " * 300_000, "json", id="too long"),
        pytest.param(GOOD.replace(b'"v": 1', b'"v": 1, "v": 1'), "json", id="a key twice"),
        pytest.param(changed(v=2), "v", id="another version"),
        pytest.param(changed(extra=1), "extra", id="an unknown field"),
        pytest.param(changed(policy="quorum"), "policy", id="no policy"),
        pytest.param(changed(parties=party(party="cn")), "parties", id="a party twice"),
        pytest.param(changed(parties=party(root="ab")), "parties.0.root", id="no digest"),
        pytest.param(changed(parties=party(root="A" * 64)), "parties.0.root", id="upper case"),
        pytest.param(
            changed(parties=party(root_key="ed25519:AAAA")), "parties.0.root_key", id="a root key"
        ),
        pytest.param(
            changed(parties=party(checkpoint_vkey="name+hash+key")), "checkpoint_vkey", id="no vkey"
        ),
        pytest.param(
            changed(parties=party(cosign_vkey=WORLD.eu.checkpoint_vkey)),
            "cosign_vkey",
            id="a key for another use",
        ),
    ],
)
def test_what_is_no_trust_file_is_refused(data, field):
    with pytest.raises(Malformed) as caught:
        parse(data)
    assert (caught.value.code, caught.value.facts) == ("trust-malformed", {"field": field})


# Policies (C2SP tlog-policy) ---------------------------------------------------------

LOG = WORLD.eu.checkpoint_vkey
A, B = WORLD.eu.cosigning_vkey, WORLD.cn.cosigning_vkey
TWO = f"witness a {A}\nwitness b {B}\n"


@pytest.mark.parametrize(
    ("text", "held", "enough"),
    [
        ("quorum none\n", "", True),
        (f"{TWO}quorum a\n", "a", True),
        (f"{TWO}quorum a\n", "b", False),
        (f"{TWO}group g all a b\nquorum g\n", "a", False),
        (f"{TWO}group g all a b\nquorum g\n", "ab", True),
        (f"{TWO}group g any a b\nquorum g\n", "b", True),
        (f"{TWO}group g any a b\nquorum g\n", "", False),
        (f"{TWO}group g 2 a b\ngroup h 1 g\nquorum h\n", "ab", True),
        (f"{TWO}group g 2 a b\ngroup h 1 g\nquorum h\n", "b", False),
        (f"# log\n\n \t log\t{LOG} https://x.example/\n{TWO}quorum a\n", "a", True),
    ],
)
def test_a_quorum_is_made_by_who_is_named(text, held, enough):
    policy = policies.parse(text)
    keys = [policy.witnesses[name] for name in held]
    assert policy.satisfied_by(keys) is enough


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none",
        "log\n",
        f"log {LOG}\n",
        f"log {LOG}\nlog {LOG}\nquorum none\n",
        f"log {A}\nquorum none\n",
        f"log {LOG} https://a https://b\nquorum none\n",
        "log nonsense\nquorum none\n",
        f"witness a {LOG}\nquorum none\n",
        f"witness none {A}\nquorum none\n",
        f"witness a {A}\nwitness a {B}\nquorum none\n",
        f"witness a {A}\nwitness b {A}\nquorum none\n",
        f"{TWO}group g\nquorum none\n",
        f"{TWO}group g 3 a b\nquorum g\n",
        f"{TWO}group g 0 a b\nquorum g\n",
        f"{TWO}group g some a b\nquorum g\n",
        f"{TWO}group g all a c\nquorum g\n",
        f"{TWO}group g all a a\nquorum g\n",
        f"{TWO}group g all a\ngroup h all a\nquorum g\n",
        f"{TWO}group g all none\nquorum g\n",
        "quorum a\n",
        "quorum none none\n",
        "quorum none\nquorum none\n",
        "quora none\n",
        "quorum none\r\n",
        "quorum none\n\x00\n",
        "#" * 70_000 + "\nquorum none\n",
    ],
    ids=range(27),
)
def test_what_is_no_policy_is_refused(text):
    with pytest.raises(Malformed) as caught:
        policies.parse(text)
    assert caught.value.code == "policy-malformed"


def test_a_policy_has_room_for_what_the_standard_asks_and_no_more():
    lines = "".join(f"group g{n} any {'a' if n == 0 else f'g{n - 1}'}\n" for n in range(94))
    assert policies.parse(f"{TWO}{lines}quorum g93\n").quorum == "g93"
    with pytest.raises(Malformed):
        policies.parse(f"{TWO}{lines}group h any g93\ngroup i any h\nquorum i\n")


def test_the_channels_policy_knows_both_logs_and_both_sides():
    policy = parse(GOOD).policy
    assert len(policy.logs) == 2
    assert set(policy.witnesses) == {"eu", "cn"}
    assert policy.satisfied_by([policy.witnesses["cn"]])
    assert not policy.satisfied_by([])
