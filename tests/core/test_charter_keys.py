"""The charter on keys: where officials sign, with which suites, and how its fields are compared."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import Malformed
from special_channel.core.rows.charter import parse
from special_channel.core.rules.charter_changes import Change, changes
from tests.core.test_charter_changes import charter
from tests.world import World

LISTED = ["https://client.eu.example", "https://client.eu.example:8443"]
EU = {"party": "eu", "origins": LISTED}
CN = {"party": "cn", "origins": ["chrome-extension://abcdefgh"]}
CLIENT = {"sides": [EU, CN], "digests": ["1" * 64, "2" * 64]}
LEADERS = {"role": "head", "suites": ["webauthn-es256"]}
LIMITS = {"file_bytes": 52_428_800, "minimum_notice_seconds": 30}
"""Limits that say nothing of a time before new leaders sign."""


def fault(**changed: Any) -> str:
    """Return the field at which a charter is malformed."""
    with pytest.raises(Malformed, match="charter-malformed") as refused:
        parse(canonical.dumps(World.founded().charter(**changed)))
    return str(refused.value.facts["field"])


def test_charter_lists_origins_of_each_side_and_suites_of_each_role():
    whole = charter(client=CLIENT, suites=[LEADERS])
    assert whole.client_origins("eu") == tuple(LISTED)
    assert whole.client_origins("cn") == ("chrome-extension://abcdefgh",)
    assert whole.role_suites("head") == ("webauthn-es256",)
    assert whole.role_suites("desk") == ()


def test_charter_without_these_fields_restricts_nothing_and_cools_a_day():
    plain = charter(limits=LIMITS)
    assert (plain.client, plain.suites, plain.limits.cooling_seconds) == (None, (), 86_400)
    assert (plain.client_origins("eu"), plain.role_suites("head")) == ((), ())
    one = charter(client=CLIENT | {"sides": [CN]})
    assert one.client_origins("eu") == ()


@pytest.mark.parametrize(
    "origin",
    [
        "https://a",
        "https://client.example:1",
        "moz-extension://a-b.c",
        "safari-web-extension://a",
        "http://localhost:8701",
    ],
)
def test_origin_of_a_client_is_taken(origin):
    assert charter(client=CLIENT | {"sides": [EU | {"origins": [origin]}]}).client is not None


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "client.example",
        "https://",
        "https://client.example/",
        "https://client.example:0443",
        "https://client.example:123456",
        "https://Client.example",
        "https://x@client.example",
        "http://client.example",
        "http://localhost",
        "-extension://a",
        "chrome--extension://a",
        "file://a",
        "https://client.example\n",
        "https://" + "a" * 293,
    ],
)
def test_other_origin_is_malformed(origin):
    assert fault(client=CLIENT | {"sides": [EU | {"origins": [origin]}]}) == (
        "client.sides.0.origins.0"
    )


def test_origin_has_at_most_300_characters():
    charter(client=CLIENT | {"sides": [EU | {"origins": ["https://" + "a" * 292]}]})


def test_only_a_demonstration_signs_without_tls():
    local = CLIENT | {"sides": [EU | {"origins": ["http://localhost:8701"]}]}
    plain: dict[str, Any] = {"demonstration": False, "reply_rules": []}
    charter(client=CLIENT, **plain)
    assert fault(client=local, **plain) == ""


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"client": {}}, "client.sides"),
        ({"client": {"sides": [EU]}}, "client.digests"),
        ({"client": CLIENT | {"more": 1}}, "client.more"),
        ({"client": CLIENT | {"sides": []}}, "client.sides"),
        ({"client": CLIENT | {"sides": [EU, EU]}}, "client"),
        ({"client": CLIENT | {"sides": [EU, CN, EU]}}, "client.sides"),
        ({"client": CLIENT | {"sides": [EU | {"origins": []}]}}, "client.sides.0.origins"),
        (
            {"client": CLIENT | {"sides": [EU | {"origins": [LISTED[0]] * 2}]}},
            "client.sides.0.origins",
        ),
        (
            {
                "client": CLIENT
                | {"sides": [EU | {"origins": [f"https://{letter}" for letter in "abcde"]}]}
            },
            "client.sides.0.origins",
        ),
        ({"client": CLIENT | {"digests": []}}, "client.digests"),
        ({"client": CLIENT | {"digests": ["1" * 63]}}, "client.digests.0"),
        ({"client": CLIENT | {"digests": ["1" * 64] * 2}}, "client"),
        ({"client": CLIENT | {"digests": [digit * 64 for digit in "12345"]}}, "client.digests"),
        ({"suites": [LEADERS, LEADERS]}, "suites"),
        ({"suites": [LEADERS | {"role": "node"}]}, "suites.0.role"),
        ({"suites": [LEADERS | {"suites": []}]}, "suites.0.suites"),
        ({"suites": [LEADERS | {"suites": ["es256"] * 2}]}, "suites.0.suites"),
        ({"suites": [LEADERS | {"suites": ["ES256"]}]}, "suites.0.suites.0"),
        ({"suites": [LEADERS | {"suites": [f"s{n}" for n in range(9)]}]}, "suites.0.suites"),
    ],
)
def test_malformed_field_is_named(changed, field):
    assert fault(**changed) == field


@pytest.mark.parametrize("seconds", [0, 86_400, 2_678_400])
def test_cooling_time_is_at_most_31_days(seconds):
    found = charter(limits=LIMITS | {"cooling_seconds": seconds})
    assert found.limits.cooling_seconds == seconds
    for wrong in (-1, 2_678_401):
        assert fault(limits=LIMITS | {"cooling_seconds": wrong}) == "limits.cooling_seconds"


def test_suite_that_this_program_lacks_may_be_listed():
    found = charter(suites=[LEADERS | {"suites": ["sm2-sm3"]}])
    assert found.role_suites("head") == ("sm2-sm3",)


def test_fields_on_keys_are_compared_one_by_one():
    plain = charter(limits=LIMITS)
    more = charter(client=CLIENT, suites=[LEADERS], limits=LIMITS)
    new = changes(plain, more)
    assert new == (
        Change("client", (), "digests", None, ("1" * 64, "2" * 64)),
        Change("sides", ("eu",), "origins", None, tuple(LISTED)),
        Change("sides", ("cn",), "origins", None, ("chrome-extension://abcdefgh",)),
        Change("suites", ("head",), "suites", None, ("webauthn-es256",)),
    )
    assert [(one.field, one.after) for one in changes(more, plain)] == [
        (one.field, None) for one in new
    ]
    limits = LIMITS | {"cooling_seconds": 60}
    later = charter(client=CLIENT | {"sides": [EU]}, suites=[LEADERS], limits=limits)
    assert changes(more, later) == (
        Change("limits", (), "cooling_seconds", 86_400, 60),
        Change("sides", ("cn",), "origins", ("chrome-extension://abcdefgh",), None),
    )
