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
ORIGINS = [side.origin for side in WORLD.sides.values()]
PIN = "parties.0.root.pin"


def changed(**fields: Any) -> bytes:
    return json.dumps(json.loads(GOOD) | fields).encode()


def party(**fields: Any) -> list[dict[str, Any]]:
    parties = json.loads(GOOD)["parties"]
    return [parties[0] | fields, parties[1]]


def root(**fields: Any) -> dict[str, Any]:
    stated: dict[str, Any] = json.loads(GOOD)["parties"][0]["root"]
    return stated | fields


def head(**fields: Any) -> dict[str, Any]:
    return {"log": ORIGINS[0], "size": 1, "root": "a" * 64} | fields


def test_a_written_trust_file_is_read_again():
    trust = parse(GOOD)
    assert set(trust.parties) == {"eu", "cn"}
    assert trust.parties["eu"].root.pin == WORLD.pins["eu"].root
    assert (trust.heads, trust.policy_text) == ({}, "quorum none\n")
    assert trust.limits == Limits()
    assert trust.encode() == GOOD
    assert parse(changed(limits={"files": 7})).limits.files == 7


@pytest.mark.parametrize(
    ("data", "field"),
    [
        pytest.param(b"\xff", "json", id="no text"),
        pytest.param(b"", "json", id="nothing"),
        pytest.param(b"[" * 100_000, "json", id="nested without end"),
        pytest.param(b" " * 300_000, "json", id="too long"),
        pytest.param(GOOD.replace(b'"v": 2', b'"v": 2, "v": 2'), "json", id="a key twice"),
        pytest.param(changed(v=3), "v", id="another version"),
        pytest.param(changed(v=1, heads=None), "v 1", id="the version before"),
        pytest.param(b"[1]", "", id="a list"),
        pytest.param(changed(extra=1), "extra", id="an unknown field"),
        pytest.param(changed(policy="quorum"), "policy", id="no policy"),
        pytest.param(changed(parties=party(party="cn")), "parties", id="a party twice"),
        pytest.param(changed(parties=party(origin=ORIGINS[1])), "parties", id="a log twice"),
        pytest.param(changed(parties=party(root=root(pin="ab"))), PIN, id="no digest"),
        pytest.param(changed(parties=party(root=root(pin="A" * 64))), PIN, id="upper case"),
        pytest.param(
            changed(parties=party(root=root(number=0))), "parties.0.root.number", id="no number"
        ),
        pytest.param(
            changed(parties=party(checkpoint_vkey=WORLD.eu.checkpoint_vkey)),
            "parties.0.checkpoint_vkey",
            id="a log's key",
        ),
        pytest.param(changed(heads=[head(log="other.example/log")]), "heads", id="head elsewhere"),
        pytest.param(changed(heads=[head(), head(size=2)]), "heads", id="two heads of a log"),
        pytest.param(changed(heads=[head(size=0)]), "heads.0.size", id="head of nothing"),
        pytest.param(changed(heads=[head(root="ab")]), "heads.0.root", id="head without a root"),
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


def test_heads_are_kept_by_party():
    trust = parse(changed(heads=[head(log=ORIGINS[1], size=7), head()]))
    assert {party: each.size for party, each in trust.heads.items()} == {"cn": 7, "eu": 1}
    assert parse(trust.encode()) == trust
