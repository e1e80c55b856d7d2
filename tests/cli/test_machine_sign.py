"""`machine sign`: a key signs its own enrolment, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from special_channel.cli.app import run
from special_channel.cli.machines import own_enrolment
from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.desk import payloads
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from tests.core.test_judge_machines import machine
from tests.core.test_judge_succession import Committed, succession


def test_new_key_signs_its_own_enrolment():
    world = Committed.founded()
    payload = canonical.dumps(machine(world, "eu", "node"))
    assert own_enrolment(payload, world.sides["eu"].keys["new"].key).body.role == "node"


@pytest.mark.parametrize("role", ["checkpoint", "link"])
def test_key_of_a_person_signs_no_enrolment_of_another(role):
    world = Committed.founded()
    made = succession(world, "eu", role) if role == "checkpoint" else machine(world, "eu", role)
    with pytest.raises(Malformed) as refused:
        own_enrolment(canonical.dumps(made), world.sides["eu"].keys["registrar"].key)
    assert refused.value.code == "machine-request"


def test_key_signs_no_enrolment_of_another_node_key():
    world = Committed.founded()
    made = machine(world, "eu", "node", by="registrar")
    with pytest.raises(Malformed) as refused:
        own_enrolment(canonical.dumps(made), world.sides["eu"].keys["registrar"].key)
    assert refused.value.code == "machine-request"


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    """A request of a node's new key, and the words of the command that signs it."""
    key = KeyFile.make("eu", "node", bytes(31) + b"\x07")
    key.write(tmp_path / "node.json")
    body = {"role": "node", "suite": "ed25519", "public": key.public, "reason": "routine"}
    author = Author(key.signer, "eu.channel.example/log", "2026-11-24T09:00:00Z", (), bytes)
    entry = payloads.signed(author, "machine.enrolled", {"body": body})
    (tmp_path / "request.json").write_bytes(dsse.decode(entry.envelope).payload)
    return ["machine", "sign", str(tmp_path / "request.json"), "--key", str(tmp_path / "node.json")]


class _Typed:
    """Standard input of a person who types one line; a script has none."""

    def __init__(self, line: str | None) -> None:
        self.line = line

    def readline(self) -> str:
        assert self.line is not None, "a script is not asked"
        return f"{self.line}\n"

    def isatty(self) -> bool:
        return self.line is not None


@pytest.mark.parametrize(("lang", "yes", "role"), [("en", "y", "Node"), ("zh-CN", "是", "节点")])
def test_enrolment_is_shown_and_signed_after_a_yes(asked, capsys, monkeypatch, lang, yes, role):
    signed = Path(asked[2]).with_name("request-signed.json")
    for answer, exits in (("no", 1), (yes, 0)):
        monkeypatch.setattr("sys.stdin", _Typed(answer))
        assert run(["--lang", lang, *asked]) == exits
        assert role.lower() in capsys.readouterr().out.lower(), "shown before the question"
        assert signed.exists() is (exits == 0)


def test_script_signs_without_a_question(asked, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", _Typed(None))
    assert run([*asked, "--yes", "--json"]) == 0
    shown, done = map(json.loads, capsys.readouterr().out.splitlines())
    assert shown["role"] == "node"
    envelope = dsse.decode(Path(done["file"]).read_bytes())
    assert [one.keyid for one in envelope.signatures] == [done["signed_by"]]
    assert envelope.id == shown["id"]
