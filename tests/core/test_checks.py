"""Signatures checked ahead: results that count, and the checks for which they count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.checks import WINDOW, Answers, Check, ChecksAhead, at_once
from special_channel.core.bytes.errors import BadSignature, ChannelError, Malformed
from special_channel.core.bytes.suites import PrivateKey
from tests.authenticator import Authenticator
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import FILES, at, changed_log
from tests.stories import busy
from tests.world import World

KEY = PrivateKey.from_seed("ed25519", bytes(32))
OTHER = PrivateKey.from_seed("ed25519", bytes(31) + b"1")


def check_of(number: int, key: PrivateKey = KEY) -> Check:
    message = b"%d" % number
    return key.suite, key.public, message, key.sign(message), None


def forged(number: int) -> Check:
    return (*check_of(number)[:3], *check_of(number + 1)[3:])


def answering(*, good: bool) -> Callable[[Sequence[Check]], Answers]:
    """A checker with the same result for all signatures."""
    return lambda checks: lambda: [good] * len(checks)


def begun(ahead: ChecksAhead, *checks: Check) -> None:
    for _ in ahead.ahead(checks, lambda each: (each,)):
        pass


def test_items_keep_their_order_and_later_checks_are_begun():
    events: list[tuple[str, int]] = []

    def begin(checks: Sequence[Check]) -> Answers:
        events.append(("begun", len(checks)))
        return at_once(checks)

    numbers = list(range(2 * WINDOW + 3))
    checks = [check_of(number) for number in numbers]
    items = ChecksAhead(begin).ahead(numbers, lambda each: (checks[each],))
    events.extend(("turn", number) for number in items)
    turns = [("turn", number) for number in numbers]
    assert events == [
        ("begun", WINDOW),
        ("begun", WINDOW),
        *turns[:WINDOW],
        ("begun", 3),
        *turns[WINDOW:],
    ]


def test_signature_that_several_items_share_is_checked_once():
    asked: list[int] = []

    def begin(checks: Sequence[Check]) -> Answers:
        asked.append(len(checks))
        return at_once(checks)

    ahead = ChecksAhead(begin)
    begun(ahead, check_of(1), check_of(1), check_of(2))
    assert asked == [2]


def test_items_without_signatures_begin_nothing():
    def begin(checks: Sequence[Check]) -> Answers:
        raise AssertionError(checks)

    assert list(ChecksAhead(begin).ahead("ab", lambda _: ())) == ["a", "b"]


def test_good_answer_is_taken_without_another_check(monkeypatch):
    ahead = ChecksAhead(at_once)
    begun(ahead, check_of(1), check_of(2))
    monkeypatch.setattr(suites, "verify", None)
    ahead.verify(*check_of(2))
    ahead.verify(*check_of(1))


@pytest.mark.parametrize("place", range(4))
def test_answer_counts_for_no_other_bytes(place):
    """Suite, key, message, signature: each decides. The other's answer is at hand, and good."""
    ahead = ChecksAhead(answering(good=True))
    own, other = check_of(1), check_of(2, OTHER)
    begun(ahead, own, other)
    pairs = zip(own, ("es256", *other[1:]), strict=True)
    changed: Any = [pair[at == place] for at, pair in enumerate(pairs)]
    with pytest.raises(ChannelError) as caught:
        ahead.verify(*changed)
    with pytest.raises(ChannelError) as expected:
        suites.verify(*changed)
    assert caught.value.code == expected.value.code


def test_answer_counts_for_no_other_relying_party():
    key = Authenticator(bytes(31) + b"1")
    check = (key.suite, key.public, b"1", key.sign(b"1"), key.rp)
    ahead = ChecksAhead(at_once)
    begun(ahead, check)
    ahead.verify(*check)
    for other in ("other.example", None):
        with pytest.raises(BadSignature, match="signature-rp"):
            ahead.verify(*check[:4], other)


def test_failed_answer_leaves_a_signature_bad():
    ahead = ChecksAhead(at_once)
    begun(ahead, check_of(1), forged(2), check_of(3))
    ahead.verify(*check_of(1))
    with pytest.raises(BadSignature, match="does not verify"):
        ahead.verify(*forged(2))
    ahead.verify(*check_of(3))


def test_failed_answer_refuses_nothing_that_is_good():
    """A checker that exits early costs time, but gives no false finding."""
    ahead = ChecksAhead(answering(good=False))
    begun(ahead, check_of(1))
    ahead.verify(*check_of(1))


@pytest.mark.parametrize(
    "check",
    [("none", KEY.public, b"1", bytes(64)), ("ed25519", b"short", b"1", bytes(64))],
)
def test_check_that_nobody_can_make_is_named_in_its_turn(check):
    ahead = ChecksAhead(at_once)
    begun(ahead, check)
    with pytest.raises(Malformed) as caught:
        ahead.verify(*check)
    with pytest.raises(Malformed) as expected:
        suites.verify(*check)
    assert caught.value.code == expected.value.code


def test_checker_that_answers_too_little_is_no_proof():
    ahead = ChecksAhead(lambda checks: lambda: [True] * (len(checks) - 1))
    begun(ahead, check_of(1), forged(2))
    with pytest.raises(ValueError, match="shorter"):
        ahead.verify(*forged(2))


def test_answers_of_earlier_windows_are_forgotten():
    ahead = ChecksAhead(answering(good=True))
    begun(ahead, *map(forged, range(3 * WINDOW)))
    with pytest.raises(BadSignature):
        ahead.verify(*forged(0))


# In an audit --------------------------------------------------------------------------


def long_thread(notes: int) -> World:
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    for number in range(notes):
        world.note("eu", thread, (f"Note {number}.",))
    world.exchange()
    return world


def test_audit_begins_its_checks_ahead_of_their_turn(monkeypatch):
    """What remains is the directory, heads, and two windows after a key was enrolled."""
    world = long_thread(5 * WINDOW)
    evidence, trust = evidence_of(world), trust_of(world)
    verify = suites.verify
    batches: list[Sequence[Check]] = []
    alone: list[Any] = []

    def begin(checks: Sequence[Check]) -> Answers:
        batches.append(checks)
        answers = []
        for check in checks:
            verify(*check)
            answers.append(True)
        return lambda: answers

    def counted(*check: Any) -> None:
        alone.append(check)
        verify(*check)

    monkeypatch.setattr(suites, "verify", counted)
    assert audit(evidence, trust, begin=begin).report.verdict == "authentic-and-complete"
    assert max(map(len, batches)) <= WINDOW
    begun_ahead = [message for checks in batches for _, _, message, *_ in checks]
    entries = [message for message in begun_ahead if message.startswith(b"DSSEv1 ")]
    assert len(entries) > 3 * WINDOW
    assert len(begun_ahead) - len(entries) == sum(
        len(log.earlier) for log in evidence.logs.values()
    )
    assert len(alone) < 4 * WINDOW < len(world.eu.own.entries)


def test_forged_signature_is_found_though_begun_ahead():
    world = long_thread(3 * WINDOW)
    evidence, trust = evidence_of(world), trust_of(world)
    one, other = world.eu.own.entries[-2:]
    good = dsse.decode(evidence.envelopes[other.id]).signatures[0]
    swapped = replace(dsse.decode(evidence.envelopes[one.id]), signatures=(good,))
    envelopes = dict(evidence.envelopes) | {one.id: swapped.encode()}
    report = audit(replace(evidence, envelopes=envelopes), trust, begin=at_once).report
    assert at(report, "signature-bad") == [str(one.position)]


def test_forged_earlier_note_is_found_though_begun_ahead():
    world = long_thread(3 * WINDOW)
    evidence, trust = evidence_of(world), trust_of(world)
    earlier = dict(evidence.logs["eu"].earlier)
    one, other = sorted(earlier)[-2:]
    text, _, _ = earlier[one].partition(b"\n\n")
    _, _, line = earlier[other].partition(b"\n\n")
    earlier[one] = text + b"\n\n" + line
    report = audit(changed_log(evidence, "eu", earlier=earlier), trust).report
    found = [each for each in report.findings if each.code == "checkpoint-signature"]
    assert [each.place.file for each in found] == [f"data/logs/eu/checkpoints/{one}"]


@pytest.mark.parametrize("good", [True, False])
def test_report_does_not_depend_on_who_checks(good):
    """A whole record with two checkers: always right, and never "good"."""
    world = busy().world
    evidence, trust = evidence_of(world, files=FILES), trust_of(world)
    expected = audit(evidence, trust).report.encode()
    assert audit(evidence, trust, begin=answering(good=good)).report.encode() == expected
