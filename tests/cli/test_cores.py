"""Signature checks of `verify` on other cores: where they are made, and what is left behind."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from special_channel.cli import evidence
from special_channel.cli.app import run
from special_channel.cli.cores import MOST, THREADS, checks_on, usable_cores
from special_channel.core.bytes import suites
from special_channel.core.bytes.checks import at_once
from special_channel.core.bytes.suites import PrivateKey
from tests.bundles import trust_file
from tests.export.bundling import bundle
from tests.world import World

KEY = PrivateKey.from_seed("ed25519", bytes(32))
CHECKS = [("ed25519", KEY.public, b"%d" % each, KEY.sign(b"0")) for each in range(3)]


def helpers() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith(THREADS)]


def test_answers_keep_the_order_of_their_checks():
    with checks_on(4) as begin:
        batches = [begin(CHECKS[place:]) for place in (0, 1, 0)]
        assert [answers() for answers in batches] == [
            [True, False, False],
            [False, False],
            [True, False, False],
        ]
        assert 0 < len(helpers()) <= MOST
    assert not helpers()


def test_single_core_has_no_thread():
    with checks_on(1) as begin:
        assert begin is at_once
    assert usable_cores() >= 1


def test_threads_end_when_the_verifier_fails():
    def fail() -> None:
        with checks_on(2) as begin:
            begin(CHECKS)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not helpers()


def test_failure_of_a_check_is_not_an_answer(monkeypatch):
    """What is no refusal of a signature, such as lack of memory, ends the command."""

    def fail(*_: bytes) -> None:
        raise MemoryError

    monkeypatch.setattr(suites, "verify", fail)
    with checks_on(2) as begin, pytest.raises(MemoryError):
        begin(CHECKS)()


@pytest.mark.parametrize("cores", [1, 2])
def test_verify_checks_on_the_cores_that_it_may_use(cores, monkeypatch, tmp_path, capsys):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    for number in range(100):
        world.note("eu", thread, (f"Note {number}.",))
    world.exchange()
    (tmp_path / "bundle.zip").write_bytes(bundle(world))
    (tmp_path / "trust.json").write_bytes(trust_file(world))
    verify, names = suites.verify, []

    def noted(*check: Any) -> None:
        names.append(threading.current_thread().name)
        verify(*check)

    monkeypatch.setattr(suites, "verify", noted)
    monkeypatch.setattr(evidence, "usable_cores", lambda: cores)
    typed = ["verify", str(tmp_path / "bundle.zip"), "--trust", str(tmp_path / "trust.json")]
    assert run([*typed, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "authentic-and-complete"
    elsewhere = sum(name.startswith(THREADS) for name in names)
    assert (elsewhere > len(names) / 3) == (cores > 1)
    assert not helpers()
