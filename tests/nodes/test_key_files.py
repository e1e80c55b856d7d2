"""A node opens its key files: credentials of systemd, sealed files, files of its user alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from special_channel.config import Settings
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import MachineRole
from special_channel.core.log.checkpoint import log_key
from special_channel.core.rows.log_keys import LogKey
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.sealing import seal
from special_channel.wiring.files import identity, key_file, link_keys
from tests.channel import settings

PHRASE = "six words drawn from a list"
FIRST, SECOND = (KeyFile.make("eu", "node", bytes([seed]) * 32) for seed in (1, 2))


def of_node(folder: Path, **node: object) -> Settings:
    made = settings(folder, "eu", {"eu": 1, "cn": 2})
    return made.model_copy(update={"node": made.node.model_copy(update=node)})


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "eu" / "keys"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    return folder


def code_of(of: Settings) -> str:
    with pytest.raises(Malformed) as refused:
        key_file(of, "node")
    return refused.value.code


def test_credential_comes_before_the_file_in_the_folder(tmp_path, keys, credentials):
    FIRST.write(keys / "node.json")
    assert key_file(of_node(tmp_path), "node").key == FIRST.key
    passed = credentials / "node.json"
    SECOND.write(passed)
    passed.chmod(0o440)  # as systemd shows a credential that an access list opens to one user
    assert key_file(of_node(tmp_path), "node").key == SECOND.key
    passed.chmod(0o444)
    assert code_of(of_node(tmp_path)) == "key-file-open"


def test_sealed_key_file_of_a_node_needs_its_passphrase_file(tmp_path, keys, credentials):
    FIRST.write(keys / "node.json", seal(FIRST.seed, FIRST.key, PHRASE, bytes, cost=2**14))
    assert code_of(of_node(tmp_path)) == "key-file-sealed"
    phrase = tmp_path / "phrase"
    phrase.write_text(PHRASE, encoding="utf-8")
    phrase.chmod(0o640)
    named = of_node(tmp_path, passphrase_file=phrase)
    assert code_of(named) == "key-file-open"
    phrase.chmod(0o600)
    assert key_file(named, "node").key == FIRST.key
    passed = credentials / "passphrase"
    passed.write_text(PHRASE, encoding="utf-8")
    passed.chmod(0o440)
    assert key_file(of_node(tmp_path, passphrase_file=passed), "node").key == FIRST.key


def made_key(role: MachineRole, seed: int) -> KeyFile:
    return KeyFile.make("eu", role, bytes([seed]) * 32, name="eu.channel.example/log")


def holds(of: Settings, key: KeyFile) -> bool:
    named = LogKey(key.key, log_key(key.private, "eu.channel.example/log").encode())
    return identity(of).checkpoint.find(named) is not None


def test_prepared_keys_are_read_from_credentials_and_folder(tmp_path, keys, credentials):
    roles: tuple[MachineRole, ...] = ("node", "cosigning", "link")
    for seed, role in enumerate(roles, 10):
        made_key(role, seed).write(credentials / f"{role}.json")
    founded, passed, in_folder = (made_key("checkpoint", seed) for seed in (20, 21, 22))
    founded.write(credentials / "checkpoint.json")
    passed.write(credentials / "checkpoint-next.json")
    (credentials / "checkpoint-next.json").chmod(0o440)
    in_folder.write(keys / "checkpoint-22.json")
    of = of_node(tmp_path)
    assert all(holds(of, key) for key in (founded, passed, in_folder))
    (credentials / "checkpoint-next.json").chmod(0o444)
    (keys / "checkpoint-22.json").chmod(0o640)
    assert [holds(of, key) for key in (founded, passed, in_folder)] == [True, False, False]


def test_key_put_there_later_is_found_and_link_keys_likewise(tmp_path, keys, credentials):
    roles: tuple[MachineRole, ...] = ("node", "checkpoint", "cosigning", "link")
    for seed, role in enumerate(roles, 10):
        made_key(role, seed).write(credentials / f"{role}.json")
    later = made_key("checkpoint", 30)
    named = LogKey(later.key, log_key(later.private, "eu.channel.example/log").encode())
    ring = identity(of_node(tmp_path)).checkpoint
    file = keys / "checkpoint-30.json"
    file.write_text("{", encoding="utf-8")  # as it is while it is written
    file.chmod(0o600)
    assert ring.find(named) is None
    file.unlink()
    later.write(file)
    assert ring.find(named) is not None
    second = made_key("link", 31)
    second.write(credentials / "link-31.json")
    assert [signer.key for signer in link_keys(of_node(tmp_path))][1:] == [second.key]
